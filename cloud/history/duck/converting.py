"""A file of the first layout becomes one of this: a day at a time, and it may be killed between any two of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import structlog

from cloud.history.duck import layout
from cloud.history.port import DAY_MS, HOUR_MS, Level

log = structlog.get_logger()
_NEEDED = {"device", "boot", "seq", "at_ms", "received_ms", "channel", "value", "backfill", "quality"}
_COLUMNS = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'readings'"
# an hour is a load, so that the roll-ups are made in bites
_DAY = f"""
INSERT INTO {{table}}
SELECT s.id, boot, seq, at_ms, received_ms, value, backfill, q.id, 1 + at_ms % {DAY_MS} // {HOUR_MS}
FROM readings r JOIN series s ON s.device = r.device AND s.channel = r.channel JOIN qualities q USING (quality)
WHERE at_ms BETWEEN {{first}} AND {{last}} AND at_ms >= 0 ORDER BY at_ms"""
_NAMES = f"""
INSERT INTO series SELECT row_number() OVER () - 1, device, channel, {layout.ENDLESS_MS}, -1
    FROM (SELECT DISTINCT device, channel FROM readings);
INSERT INTO qualities SELECT row_number() OVER () + {layout.UNCERTAIN}, quality
    FROM (SELECT DISTINCT quality FROM readings) WHERE quality NOT IN ('good', 'uncertain')"""


def convert(db: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """False where the table has not what is needed; then nothing was changed."""
    if not {name for (name,) in db.execute(_COLUMNS).fetchall()} >= _NEEDED:
        return False
    if "facts" not in layout.tables(db):
        _begin(db)
    days = _days(db)
    log.info("history_conversion", file=str(path), days=len(days), why="made by an older program; once, please wait")
    for number, day in enumerate(days, 1):
        with layout.transaction(db):
            first, last = layout.bounds(Level.RAW, day)
            db.execute(_DAY.format(table=layout.make(db, Level.RAW, day), first=first, last=last))
        log.info("history_conversion", day=number, days=len(days))
    with layout.transaction(db):
        db.execute("DROP TABLE readings")
    db.execute("CHECKPOINT")
    return True


def _begin(db: duckdb.DuckDBPyConnection) -> None:
    with layout.transaction(db):
        layout.lay_out_in(db)
        for statement in _NAMES.split(";\n"):
            db.execute(statement)


def _days(db: duckdb.DuckDBPyConnection) -> list[int]:
    """Days that are not converted yet; one that has its table is whole."""
    query = f"SELECT DISTINCT at_ms // {DAY_MS} FROM readings WHERE at_ms >= 0"
    times = [day * DAY_MS for (day,) in db.execute(query).fetchall()]
    done = set(layout.stretches(db, Level.RAW, 0, layout.ENDLESS_MS))
    return sorted({layout.stretch_of(Level.RAW, at_ms) for at_ms in times} - done)
