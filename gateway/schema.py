"""The gateway's database file: schema by numbers, durable settings, and a way on when the file is torn."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path

import structlog

log = structlog.get_logger()

SCHEMAS = {
    1: """
    CREATE TABLE totals (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO totals VALUES ('boot', 0), ('outbox_bytes', 0), ('outbox_rows', 0);

    -- what the rules believe about each endpoint; slot: where its next sample goes in `recent`
    CREATE TABLE endpoints (device TEXT PRIMARY KEY, slot INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;

    -- the last samples of each endpoint, as a ring of slots: evidence for incidents
    CREATE TABLE recent (
        device TEXT NOT NULL, slot INTEGER NOT NULL, at_ms INTEGER NOT NULL, channels BLOB NOT NULL,
        PRIMARY KEY (device, slot)
    ) WITHOUT ROWID;

    -- accepted samples on their way into a history batch
    CREATE TABLE staged (n INTEGER PRIMARY KEY, backfill INTEGER NOT NULL, row BLOB NOT NULL);

    -- what we owe the cloud
    CREATE TABLE outbox (
        n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, priority INTEGER NOT NULL,
        kind TEXT NOT NULL, created_ms INTEGER NOT NULL, payload BLOB NOT NULL
    );
    CREATE INDEX outbox_order ON outbox (priority, n);
    CREATE TRIGGER outbox_in AFTER INSERT ON outbox BEGIN
        UPDATE totals SET n = n + length(NEW.payload) WHERE name = 'outbox_bytes';
        UPDATE totals SET n = n + 1 WHERE name = 'outbox_rows';
    END;
    CREATE TRIGGER outbox_out AFTER DELETE ON outbox BEGIN
        UPDATE totals SET n = n - length(OLD.payload) WHERE name = 'outbox_bytes';
        UPDATE totals SET n = n - 1 WHERE name = 'outbox_rows';
    END;

    -- what we could not accept, with the reason; the newest only
    CREATE TABLE quarantine (
        n INTEGER PRIMARY KEY AUTOINCREMENT, received_ms INTEGER NOT NULL, reason TEXT NOT NULL,
        topic TEXT NOT NULL, payload BLOB NOT NULL
    );
    CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    """,
    2: """
    -- what we believe about the link to the endpoints' broker; one row
    CREATE TABLE site_link (n INTEGER PRIMARY KEY CHECK (n = 1), state BLOB NOT NULL);
    """,
    3: """
    -- what endpoints reported beside their readings
    CREATE TABLE reports (
        n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
        received_ms INTEGER NOT NULL, what TEXT NOT NULL, payload BLOB NOT NULL
    );

    -- pictures of video endpoints, complete where `whole`
    CREATE TABLE snapshots (
        n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT NOT NULL, at_ms INTEGER, why TEXT NOT NULL, received_ms INTEGER NOT NULL,
        have INTEGER NOT NULL DEFAULT 0, whole INTEGER NOT NULL DEFAULT 0, UNIQUE (device, id)
    );
    CREATE TABLE pieces (
        device TEXT NOT NULL, id TEXT NOT NULL, offset INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (device, id, offset)
    ) WITHOUT ROWID;

    -- what each endpoint shall have, and what it said to it
    CREATE TABLE settings (
        device TEXT PRIMARY KEY, version INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
        error TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
}
SALVAGED = (
    "endpoints", "recent", "staged", "outbox", "quarantine", "counters", "site_link", "reports", "snapshots", "pieces",
    "settings",
)  # fmt: skip


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a power cut must not take what we acknowledged
    return db


def migrate(db: sqlite3.Connection) -> None:
    """Bring the schema to the newest number; each step is one transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for number in sorted(n for n in SCHEMAS if n > version):
        db.executescript(f"BEGIN; {SCHEMAS[number]} PRAGMA user_version = {number}; COMMIT;")


def is_torn(error: BaseException) -> bool:
    """True where an error says that the file itself is broken, not that a statement failed."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _open_sound(path: Path) -> sqlite3.Connection | None:
    db = None
    try:
        db = _connect(path)
        if db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
            migrate(db)
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


def _salvage(db: sqlite3.Connection, aside: Path) -> int:
    """Copy what can still be read; most of a torn file usually can."""
    rows = 0
    old = sqlite3.connect(aside)
    db.execute("BEGIN")
    for table in SALVAGED:
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


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """The open database, and where a torn one was moved (None where all was well)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = _open_sound(path)
    if db is not None:
        return db, None
    aside = _move_aside(path)
    db = _connect(path)
    migrate(db)
    rows = _salvage(db, aside)
    log.error("database_torn", moved_to=str(aside), rows_salvaged=rows)
    return db, aside
