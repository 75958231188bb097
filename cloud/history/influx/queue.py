"""What the server does not have yet, in one SQLite file: readings, buckets to be counted anew, lines that it refused.

Readings are acknowledged once they are here, so each commit is synced. They leave in the same transaction that notes
which buckets they touch, after the server has said yes: whatever dies in between, they are sent again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cloud.history.influx.marks import Mark
from cloud.history.influx.queue_file import connect, relieve, unwritten, whole
from cloud.history.port import Known, NotStored

LIMIT_BYTES = 1 << 30  # forty million readings at 15 to 30 bytes: a day of a hundred endpoints; a default of ours
REFUSED_KEPT = 10_000  # lines; enough to see what is wrong with them

_MARK = """
INSERT INTO marks VALUES (:level, :part_ms, :device, :channel, :from_ms, :to_ms, :number)
ON CONFLICT DO UPDATE SET from_ms = min(from_ms, excluded.from_ms), to_ms = max(to_ms, excluded.to_ms),
    number = excluded.number"""
_SEEN = """
INSERT INTO channels VALUES (?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET told = 0,
    first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)
WHERE excluded.first_ms < first_ms OR excluded.last_ms > last_ms"""
_ADD = "INSERT INTO numbers VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Readings of one append."""

    id: int
    bytes: int
    readings: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A line that the server will not take, and what it said."""

    line: str
    why: str


class Queue:
    """Safe between threads; one process at a time has the file."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path, self._limit_bytes = path, limit_bytes
        self._lock = threading.RLock()
        self._db = connect(path)
        self.bytes = int(self._one("SELECT coalesce(sum(length(body)), 0) FROM batches"))
        self.owed = int(self._one("SELECT coalesce(sum(readings), 0) FROM batches"))
        self.newest_ms = int(self._one("SELECT coalesce(max(last_ms), 0) FROM channels"))
        self._number = int(self._one("SELECT coalesce(max(number), 0) FROM marks"))
        self.full = 0  # appends that were told to come again

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing comes, goes or is set by others meanwhile."""
        with self._lock:
            yield

    def put(self, readings: pa.Table, from_ms: int, to_ms: int, seen: Sequence[Known]) -> None:
        """Durable when it returns. Raises NotStored where the queue or the disk is full."""
        body = _pack(readings)
        with self._lock:
            self._check_room(len(body))
            with self._transaction() as db:
                row = (readings.num_rows, from_ms, to_ms, body)
                db.execute("INSERT INTO batches (readings, from_ms, to_ms, body) VALUES (?, ?, ?, ?)", row)
                self._see(db, seen)
            self.bytes += len(body)
            self.owed += readings.num_rows

    def oldest(self, most: int) -> list[Batch]:
        """The batches that are next, of about `most` readings together."""
        found, total = list[Batch](), 0
        with self._lock:
            for number, body in self._db.execute("SELECT id, body FROM batches ORDER BY id"):
                found.append(Batch(id=number, bytes=len(body), readings=_unpack(body)))
                total += found[-1].readings.num_rows
                if total >= most:
                    break
            return found

    def newest(self, from_ms: int, to_ms: int, most: int) -> list[Batch]:
        """At most so many of the newest batches that have readings of a span, both ends included."""
        query = "SELECT id, body FROM batches WHERE to_ms >= ? AND from_ms <= ? ORDER BY id DESC LIMIT ?"
        with self._lock:
            found = self._db.execute(query, (from_ms, to_ms, most)).fetchall()
        return [Batch(id=number, bytes=len(body), readings=_unpack(body)) for number, body in found]

    def written(self, batches: Sequence[Batch], marks: Sequence[Mark], refusals: Sequence[Refusal]) -> None:
        """The server has them, but for the refused lines, of which the newest are kept."""
        ids = [(batch.id,) for batch in batches]
        with self._lock:
            with self._transaction() as db:
                db.executemany("DELETE FROM batches WHERE id = ?", ids)
                self._mark(db, marks)
                _keep_refused(db, refusals)
            self.bytes -= sum(batch.bytes for batch in batches)
            self.owed -= sum(batch.readings.num_rows for batch in batches)

    def marked(self, level: str, most: int) -> list[Mark]:
        """Buckets to be counted anew, the oldest first."""
        query = "SELECT * FROM marks WHERE level = ? ORDER BY part_ms, from_ms, to_ms, device, channel LIMIT ?"
        with self._lock:
            return [Mark(*row) for row in self._db.execute(query, (level, most))]

    def folded(self, done: Sequence[Mark], above: Sequence[Mark]) -> None:
        """Those are counted, unless they were touched meanwhile; those above them come next."""
        keys = [(mark.level, mark.part_ms, mark.device, mark.channel, mark.number) for mark in done]
        gone = "DELETE FROM marks WHERE level = ? AND part_ms = ? AND device = ? AND channel = ? AND number = ?"
        with self._transaction() as db:
            db.executemany(gone, keys)
            self._mark(db, above)

    def marks(self) -> int:
        """How many there are."""
        return int(self._one("SELECT count(*) FROM marks"))

    def seen(self, seen: Sequence[Known]) -> None:
        """These channels have readings."""
        with self._transaction() as db:
            self._see(db, seen)

    def channels(self, device: str | None = None) -> list[Known]:
        """What came through this queue ever."""
        query = "SELECT device, channel, first_ms, last_ms FROM channels WHERE ?1 IS NULL OR device = ?1"
        with self._lock:
            found = self._db.execute(query, (device,)).fetchall()
        return [Known(device=row[0], channel=row[1], first_ms=row[2], last_ms=row[3]) for row in found]

    def untold(self) -> list[Known]:
        """Channels of which the server does not know the newest."""
        query = "SELECT device, channel, first_ms, last_ms FROM channels WHERE told = 0"
        with self._lock:
            found = self._db.execute(query).fetchall()
        return [Known(device=row[0], channel=row[1], first_ms=row[2], last_ms=row[3]) for row in found]

    def told(self, told: Sequence[Known]) -> None:
        """The server knows them now."""
        query = "UPDATE channels SET told = 1 WHERE device = ? AND channel = ? AND first_ms = ? AND last_ms = ?"
        with self._transaction() as db:
            db.executemany(query, [(one.device, one.channel, one.first_ms, one.last_ms) for one in told])

    def number(self, name: str) -> int:
        """A number that outlives the process; 0 until it is set."""
        return int(self._one("SELECT coalesce(max(value), 0) FROM numbers WHERE name = ?", name))

    def add(self, name: str, more: int) -> None:
        """Count up."""
        with self._transaction() as db:
            db.execute(_ADD, (name, more))

    def set(self, name: str, value: int) -> None:
        """Keep a number."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", (name, value))

    def counts(self) -> dict[str, int]:
        """How much lies here."""
        return {
            "owed": self.owed,
            "bytes": self.bytes,
            "bytes_max": self._limit_bytes,
            "queue_full": self.full,
            "refused_lines": int(self._one("SELECT count(*) FROM refused")),
            "refused_ever": int(self._one("SELECT coalesce(max(id), 0) FROM refused")),
            "marks": self.marks(),
            **{name: self.number(name) for name in ("too_late", "no_time", "beyond_bucket")},
        }

    def oldest_mark_ms(self) -> int | None:
        """Beginning of the oldest time that waits for its roll-up."""
        with self._lock:
            return self._db.execute("SELECT min(from_ms) FROM marks").fetchone()[0]  # type: ignore[no-any-return]

    def refusals(self) -> list[Refusal]:
        """What the server would not take, the newest last."""
        with self._lock:
            return [Refusal(line=line, why=why) for line, why in self._db.execute("SELECT line, why FROM refused")]

    def relieve(self) -> None:
        """Cut its log. Raises NotStored."""
        with self._lock:
            relieve(self._db, self._path)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    def _check_room(self, more: int) -> None:
        if self.bytes + more > self._limit_bytes:
            self.full += 1
            raise NotStored(
                f"队列已满（{self.bytes} 字节）：InfluxDB 长时间不可用，网关会保留读数；"
                "请恢复 InfluxDB 或增大 INFLUX_QUEUE_MB。 "
                f"The queue for InfluxDB is full ({self.bytes} bytes); gateways keep what comes now. Bring InfluxDB "
                "back, or raise INFLUX_QUEUE_MB."
            )

    def _see(self, db: sqlite3.Connection, seen: Sequence[Known]) -> None:
        db.executemany(_SEEN, [(one.device, one.channel, one.first_ms, one.last_ms) for one in seen])
        self.newest_ms = max([self.newest_ms, *(one.last_ms for one in seen)])

    def _mark(self, db: sqlite3.Connection, marks: Sequence[Mark]) -> None:
        self._number += 1
        db.executemany(_MARK, [{**mark.told(), "number": self._number} for mark in marks])

    def _one(self, query: str, *values: object) -> int:
        with self._lock:
            return self._db.execute(query, values).fetchone()[0]  # type: ignore[no-any-return]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with whole(self._db):
                    yield self._db
            except sqlite3.Error as error:
                raise NotStored(unwritten(self._path, error)) from error


def _keep_refused(db: sqlite3.Connection, refusals: Sequence[Refusal]) -> None:
    rows = [(refusal.why, refusal.line) for refusal in refusals]
    db.executemany("INSERT INTO refused (why, line) VALUES (?, ?)", rows)
    db.execute("DELETE FROM refused WHERE id <= (SELECT coalesce(max(id), 0) FROM refused) - ?", (REFUSED_KEPT,))


def _pack(readings: pa.Table) -> bytes:
    """Compressed as a whole: a batch of a few rows is mostly names of columns."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed, pa.ipc.new_stream(packed, readings.schema) as stream:
        stream.write_table(readings)
    return bytes(sink.getvalue())


def _unpack(body: bytes) -> pa.Table:
    return pa.ipc.open_stream(pa.CompressedInputStream(pa.BufferReader(body), "zstd")).read_all()
