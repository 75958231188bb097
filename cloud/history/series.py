"""The history in one DuckDB file: who may do what at the same time. What is done is in cloud/history/duck/."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import structlog

from cloud.history.arriving import checked, table_of_rows
from cloud.history.duck import folding, keeping, reading
from cloud.history.duck.layout import transaction
from cloud.history.duck.open_file import BROKEN, OldSeries, OpenFile, cursor, open_file
from cloud.history.duck.reading import Span
from cloud.history.duck.writing import write
from cloud.history.port import Curve, Keep, Known, Level, NotReadable, NotStored, Point

__all__ = ["MAX_POINTS", "DuckSeries", "OldSeries"]

MAX_POINTS = 20_000
SLICE = 500_000  # readings of one transaction: a tenth of a second, four row groups of DuckDB
UNFIT = (duckdb.DataError, duckdb.InvalidInputException, ValueError, TypeError, OverflowError)  # the rows are at fault
log = structlog.get_logger()


class DuckSeries:
    """One appends, one keeps house, any number read, all at the same time; each on a connection of its own."""

    def __init__(self, path: Path, *, at_once: bool = True) -> None:
        """`at_once`: whoever starts hears what is wrong with the file; else the first who uses it opens it."""
        self._path = path
        self._writing = threading.Lock()  # rows come or tables go; taken after the other
        self._upkeep = threading.Lock()  # roll-ups, retention, order, copies
        self._opening = threading.Lock()
        self._file: OpenFile | None = open_file(path) if at_once else None

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Durable when it returns: DuckDB syncs its log at the commit."""
        return self.append_table(table_of_rows(rows))

    def append_table(self, readings: pa.Table) -> int:
        """Slice by slice: one that cannot be stored leaves the ones before it in the file."""
        readings = checked(readings)
        count = 0
        for start in range(0, readings.num_rows, SLICE):
            with self._writing, self._whole(writing=True) as file:
                count += write(file, readings.slice(start, SLICE))
        return count

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """At most the first MAX_POINTS readings; none while the file cannot be read."""
        span = Span(level=Level.RAW, from_ms=from_ms, to_ms=to_ms + 1)
        try:
            with self._snapshot() as (file, db):
                series = file.ids.get((device, channel))
                return [] if series is None else reading.points(db, series, span, MAX_POINTS)
        except NotReadable as error:
            log.warning("readings_not_read", why=str(error.__cause__))
            return []

    def read(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        """All channels as of one moment."""
        span = Span(level=level, from_ms=from_ms, to_ms=to_ms)
        with self._snapshot() as (file, db):
            names = [(device, channel) for channel in channels]
            return [reading.curve(db, file.ids.get(name), name, span, limit) for name in names]

    def known(self, device: str | None = None) -> list[Known]:
        """From memory. The first time may be one whose readings are forgotten and only rolled up."""
        with self._writing, self._whole() as file:
            found = [(name, series) for name, series in file.ids.items() if device in (None, name[0])]
            times = [(int(file.first_ms[series]), int(file.last_ms[series])) for _, series in found]
        known = [
            Known(device=name[0], channel=name[1], first_ms=first_ms, last_ms=last_ms)
            for (name, _), (first_ms, last_ms) in zip(found, times, strict=True)
            if last_ms >= 0
        ]
        return sorted(known, key=lambda one: (one.device, one.channel))

    def batches(
        self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level
    ) -> Iterator[pa.RecordBatch]:
        """No lock and no transaction lasts between two batches: a slow download holds nobody up."""
        span = Span(level=level, from_ms=from_ms, to_ms=to_ms)
        for name, series in self._wanted(devices, channels):
            with self._snapshot() as (_, db):
                stretches = span.stretches(db)
            for stretch in stretches:
                with self._snapshot() as (_, db):
                    found = list(reading.exported(db, series, name, stretch, span))
                yield from found

    def count(self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level) -> int:
        """Exact, as of now."""
        wanted = [series for _, series in self._wanted(devices, channels)]
        with self._snapshot() as (_, db):
            return reading.counted(db, wanted, Span(level=level, from_ms=from_ms, to_ms=to_ms))

    def fold(self) -> int:
        """A million readings per transaction; who appends does not wait for it."""
        changed = 0
        with self._upkeep, self._whole() as file, cursor(file) as db:
            for stretch in sorted(file.owed):
                while folded := self._fold_some(file, db, stretch):
                    changed += folded
        return changed

    def retain(self, keep: Keep, now_ms: int) -> dict[Level, int]:
        """A stretch goes once all of it is older than `keep` says, and once it is in the roll-ups.

        Where these cannot be written, as on a full disk, those go that are in them already: that makes room.
        """
        try:
            self.fold()
        except duckdb.Error as error:
            log.warning("roll_ups_wait", why=str(error), remedy="free disk space under data_dir")
        gone: Counter[Level] = Counter()
        with self._upkeep, self._whole() as file, cursor(file) as db:
            with self._writing:
                file.floor = keeping.open_again(db, now_ms)
            for level, stretch in keeping.forgotten(db, keep, now_ms):
                with self._writing:
                    if self._file is not file or (level is Level.RAW and file.owed[stretch]):
                        continue  # something came for it just now: at the next look
                    gone[level] += keeping.forget(db, level, stretch)
                    if level is Level.RAW:
                        file.floor = max(file.floor, stretch + 1)
        return dict(gone)

    def tidy(self, now_ms: int) -> bool:
        """One stretch is sorted beside the readings that come, and swapped in where none came for it meanwhile."""
        with self._upkeep, self._whole() as file, cursor(file) as db:
            with self._writing:  # both as of one moment: what comes after it is seen in `changes`
                owed, before = set(file.owed), Counter(file.changes)
            ready = [one for one in keeping.untidy(db, now_ms) if one[0] is not Level.RAW or one[1] not in owed]
            if ready and not keeping.has_room(db, self._path, *ready[0]):
                return False  # at the next look
            if ready:
                self._sort(file, db, ready[0], before)
        return len(ready) > 1

    def relieve(self) -> None:
        """The log goes into the file, where what was forgotten has left room."""
        try:
            with self._upkeep, self._writing, self._whole() as file:
                file.db.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise NotStored(str(error)) from error

    def backup(self, folder: Path) -> Path:
        """As of the moment at which it began; what comes meanwhile is not in it. Raises NotStored."""
        try:
            with self._upkeep, self._whole() as file, cursor(file) as db:
                return keeping.copy(db, self._path, folder)
        except duckdb.Error as error:
            raise NotStored(str(error)) from error

    def health(self) -> dict[str, int]:
        """Without asking the file, so that it is answered at once whatever goes on."""
        file = self._file
        log = self._path.with_name(self._path.name + ".wal")
        found = {"bytes": sum(path.stat().st_size for path in (self._path, log) if path.exists())}
        if file is not None:
            found |= {"owed": file.owed.total(), "lag_ms": file.lag_ms(), "too_late": file.too_late}
            found |= {"channels": len(file.ids)}
        return found

    def close(self) -> None:
        """Checkpoint and close. A later call opens the file again."""
        with self._upkeep, self._writing:
            self._drop(self._file, writing=True)

    def _wanted(self, devices: Sequence[str], channels: Sequence[str]) -> list[tuple[tuple[str, str], int]]:
        with self._writing, self._whole() as file:
            every = sorted(file.ids.items())
        return [one for one in every if one[0][0] in devices and (not channels or one[0][1] in channels)]

    def _fold_some(self, file: OpenFile, db: duckdb.DuckDBPyConnection, stretch: int) -> int:
        before = file.changes[stretch]
        changed, readings = folding.fold_some(db, stretch)
        with self._writing:
            file.owed[stretch] -= readings
            nothing_left = not readings and file.changes[stretch] == before
            if file.owed[stretch] <= 0 or nothing_left:
                del file.owed[stretch]
        return changed

    def _sort(self, file: OpenFile, db: duckdb.DuckDBPyConnection, one: keeping.Stretch, before: Counter[int]) -> None:
        level, stretch = one
        with suppress(keeping.Overtaken), ExitStack() as held, transaction(db):
            keeping.sort(db, level, stretch)
            held.enter_context(self._writing)  # until the commit is done
            if self._file is not file or (level is Level.RAW and file.changes[stretch] != before[stretch]):
                raise keeping.Overtaken
            keeping.swap(db, level, stretch)

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[OpenFile, duckdb.DuckDBPyConnection]]:
        """Everything as of one moment. Raises NotReadable."""
        try:
            with self._whole() as file, cursor(file) as db, transaction(db):
                yield file, db
        except duckdb.Error as error:
            raise NotReadable(BROKEN) from error

    @contextmanager
    def _whole(self, *, writing: bool = False) -> Iterator[OpenFile]:
        """The open file. After a fatal error it is opened anew; that may fail as long as the disk is full.

        So it is after any failed append: whether its commit reached the disk only the file can tell.
        """
        with self._opening:
            if self._file is None:
                self._file = self._again()
            file = self._file
        try:
            yield file
        except UNFIT:
            raise
        except duckdb.Error as error:
            if writing or isinstance(error, duckdb.FatalException):
                self._drop(file, writing=writing)
            raise

    def _again(self) -> OpenFile:
        """Another layout now is a file that was put in its place while we run: the readings are not at fault."""
        try:
            return open_file(self._path)
        except OldSeries as error:
            raise duckdb.OperationalError(str(error)) from error

    def _drop(self, file: OpenFile | None, *, writing: bool) -> None:
        """Who writes holds the lock and may close that connection too; else it ends with the last who uses it."""
        with self._opening:
            if self._file is file:
                self._file = None
        for connection in () if file is None else (file.root, file.db) if writing else (file.root,):
            with suppress(duckdb.Error):
                connection.close()
