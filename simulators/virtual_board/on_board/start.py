"""The boot ROM of a virtual board. After it this is a board like any other.

Environment, not arguments, which would stay on the heap: GRIDWHISTLE_ROM is <address>:<size> of the mapped ROM,
GRIDWHISTLE_BOARD is <port of the wires> <speed> <reset cause> <flash image>.
"""

import os
import sys

import vfs
from uctypes import bytearray_at

vfs.mount(vfs.VfsRom(bytearray_at(*[int(word) for word in os.getenv("GRIDWHISTLE_ROM").split(":")])), "/rom")
sys.path[:] = [".frozen", "/rom"]  # "/" is still the host's
import blocks
import board_machine
import firmware.device.ticks

board_machine.plug_in(os.getenv("GRIDWHISTLE_BOARD").split(" ", 3))
blocks.mount_flash(os.getenv("GRIDWHISTLE_BOARD").split(" ", 3)[3])
firmware.device.ticks.speed = float(os.getenv("GRIDWHISTLE_BOARD").split(" ")[1])
sys.modules["machine"] = board_machine
sys.path[:] = ["", ".frozen", "/lib", "/rom"]
del vfs, bytearray_at, blocks, board_machine, firmware, os
exec(open("/main.py").read())  # noqa: S102 - what a board does with main.py
