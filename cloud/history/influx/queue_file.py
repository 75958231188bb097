"""The SQLite file of the queue: its tables, transactions that are synced, and what to do with a file that is broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from cloud.history.port import NotStored

log = structlog.get_logger()
BUSY_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, readings INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
    level TEXT NOT NULL, part_ms INTEGER NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL,
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (level, part_ms, device, channel)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS channels (
    device TEXT NOT NULL, channel TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    told INTEGER NOT NULL, PRIMARY KEY (device, channel)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY AUTOINCREMENT, why TEXT NOT NULL, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


@contextmanager
def whole(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; durable when it ends."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def connect(path: Path) -> sqlite3.Connection:
    """A file that cannot be read is put aside, loudly, so that what comes now is kept."""
    try:
        return _make(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = _aside(path)
        log.exception("queue_broken", why=str(error), kept=str(aside), remedy="keep it; sqlite3 .recover may read it")
        return _make(path)


def _aside(path: Path) -> Path:
    """Its log goes with it: in a new file it would be read as that one's."""
    aside = path.with_suffix(f".broken{len(list(path.parent.glob(path.stem + '.broken*')))}")
    for end in ("", "-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _make(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def relieve(db: sqlite3.Connection, path: Path) -> None:
    """The log into the file, and cut to nothing. Raises NotStored."""
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise NotStored(unwritten(path, error)) from error


def unwritten(path: Path, error: sqlite3.Error) -> str:
    """For people: what a queue means that cannot be written."""
    return (
        f"读数队列 {path} 无法写入：请释放磁盘空间或修复文件，未确认的读数由网关保留。 "
        f"The queue {path} cannot be written: free disk space or mend it; gateways keep what is not "
        f"acknowledged. ({error})"
    )
