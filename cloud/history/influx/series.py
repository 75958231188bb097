"""The port of the history with InfluxDB behind it: what comes goes through the queue; what waits there is told too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import structlog

from cloud.history.arriving import checked, first_of_each, pairs, table_of_rows
from cloud.history.influx import exporting, folding, forgetting, reading, tail
from cloud.history.influx.flux import Pick
from cloud.history.influx.forward import Forward
from cloud.history.influx.frames import Names
from cloud.history.influx.layout import COUNTS, LATEST_MS, MEASUREMENTS, NUMBERS
from cloud.history.influx.lines import check_names
from cloud.history.influx.marks import touched
from cloud.history.influx.queue import Queue
from cloud.history.influx.server import Away, Server
from cloud.history.port import (
    Curve,
    Keep,
    Known,
    Level,
    NotReadable,
    NotStored,
    Point,
    begin_ms,
)
from runtime.backoff import delay_s

log = structlog.get_logger()
MAX_POINTS = 20_000
PATIENCE_S = 60.0  # many hours and days that are not over are counted anew once a minute, not with every fold
MANY = 1000  # marks
NOT_OURS = "readings belong to the worker whose ROLES contain history. 读数由 ROLES 含 history 的进程接收。"


class InfluxSeries:
    """With a queue for the worker that takes readings; without one it reads only."""

    def __init__(self, server: Server, queue: Queue | None, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._server, self._own, self._steady_s = server, queue, steady_s
        self._wide_at_s = -PATIENCE_S  # when hours and days were last counted
        self._work = threading.RLock()  # one forwards, folds or forgets at a time
        self._forward = None if queue is None else Forward(server, queue)

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """In the queue, synced, when it returns. Raises NotStored; ValueError for what InfluxDB could never tell."""
        readings, queue = self._fit(table_of_rows(rows)), self._queue
        with queue.held():  # retention sets its cut before it or after it, never between
            timely = self._timely(readings)
            if timely.num_rows:
                found = touched(timely)
                queue.put(timely, found.from_ms, found.to_ms, found.seen)
        return int(readings.num_rows)

    def append_table(self, readings: pa.Table) -> int:
        """On the server when it returns. Raises NotStored where the server is away."""
        readings = self._fit(readings)
        try:
            with self._work:
                timely = self._timely(readings)
                if timely.num_rows:
                    self._forwarding.write_now(timely)
        except Away as error:
            raise NotStored(str(error)) from error
        return int(readings.num_rows)

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """At most the first MAX_POINTS readings; while the server is away, those that wait for it."""
        pick = _pick(Level.RAW, [device], [channel], from_ms, to_ms + 1)
        rows = tail.readings(self._server, self._own, pick, MAX_POINTS, even_away=True).buckets()
        values = [None if value != value else value for value in rows.last.tolist()]  # noqa: PLR0124 NaN
        return list(zip(rows.at_ms.tolist(), values, strict=True))[:MAX_POINTS]

    def read(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        """Single readings with those that still wait in the queue. Raises NotReadable."""
        return [self._curve(device, channel, begin_ms(level, from_ms), to_ms, level, limit) for channel in channels]

    def known(self, device: str | None = None) -> list[Known]:
        """What the server was told, and what came here since. Raises NotReadable where nothing is at hand."""
        own = [] if self._own is None else self._own.channels(device)
        try:
            told = reading.channels(self._server, [] if device is None else [device])
        except NotReadable as error:
            if not own:
                raise
            log.warning("channels_not_read", why=str(error))
            told = []
        return self._together([*told, *own])

    @staticmethod
    def _together(every: Iterable[Known]) -> list[Known]:
        found: dict[tuple[str, str], Known] = {}
        for one in every:
            other = found.get((one.device, one.channel), one)
            first_ms, last_ms = min(one.first_ms, other.first_ms), max(one.last_ms, other.last_ms)
            known = Known(device=one.device, channel=one.channel, first_ms=first_ms, last_ms=last_ms)
            found[one.device, one.channel] = known
        return [found[name] for name in sorted(found)]

    def batches(
        self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level
    ) -> Iterator[pa.RecordBatch]:
        """What the server has; what waits is sent first. Raises NotReadable, which never ends an export quietly."""
        self._drain()
        told = [*reading.channels(self._server, []), *([] if self._own is None else self._own.channels())]
        every = self._together(told)
        wanted = [one for one in every if one.device in devices and (not channels or one.channel in channels)]
        yield from exporting.batches(self._server, wanted, begin_ms(level, from_ms), to_ms, level)

    def count(self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level) -> int:
        """What the server has; an export writes what waits first, and may tell more."""
        if not devices:
            return 0
        field = "seq" if level is Level.RAW else COUNTS[0]
        return self._server.count(_pick(level, devices, channels, begin_ms(level, from_ms), to_ms), field)

    def fold(self) -> int:
        """Everything that waits is written first. Raises NotReadable while the server is away."""
        return 0 if self._own is None else self._fold(self._own, at_once=False)

    def retain(self, keep: Keep, now_ms: int) -> dict[Level, int]:
        """Whole days go, once each; a bucket of one reading that is kept is never cut."""
        with self._work:
            cuts = forgetting.cuts(self._queue, keep, now_ms)
            self._fold(self._queue, at_once=True)
            gone = {level: forgetting.forget(self._server, self._queue, level, cut) for level, cut in cuts.items()}
            if not gone.get(Level.RAW):
                forgetting.nothing_went(self._queue)
            return gone

    def tidy(self, now_ms: int) -> bool:
        """The server does that by itself."""
        return False

    def relieve(self) -> None:
        """The log of the queue goes into its file."""
        if self._own is not None:
            self._own.relieve()

    def backup(self, folder: Path) -> Path:
        """Raises NotImplementedError."""
        raise NotImplementedError(
            "InfluxDB 的备份由它自己完成：请使用 influx backup（1.8 为 influxd backup -portable）。 "
            "InfluxDB makes its own backups: use `influx backup`, or `influxd backup -portable` of version 1.8."
        )

    def health(self) -> dict[str, int]:
        """What is owed, refused, too late; how far the roll-ups are behind."""
        if self._own is None or self._forward is None:
            return {}
        oldest = self._own.oldest_mark_ms()
        lag_ms = 0 if oldest is None else max(0, self._own.newest_ms - oldest)
        return {**self._own.counts(), "lag_ms": lag_ms, "server_failures": self._forward.failures}

    def step(self) -> bool:
        """Write what waits, one request's worth; False where nothing does. Raises Away."""
        with self._work:
            return self._forwarding.step()

    async def forward(self, wait_s: Callable[[int], float] = delay_s) -> None:
        """The job of the worker that has the queue; for ever."""
        await self._forwarding.run(self.step, wait_s)

    def close(self) -> None:
        """Release queue and connections; what waits is written after the next start."""
        with self._work:
            self._server.close()
            if self._own is not None:
                self._own.close()

    @property
    def _queue(self) -> Queue:
        return self._forwarding.queue

    @property
    def _forwarding(self) -> Forward:
        if self._forward is None:
            raise NotStored(NOT_OURS)
        return self._forward

    @staticmethod
    def _fit(readings: pa.Table) -> pa.Table:
        readings = checked(readings)
        names, which = pairs(readings)
        check_names(names)
        keep = first_of_each(which, *(readings[name].to_numpy() for name in ("at_ms", "boot", "seq")))
        return readings if keep is None else readings.filter(pa.array(keep))

    def _timely(self, readings: pa.Table) -> pa.Table:
        """Without what is older than what was forgotten: nobody could tell whether it was counted already.

        And without what is after 2262, which a board with a broken clock says and InfluxDB cannot count.
        """
        told = self._counted("no_time", readings, pc.less_equal(readings["at_ms"], LATEST_MS))
        cut_ms = self._queue.number(forgetting.CUT)
        return self._counted("too_late", told, pc.greater_equal(told["at_ms"], cut_ms)) if cut_ms else told

    def _counted(self, why: str, readings: pa.Table, fit: pa.ChunkedArray) -> pa.Table:
        kept = readings.filter(fit)
        if lost := readings.num_rows - kept.num_rows:
            self._queue.add(why, lost)
        return kept

    def _curve(self, device: str, channel: str, from_ms: int, to_ms: int, level: Level, limit: int) -> Curve:
        pick = _pick(level, [device], [channel], from_ms, to_ms)
        if level is Level.RAW:
            rows = tail.readings(self._server, self._own, pick, limit + 1).buckets()
        else:
            names = Names()
            names.code((device, channel))
            rows = reading.rows(self._server, level, pick, names, limit + 1)
        shown = rows.where(np.arange(len(rows.at_ms)) < limit)
        columns = {name: getattr(shown, name) for name in ("at_ms", *NUMBERS, *COUNTS)}
        return Curve(device=device, channel=channel, level=level, more=len(rows.at_ms) > limit, **columns)

    def _drain(self) -> None:
        try:
            while self._own is not None and self.step():
                pass
        except Away as error:
            raise NotReadable(str(error)) from error

    def _fold(self, queue: Queue, *, at_once: bool) -> int:
        with self._work:
            self._drain()
            try:
                changed = folding.fold(self._server, queue, Level.MINUTE)
                now_s = self._steady_s()
                if at_once or queue.marks() <= MANY or now_s - self._wide_at_s >= PATIENCE_S:
                    changed += sum(folding.fold(self._server, queue, level) for level in (Level.HOUR, Level.DAY))
                    self._wide_at_s = now_s
            except Away as error:
                raise NotReadable(str(error)) from error
        return changed


def _pick(level: Level, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int) -> Pick:
    return Pick(measurement=MEASUREMENTS[level], from_ms=from_ms, to_ms=to_ms, devices=devices, channels=channels)
