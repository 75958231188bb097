"""Runs terminal_cases under MicroPython, with its own AES, on littlefs in memory. Argument: the repository."""

# ruff: noqa: PTH102, UP031

import os
import sys

import cryptolib
import vfs

sys.path.append(sys.argv[1])
from tests.firmware.handheld import terminal_cases


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


for case in terminal_cases.CASES:
    chip = Memory()
    vfs.VfsLfs2.mkfs(chip)
    vfs.mount(vfs.VfsLfs2(chip), "/flash")
    for i in range(14):
        for logged_on in (0, 1):
            os.mkdir("/flash/%d%d" % (i, logged_on))
    case("/flash", cryptolib.aes)
    vfs.umount("/flash")
    print("ok", case.__name__)
