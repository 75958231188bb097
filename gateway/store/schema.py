"""The gateway's database file: schema by numbers, durable settings, and a way on when the file is torn."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import structlog

from gateway.store.salvage import copy_all
from gateway.store.schema_copy import keep_before

log = structlog.get_logger()

DATABASE = "gateway.sqlite"
KEEP_TORN = 2  # files set aside, for whoever wants to look
FRESH = ".new"
JOURNAL_BYTES = 8_000_000  # the write-ahead log is cut back to it after a checkpoint
_MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMAS = {int(path.name[:3]): path.read_text(encoding="utf-8") for path in sorted(_MIGRATIONS.glob("*.sql"))}


def connect(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    """The file, with settings that survive a power cut. `alone`: no helper file is made, no other process can read."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        if alone:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a power cut must not take what we acknowledged
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    except sqlite3.Error:
        db.close()  # or its lock would stay
        raise
    return db


def migrate(db: sqlite3.Connection, schemas: Mapping[int, str] = SCHEMAS) -> None:
    """Bring the schema to the newest number; each step is one transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for number in sorted(n for n in schemas if n > version):
        db.executescript(f"BEGIN; {schemas[number]} PRAGMA user_version = {number}; COMMIT;")


def used_pages(db: sqlite3.Connection) -> int:
    """Pages that hold something; the file itself may be larger."""
    (pages,), (free,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
    return int(pages) - int(free)


def is_torn(error: BaseException) -> bool:
    """True where an error says that the file itself is broken, not that a statement failed."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_sound(db: sqlite3.Connection) -> bool:
    """True where the file keeps its own rules."""
    return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))


def check_writable(db: sqlite3.Connection) -> None:
    """Raises OSError, closed, on a read-only disk: SQLite says nothing where the files of its log are there."""
    try:
        db.execute("DELETE FROM totals WHERE 0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            db.close()
            raise OSError(errno.EROFS, "the file of the database can only be read") from None


def _open_sound(path: Path, schemas: Mapping[int, str], *, check: bool) -> sqlite3.Connection | None:
    db = None
    try:
        db = connect(path)
        if not check or is_sound(db):
            keep_before(db, path, max(schemas, default=0))
            migrate(db, schemas)
            return db
    except sqlite3.DatabaseError as error:
        if not is_torn(error):
            raise
    if db is not None:
        db.close()
    return None


def _parts(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "")]


def _move_aside(path: Path) -> Path:
    """The name where a torn file now lies; only the newest few are kept."""
    numbers = sorted(int(old.name.rpartition("-")[2]) for old in path.parent.glob(f"{path.name}.torn-*[0-9]"))
    for number in numbers[: max(0, len(numbers) - KEEP_TORN + 1)]:
        _remove(path.with_name(f"{path.name}.torn-{number}"))
    aside = path.with_name(f"{path.name}.torn-{numbers[-1] + 1 if numbers else 1}")
    for part, there in zip(_parts(path), _parts(aside), strict=True):
        if part.exists():
            part.rename(there)
    return aside


def _remove(path: Path) -> None:
    for part in _parts(path):
        part.unlink(missing_ok=True)


def _replace_torn(path: Path, schemas: Mapping[int, str]) -> Path:
    """A sound file with what could be read takes the place of the torn one. Raises where the disk has no room."""
    fresh = path.with_name(path.name + FRESH)
    rows, lean = 0, False
    try:
        rows = _build(fresh, path, schemas, lean=lean)
    except sqlite3.OperationalError as error:
        log.warning("salvage_without_history", why=str(error))
        lean = True
        rows = _build(fresh, path, schemas, lean=lean)
    aside = _move_aside(path)
    fresh.rename(path)
    log.error("database_torn", moved_to=str(aside), rows_salvaged=rows, lean=lean)
    return aside


def _build(fresh: Path, torn: Path, schemas: Mapping[int, str], *, lean: bool) -> int:
    _remove(fresh)
    whole = False
    db = connect(fresh)
    try:
        migrate(db, schemas)
        old = sqlite3.connect(torn)
        db.execute("BEGIN")
        rows = copy_all(old, db, lean=lean)
        db.execute("COMMIT")
        old.close()
        whole = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    finally:
        db.close()
        if not whole:
            _remove(fresh)
    return rows


def open_database(
    path: Path, schemas: Mapping[int, str] = SCHEMAS, *, check: bool = True
) -> tuple[sqlite3.Connection, Path | None]:
    """The open database, and where a torn one was moved (None where all was well). Raises where nothing can be made.

    `check`: read all of it first, a second per 100 MB on slow flash; otherwise torn is only what cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + FRESH)
    if fresh.exists() and not path.exists():  # the power went between the two renames
        fresh.rename(path)
    db = _open_sound(path, schemas, check=check)
    if db is not None:
        return db, None
    aside = _replace_torn(path, schemas)
    return connect(path), aside
