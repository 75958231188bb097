"""Readings over time: the port, and DuckDB behind it. The same row twice changes nothing."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import duckdb

GAP_MS = 5000  # five missed samples at 1 Hz are a hole that must be seen
MAX_POINTS = 20_000
MEMORY = "256MB"  # it would take 80 % of the machine; batches of a few thousand rows need a fraction of this
THREADS = 2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS readings (
    device VARCHAR, boot BIGINT, seq BIGINT, at_ms BIGINT, received_ms BIGINT, channel VARCHAR,
    value DOUBLE,       -- NULL where the channel had no value
    backfill BOOLEAN,
    quality VARCHAR,    -- good, uncertain or fault:<reason>
    -- the time is in the key: a replaced or re-flashed board counts boots and samples from the start again
    PRIMARY KEY (device, boot, seq, at_ms, channel)
)"""
_KEY = "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
_APPEND = """
INSERT INTO readings
SELECT unnest(from_json(?, '[{"device": "VARCHAR", "boot": "BIGINT", "seq": "BIGINT", "at_ms": "BIGINT",
    "received_ms": "BIGINT", "channel": "VARCHAR", "value": "DOUBLE", "backfill": "BOOLEAN", "quality": "VARCHAR"}]'),
    recursive := true)
ON CONFLICT DO NOTHING"""
_WINDOW = """
SELECT at_ms, value FROM readings
WHERE device = ? AND channel = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms, boot, seq LIMIT ?"""

Point = tuple[int, float | None]


class OldSeries(ValueError):
    """The file has another layout; nothing was changed."""


class Series(Protocol):
    """Where readings are kept."""

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Make checked history rows durable; how many readings that were. Idempotent on (device, boot, seq, at_ms)."""

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Readings of a channel in time order, both ends included; None where the channel had no value."""

    def close(self) -> None:
        """Release the files."""


class DuckSeries:
    """Readings in one DuckDB file. A connection is not safe between threads, so every call holds the lock."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._db: duckdb.DuckDBPyConnection | None = _open(path)

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Durable when it returns: DuckDB syncs its log at the commit."""
        readings = {key: reading for row in rows for key, reading in _readings(row)}
        if not readings:
            return 0
        text = json.dumps(list(readings.values()))
        with self._lock:
            self._run(_APPEND, [text])
        return len(readings)

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """At most the first MAX_POINTS readings."""
        with self._lock:
            return self._run(_WINDOW, [device, channel, from_ms, to_ms, MAX_POINTS]).fetchall()

    def close(self) -> None:
        """Checkpoint and close."""
        with self._lock:
            self._drop()

    def _run(self, query: str, values: list[Any]) -> duckdb.DuckDBPyConnection:
        if self._db is None:
            self._db = _open(self._path)  # may fail as long as the disk is full; the next call tries again
        try:
            return self._db.execute(query, values)
        except duckdb.FatalException:  # a full disk at a bad moment: the file is sound, the connection is not
            self._drop()
            raise

    def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(duckdb.Error):
                db.close()


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(str(path), config={"memory_limit": MEMORY, "threads": THREADS})
    try:
        db.execute(_SCHEMA)
        (key,) = db.execute(_KEY).fetchall()
    except duckdb.Error:
        db.close()
        raise
    if "at_ms" not in key[0]:
        db.close()
        raise OldSeries(
            f"{path} was made by an older program and cannot be continued; move it away and start again: "
            f"a new one is made. {path} 由旧版本程序创建,无法继续使用;请把它移到别处后重新启动,程序会新建一个。"
        )
    return db


def with_gaps(points: Iterable[Point], gap_ms: int = GAP_MS) -> list[Point]:
    """The points, with a None in every hole longer than `gap_ms`, so that no line is drawn over it."""
    drawn: list[Point] = []
    for at_ms, value in points:
        if drawn and at_ms - drawn[-1][0] > gap_ms:
            drawn.append((drawn[-1][0] + 1, None))
        drawn.append((at_ms, value))
    return drawn


def _value(value: float, quality: str) -> tuple[float | None, str]:
    return (float(value), quality) if math.isfinite(value) else (None, "fault:not_finite")


def _readings(row: dict[str, Any]) -> Iterable[tuple[tuple[Any, ...], dict[str, Any]]]:
    fixed = {name: row[name] for name in ("device", "boot", "seq", "at_ms", "received_ms")}
    fixed["backfill"] = bool(row.get("backfill", False))
    values = {channel: _value(value, row["quality"]) for channel, value in row.get("values", {}).items()}
    faults = {channel: (None, f"fault:{reason}") for channel, reason in row.get("faults", {}).items()}
    for channel, (value, quality) in {**faults, **values}.items():
        key = (row["device"], row["boot"], row["seq"], row["at_ms"], channel)
        yield key, {**fixed, "channel": channel, "value": value, "quality": quality}
