"""Runs the cases under MicroPython. Argument: the repository."""

import sys

sys.path.append(sys.argv[1])
from tests.firmware.fire import cases

for case in cases.CASES:
    case()
    print("ok", case.__name__)
