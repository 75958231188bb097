"""The flash chip of a virtual board: a file of the host, in erase blocks of 4096 bytes."""

import vfs
from micropython import const

_BLOCK_BYTES = const(4096)
_UNIT = const(64)  # bytes per access; four times that is the cache littlefs takes per open file


class FileBlocks:
    """Block device protocol, extended interface. Every write is in the file when it returns."""

    def __init__(self, path: str) -> None:
        self._chip = open(path, "r+b")
        self._count = self._chip.seek(0, 2) // _BLOCK_BYTES

    def readblocks(self, number, buf, at=0):
        self._chip.seek(number * _BLOCK_BYTES + at)
        self._chip.readinto(buf)

    def writeblocks(self, number, buf, at=0):
        self._chip.seek(number * _BLOCK_BYTES + at)
        self._chip.write(buf)

    def ioctl(self, kind, _):
        if kind == 4:
            return self._count
        if kind == 5:
            return _BLOCK_BYTES
        return 0  # 1 init, 2 deinit, 3 sync, 6 erase: nothing to do


def mount_flash(path: str) -> None:
    """The chip becomes the root; nothing of the host can be seen from here on."""
    flash = vfs.VfsLfs2(FileBlocks(path), readsize=_UNIT, progsize=_UNIT, mtime=False)
    vfs.umount("/")
    vfs.mount(flash, "/")
