"""Tables of the file, and in which of them a time is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from cloud.history.port import DAY_MS, Level

MEMORY = "256MB"  # DuckDB would take 80 % of the machine
THREADS = 2
VERSION = 2  # 1 was a single table `readings` with a primary key
# a stretch is what retention drops at once and what is put in order at once; defaults of ours
SPAN_DAYS = {Level.RAW: 1, Level.MINUTE: 10, Level.HOUR: 50, Level.DAY: 100}
# boards whose clock is nonsense share the stretches at both ends, so that nobody makes a million tables
FIRST_MS = 10_957 * DAY_MS  # 2000-01-01
LAST_MS = 47_482 * DAY_MS  # 2100-01-01
ENDLESS_MS = 1 << 60
GOOD, UNCERTAIN = 0, 1  # ids of qualities; faults follow as they come

_SCHEMA = f"""
CREATE TABLE facts (name VARCHAR, value BIGINT);
INSERT INTO facts VALUES ('version', {VERSION}), ('too_late', 0);
CREATE TABLE series (id INTEGER, device VARCHAR, channel VARCHAR, first_ms BIGINT, last_ms BIGINT);
CREATE TABLE qualities (id INTEGER, quality VARCHAR);
INSERT INTO qualities VALUES ({GOOD}, 'good'), ({UNCERTAIN}, 'uncertain');
-- folded: the newest load of this stretch of readings that is in the roll-ups
-- late: buckets that changed after the stretch was put in order
CREATE TABLE stretches (level VARCHAR, stretch BIGINT, folded BIGINT, tidy BOOLEAN, late BIGINT);
CREATE TABLE floors (level VARCHAR, stretch BIGINT);  -- everything below it is forgotten
"""
# load: number of the append that brought the reading; 0 once the stretch is in order
_RAW = """(series INTEGER, boot BIGINT, seq BIGINT, at_ms BIGINT, received_ms BIGINT, value DOUBLE, backfill BOOLEAN,
    quality INTEGER, load BIGINT)"""
_ROLLED = """(series INTEGER, at_ms BIGINT, low DOUBLE, high DOUBLE, total DOUBLE, counted BIGINT,
    last STRUCT(at_ms BIGINT, boot BIGINT, seq BIGINT, value DOUBLE), faults BIGINT, uncertain BIGINT,
    backfilled BIGINT)"""
RAW_ORDER = "series, at_ms, boot, seq"
ROLLED_ORDER = "series, at_ms"


def stretch_of(level: Level, at_ms: int) -> int:
    """Number of the stretch that a time lies in."""
    return min(max(at_ms, FIRST_MS), LAST_MS) // (SPAN_DAYS[level] * DAY_MS)


def end_ms(level: Level, stretch: int) -> int:
    """Where a stretch ends."""
    return (stretch + 1) * SPAN_DAYS[level] * DAY_MS


def bounds(level: Level, stretch: int) -> tuple[int, int]:
    """First and last time that its table takes; those at both ends take whatever lies beyond."""
    from_ms = stretch * SPAN_DAYS[level] * DAY_MS
    first = -ENDLESS_MS if stretch == stretch_of(level, FIRST_MS) else from_ms
    last = ENDLESS_MS if stretch == stretch_of(level, LAST_MS) else end_ms(level, stretch) - 1
    return first, last


def table_of(level: Level, stretch: int) -> str:
    """Name of its table."""
    return f"{level.name.lower()}_{stretch}"


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """The file, in bounded memory; made where there is none."""
    return duckdb.connect(str(path), config={"memory_limit": MEMORY, "threads": THREADS})


def tables(db: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables that there are."""
    return {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()}


def lay_out(db: duckdb.DuckDBPyConnection) -> None:
    """The tables of an empty file."""
    with transaction(db):
        lay_out_in(db)


def lay_out_in(db: duckdb.DuckDBPyConnection) -> None:
    """The same within a transaction."""
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)


@contextmanager
def transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):
            db.execute("ROLLBACK")
        raise


def stretches(db: duckdb.DuckDBPyConnection, level: Level, from_ms: int, to_ms: int) -> list[int]:
    """Those that have something in a span (both ends included), in time order."""
    first, last = stretch_of(level, from_ms), stretch_of(level, to_ms)
    query = "SELECT stretch FROM stretches WHERE level = ? AND stretch BETWEEN ? AND ? ORDER BY stretch"
    return [stretch for (stretch,) in db.execute(query, [level, first, last]).fetchall()]


def make(db: duckdb.DuckDBPyConnection, level: Level, stretch: int) -> str:
    """Name of its table, which is made where it is missing."""
    table = table_of(level, stretch)
    if not db.execute("SELECT 1 FROM stretches WHERE level = ? AND stretch = ?", [level, stretch]).fetchall():
        db.execute(f"CREATE TABLE {table} {_RAW if level is Level.RAW else _ROLLED}")
        db.execute("INSERT INTO stretches VALUES (?, ?, 0, false, 0)", [level, stretch])
    return table


def floor_of(db: duckdb.DuckDBPyConnection, level: Level) -> int:
    """The first stretch that is not forgotten."""
    rows = db.execute("SELECT max(stretch) FROM floors WHERE level = ?", [level]).fetchall()
    return int(rows[0][0] or 0)
