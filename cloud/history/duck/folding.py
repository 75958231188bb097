"""Roll-ups: what came since the last fold is added to its minutes, hours and days, each reading exactly once.

Nothing is counted again from the readings: they may be forgotten long before their roll-ups. That each reading counts
once follows from two facts: a reading is stored once, and the number of the newest load that was folded moves in the
same transaction as the roll-ups.
"""

from __future__ import annotations

import duckdb

from cloud.history.duck import layout
from cloud.history.port import DAY_LEAD_MS, ROLLED, Level

CHUNK = 1_000_000  # readings per transaction: some 100 ms and 50 MB

_FRESH = """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT series, at_ms - at_ms % 60000 AS at_ms, min(value) AS low, max(value) AS high, sum(value) AS total,
    count(value) AS counted,
    max({{'at_ms': at_ms, 'boot': boot, 'seq': seq, 'value': value}}) FILTER (value IS NOT NULL) AS last,
    count(*) - count(value) AS faults, count(*) FILTER (quality = {uncertain}) AS uncertain,
    count(*) FILTER (backfill) AS backfilled
FROM {table} WHERE load > {after} AND load <= {upto} GROUP BY ALL"""
_SUMS = """min(low) AS low, max(high) AS high, sum(total) AS total, sum(counted)::BIGINT AS counted, max(last) AS last,
    sum(faults)::BIGINT AS faults, sum(uncertain)::BIGINT AS uncertain, sum(backfilled)::BIGINT AS backfilled"""
# time is shifted so that % finds the midnight of the people
_COARSER = f"""
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT series, at_ms - (at_ms + {{lead}}) % {{step}} AS at_ms, {_SUMS} FROM fresh GROUP BY ALL"""
_MERGED = f"""
CREATE OR REPLACE TEMP TABLE merged AS
SELECT series, at_ms, {_SUMS} FROM (
    SELECT * FROM fresh WHERE at_ms BETWEEN {{first}} AND {{last}}
    UNION ALL
    SELECT * FROM {{table}} SEMI JOIN fresh USING (series, at_ms) WHERE at_ms BETWEEN {{low}} AND {{high}}
) GROUP BY ALL"""
_GONE = """
DELETE FROM {table} WHERE at_ms BETWEEN {low} AND {high} AND (series, at_ms) IN (SELECT (series, at_ms) FROM merged)"""
_SEEN = """
UPDATE series SET first_ms = least(first_ms, first), last_ms = greatest(last_ms, last)
FROM (SELECT series, min(at_ms) AS first, max(at_ms) AS last FROM {table} WHERE load > {after} AND load <= {upto}
    GROUP BY series) new
WHERE series.id = new.series"""


def fold_some(db: duckdb.DuckDBPyConnection, stretch: int) -> tuple[int, int]:
    """One transaction: the oldest loads of a day of readings that are owed; (buckets changed, readings folded)."""
    table = layout.table_of(Level.RAW, stretch)
    with layout.transaction(db):
        after = _folded(db, stretch)
        if after is None:
            return 0, 0
        upto, readings = _chunk(db, table, after)
        if not readings:
            return 0, 0
        db.execute(_FRESH.format(uncertain=layout.UNCERTAIN, table=table, after=after, upto=upto))
        changed = sum(_add(db, level) for level in ROLLED)
        db.execute(_SEEN.format(table=table, after=after, upto=upto))
        db.execute("UPDATE stretches SET folded = ? WHERE level = ? AND stretch = ?", [upto, Level.RAW, stretch])
    return changed, readings


def _folded(db: duckdb.DuckDBPyConnection, stretch: int) -> int | None:
    query = "SELECT folded FROM stretches WHERE level = ? AND stretch = ?"
    rows = db.execute(query, [Level.RAW, stretch]).fetchall()
    return int(rows[0][0]) if rows else None


def _chunk(db: duckdb.DuckDBPyConnection, table: str, after: int) -> tuple[int, int]:
    """Up to which load, and how many readings that are: one load at least."""
    query = f"SELECT load, count(*) FROM {table} WHERE load > {after} GROUP BY load ORDER BY load"
    upto, readings = after, 0
    for load, count in db.execute(query).fetchall():
        if readings and readings + count > CHUNK:
            break
        upto, readings = load, readings + count
    return upto, readings


def _add(db: duckdb.DuckDBPyConnection, level: Level) -> int:
    """What is fresh, brought to this level, into its tables; how many buckets that were."""
    if level is not Level.MINUTE:
        lead_ms = DAY_LEAD_MS if level is Level.DAY else 0
        db.execute(_COARSER.format(lead=lead_ms, step=level.step_ms))
    ((low, high),) = db.execute("SELECT min(at_ms), max(at_ms) FROM fresh").fetchall()
    floor = layout.floor_of(db, level)
    first, last = layout.stretch_of(level, low), layout.stretch_of(level, high)
    return sum(_merge(db, level, stretch, low, high) for stretch in range(max(first, floor), last + 1))


def _merge(db: duckdb.DuckDBPyConnection, level: Level, stretch: int, low: int, high: int) -> int:
    table = layout.make(db, level, stretch)
    first, last = layout.bounds(level, stretch)
    db.execute(_MERGED.format(table=table, first=first, last=last, low=low, high=high))
    db.execute(_GONE.format(table=table, low=low, high=high))
    changed = int(db.execute(f"INSERT INTO {table} SELECT * FROM merged").fetchall()[0][0])
    db.execute(
        "UPDATE stretches SET late = late + ? WHERE level = ? AND stretch = ? AND tidy", [changed, level, stretch]
    )
    return changed
