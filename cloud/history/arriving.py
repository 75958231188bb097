"""What arrives, as columns: rows of gateways and tables of loaders alike, checked once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cloud.history.columns import READINGS

NAME_MAX = 64  # letters of a channel; what the store of incidents and every question have room for
NOT_FINITE = "fault:not_finite"
LATEST_MS = 1 << 53  # as far as every program that reads our numbers counts exactly
Whole = NDArray[np.int64]


def table_of_rows(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Checked history rows, one reading per channel. A channel with a value and a fault has the value."""
    columns: list[tuple[Any, ...]] = []
    for row in rows:
        fixed = (row["device"], row["boot"], row["seq"], row["at_ms"], row["received_ms"])
        backfill, quality, values = bool(row.get("backfill", False)), row["quality"], row.get("values", {})
        columns += [(*fixed, channel, float(value), backfill, quality) for channel, value in values.items()]
        faults = row.get("faults", {}).items()
        columns += [(*fixed, name, None, backfill, f"fault:{why}") for name, why in faults if name not in values]
    turned = zip(*columns, strict=True) if columns else [()] * len(READINGS)
    arrays = [pa.array(column, kind.type) for column, kind in zip(turned, READINGS, strict=True)]
    return pa.table(arrays, schema=READINGS)


def checked(readings: pa.Table) -> pa.Table:
    """Columns of READINGS, with infinity told as a fault. Raises ValueError that names the column."""
    readings = readings.select(READINGS.names).cast(READINGS)
    for kind in READINGS:
        if not kind.nullable and readings[kind.name].null_count:
            raise ValueError(f"{kind.name}: a reading without it cannot be kept")
    times = pc.min_max(readings["at_ms"]).as_py()
    if readings.num_rows and not 0 <= times["min"] <= times["max"] < LATEST_MS:
        raise ValueError(f"at_ms: {times['min']} to {times['max']} is no time; it counts milliseconds since 1970")
    for name in pc.unique(readings["channel"]).to_pylist():
        if not fit_name(name):
            raise ValueError(f"channel: {name[:80]!r} has not 1 to {NAME_MAX} letters, or has a control character")
    return _finite(readings)


def fit_name(name: str) -> bool:
    """True where a channel can be asked for by this name."""
    return 0 < len(name) <= NAME_MAX and not any(ord(letter) < 32 for letter in name)


def _finite(readings: pa.Table) -> pa.Table:
    finite = pc.fill_null(pc.is_finite(readings["value"]), True)
    if pc.all(finite).as_py() in (True, None):
        return readings
    values = pc.if_else(finite, readings["value"], pa.scalar(None, pa.float64()))
    qualities = pc.if_else(finite, readings["quality"], NOT_FINITE)
    for name, column in (("value", values), ("quality", qualities)):
        position = readings.schema.get_field_index(name)
        readings = readings.set_column(position, READINGS.field(name), column)
    return readings


def pairs(readings: pa.Table) -> tuple[list[tuple[str, str]], Whole]:
    """The (device, channel) that occur, and which of them each row is of."""
    devices, device = _coded(readings["device"])
    channels, channel = _coded(readings["channel"])
    if not devices:
        return [], device
    found, which = _coded(pa.chunked_array([device * len(channels) + channel]))
    return [(devices[code // len(channels)], channels[code % len(channels)]) for code in found], which


def qualities(readings: pa.Table) -> tuple[list[str], Whole]:
    """The qualities that occur, and which of them each row has."""
    return _coded(readings["quality"])


def _coded(column: pa.ChunkedArray) -> tuple[list[Any], Whole]:
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


def first_of_each(series: Whole, at_ms: Whole, boot: Whole, seq: Whole) -> NDArray[np.bool_] | None:
    """Which rows stay when repeated ones go; None where none is repeated, which is quickly seen."""
    if len(series) < 2 or _all_apart(series, at_ms):
        return None
    order = np.lexsort((seq, boot, at_ms, series))
    same = np.ones(len(order) - 1, bool)
    for column in (series, at_ms, boot, seq):
        same &= column[order[1:]] == column[order[:-1]]
    keep = np.ones(len(order), bool)
    keep[order[1:][same]] = False
    return keep


def _all_apart(series: Whole, at_ms: Whole) -> bool:
    early = int(at_ms.min())
    bits = (int(at_ms.max()) - early).bit_length()
    if bits + int(series.max()).bit_length() > 62:
        return False
    keys = np.sort((series << bits) | (at_ms - early))
    return bool(np.all(keys[1:] != keys[:-1]))


def number(value: float | None) -> float:
    """A value as numpy holds it."""
    return math.nan if value is None else value
