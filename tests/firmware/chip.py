"""A flash chip in memory, for cases that MicroPython runs on littlefs; `/flash` is where it stands."""

import vfs


class Memory:
    """512 kB in blocks of 4 kB."""

    def __init__(self) -> None:
        self._data = bytearray(512 * 1024)

    def readblocks(self, block, buf, at=0):
        """The block device protocol of MicroPython."""
        start = block * 4096 + at
        buf[:] = self._data[start : start + len(buf)]

    def writeblocks(self, block, buf, at=0):
        """Likewise."""
        start = block * 4096 + at
        self._data[start : start + len(buf)] = buf

    def ioctl(self, op, _arg):
        """How many blocks, and their size."""
        return {4: 128, 5: 4096}.get(op, 0)


def mount() -> None:
    """A new chip, empty."""
    chip = Memory()
    vfs.VfsLfs2.mkfs(chip)
    vfs.mount(vfs.VfsLfs2(chip), "/flash")
