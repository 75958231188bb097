"""The gateway's database file: schema by numbers, durable settings, and a way on when the file is torn."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import structlog

log = structlog.get_logger()

DATABASE = "gateway.sqlite"
_MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMAS = {int(path.name[:3]): path.read_text(encoding="utf-8") for path in sorted(_MIGRATIONS.glob("*.sql"))}


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a power cut must not take what we acknowledged
    return db


def migrate(db: sqlite3.Connection, schemas: Mapping[int, str] = SCHEMAS) -> None:
    """Bring the schema to the newest number; each step is one transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for number in sorted(n for n in schemas if n > version):
        db.executescript(f"BEGIN; {schemas[number]} PRAGMA user_version = {number}; COMMIT;")


def is_torn(error: BaseException) -> bool:
    """True where an error says that the file itself is broken, not that a statement failed."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _open_sound(path: Path, schemas: Mapping[int, str]) -> sqlite3.Connection | None:
    db = None
    try:
        db = _connect(path)
        if db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
            migrate(db, schemas)
            return db
    except sqlite3.DatabaseError as error:
        if not is_torn(error):
            raise
    if db is not None:
        db.close()
    return None


def _move_aside(path: Path) -> Path:
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.torn-{number}")
        if not aside.exists():
            break
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _tables(db: sqlite3.Connection) -> list[str]:
    made = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in made if name != "totals"]  # totals are counted again, row by row


def _salvage(db: sqlite3.Connection, aside: Path) -> int:
    """Copy what can still be read; most of a torn file usually can."""
    rows = 0
    old = sqlite3.connect(aside)
    db.execute("BEGIN")
    for table in _tables(db):
        try:
            for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names of our own
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608
                rows += 1
        except sqlite3.DatabaseError as error:
            log.warning("salvage_ended", table=table, why=str(error))
    db.execute("COMMIT")
    old.close()
    return rows


def open_database(path: Path, schemas: Mapping[int, str] = SCHEMAS) -> tuple[sqlite3.Connection, Path | None]:
    """The open database, and where a torn one was moved (None where all was well)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = _open_sound(path, schemas)
    if db is not None:
        return db, None
    aside = _move_aside(path)
    db = _connect(path)
    migrate(db, schemas)
    rows = _salvage(db, aside)
    log.error("database_torn", moved_to=str(aside), rows_salvaged=rows)
    return db, aside
