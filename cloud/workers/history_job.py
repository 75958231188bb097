"""Keeps house in the history: roll-ups every few seconds, what is old forgotten and put in order, copies on request."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path

import structlog

from cloud.history import copying
from cloud.history.belief import AHEAD_MS, Belief, measured_ms
from cloud.history.memory import Memory
from cloud.history.owing import Owing
from cloud.history.port import Keep, NotReadable, NotStored, Series
from cloud.workers.ballast import Ballast
from runtime.clock import Clock

log = structlog.get_logger()
FOLD_EVERY_S = 5.0  # so old a curve of minutes may be; a default of ours
LOOK_EVERY_S = 0.5  # for a request of a copy: somebody waits at a terminal
RETAIN_EVERY_S = 3600.0
RESERVE_AFTER_S = 60.0
RELIEVE_EVERY_S = 10.0  # on a full disk
FULL = "free disk space under data_dir; what is older than KEEP_... goes now, other readings stay with the gateways"


class HouseKeeper:
    """One per centre, where the readings are. What fails is tried again by whoever supervises it."""

    def __init__(
        self,
        series: Series,
        clock: Clock,
        keep: Keep,
        data_dir: Path,
        owing: Owing = lambda _now_ms, _keep: 0,
        ballast: Ballast | None = None,
    ) -> None:
        self._series = series
        self._clock = clock
        self._keep = keep
        self._data_dir = data_dir
        self._fold_at_s = self._retain_at_s = 0.0
        self._untidy = False
        self._belief = Belief(Memory(data_dir))
        self._owing = owing
        self._waits_ms = 0  # for evidence
        self._ballast = ballast or Ballast(data_dir)
        self._low = False  # the disk is as good as full
        self.done: Counter[str] = Counter()

    async def run(self) -> None:
        """For ever."""
        now_s = asyncio.get_running_loop().time
        relieve_at_s, reserve_at_s = 0.0, now_s() + RESERVE_AFTER_S
        while True:
            if self._look_at_disk() and now_s() >= relieve_at_s:
                await asyncio.to_thread(self.relieve)
                relieve_at_s = now_s() + RELIEVE_EVERY_S
            if not self._low and now_s() >= reserve_at_s:
                await asyncio.to_thread(self._ballast.fill)
                reserve_at_s = now_s() + RESERVE_AFTER_S
            if now_s() >= self._fold_at_s:
                await asyncio.to_thread(self.fold)
                self._fold_at_s = now_s() + FOLD_EVERY_S
            if now_s() >= self._retain_at_s:
                await asyncio.to_thread(self.retain)
                self._retain_at_s = now_s() + RETAIN_EVERY_S
            await asyncio.to_thread(copying.serve, self._series, self._data_dir)
            await asyncio.sleep(LOOK_EVERY_S)

    def relieve(self) -> None:
        """On a disk that is full: the store has the reserve to write down what it forgets, and gives it back."""
        with self._ballast.lent():
            self.retain()
            with suppress(NotStored):  # somebody reads just now; at the next look
                self._series.relieve()

    def fold(self) -> None:
        """Roll-ups; one old stretch is put in order with each, as long as there are any."""
        with suppress(NotReadable):  # a server that is away; whoever writes to it says so, and what is owed stays owed
            self.done["buckets"] += self._series.fold()
        if self._untidy:
            self._untidy = self._series.tidy(self._clock.now_ms())

    def retain(self) -> None:
        """Forget, and look for what is to be put in order."""
        try:
            until_ms = self._until_ms()
            self._waits_ms = 0 if until_ms is None else self._owing(until_ms, self._keep)
            gone = {} if until_ms is None else self._series.retain(self._keep, until_ms - self._waits_ms)
        except NotReadable:
            return
        if any(gone.values()):
            log.info("history_forgotten", **{level.name.lower(): rows for level, rows in gone.items()})
        self.done.update({f"forgotten_{level.name.lower()}": rows for level, rows in gone.items()})
        self._untidy = True

    def health(self) -> dict[str, int]:
        """For /readyz: by how much the clock is ahead of the time that is forgotten by; 0 but for a clock in doubt.

        How much longer than usual readings stay because an incident has not been frozen yet; and the disk.
        """
        ahead_ms = self._belief.ahead_ms
        told = {"clock_ahead_ms": ahead_ms if ahead_ms > AHEAD_MS else 0, "evidence_wait_ms": self._waits_ms}
        return told | {"disk_free": self._ballast.free(), "disk_low": int(self._low)}

    def _look_at_disk(self) -> bool:
        """True where it is as good as full; said when that begins and when it ends."""
        was, self._low = self._low, self._ballast.low
        if self._low != was:
            free = self._ballast.free()
            log.warning("history_disk", low=self._low, free=free, remedy=FULL if self._low else "none: it has room")
        return self._low

    def _until_ms(self) -> int | None:
        """None where nothing was ever measured."""
        newest_ms = measured_ms(self._series.known())
        if newest_ms is None:
            return None
        now_ms = self._clock.now_ms()
        until_ms = self._belief.look(now_ms, self._clock.steady_ms(), newest_ms)
        if self.health()["clock_ahead_ms"]:
            remedy = "look at the clock of this machine and of the gateways; nothing is forgotten by this time yet"
            log.warning("history_clock_ahead", now_ms=now_ms, until_ms=until_ms, measured_ms=newest_ms, remedy=remedy)
        return until_ms
