"""The boot ROM of a virtual board. After it this is a board like any other.

Environment, not arguments, which would stay on the heap: GRIDWHISTLE_ROM is <address>:<size> of the mapped ROM,
GRIDWHISTLE_BOARD is <port of the wires> <speed> <reset cause> <flash image>; GRIDWHISTLE_MACHINE, where it is set, is
what sys.implementation says of the hardware.
"""

import os
import sys

import vfs
from micropython import kbd_intr
from uctypes import bytearray_at

kbd_intr(-1)  # Ctrl-C cannot leave a chip half started; here it starts it once more
vfs.mount(vfs.VfsRom(bytearray_at(*[int(word) for word in os.getenv("GRIDWHISTLE_ROM").split(":")])), "/chip")
sys.path[:] = [".frozen", "/chip"]  # "/" is still the host's
import blocks
import board_machine
import board_ticks
import board_vfs

board_machine.plug_in(os.getenv("GRIDWHISTLE_BOARD").split(" ", 3))
blocks.mount_flash(os.getenv("GRIDWHISTLE_BOARD").split(" ", 3)[3])
board_ticks.speed = float(os.getenv("GRIDWHISTLE_BOARD").split(" ")[1])
sys.modules["machine"] = board_machine
sys.modules["vfs"] = board_vfs
if os.getenv("GRIDWHISTLE_PARTITION"):
    board_vfs.plug_in(bytearray_at(*[int(word) for word in os.getenv("GRIDWHISTLE_PARTITION").split(":")]))
sys.modules["firmware.device.ticks"] = board_ticks  # everything else of the firmware comes from flash
sys.path[:] = ["", ".frozen", "/lib", "/chip"]
if os.getenv("GRIDWHISTLE_MACHINE"):
    import board_sys

    board_sys.claim(os.getenv("GRIDWHISTLE_MACHINE"))
    del board_sys
del vfs, bytearray_at, blocks, board_machine, board_ticks, board_vfs, os
kbd_intr(3)
del kbd_intr
try:
    open("/main.py").close()
except OSError:
    pass  # a blank board: straight to the prompt
else:
    execfile("/main.py")  # noqa: F821 - as a board does; its text does not stay in the heap
