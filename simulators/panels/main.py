"""`gridwhistle simulate panel`: a panel for a gateway to listen to, by the book or with the sins of real ones."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from runtime.clock import Clock
from simulators.panels.device import Device
from simulators.panels.line import Line, LineFailed, Timing
from simulators.panels.sins import Sins
from simulators.process import end_as_by_ctrl_c

USAGE, FAILED = 2, 3
PLACES = ("一层东走廊", "一层电梯厅", "二层东走廊", "地下车库")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to play."""

    host: str
    port: int
    address: int
    centre: int
    transport: str
    story: str
    every_s: float
    sins: tuple[str, ...]


def sins_of(names: tuple[str, ...]) -> Sins:
    """`glue`, `split=3`, `clock_off_ms=-60000` … as told. Raises ValueError naming the wrong one."""
    kinds: dict[str, Any] = {field.name: type(field.default) for field in fields(Sins)}
    found: dict[str, Any] = {}
    for text in names:
        name, _, value = text.partition("=")
        if name not in kinds:
            raise ValueError(f"没有这种毛病 / no such sin: {name}; known: {', '.join(kinds)}")
        readers: dict[type, Callable[[str], object]] = {bool: lambda _value: True, int: int, bytes: bytes.fromhex}
        found[name] = readers[kinds[name]](value)
    return Sins(**found)


async def _fire(line: Line, every_s: float) -> None:
    device = line.device
    for number, place in enumerate(PLACES[:2], 1):
        await line.tell(device.part(number, 0x0003, place))
        await asyncio.sleep(every_s)
    await line.tell(*device.reset())


async def _faults(line: Line, every_s: float) -> None:
    device = line.device
    for flags in (0x09, 0x01):
        await line.tell(device.device(flags))
        await asyncio.sleep(every_s)
    for state in (0x0005, 0x0001):
        await line.tell(*(device.part(number, state, place) for number, place in enumerate(PLACES, 1)))
        await asyncio.sleep(every_s)


async def _quiet(_line: Line, _every_s: float) -> None:
    await asyncio.Event().wait()


STORIES = {"quiet": _quiet, "fire": _fire, "faults": _faults}


async def play(wanted: Wanted, timing: Timing) -> int:
    """Play the story once; `quiet` until told to stop. 0, or 3 where the gateway never confirmed."""
    device = Device(address=wanted.address, centre=wanted.centre, now_ms=Clock().now_ms, sins=sins_of(wanted.sins))
    async with Line(device, wanted.host, wanted.port, transport=wanted.transport, timing=timing) as line:
        try:
            await STORIES[wanted.story](line, wanted.every_s)
        except (LineFailed, TimeoutError) as error:
            sys.stderr.write(f"网关没有确认 / The gateway did not confirm: {error}\n")
            return FAILED
        told = {"story": wanted.story, "repeated": line.repeated, "denied": line.denied, "heard": device.heard}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


def main(wanted: Wanted) -> int:
    """Play. Exit status 2: correct the call; 3: nobody confirmed; 130: ended by Ctrl-C."""
    if wanted.story not in STORIES or wanted.transport not in ("tcp", "udp"):
        known = f"{', '.join(STORIES)}; tcp, udp"
        sys.stderr.write(f"没有这个剧本或传输方式 / no such story or transport; known: {known}\n")
        return USAGE
    end_as_by_ctrl_c()
    try:
        return asyncio.run(play(wanted, Timing(duty_s=5.0)))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except KeyboardInterrupt:
        return 130
