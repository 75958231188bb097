"""All samples of the last weeks, kept here: bounded in bytes and days, in a file of their own that may be lost.

A sample is staged with the commit that accepts it. Every few minutes what is staged is packed, a block of columns per
endpoint, off the writer's thread: judging never waits for it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec
import structlog

from domain.readings import Reading
from gateway.store.counters import Counters
from gateway.store.disk import Footing
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from gateway.telemetry.blocks import pack
from gateway.telemetry.store import Block, TelemetryStore
from runtime.clock import Clock

log = structlog.get_logger()

BUCKET_ENDPOINTS = 256  # packed together: bounds the memory of a packing, whatever the size of the site
PACK_SAMPLES = 32_768  # of one bucket: eleven minutes of 50 endpoints at 1 Hz, some 30 MB while they are packed
PACK_AFTER_MS = 15 * 60_000
LEAVE_MS = 90_000  # stays staged: evidence for incidents after a restart needs a minute of it (recent.py)
LOOK_S = 10.0
DROP_AT_ONCE = 64  # rows of a bucket per step
DEFLATE_FROM = 600  # bytes: two samples or three; a longer row would take more than its page
MAX_STAGED_BYTES = 64_000_000  # when packing fails for long; then the oldest go, counted

_ROWS = msgspec.json.Decoder(list[Reading])


def decode_rows(rows: bytes) -> list[Reading]:
    """Staged samples. Raises ValueError where they are broken."""
    try:
        return _ROWS.decode(rows if rows[:1] == b"[" else zlib.decompress(rows))
    except zlib.error as error:
        raise ValueError(f"staged telemetry is broken: {error}") from None


def readable_rows(rows: bytes) -> list[Reading]:
    """The same; none where they are broken: rotten bytes must stop neither judging nor packing."""
    try:
        return decode_rows(rows)
    except ValueError as error:
        log.warning("staged_samples_unreadable", why=str(error))
        return []


class Telemetry:
    """Stages samples; a cache of the writer, so that they become durable with the commit that accepts them."""

    def __init__(self, devices: Iterable[str]) -> None:
        self._bucket = {device: n // BUCKET_ENDPOINTS for n, device in enumerate(sorted(devices))}
        self._new: defaultdict[int, list[Reading]] = defaultdict(list)
        self._next: dict[int, int] = {}  # bucket -> number of its next row

    def add(self, reading: Reading) -> None:
        """Keep a sample."""
        self._new[self._bucket.get(reading.device, 0)].append(reading)

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what is new."""
        for bucket, readings in self._new.items():
            rows = msgspec.json.encode(readings)
            rows = zlib.compress(rows, 1) if len(rows) >= DEFLATE_FROM else rows
            db.execute(
                "INSERT INTO telemetry (bucket, n, samples, received_ms, rows) VALUES (?, ?, ?, ?, ?)",
                (bucket, self._number(db, bucket), len(readings), readings[0].received_ms, rows),
            )
        self._new.clear()

    def _number(self, db: sqlite3.Connection, bucket: int) -> int:
        if bucket not in self._next:
            (last,) = db.execute("SELECT MAX(n) FROM telemetry WHERE bucket = ?", (bucket,)).fetchone()
            self._next[bucket] = (last or 0) + 1
        number = self._next[bucket]
        self._next[bucket] += 1
        return number

    def forget(self) -> None:
        """The transaction was undone, or the file is another one."""
        self._new.clear()
        self._next.clear()


