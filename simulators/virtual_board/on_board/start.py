"""The boot ROM of a virtual board: python arguments PORT IMAGE CAUSE SPEED UNIQUE_ID. Then it is a board like any other."""

import sys

import machine as _fake
from blocks import mount_flash
from wires import Wires

_fake.plug_in(Wires(int(sys.argv[1])), sys.argv[3], sys.argv[5].encode())
sys.modules["machine"] = _fake
mount_flash(sys.argv[2])
sys.path[:] = ["", "/", ".frozen", "/lib"]
import firmware.device.ticks as _ticks  # noqa: E402 - from the flash, which is there only now

_ticks.speed = float(sys.argv[4])
del _fake, _ticks, Wires, mount_flash
exec(open("/main.py").read())  # noqa: S102, SIM115 - what a board does with main.py
