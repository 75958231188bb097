"""What the gateway finds wrong with its own disk, database and clock; one incident says it to the centre."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from domain.incidents import Kind, Severity
from domain.standing import Problem
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.store.disk import Disk, Footing
from gateway.store.writer import Writer
from runtime.clock import CLOCK_SET_MS, Clock

log = structlog.get_logger()

RULES = (
    "disk_full", "disk_tight", "disk_low", "clock_unset", "clock_jumped", "database_torn", "log_held", "status_refused",
)  # fmt: skip
LOOK_S = 1.0
AGAIN_S = 60.0  # told again even where nothing changed: what was told afloat may be gone
LOG_BYTES = 64_000_000  # of the write-ahead log: eight times what it is cut back to (store/schema.py)
LOW_BYTES = 200_000_000  # free; default: days of logs and history
JUMP_MS = 60_000  # between two looks; a clock that is led to the right time moves by far less
JUMP_STANDS_S = 600.0
TORN_STANDS_S = 24 * 3_600.0


class Leaps:
    """Compares the clock with one that only goes forward."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._seen: tuple[float, int] | None = None  # monotonic, wall
        self._leapt: tuple[float, int] | None = None  # when, by how much

    def look(self, now_s: float, now_ms: int) -> list[Problem]:
        """What is wrong with the clock."""
        if self._seen is not None:
            by_ms = now_ms - self._seen[1] - round((now_s - self._seen[0]) * 1000 * self._speed)
            if abs(by_ms) > JUMP_MS * max(1.0, self._speed):
                log.warning("clock_jumped", by_ms=by_ms)
                self._leapt = (now_s, by_ms)
        self._seen = (now_s, now_ms)
        if now_ms < CLOCK_SET_MS:
            return [Problem(rule="clock_unset", severity=Severity.MAJOR)]
        if self._leapt is None or now_s - self._leapt[0] > JUMP_STANDS_S:
            return []
        return [Problem(rule="clock_jumped", severity=Severity.MINOR, value=self._leapt[1] / 1000, unit="s")]


class SelfCheck:
    """Looks once a second; the centre hears of what changed with the next commit, or without one while afloat."""

    def __init__(self, writer: Writer, disk: Disk, pipeline: Pipeline, clock: Clock) -> None:
        self._writer = writer
        self._disk = disk
        self._pipeline = pipeline
        self._clock = clock
        self._leaps = Leaps(clock.speed)
        self._torn: tuple[float, int] = (0.0, 0)
        self._told: list[Problem] | None = None
        self._told_s = 0.0
        self.more: Callable[[], list[Problem]] = list  # what others find wrong with the gateway

    async def run(self, alive: Round) -> None:
        """Look, for ever."""
        while True:
            alive()
            await self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK_S)

    async def look(self, now_s: float) -> None:
        """Tell what is wrong, where that is news."""
        now_ms = self._clock.now_ms()
        problems = [*self._of_disk(), *self._leaps.look(now_s, now_ms), *self._of_database(now_s), *self.more()]
        if problems != self._told or (problems and now_s - self._told_s >= AGAIN_S):
            note = partial(self._pipeline.note_own, kind=Kind.GATEWAY_FAULT, problems=problems, now_ms=now_ms)
            await self._writer.do(note)
            self._told, self._told_s = problems, now_s

    def _of_disk(self) -> list[Problem]:
        footing = self._writer.raft.footing
        if footing is Footing.AFLOAT:
            return [Problem(rule="disk_full", severity=Severity.CRITICAL)]
        if footing is Footing.TIGHT:
            return [Problem(rule="disk_tight", severity=Severity.MAJOR)]
        if self._disk.free_bytes() < LOW_BYTES:
            return [Problem(rule="disk_low", severity=Severity.MINOR)]
        return []

    def _of_database(self, now_s: float) -> list[Problem]:
        if self._writer.torn > self._torn[1]:
            self._torn = (now_s, self._writer.torn)
        found = []
        if self._torn[1] and now_s - self._torn[0] <= TORN_STANDS_S:
            found.append(Problem(rule="database_torn", severity=Severity.MAJOR))
        if self._disk.log_bytes() > LOG_BYTES:
            found.append(Problem(rule="log_held", severity=Severity.MINOR))
        return found
