"""Keeps the endpoint's tasks alive: the one place of the firmware that catches everything."""

import asyncio
import sys

from firmware.device import const
from firmware.device.log import say

_AGAIN_S = const(1)


async def _keep(name: str, work, faults: dict) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a fault of the link must not silence the local alarm
            sys.print_exception(error)
            say("task", name, "failed:", error)
            faults[name] = type(error).__name__
        await asyncio.sleep(_AGAIN_S)


async def supervise(tasks: dict, faults: dict) -> None:
    """Run all for ever. A task that fails starts again; its name and error stand in `faults` from then on."""
    await asyncio.gather(*[_keep(name, work, faults) for name, work in tasks.items()])
