"""A way on where the file of the database cannot be opened for writing: without its helper files, or in memory.

What the file still tells is read: a fire that burnt before the start goes on as the same fire. When the disk takes
writing again, what was in memory goes into the file in one transaction.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from gateway.store.salvage import BULK, copy_all, copy_rows, tables
from gateway.store.schema import check_writable, connect, is_sound, migrate, open_database

log = structlog.get_logger()

MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
MAX_COPY_BYTES = 256_000_000  # of a box with 1 GB


def board(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A database to work with, and whether it is in memory only."""
    if path.exists():
        try:
            return _alone(path), False
        except (sqlite3.Error, OSError) as error:
            log.warning("database_not_writable", why=str(error))
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(db)
    if path.exists():
        _take_along(db, path)
    return db, True


def _alone(path: Path) -> sqlite3.Connection:
    """The disk has no room for the file that other readers need."""
    db = connect(path, alone=True)
    try:
        if not is_sound(db):
            raise sqlite3.DatabaseError("torn, and no room for another")
        migrate(db)
        check_writable(db)
    except (sqlite3.Error, OSError):
        db.close()
        raise
    return db


def _take_along(db: sqlite3.Connection, path: Path) -> None:
    """What can be read of the file and its log, from copies in memory: nothing can be written beside the file."""
    try:
        with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
            copy = Path(folder) / path.name
            for part in (path, path.with_name(path.name + "-wal")):
                if part.exists() and part.stat().st_size <= MAX_COPY_BYTES:
                    shutil.copyfile(part, copy.with_name(part.name))
            _copy_from(copy, db)
    except (sqlite3.Error, OSError) as error:
        log.warning("nothing_taken_along", why=str(error))


def _copy_from(path: Path, db: sqlite3.Connection) -> None:
    old = sqlite3.connect(path)
    try:
        db.execute("BEGIN")
        copy_all(old, db, lean=True)
        db.execute("COMMIT")
    finally:
        old.close()


def come_ashore(db: sqlite3.Connection, path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """The database in the file, with all that was in memory. Raises sqlite3.Error or OSError: then nothing happened."""
    ashore, moved = open_database(path)
    try:
        check_writable(ashore)
        ashore.execute("BEGIN IMMEDIATE")
        for table in tables(db):
            if table not in BULK:
                ashore.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            copy_rows(db, ashore, table)
        copy_rows(db, ashore, "totals", "name = 'boot'")
        ashore.execute("COMMIT")
    except (sqlite3.Error, OSError):
        ashore.close()
        raise
    return ashore, moved
