"""Runs terminal_cases under MicroPython, with its own AES, on littlefs in memory. Argument: the repository."""

# ruff: noqa: PTH102, UP031

import os
import sys

import cryptolib
import vfs

sys.path.append(sys.argv[1])
from tests.firmware import chip
from tests.firmware.handheld import terminal_cases

for case in terminal_cases.CASES:
    chip.mount()
    for i in range(14):
        for logged_on in (0, 1):
            os.mkdir("/flash/%d%d" % (i, logged_on))
    case("/flash", cryptolib.aes)
    vfs.umount("/flash")
    print("ok", case.__name__)
