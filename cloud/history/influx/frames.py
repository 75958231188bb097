"""Fields that InfluxDB tells one by one, put together again as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cloud.history.arriving import pairs
from cloud.history.influx.layout import COUNTS, NUMBERS, UNCERTAIN, points_ns, to_ms
from cloud.history.influx.rolling import Buckets
from cloud.history.port import Counts, Numbers, Times

Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Names:
    """The (device, channel) met so far, and a number for each."""

    names: list[tuple[str, str]] = field(default_factory=list)
    _codes: dict[tuple[str, str], int] = field(default_factory=dict)

    def codes(self, table: pa.Table) -> Counts:
        """Which name each row has; all the first one where the table does not tell."""
        if "device" not in table.column_names:
            return np.zeros(table.num_rows, np.int64)
        found, which = pairs(table)
        return np.array([self.code(name) for name in found], np.int64)[which] if found else which

    def code(self, name: tuple[str, str]) -> int:
        """Its number."""
        if name not in self._codes:
            self._codes[name] = len(self.names)
            self.names.append(name)
        return self._codes[name]


@dataclass(frozen=True, slots=True)
class Cells:
    """One field of some points."""

    series: Counts
    at_ns: Times
    cell: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Readings in order of series and time."""

    names: Names
    series: Counts
    at_ns: Times
    value: Numbers  # NaN where there was none
    uncertain: Flags
    backfilled: Flags

    def buckets(self) -> Buckets:
        """Each reading as a bucket of its own."""
        valid = ~np.isnan(self.value)
        return Buckets(
            names=self.names.names,
            series=self.series,
            at_ms=to_ms(self.at_ns),
            low=self.value,
            high=self.value,
            mean=self.value,
            last=self.value,
            count=valid.astype(np.int64),
            faults=(~valid).astype(np.int64),
            uncertain=self.uncertain.astype(np.int64),
            backfilled=self.backfilled.astype(np.int64),
        )


def cells(table: pa.Table, names: Names) -> Cells:
    """What one question told."""
    values = table["_value"].to_numpy() if table["_value"].type != pa.bool_() else np.array(table["_value"].to_pylist())
    return Cells(names.codes(table), table["_time"].cast(pa.int64()).to_numpy(), values)


def split(table: pa.Table, fields: Sequence[str], names: Names) -> list[Cells]:
    """The same for several fields in one table."""
    return [cells(table.filter(pc.equal(table["_field"].cast(pa.string()), name)), names) for name in fields]


def join(parts: Sequence[Cells]) -> tuple[Counts, Times, list[NDArray[np.intp]]]:
    """All points of the parts, each once, in order of series and time; and where the cells of each part go."""
    series = np.concatenate([part.series for part in parts])
    at_ns = np.concatenate([part.at_ns for part in parts])
    order = np.lexsort((at_ns, series))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(series[order]) != 0) | (np.diff(at_ns[order]) != 0)
    places = np.empty(len(order), np.intp)
    places[order] = np.cumsum(new) - 1
    ends = np.cumsum([len(part.series) for part in parts])[:-1]
    return series[order][new], at_ns[order][new], list(np.split(places, ends))


def fill(count: int, place: NDArray[np.intp], cell: NDArray[Any], empty: Any, kind: Any) -> NDArray[Any]:
    """A column with these cells."""
    column = np.full(count, empty, kind)
    column[place] = cell
    return column


def raw_of(values: Cells, qualities: Cells, backfills: Cells, names: Names) -> Raw:
    """Readings from their fields."""
    series, at_ns, (value, quality, backfill) = join([values, qualities, backfills])
    count = len(series)
    return Raw(
        names=names,
        series=series,
        at_ns=at_ns,
        value=fill(count, value, values.cell, np.nan, np.float64),
        uncertain=fill(count, quality, qualities.cell == UNCERTAIN, False, bool),
        backfilled=fill(count, backfill, backfills.cell, False, bool),
    )


def raw_of_table(readings: pa.Table, names: Names) -> Raw:
    """Readings that are not in InfluxDB yet; columns of READINGS."""
    at_ns = points_ns(*(readings[name].to_numpy() for name in ("at_ms", "boot", "seq")))
    return Raw(
        names=names,
        series=names.codes(readings),
        at_ns=at_ns,
        value=readings["value"].to_numpy(),
        uncertain=np.asarray(readings["quality"].to_numpy() == UNCERTAIN, bool),
        backfilled=np.array(readings["backfill"].to_pylist(), bool),
    )


def both(one: Raw, other: Raw) -> Raw:
    """Readings of two places; where both have one, that of `one`."""
    series, at_ns, (left, right) = join([Cells(raw.series, raw.at_ns, raw.value) for raw in (one, other)])
    columns: dict[str, Any] = {}
    for name, kind in (("value", np.float64), ("uncertain", bool), ("backfilled", bool)):
        column = fill(len(series), right, getattr(other, name), 0, kind)
        column[left] = getattr(one, name)
        columns[name] = column
    return Raw(names=one.names, series=series, at_ns=at_ns, **columns)


def buckets_of(numbers: pa.Table, counts: pa.Table, names: Names) -> Buckets:
    """Buckets from their fields."""
    parts = [*split(numbers, NUMBERS, names), *split(counts, COUNTS, names)]
    series, at_ns, places = join(parts)
    columns = {}
    for name, part, place in zip((*NUMBERS, *COUNTS), parts, places, strict=True):
        empty, kind = (np.nan, np.float64) if name in NUMBERS else (0, np.int64)
        columns[name] = fill(len(series), place, part.cell, empty, kind)
    return Buckets(names=names.names, series=series, at_ms=to_ms(at_ns), **columns)
