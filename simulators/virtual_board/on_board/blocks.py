"""The flash chip of a virtual board: a file of the host, in erase blocks of 4096 bytes."""

import vfs

BLOCK_BYTES = 4096
_READ = _PROG = 128  # bytes per access; four times that is the cache littlefs takes per open file


class FileBlocks:
    """Block device protocol, extended interface. Every write is in the file when it returns."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b")
        self._count = self._file.seek(0, 2) // BLOCK_BYTES

    def readblocks(self, block, buf, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.write(buf)

    def ioctl(self, op, _arg):
        if op == 4:
            return self._count
        if op == 5:
            return BLOCK_BYTES
        return 0  # 1 init, 2 deinit, 3 sync, 6 erase: nothing to do


def format_flash(path: str) -> None:
    """An empty file system on the chip."""
    vfs.VfsLfs2.mkfs(FileBlocks(path), readsize=_READ, progsize=_PROG)


def mount_flash(path: str) -> None:
    """The chip becomes the root; nothing of the host can be seen from here on."""
    flash = vfs.VfsLfs2(FileBlocks(path), readsize=_READ, progsize=_PROG, mtime=False)
    vfs.umount("/")
    vfs.mount(flash, "/")
