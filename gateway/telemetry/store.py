"""The file of packed telemetry: never larger than its bound, nothing older than its days, oldest out first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.store.schema import is_torn, open_database, used_pages

log = structlog.get_logger()

FILE = "telemetry.sqlite"
SCHEMAS = {
    1: """
CREATE TABLE blocks (
    n INTEGER PRIMARY KEY, device TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL, samples INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX blocks_of ON blocks (device, first_ms, last_ms);
CREATE INDEX blocks_age ON blocks (received_ms, samples);
"""
}
DAY_MS = 24 * 3_600_000
DROP_AT_ONCE = 16  # blocks per step while making room
AGE_STEPS = 2  # age alone drops at most so many blocks for each that comes, so a clock that leaps costs little
PAGES_SPARE = 64  # of a transaction beside its blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Packed samples of one endpoint, measured between `first_ms` and `last_ms`."""

    device: str
    first_ms: int
    last_ms: int
    received_ms: int  # of the newest
    samples: int
    data: bytes


class TelemetryStore:
    """Used by one thread at a time; opened when first needed, made anew where its file is torn."""

    def __init__(self, data_dir: Path, max_bytes: int, keep_days: float) -> None:
        self.path = data_dir / FILE
        self._max_bytes = max_bytes
        self._keep_ms = round(keep_days * DAY_MS)
        self._dropped = 0  # samples given up for want of room
        self._db: sqlite3.Connection | None = None
        self._suspect = False  # gigabytes are not read at every start

    def take_dropped(self) -> int:
        """How many samples had to make room since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def put(self, blocks: Sequence[Block], now_ms: int) -> None:
        """Keep blocks, all or none. Raises sqlite3.Error or OSError where the disk does not take them."""
        try:
            self._put(self._open(), blocks, now_ms)
        except sqlite3.DatabaseError as error:
            self.close()
            self._suspect = is_torn(error)  # then the next opening finds, sets aside and replaces it
            raise

    def close(self) -> None:
        """Until the next `put`."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db, _ = open_database(self.path, SCHEMAS, check=self._suspect)
            self._suspect = False
        return self._db

    def _put(self, db: sqlite3.Connection, blocks: Sequence[Block], now_ms: int) -> None:
        (page_size,) = db.execute("PRAGMA page_size").fetchone()
        most = max(2 * PAGES_SPARE, self._max_bytes // page_size)
        db.execute(f"PRAGMA max_page_count = {most}")
        db.execute("BEGIN IMMEDIATE")
        self._expire(db, now_ms - self._keep_ms, AGE_STEPS * len(blocks) + DROP_AT_ONCE)
        self._make_room(db, most - PAGES_SPARE - sum(len(block.data) // page_size + 2 for block in blocks))
        _insert(db, blocks)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if db.execute("PRAGMA page_count").fetchone()[0] > most:
            db.execute("VACUUM")  # somebody lowered the bound

    def _expire(self, db: sqlite3.Connection, before_ms: int, at_most: int) -> None:
        db.execute(
            "DELETE FROM blocks WHERE n IN (SELECT n FROM blocks WHERE received_ms < ? ORDER BY received_ms LIMIT ?)",
            (before_ms, at_most),
        )

    def _make_room(self, db: sqlite3.Connection, pages: int) -> None:
        while used_pages(db) > pages:
            oldest = db.execute("SELECT n, samples FROM blocks ORDER BY n LIMIT ?", (DROP_AT_ONCE,)).fetchall()
            if not oldest:
                return
            db.execute("DELETE FROM blocks WHERE n <= ?", (oldest[-1][0],))
            self._dropped += sum(samples for _, samples in oldest)


def _insert(db: sqlite3.Connection, blocks: Sequence[Block]) -> None:
    db.executemany(
        "INSERT INTO blocks (device, first_ms, last_ms, received_ms, samples, data) VALUES (?, ?, ?, ?, ?, ?)",
        [(b.device, b.first_ms, b.last_ms, b.received_ms, b.samples, b.data) for b in blocks],
    )
