"""Everything of a span, channel by channel, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from cloud.history.columns import READINGS, ROLL_UPS
from cloud.history.influx import reading
from cloud.history.influx.flux import Pick
from cloud.history.influx.frames import Names, cells, fill, join, split
from cloud.history.influx.layout import COUNTS, GOOD, MEASUREMENTS, NUMBERS, WHOLES, begins_ms, to_ms
from cloud.history.influx.server import Server
from cloud.history.port import DAY_MS, Known, Level

PIECE_MS = {Level.RAW: DAY_MS, Level.MINUTE: 60 * DAY_MS, Level.HOUR: 3650 * DAY_MS, Level.DAY: 36_500 * DAY_MS}
ROWS = 65_536  # of one record batch


def batches(server: Server, found: Sequence[Known], from_ms: int, to_ms: int, level: Level) -> Iterator[pa.RecordBatch]:
    """By device, channel and time."""
    for one in found:
        first, last = one.first_ms, one.last_ms + 1
        if level is not Level.RAW:
            first = int(begins_ms(level, np.array([first]))[0])
        start, end = max(from_ms, first), min(to_ms, last)
        for piece in range(start, end, PIECE_MS[level]):
            pick = Pick(
                measurement=MEASUREMENTS[level],
                from_ms=piece,
                to_ms=min(piece + PIECE_MS[level], end),
                devices=[one.device],
                channels=[one.channel],
            )
            yield from _table(server, pick, level).to_batches(ROWS)


def _table(server: Server, pick: Pick, level: Level) -> pa.Table:
    return _readings(server, pick) if level is Level.RAW else _roll_ups(server, pick)


def _readings(server: Server, pick: Pick) -> pa.Table:
    names = Names()
    values = cells(server.rows(pick, ["value"], reading.ONE, pa.float64()), names)
    qualities = cells(server.rows(pick, ["quality"], reading.ONE, pa.string()), names)
    backfills = cells(server.rows(pick, ["backfill"], reading.ONE, pa.bool_()), names)
    wholes = split(server.rows(pick, WHOLES, (*reading.ONE, "_field"), pa.int64()), WHOLES, names)
    parts = [values, qualities, backfills, *wholes]
    series, at_ns, places = join(parts)
    count = len(series)
    value, quality, backfill, *whole = (
        fill(count, place, part.cell, empty, kind)
        for place, part, (empty, kind) in zip(places, parts, _EMPTY, strict=True)
    )
    boot, seq, received_ms = whole
    columns = {"boot": boot, "seq": seq, "received_ms": received_ms, "backfill": backfill, "at_ms": to_ms(at_ns)}
    columns |= {"value": pa.array(value, pa.float64(), from_pandas=True), "quality": quality}
    return _named(pick, columns, count, READINGS)


_EMPTY = ((np.nan, np.float64), (GOOD, object), (False, bool), *((0, np.int64) for _ in WHOLES))


def _roll_ups(server: Server, pick: Pick) -> pa.Table:
    found = reading.buckets(server, pick, Names())
    columns = {name: pa.array(getattr(found, name), pa.float64(), from_pandas=True) for name in NUMBERS}
    columns |= {name: pa.array(getattr(found, name)) for name in COUNTS}
    return _named(pick, {**columns, "at_ms": pa.array(found.at_ms)}, len(found.at_ms), ROLL_UPS)


def _named(pick: Pick, columns: Mapping[str, object], count: int, schema: pa.Schema) -> pa.Table:
    fixed = {"device": pa.repeat(pick.devices[0], count), "channel": pa.repeat(pick.channels[0], count)}
    every = {**columns, **fixed}
    return pa.table(
        [pa.array(every[name], kind) for name, kind in zip(schema.names, schema.types, strict=True)], schema
    )
