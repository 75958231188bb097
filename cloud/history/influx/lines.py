"""Line protocol from columns, without a loop over readings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cloud.history.arriving import pairs
from cloud.history.influx.layout import CHANNELS, COUNTS, GOOD, MEASUREMENTS, NS_IN_MS, NUMBERS, WHOLES, points_ns
from cloud.history.influx.rolling import Buckets
from cloud.history.port import Known, Level

_UNFIT = re.compile(r"[\x00-\x1f\x7f]|\\$|^$")
_SPECIAL = re.compile(r"([,= ])")


def check_names(names: Sequence[tuple[str, str]]) -> None:
    """Raises ValueError for a device or a channel that line protocol has no way to tell."""
    for device, channel in names:
        for what, name in (("device", device), ("channel", channel)):
            if _UNFIT.search(name):
                raise ValueError(f"{what}: {name!r} is empty, ends in a backslash or has a control character")


def reading_lines(readings: pa.Table) -> pa.StringArray:
    """One line per reading, each with its end of line; columns of READINGS."""
    names, which = pairs(readings)
    heads = pa.array([_head(MEASUREMENTS[Level.RAW], *name) for name in names], pa.string())
    value = _flat(readings["value"])
    known = pc.is_valid(value)
    at_ns = points_ns(*(_flat(readings[name]).to_numpy() for name in ("at_ms", "boot", "seq")))
    parts: list[Any] = [heads.take(pa.array(which)), _optional("value=", value, ",")]
    for name in WHOLES:
        parts += [f"{name}=", _flat(readings[name]).cast(pa.string()), "i" if name == WHOLES[-1] else "i,"]
    parts.append(pc.if_else(_flat(readings["backfill"]), ",backfill=true", ""))
    parts += [_qualities(_flat(readings["quality"]), known), " ", pa.array(at_ns).cast(pa.string()), "\n"]
    return pc.binary_join_element_wise(*parts, "")


def bucket_lines(level: Level, buckets: Buckets) -> pa.StringArray:
    """One line per bucket."""
    heads = pa.array([_head(MEASUREMENTS[level], *name) for name in buckets.names], pa.string())
    parts: list[Any] = [heads.take(pa.array(buckets.series))]
    for name in NUMBERS:
        numbers = pa.array(getattr(buckets, name), pa.float64(), from_pandas=True)  # NaN is null
        parts.append(_optional(f"{name}=", numbers, ","))
    for name in COUNTS[1:]:
        counts = pa.array(getattr(buckets, name))
        parts.append(_optional(f"{name}=", pc.if_else(pc.equal(counts, 0), pa.scalar(None, pa.int64()), counts), "i,"))
    parts += ["count=", pa.array(buckets.count).cast(pa.string()), "i "]
    parts += [pa.array(buckets.at_ms * NS_IN_MS).cast(pa.string()), "\n"]
    return pc.binary_join_element_wise(*parts, "")


def channel_lines(found: Sequence[Known]) -> pa.StringArray:
    """One line per channel."""
    lines = [
        f"{_head(CHANNELS, one.device, one.channel)}first={one.first_ms}i,last={one.last_ms}i 0\n" for one in found
    ]
    return pa.array(lines, pa.string())


def body(lines: pa.StringArray) -> bytes:
    """All lines as one request: they lie behind each other in memory already."""
    lines = pa.concat_arrays([lines])
    _, offsets, data = lines.buffers()
    if data is None or not len(lines):
        return b""
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return bytes(data[int(ends[0]) : int(ends[-1])])


def _head(measurement: str, device: str, channel: str) -> str:
    return f"{measurement},channel={_SPECIAL.sub(_ESCAPED, channel)},device={_SPECIAL.sub(_ESCAPED, device)} "


_ESCAPED = r"\\\1"


def _optional(before: str, column: pa.Array, after: str) -> pa.Array:
    return pc.fill_null(pc.binary_join_element_wise(before, column.cast(pa.string()), after, ""), "")


def _qualities(quality: pa.StringArray, known: pa.BooleanArray) -> pa.StringArray:
    """Told where it is not good, and always beside a value that is not there: a point needs its reason."""
    coded = quality.dictionary_encode()
    escaped = [text.replace("\\", "\\\\").replace('"', '\\"') for text in coded.dictionary.to_pylist()]
    told = pa.array([f',quality="{text}"' for text in escaped], pa.string()).take(coded.indices)
    return pc.if_else(pc.and_(pc.equal(quality, GOOD), known), "", told)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    flat = column.combine_chunks()
    return flat.combine_chunks() if isinstance(flat, pa.ChunkedArray) else flat