class Packer:
    """Moves what is staged into the store. Whatever dies in between: a sample is in one of the two, or in both."""

    def __init__(self, data_dir: Path, store: TelemetryStore, writer: Writer, counters: Counters, clock: Clock) -> None:
        self._stage = data_dir / DATABASE
        self._store = store
        self._writer = writer
        self._counters = counters
        self._clock = clock

    async def run(self, alive: Callable[[], None]) -> None:
        """Pack what is ripe, for ever; `alive` after each part of it."""
        while True:
            alive()
            await asyncio.sleep(LOOK_S)
            await self.pack_ripe(alive)

    async def pack_ripe(self, alive: Callable[[], None] = lambda: None, *, all_of_it: bool = False) -> None:
        """Pack every bucket that has enough, or is old enough; not into the last room of a full disk."""
        if self._writer.raft.footing is not Footing.FIRM:
            return
        for bucket in await asyncio.to_thread(self._ripe, self._clock.now_ms(), all_of_it=all_of_it):
            await self._pack(bucket)
            alive()
        await self._writer.do(self._bound)

    async def _pack(self, bucket: int) -> None:
        try:
            last_n = await asyncio.to_thread(self._put, bucket)
        except (sqlite3.Error, OSError) as error:
            log.warning("telemetry_not_packed", why=str(error))  # it stays staged; tried again, bounded
            await self._writer.do(partial(self._count, name="telemetry.not_packed", by=1))
            return
        dropped = self._store.take_dropped()
        await self._writer.do(partial(self._packed, bucket=bucket, last_n=last_n, dropped=dropped))

    def _ripe(self, now_ms: int, *, all_of_it: bool) -> list[int]:
        db = _open_stage(self._stage)
        try:
            held = db.execute("SELECT bucket, SUM(samples), MIN(received_ms) FROM telemetry GROUP BY bucket").fetchall()
        finally:
            db.close()
        return [
            bucket
            for bucket, samples, oldest_ms in held
            if all_of_it or samples >= PACK_SAMPLES or now_ms - oldest_ms >= PACK_AFTER_MS
        ]

    def _put(self, bucket: int) -> int:
        by_device: defaultdict[str, list[Reading]] = defaultdict(list)
        last_n, samples, now_ms = 0, 0, self._clock.now_ms()
        db = _open_stage(self._stage)
        try:
            for n, count, received_ms, rows in db.execute(
                "SELECT n, samples, received_ms, rows FROM telemetry WHERE bucket = ? ORDER BY n", (bucket,)
            ):
                if 0 <= now_ms - received_ms < LEAVE_MS:
                    break
                last_n, samples = n, samples + count
                for reading in readable_rows(rows):
                    by_device[reading.device].append(reading)
                if samples >= PACK_SAMPLES:
                    break
        finally:
            db.close()
        self._store.put([_block(device, readings) for device, readings in by_device.items()], now_ms)
        return last_n

    def _packed(self, db: sqlite3.Connection, *, bucket: int, last_n: int, dropped: int) -> None:
        db.execute("DELETE FROM telemetry WHERE bucket = ? AND n <= ?", (bucket, last_n))
        if dropped:
            self._counters.add("telemetry.dropped", dropped)

    def _count(self, _db: sqlite3.Connection, *, name: str, by: int) -> None:
        self._counters.add(name, by)

    def _bound(self, db: sqlite3.Connection) -> None:
        """Where packing fails for long the oldest staged samples give way."""
        (size,) = db.execute("SELECT COALESCE(SUM(length(rows)), 0) FROM telemetry").fetchone()
        while size > MAX_STAGED_BYTES:
            dropped, gone = drop_oldest(db)
            self._counters.add("telemetry.dropped", dropped)
            size -= gone


def drop_oldest(db: sqlite3.Connection) -> tuple[int, int]:
    """Give up a few staged rows, the oldest of every bucket; how many samples, and bytes."""
    samples = size = 0
    for (bucket,) in db.execute("SELECT DISTINCT bucket FROM telemetry").fetchall():
        oldest = db.execute(
            "SELECT n, samples, length(rows) FROM telemetry WHERE bucket = ? ORDER BY n LIMIT ?", (bucket, DROP_AT_ONCE)
        ).fetchall()
        db.execute("DELETE FROM telemetry WHERE bucket = ? AND n <= ?", (bucket, oldest[-1][0]))
        samples, size = samples + sum(row[1] for row in oldest), size + sum(row[2] for row in oldest)
    return samples, size


def _block(device: str, readings: list[Reading]) -> Block:
    readings.sort(key=lambda r: (r.at_ms, r.boot, r.seq))
    return Block(
        device=device,
        first_ms=readings[0].at_ms,
        last_ms=readings[-1].at_ms,
        received_ms=max(r.received_ms for r in readings),
        samples=len(readings),
        data=pack(readings),
    )


def _open_stage(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
