"""Runs signature_cases under MicroPython, and says how long a step takes. Argument: the repository."""

import asyncio
import sys
import time

sys.path.append(sys.argv[1])
from tests.firmware import signature_cases

for case in signature_cases.CASES:
    case()
    print("ok", case.__name__)

steps = [time.ticks_us()]


async def pause():
    steps.append(time.ticks_us())


asyncio.run(signature_cases.check(*signature_cases._vectors()[0], pause))
took = [time.ticks_diff(after, before) for before, after in zip(steps, steps[1:])]  # noqa: B905, RUF007 - MicroPython
print("steps", len(took), "longest_us", max(took), "all_us", sum(took))
