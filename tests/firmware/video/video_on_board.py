"""Runs video_cases under MicroPython on littlefs in memory. Argument: the repository."""

import sys

import vfs

sys.path.append(sys.argv[1])
from tests.firmware.video import video_cases


class Memory:
    """A flash chip of 512 kB."""

    def __init__(self) -> None:
        self._data = bytearray(512 * 1024)

    def readblocks(self, block, buf, at=0):
        start = block * 4096 + at
        buf[:] = self._data[start : start + len(buf)]

    def writeblocks(self, block, buf, at=0):
        start = block * 4096 + at
        self._data[start : start + len(buf)] = buf

    def ioctl(self, op, _arg):
        return {4: 128, 5: 4096}.get(op, 0)


chip = Memory()
vfs.VfsLfs2.mkfs(chip)
vfs.mount(vfs.VfsLfs2(chip), "/flash")
for case in video_cases.CASES:
    case("/flash/" + case.__name__)
    print("ok", case.__name__)
