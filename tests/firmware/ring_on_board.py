"""Runs ring_cases under MicroPython on littlefs in memory. Argument: the repository."""

import sys

sys.path.append(sys.argv[1])
from tests.firmware import chip, ring_cases

chip.mount()
for case in ring_cases.CASES:
    case("/flash/" + case.__name__)
    print("ok", case.__name__)
