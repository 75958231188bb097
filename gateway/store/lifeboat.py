"""A way on where the file of the database cannot be opened for writing: without its helper files, or in memory.

What the file still tells is read: a fire that burnt before the start goes on as the same fire. When the disk takes
writing again, what was in memory goes into the file in one transaction.
"""

from __future__ import annotations

import errno
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
    """What can be read of the file; what is not taken along is gone when the boat comes ashore."""
    for way in (_with_its_log, _without_its_log):
        try:
            way(path, db)
        except (sqlite3.Error, OSError) as error:
            log.warning("not_taken_along", why=str(error))
        else:
            return


def _with_its_log(path: Path, db: sqlite3.Connection) -> None:
    """From copies in memory: nothing can be written beside the file. Raises OSError where they are too large."""
    parts = [part for part in (path, path.with_name(path.name + "-wal")) if part.exists()]
    if sum(part.stat().st_size for part in parts) > MAX_COPY_BYTES:
        raise OSError(errno.EFBIG, "too large to be copied into memory")
    with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        for part in parts:
            shutil.copyfile(part, Path(folder) / part.name)
        _copy_from(sqlite3.connect(Path(folder) / path.name), db)


def _without_its_log(path: Path, db: sqlite3.Connection) -> None:
    """Where it lies, as of its last checkpoint: some minutes old."""
    _copy_from(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True), db)


def _copy_from(old: sqlite3.Connection, db: sqlite3.Connection) -> None:
    db.execute("BEGIN")
    try:
        copy_all(old, db, lean=True)
    finally:
        db.execute("COMMIT")  # what could be read
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
