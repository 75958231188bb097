"""Questions to the file. Each gets a connection of its own, so that nobody waits for a writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from cloud.history.columns import READINGS, ROLL_UPS
from cloud.history.duck import layout
from cloud.history.port import Curve, Level, Numbers, begin_ms

BATCH = 50_000  # rows of one batch of an export: some 5 MB
_VALUES = "SELECT at_ms, value, quality, backfill"
_BUCKETS = """SELECT at_ms, low, high, total / nullif(counted, 0) AS mean, last.value AS last, counted, faults,
    uncertain, backfilled"""
_PART = "{columns} FROM {table} WHERE series = {series} AND at_ms >= {first} AND at_ms < {end} ORDER BY {order}"
_RAW_EXPORT = """SELECT '{device}' AS device, boot, seq, at_ms, received_ms, '{channel}' AS channel, value, backfill,
    (SELECT q.quality FROM qualities q WHERE q.id = {table}.quality) AS quality"""
_ROLLED_EXPORT = """SELECT '{device}' AS device, '{channel}' AS channel, at_ms, low, high,
    total / nullif(counted, 0) AS mean, last.value AS last, counted AS count, faults, uncertain, backfilled"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which part of the file is asked for; the end is not in it."""

    level: Level
    from_ms: int
    to_ms: int

    @property
    def first_ms(self) -> int:
        """Buckets are named by their beginning."""
        return begin_ms(self.level, self.from_ms)

    def stretches(self, db: duckdb.DuckDBPyConnection) -> list[int]:
        """Where it lies."""
        if self.to_ms <= self.from_ms:
            return []
        return layout.stretches(db, self.level, self.first_ms, self.to_ms - 1)

    def query(self, columns: str, stretch: int, series: int) -> str:
        """One channel of one stretch, in time order."""
        raw = self.level is Level.RAW
        order = layout.RAW_ORDER if raw else layout.ROLLED_ORDER
        table = layout.table_of(self.level, stretch)
        values = {"columns": columns, "table": table, "series": series, "order": order}
        return _PART.format(**values, first=self.first_ms, end=self.to_ms)


def curve(db: duckdb.DuckDBPyConnection, series: int | None, name: tuple[str, str], span: Span, limit: int) -> Curve:
    """At most the first `limit` points. Stretch by stretch, so that a long span costs what it shows."""
    columns = _VALUES if span.level is Level.RAW else _BUCKETS
    parts: list[dict[str, Any]] = []
    found = 0
    for stretch in [] if series is None else span.stretches(db):
        query = span.query(columns, stretch, series or 0) + f" LIMIT {limit + 1 - found}"
        part = db.execute(query).fetchnumpy()
        parts.append(part)
        found += len(part["at_ms"])
        if found > limit:
            break
    points = {key: _joined([part[key] for part in parts])[:limit] for key in parts[0]} if parts else {}
    build = _of_readings if span.level is Level.RAW else _of_buckets
    return build(points, name, span.level, more=found > limit)


def _of_readings(points: dict[str, Any], name: tuple[str, str], level: Level, *, more: bool) -> Curve:
    value = _numbers(points.get("value"))
    none = np.isnan(value)
    return Curve(
        device=name[0], channel=name[1], level=level, at_ms=_whole(points.get("at_ms")),
        low=value, high=value, mean=value, last=value,
        count=_whole(~none), faults=_whole(none),
        uncertain=_whole(points.get("quality", np.empty(0)) == layout.UNCERTAIN),
        backfilled=_whole(points.get("backfill")), more=more,
    )  # fmt: skip


def _of_buckets(points: dict[str, Any], name: tuple[str, str], level: Level, *, more: bool) -> Curve:
    return Curve(
        device=name[0], channel=name[1], level=level, at_ms=_whole(points.get("at_ms")),
        low=_numbers(points.get("low")), high=_numbers(points.get("high")), mean=_numbers(points.get("mean")),
        last=_numbers(points.get("last")), count=_whole(points.get("counted")), faults=_whole(points.get("faults")),
        uncertain=_whole(points.get("uncertain")), backfilled=_whole(points.get("backfilled")), more=more,
    )  # fmt: skip


def _joined(columns: list[Any]) -> Any:
    return np.ma.concatenate(columns)  # type: ignore[no-untyped-call]


def _numbers(column: Any) -> Numbers:
    """NaN where there is none."""
    return np.empty(0) if column is None else np.ma.filled(column.astype(np.float64), np.nan)


def _whole(column: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.empty(0, np.int64) if column is None else np.ma.filled(column, 0).astype(np.int64)


def points(db: duckdb.DuckDBPyConnection, series: int, span: Span, limit: int) -> list[tuple[int, float | None]]:
    """Readings of a channel as plain numbers."""
    found: list[tuple[int, float | None]] = []
    for stretch in span.stretches(db):
        query = span.query("SELECT at_ms, value", stretch, series) + f" LIMIT {limit - len(found)}"
        found += db.execute(query).fetchall()
        if len(found) >= limit:
            break
    return found


def exported(
    db: duckdb.DuckDBPyConnection, series: int, name: tuple[str, str], stretch: int, span: Span
) -> Iterator[pa.RecordBatch]:
    """One channel of one stretch in the columns of exports. Nothing where it was forgotten meanwhile."""
    raw = span.level is Level.RAW
    device, channel = (text.replace("'", "''") for text in name)
    table = layout.table_of(span.level, stretch)
    columns = (_RAW_EXPORT if raw else _ROLLED_EXPORT).format(device=device, channel=channel, table=table)
    try:
        rows = db.sql(span.query(columns, stretch, series)).to_arrow_table()
    except duckdb.CatalogException:
        return
    yield from rows.cast(READINGS if raw else ROLL_UPS).to_batches(max_chunksize=BATCH)


def counted(db: duckdb.DuckDBPyConnection, series: Sequence[int], span: Span) -> int:
    """Rows that `exported` will tell."""
    total = 0
    for stretch in span.stretches(db) if series else []:
        query = f"""SELECT count(*) FROM {layout.table_of(span.level, stretch)}
            WHERE at_ms >= ? AND at_ms < ? AND series IN ({", ".join(map(str, series))})"""
        total += int(db.execute(query, [span.first_ms, span.to_ms]).fetchall()[0][0])
    return total
