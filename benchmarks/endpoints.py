"""What an endpoint of each kind takes: an hour in real MicroPython with 128 kB of heap, at a real gateway.

All four run side by side as virtual boards, each in the ordinary hour of its kind, on one site broker (mosquitto) with
the real gateway and centre. First in real time, for the delay from a sample to a subscriber of that broker: it begins
when the board reads its battery, which it does once in every sample. Then the hour, SPEED times as fast, with the
site's broker away twice; it ends when everything has arrived. Heap figures are what the board says of itself, less
what the fakes take that are C on a chip (FAKES_KIB); the whole heap is the limit by construction.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.report import distribution, save
from firmware.device import rom
from firmware.kit import build
from gateway.telemetry.reader import recorded
from protocol import senml, status, topics
from runtime.clock import Clock
from runtime.mqtt import Link, connected
from simulators.ordinary import BOARDS, EXTRA, KINDS, ordinary
from simulators.stack import SITE, Room, Stack, StackSpec
from simulators.virtual_board import VirtualBoard
from simulators.virtual_board.board import FAKES_KIB, KIND_FAKES_KIB

HEAP_KIB = 128
SPEED = 20.0
HOUR_MS = 3_600_000
AWAY_S = 4.0  # real: 100 s of the endpoints' time
DELAY_S = 60.0
LOOK_S = 2.0
FOR_EVER_MS = 1 << 62
DRAIN_S = 120.0  # real; the backfill of the last outage
VERSION = (0, 1, 0)
WIDTH = 110  # of the table; a pipe has 80, and figures cut short are none
COLUMNS = ("kind", ".mpy", "files", "heap ¼", "4/4", "peak", "samples", "late", "lost", "p50 ms", "p99 ms")


@dataclass(slots=True)
class Seen:
    """What one endpoint sent."""

    read_s: float | None = None  # when the board began its last sample, on this process's clock
    delays_ms: list[float] = field(default_factory=list)
    seqs: set[int] = field(default_factory=set)
    boots: set[int] = field(default_factory=set)
    beats: list[dict[str, Any]] = field(default_factory=list)

    def missing(self) -> int:
        """Samples between the first and the newest that are not there."""
        return max(self.seqs) - min(self.seqs) + 1 - len(self.seqs)

    def count(self, device: str, gateway: Path) -> None:
        """What the gateway has kept: a listener beside it loses what a killed broker forgets of its session."""
        with recorded(gateway) as record:
            samples = [(r.boot, r.seq) for r in record.samples(device, 0, FOR_EVER_MS)]
        self.boots, self.seqs = {boot for boot, _ in samples}, {seq for _, seq in samples}


class Listener:
    """Subscribes beside the gateway, with the same clock as everybody."""

    def __init__(self) -> None:
        self.seen = {kind: Seen() for kind in KINDS}

    async def hear(self, topic: str, payload: bytes) -> None:
        """A sample or a status."""
        now_s = asyncio.get_running_loop().time()
        _, device, kind = topics.parse(topic)
        seen = self.seen[device]
        if kind == "readings":
            pack = senml.decode(payload)
            if seen.read_s is not None and not pack.backfill:
                seen.delays_ms.append((now_s - seen.read_s) * 1000)
                seen.read_s = None
        else:
            fields = status.decode(payload)
            if "heap" in fields:
                seen.beats.append(fields)

    def missing(self, gateway: Path) -> int:
        """Samples that the gateway does not have and has newer ones."""
        for device, seen in self.seen.items():
            seen.count(device, gateway)
        return sum(seen.missing() for seen in self.seen.values())


def _sizes(kind: str) -> dict[str, int]:
    """Bytes of the compiled modules, how many, and of their copy in ROM."""
    files = build.slot_files(BOARDS[kind], kind, VERSION)
    compiled = {name: content for name, content in files.items() if name.endswith(".mpy")}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        image = sum(len(piece) for piece in rom.image(folder))
    return {"mpy_bytes": sum(map(len, compiled.values())), "modules": len(compiled), "rom_bytes": image}


def _watch_battery(board: VirtualBoard, seen: Seen) -> None:
    read = board.parts.adc

    def adc(net: str, room: Any) -> int:
        if net == "battery":
            seen.read_s = asyncio.get_running_loop().time()
        return int(read(net, room))

    board.parts.adc = adc  # type: ignore[method-assign]


def _link(stack: Stack) -> Link:
    kinds = ("readings", "status")
    subscriptions = tuple(topics.build(SITE, kind, name) for kind in KINDS for name in kinds)
    return Link(host="127.0.0.1", port=stack.site_broker.port, client_id="benchmark", subscriptions=subscriptions)


async def _outage(stack: Stack) -> None:
    await stack.site_broker.kill()
    await asyncio.sleep(AWAY_S)
    await stack.site_broker.start()


async def _run(work_dir: Path, speed: float, watch: Callable[[Stack, Listener], Awaitable[None]]) -> Listener:
    clock_ms = Clock().now_ms()
    rooms = tuple(
        Room(
            device=kind,
            place=kind,
            physics=ordinary(kind, clock_ms),
            kind=kind,
            board=BOARDS[kind],
            extra=EXTRA.get(kind, {}),
        )
        for kind in KINDS
    )
    spec = StackSpec(rooms=rooms, work_dir=work_dir, speed=speed, broker="mosquitto")
    stack = Stack(spec)
    heard = Listener()
    async with stack, connected(_link(stack), heard.hear):
        await stack.wait_online()
        await watch(stack, heard)
    return heard


async def _delay(stack: Stack, heard: Listener) -> None:
    for kind, board in stack.boards.items():
        heard.seen[kind].delays_ms.clear()
        _watch_battery(board, heard.seen[kind])
    await asyncio.sleep(DELAY_S)


async def _hour(stack: Stack, heard: Listener) -> None:
    begin_ms = stack.clock.now_ms()
    for part in (1, 2, 3):
        until_ms = begin_ms + part * HOUR_MS // 3
        await asyncio.sleep(stack.clock.real_s(max(0, until_ms - stack.clock.now_ms())))
        if part < 3:
            await _outage(stack)
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while await asyncio.to_thread(heard.missing, stack.spec.work_dir / "gateway"):  # noqa: ASYNC110 - a benchmark may
                await asyncio.sleep(LOOK_S)


def _figures(kind: str, delays: Seen, hour: Seen) -> dict[str, Any]:
    fakes = (FAKES_KIB + KIND_FAKES_KIB.get(kind, 0)) * 1024
    used = [beat["heap"]["used"] - fakes for beat in hour.beats]
    quarter = max(1, len(used) // 4)
    return {
        **_sizes(kind),
        "heap_first_quarter": round(sum(used[:quarter]) / quarter),
        "heap_last_quarter": round(sum(used[-quarter:]) / quarter),
        "heap_peak": max(beat["heap"]["peak"] for beat in hour.beats) - fakes,
        "boots": len(hour.boots),
        "samples": len(hour.seqs),
        "samples_missing": hour.missing(),
        "overruns": hour.beats[-1]["overruns"],
        "sample_to_subscriber_ms": distribution(delays.delays_ms),
    }


def _print(figures: dict[str, dict[str, Any]]) -> None:
    table = Table(title=f"一小时 / one hour, {HEAP_KIB} KiB heap")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, row in figures.items():
        delay = row["sample_to_subscriber_ms"]
        cells = [row[name] for name in ("mpy_bytes", "modules", "heap_first_quarter", "heap_last_quarter", "heap_peak")]
        cells += [row["samples"], row["overruns"], row["samples_missing"], f"{delay['p50']:.0f}", f"{delay['p99']:.0f}"]
        table.add_row(kind, *map(str, cells))
    Console(width=WIDTH).print(table)


def main() -> int:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory() as folder:
        delays = asyncio.run(_run(Path(folder) / "delay", 1.0, _delay))
        hour = asyncio.run(_run(Path(folder) / "hour", SPEED, _hour))
    figures = {kind: _figures(kind, delays.seen[kind], hour.seen[kind]) for kind in KINDS}
    save("endpoints", __doc__ or "", {"heap_bytes": HEAP_KIB * 1024, "speed": SPEED, "kinds": figures})
    _print(figures)
    whole = all(row["boots"] == 1 and row["samples_missing"] == 0 for row in figures.values())
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
