"""Samples of one endpoint as a block: deflated JSON columns. Exact, a byte or two per value, readable anywhere."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from domain.readings import Reading, Value

LEVEL = 6  # of zlib: twice the time of 1 for a fifth less
MAX_DECIMALS = 6
MAX_EXACT = 1 << 52  # above it a float no longer tells neighbouring whole numbers apart
QUALITIES = ("good", "uncertain")

Column = list[Any]


def pack(readings: Sequence[Reading]) -> bytes:
    """The block of one endpoint's samples, in their order."""
    columns: dict[str, Any] = {
        "at": _steps([r.at_ms for r in readings]),
        "boot": _steps([r.boot for r in readings]),
        "seq": _steps([r.seq for r in readings]),
        "received": _steps([r.received_ms - r.at_ms for r in readings]),
        "told": [None if r.told_ms is None else r.told_ms - r.at_ms for r in readings],
        "backfill": [int(r.backfill) for r in readings],
        "quality": [QUALITIES.index(r.quality) for r in readings],
        "values": {name: _squeeze([r.values.get(name) for r in readings]) for name in _names(readings, "values")},
        "faults": {name: [r.faults.get(name) for r in readings] for name in _names(readings, "faults")},
    }
    return zlib.compress(msgspec.json.encode(columns), LEVEL)


def unpack(device: str, block: bytes) -> Iterator[Reading]:
    """The samples that `pack` was given. Raises ValueError where the block is broken."""
    try:
        columns = msgspec.json.decode(zlib.decompress(block))
    except zlib.error as error:
        raise ValueError(f"a block of {device} is broken: {error}") from None
    at, boot, seq = (list(accumulate(columns[name])) for name in ("at", "boot", "seq"))
    delay = list(accumulate(columns["received"]))
    values = {name: _spread(column) for name, column in columns["values"].items()}
    faults = columns["faults"]
    for n, at_ms in enumerate(at):
        told = columns["told"][n]
        yield Reading(
            device=device,
            boot=boot[n],
            seq=seq[n],
            at_ms=at_ms,
            received_ms=at_ms + delay[n],
            told_ms=None if told is None else at_ms + told,
            backfill=bool(columns["backfill"][n]),
            quality=QUALITIES[columns["quality"][n]],
            values={name: column[n] for name, column in values.items() if column[n] is not None},
            faults={name: column[n] for name, column in faults.items() if column[n] is not None},
        )


def _names(readings: Sequence[Reading], of: str) -> dict[str, None]:
    return dict.fromkeys(name for reading in readings for name in getattr(reading, of))


def _steps(numbers: list[int]) -> list[int]:
    return [after - before for before, after in zip([0, *numbers], numbers, strict=False)]


def _squeeze(column: list[Value | None]) -> Column:
    """[decimals, steps of value * 10**decimals] where that is exact, otherwise [null, the values themselves]."""
    if any(type(value) is not float for value in column):  # whole numbers too: 20 must not come back as 20.0
        return [-1, _steps(column)] if all(type(value) is int for value in column) else [None, column]  # type: ignore[arg-type]
    for decimals in range(MAX_DECIMALS + 1):
        whole = _whole(column, 10**decimals)  # type: ignore[arg-type]
        if whole is not None:
            return [decimals, _steps(whole)]
    return [None, column]


def _whole(column: list[float], factor: int) -> list[int] | None:
    whole = []
    for value in column:
        if not math.isfinite(value) or abs(value) * factor > MAX_EXACT:
            return None
        number = round(value * factor)
        if number / factor != value or (number == 0 and math.copysign(1.0, value) < 0):
            return None
        whole.append(number)
    return whole


def _spread(column: Column) -> list[Any]:
    decimals, content = column
    if decimals is None:
        return list(content)
    numbers = accumulate(content)
    return list(numbers) if decimals == -1 else [number / 10**decimals for number in numbers]
