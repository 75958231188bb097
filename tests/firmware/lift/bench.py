"""A lift endpoint on CPython without a board: its own drivers on the simulated parts, its tasks stepped by hand."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

from firmware.device.endpoints import lift
from firmware.device.sample import Records
from firmware.device.sampler import read_all
from protocol.quantities import plausible
from simulators.environments.lift import LiftEnvironment, LiftRide
from simulators.virtual_board.parts.lift import Parts

SCENARIOS = Path(__file__).resolve().parents[3] / "simulators/scenarios"
FLOORS = [[1, 0], [2, 4500], [3, 7400], [4, 10300], [5, 13200]]
TICK_MS = 50
UTC_MS = 1_795_324_297_817


@types.coroutine
def _pause() -> Generator[None]:
    yield


class _Pin:
    """An input; `poll` between reads is what an interrupt would see."""

    def __init__(self, board: FakeBoard, net: str) -> None:
        self._board, self._net = board, net
        self._handler: Callable[[Any], None] | None = None
        self._before = 1

    def value(self) -> int:
        return self._board.parts.level(self._net, self._board.room())

    def irq(self, handler: Callable[[Any], None], trigger: int) -> None:
        self._handler = handler
        self._board.watched.append(self)

    def poll(self) -> None:
        level = self.value()
        if self._handler is not None and self._before > level:
            self._handler(self)
        self._before = level


class _Output:
    def __init__(self, board: FakeBoard, net: str) -> None:
        self._board, self._net = board, net

    def value(self, level: int) -> None:
        self._board.levels[self._net] = level


class _ADC:
    def __init__(self, board: FakeBoard, net: str) -> None:
        self._board, self._net = board, net

    def read_u16(self) -> int:
        return self._board.parts.adc(self._net, self._board.room())


class FakeBoard:
    """Our own port, firmware/device/board.py, on the simulated parts."""

    FALLING = 1

    def __init__(self, room: Callable[[], LiftEnvironment]) -> None:
        self.room = room
        self.parts = Parts()
        self.levels: dict[str, int] = {}
        self.watched: list[_Pin] = []

    def i2c(self) -> FakeBoard:
        return self

    def contact(self, net: str) -> _Pin:
        return _Pin(self, net)

    def adc(self, net: str) -> _ADC:
        return _ADC(self, net)

    def output(self, net: str) -> _Output:
        return _Output(self, net)

    def readfrom_mem_into(self, address: int, register: int, buffer: Any) -> None:
        buffer[:] = self.parts.i2c_read_register(address, register, len(buffer), self.room())

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        self.parts.i2c_write_register(address, register, data, self.room())


class FakeReports:
    """Keeps what was reported; `answers` is whether a gateway is there."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.answers = True

    def put(self, what: str, **fields: Any) -> str:
        self.all.append({"what": what, **fields})
        return str(len(self.all))

    def holds(self, _id: str) -> bool:
        return not self.answers

    def codes(self) -> list[Any]:
        return [report["code"] for report in self.all if report["what"] == "event"]


class Bench:
    """Time goes on in `run`; each second gives (values, faults). The file of the latch is `folder`/lift.json."""

    def __init__(self, ride: LiftRide, folder: Path, **limits: Any) -> None:
        self.ride = ride
        self.folder = folder
        self.config = {"limits": {"floors": FLOORS, **limits}}
        self.now_ms = 0
        self.seen: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.urgent: list[bool] = []
        self.switch_on()

    def switch_on(self) -> None:
        """A power-on: nothing is remembered but the flash."""
        self.booted_ms = self.now_ms
        self._moment = LiftEnvironment(at_ms=-1)
        self.board = FakeBoard(self._room)
        self.reports = FakeReports()
        self.health_faults: dict[str, str] = {}
        self.settings: dict[str, Any] = {}
        self.boot = 1
        self.clock = self
        self.sleep_ms: Callable[[int], Awaitable[None]] = lambda _ms: _pause()
        lift.PATH = str(self.folder / "lift.json")
        self.endpoint: Any = lift.build(self)
        self._watch: Coroutine[Any, Any, None] = self.endpoint.tasks["shaft"]()
        self._records = Records(lift.CHANNELS, lift.DIGITS)

    def _room(self) -> LiftEnvironment:
        if self._moment.at_ms != self.now_ms:
            self._moment = self.ride.at(self.now_ms)
        return self._moment

    def uptime_ms(self) -> int:
        """For the endpoint's clock."""
        return self.now_ms - self.booted_ms

    def utc_ms(self, _boot: int, uptime_ms: int) -> int | None:
        """The clock was told."""
        return UTC_MS + self.booted_ms + uptime_ms

    def run(self, seconds: float) -> Bench:
        """Let so much time pass."""
        for _ in range(int(seconds * 1000 / TICK_MS)):
            self._watch.send(None)
            for pin in self.board.watched:
                pin.poll()
            if self.uptime_ms() % 1000 == 500:
                self._sample()
            self.now_ms += TICK_MS
        return self

    async def stuck(self) -> None:
        """A task that does nothing any more."""
        while True:
            await self.sleep_ms(TICK_MS)

    def _sample(self) -> None:
        reading = read_all(self.endpoint.drivers, self._records, {})
        while True:
            try:
                reading.send(None)
            except StopIteration as end:
                values, faults = end.value
                break
        urgent = self.endpoint.judge(values, faults, self.uptime_ms())
        assert not set(values) & set(faults)
        assert set(lift.CHANNELS) == set(values) | set(faults)
        assert [] == [name for name, value in values.items() if not plausible(lift.CHANNELS, name, value)]
        self.urgent.append(urgent)
        self.seen.append((values, faults))

    def column(self, channel: str) -> list[Any]:
        """All values of a channel; a fault is its reason."""
        return [values.get(channel, faults.get(channel)) for values, faults in self.seen]

    def last(self, channel: str) -> Any:
        """The newest."""
        return self.column(channel)[-1]
