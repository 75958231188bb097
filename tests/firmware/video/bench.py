"""A video endpoint on this interpreter: its own code, a camera and a card that a scenario plays, time that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from firmware.device.drivers import SensorError
from firmware.device.endpoints import video
from simulators import scenario
from simulators.environments.video import VideoEnvironment
from simulators.virtual_board.parts.video import Parts

SITE = "chunfeng"
NIGHT_MS = 1_795_359_600_000  # 2026-11-22 23:00 in China
DAY_MS = 1_795_320_000_000  # 2026-11-22 12:00
YARD = {"polygon": [[300, 400], [1000, 400], [1000, 1000], [300, 1000]], "hours": [["22:00", "06:00"]]}


def play(name: str) -> scenario.Scenario[VideoEnvironment]:
    """A scenario of this kind."""
    return scenario.load(scenario.FOLDER / f"video_{name}.toml", VideoEnvironment())


class Uptime:
    """Time that passes only when nobody has anything to do before."""

    def __init__(self) -> None:
        self.ms = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    async def sleep_ms(self, duration_ms: int) -> None:
        """Until then."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.ms + duration_ms, len(self._sleepers), future))
        await future

    async def run_until(self, at_ms: int) -> None:
        """Let everybody who wakes up before do his work."""
        while True:
            for _ in range(8):
                await asyncio.sleep(0)
            due = min(self._sleepers, default=None, key=lambda sleeper: sleeper[:2])
            if due is None or due[0] > at_ms:
                break
            self.ms = due[0]
            self._sleepers.remove(due)
            if not due[2].done():
                due[2].set_result(None)
        self.ms = at_ms


class Clock:
    """Stands for the board's clock; `utc_at_0_ms` None: nobody has told the time."""

    def __init__(self, uptime: Uptime, utc_at_0_ms: int | None) -> None:
        self._uptime = uptime
        self.utc_at_0_ms = utc_at_0_ms

    def uptime_ms(self) -> int:
        """Since power-on."""
        return self._uptime.ms

    def utc_ms(self, boot: int, uptime_ms: int) -> int | None:
        """Where it is known."""
        return None if self.utc_at_0_ms is None else self.utc_at_0_ms + uptime_ms

    def age_ms(self, boot: int, uptime_ms: int) -> int:
        """How long ago."""
        return self._uptime.ms - uptime_ms


class Pin:
    """An input."""

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read

    def value(self) -> int:
        """Its level."""
        return self._read()

    read_u16 = value


class Bench:
    """One endpoint from power-on: `await run(seconds)`, then look at what its samples said."""

    def __init__(
        self, folder: Path, world: Any, *, utc_ms: int | None = NIGHT_MS, boot: int = 1, **limits: Any
    ) -> None:
        self.world = world
        self.parts = Parts()
        self.uptime = Uptime()
        self.samples: list[tuple[dict[str, Any], dict[str, str], bool]] = []
        self.board = self
        self.pins: dict[str, int] = {}
        self.config = {"device": "video-a", "limits": limits}
        self.settings: dict[str, Any] = {}
        self.clock = Clock(self.uptime, utc_ms)
        self.boot = boot
        self.sleep_ms = self.uptime.sleep_ms
        self.flash = (4096, 0, 4096)
        self.reports = self  # its `put`
        self.reported: list[tuple[str, dict[str, Any]]] = []
        self.health_faults: dict[str, str] = {}
        video._SCENE, video._SNAPS = str(folder / "scene"), str(folder / "snaps")
        self.endpoint = video.Endpoint(self, self, _Card(self))
        self._tasks: list[asyncio.Task[None]] = []

    # the board

    def now(self) -> VideoEnvironment:
        """What goes on."""
        moment: VideoEnvironment = self.world.at(self.uptime.ms)
        return moment

    def adc(self, net: str) -> Pin:
        """An analogue input."""
        return Pin(lambda: self.parts.adc(net, self.now()))

    def contact(self, net: str) -> Pin:
        """A contact."""
        return Pin(lambda: self.parts.level(net, self.now()))

    def put(self, what: str, **fields: Any) -> None:
        """A report."""
        self.reported.append((what, fields))

    # the camera

    async def frame(self) -> tuple[bytes, int]:
        """The port of both drivers."""
        if self.now().camera == "dead":
            raise SensorError("no_frame")
        return self.parts.ask(["camera", "grey", "160", "120"], self.now()), 160

    async def snapshot(self, write: Callable[[bytes], None]) -> None:
        """The port of both drivers."""
        if self.now().camera == "dead":
            raise SensorError("no_frame")
        picture = self.parts.ask(["camera", "jpeg", "640", "480"], self.now())
        for start in range(0, len(picture), 512):
            write(picture[start : start + 512])

    # time

    async def run(self, seconds: int) -> None:
        """As the sampler does: once a second."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(work()) for work in self.endpoint.tasks.values()]
        for _ in range(seconds):
            await self.uptime.run_until(self.uptime.ms + 1000)
            values, faults = {}, {}
            for channel, driver in self.endpoint.drivers.items():
                try:
                    values[channel] = await self._patiently(driver.read())
                except SensorError as error:
                    faults[channel] = error.reason
            urgent = self.endpoint.judge(values, faults, self.uptime.ms)
            assert set(values) | set(faults) == set(video.CHANNELS), (values, faults)
            assert not set(values) & set(faults)
            self.samples.append((values, faults, urgent))

    async def _patiently(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it gives, also where it sleeps a little."""
        task = asyncio.create_task(work)
        while not task.done():
            await self.uptime.run_until(self.uptime.ms)
            if not task.done():
                await self.uptime.run_until(self.uptime.ms + 5)
        return task.result()

    def stop(self) -> None:
        """Power off."""
        for task in self._tasks:
            task.cancel()

    def spans(self, channel: str, value: object = True) -> list[tuple[int, int]]:
        """(first second, last second) of each time the channel said so."""
        found: list[tuple[int, int]] = []
        for second, (values, _, _) in enumerate(self.samples, 1):
            if values.get(channel) == value and channel in values:
                if found and found[-1][1] == second - 1:
                    found[-1] = (found[-1][0], second)
                else:
                    found.append((second, second))
        return found


class _Card:
    """The card, as its driver sees it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def read(self) -> int:
        """Free space in thousandths."""
        card = self._bench.now().card
        if card in ("silent", "missing"):
            raise SensorError({"silent": "read_back", "missing": "no_card"}[card])
        return 0 if card == "full" else 900
