"""Appends: one transaction each, durable at its end, and the same reading twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray

from cloud.history.arriving import Whole, first_of_each, pairs, qualities
from cloud.history.duck import layout
from cloud.history.duck.open_file import NEVER_MS, OpenFile, Pair
from cloud.history.port import DAY_MS, Level

log = structlog.get_logger()
MANY_SERIES = 64  # in a list DuckDB skips what is in order by series; a longer one costs more than it saves
_KNOWN = "SELECT series, at_ms, boot, seq FROM {table} WHERE at_ms BETWEEN {first} AND {last}{series}"
_LATE = "INSERT INTO {table} SELECT * FROM arriving ANTI JOIN ({known}) USING (series, at_ms, boot, seq)"


@dataclass(slots=True)
class Load:
    """What one append brings, with the numbers that the file knows things by."""

    rows: pa.Table
    series: Whole
    at_ms: Whole
    received_ms: Whole
    new_series: dict[Pair, int]
    new_qualities: dict[str, int]
    too_late: int = 0

    def only(self, keep: NDArray[np.bool_]) -> None:
        """Let the other rows go."""
        self.rows = self.rows.filter(pa.array(keep))
        self.series, self.at_ms, self.received_ms = self.series[keep], self.at_ms[keep], self.received_ms[keep]


def write(file: OpenFile, readings: pa.Table) -> int:
    """Checked readings into the file; how many there were, repeated ones once. The caller holds the lock."""
    load = _arrange(file, readings)
    counts: dict[int, int] = {}
    with layout.transaction(file.db):
        _name(file, load)
        stretches = np.clip(load.at_ms, layout.FIRST_MS, layout.LAST_MS) // DAY_MS
        for stretch in np.unique(stretches).tolist():
            counts[stretch] = _insert(file, load, stretch, stretches == stretch)
    file.grow(load.new_series)
    file.qualities.update(load.new_qualities)
    file.too_late += load.too_late
    file.next_load += 1
    if len(load.series):
        file.saw(load.series, load.at_ms)
        oldest_ms, newest_ms = int(load.received_ms.min()), int(load.received_ms.max())
        for stretch, count in counts.items():
            if count:
                file.owes(stretch, count, oldest_ms, newest_ms)
            file.changes[stretch] += 1
    return len(load.series)


def _arrange(file: OpenFile, readings: pa.Table) -> Load:
    names, which = pairs(readings)
    new_series = {name: number for number, name in enumerate((n for n in names if n not in file.ids), len(file.ids))}
    ids = np.array([file.ids[name] if name in file.ids else new_series[name] for name in names], np.int64)
    words, quality = qualities(readings)
    unknown = (word for word in words if word not in file.qualities)
    new_words = {word: number for number, word in enumerate(unknown, len(file.qualities))}
    word_ids = np.array([file.qualities.get(word, new_words.get(word)) for word in words], np.int32)
    series = ids[which] if names else which
    at_ms, received_ms = readings["at_ms"].to_numpy(), readings["received_ms"].to_numpy()
    rows = pa.table(
        {
            "series": series.astype(np.int32),
            **{name: readings[name] for name in ("boot", "seq", "at_ms", "received_ms", "value", "backfill")},
            "quality": word_ids[quality] if words else quality,
            "load": np.full(len(series), file.next_load, np.int64),
        }
    )
    load = Load(rows, series, at_ms, received_ms, new_series, new_words)
    apart = first_of_each(series, at_ms, readings["boot"].to_numpy(), readings["seq"].to_numpy())
    if apart is not None:
        load.only(apart)
    _refuse_late(file, load)
    return load


def _refuse_late(file: OpenFile, load: Load) -> None:
    """Whether one of a forgotten time was counted already nobody can tell any more."""
    late = np.clip(load.at_ms, layout.FIRST_MS, layout.LAST_MS) < file.floor * DAY_MS
    load.too_late = int(late.sum())
    if load.too_late:
        log.warning("readings_too_late", count=load.too_late, remedy="their time is forgotten already: KEEP_RAW_DAYS")
        load.only(~late)


def _name(file: OpenFile, load: Load) -> None:
    """As tables: a thousand new names one by one take seconds, in which everybody waits for the lock."""
    if load.new_series:
        devices, channels = zip(*load.new_series, strict=True)
        named = pa.table({"id": list(load.new_series.values()), "device": devices, "channel": channels})
        _run(file, f"INSERT INTO series SELECT *, {layout.ENDLESS_MS}, {NEVER_MS} FROM arriving", named)
    if load.new_qualities:
        words = pa.table({"id": list(load.new_qualities.values()), "quality": list(load.new_qualities)})
        _run(file, "INSERT INTO qualities SELECT * FROM arriving", words)
    if load.too_late:
        file.db.execute("UPDATE facts SET value = value + ? WHERE name = 'too_late'", [load.too_late])


def _insert(file: OpenFile, load: Load, stretch: int, here: NDArray[np.bool_]) -> int:
    """Newer than the newest of its channel: cannot be known. The others are looked up first."""
    table = layout.make(file.db, Level.RAW, stretch)
    newest = np.concatenate([file.last_ms, np.full(len(load.new_series), NEVER_MS, np.int64)])
    fresh = load.at_ms > newest[load.series]
    count = _run(file, f"INSERT INTO {table} SELECT * FROM arriving", load.rows, here & fresh)
    late = here & ~fresh
    if late.any():
        times, series = load.at_ms[late], np.unique(load.series[late]).tolist()
        few = f" AND series IN ({', '.join(map(str, series))})" if len(series) <= MANY_SERIES else ""
        known = _KNOWN.format(table=table, first=times.min(), last=times.max(), series=few)
        count += _run(file, _LATE.format(table=table, known=known), load.rows, late)
    return count


def _run(file: OpenFile, query: str, rows: pa.Table, which: NDArray[np.bool_] | None = None) -> int:
    if which is not None and not which.any():
        return 0
    file.db.register("arriving", rows if which is None or which.all() else rows.filter(pa.array(which)))
    try:
        return int(file.db.execute(query).fetchall()[0][0])
    finally:
        file.db.unregister("arriving")
