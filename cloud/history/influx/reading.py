"""What the server has, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from cloud.history.influx.flux import Pick
from cloud.history.influx.frames import Names, Raw, buckets_of, cells, raw_of
from cloud.history.influx.layout import CHANNELS, COUNTS, MEASUREMENTS, NUMBERS
from cloud.history.influx.rolling import Buckets
from cloud.history.influx.server import Server
from cloud.history.port import Known, Level

ONE = ("_time", "_value")
MANY = ("device", "channel", *ONE)


def readings(server: Server, pick: Pick, names: Names, limit: int | None = None) -> Raw:
    """Single readings; the columns that name a channel are asked for only where there may be several."""
    columns = ONE if len(pick.devices) == 1 == len(pick.channels) else MANY
    value, quality, backfill = (
        cells(server.rows(pick, [field], columns, kind, limit), names)
        for field, kind in (("value", pa.float64()), ("quality", pa.string()), ("backfill", pa.bool_()))
    )
    return raw_of(value, quality, backfill, names)


def buckets(server: Server, pick: Pick, names: Names, limit: int | None = None) -> Buckets:
    """Buckets of a measurement of roll-ups."""
    columns = ONE if len(pick.devices) == 1 == len(pick.channels) else MANY
    numbers = server.rows(pick, NUMBERS, (*columns, "_field"), pa.float64(), limit)
    counts = server.rows(pick, COUNTS, (*columns, "_field"), pa.int64(), limit)
    return buckets_of(numbers, counts, names)


def rows(server: Server, level: Level, pick: Pick, names: Names, limit: int | None = None) -> Buckets:
    """Either, as buckets."""
    picked = replace(pick, measurement=MEASUREMENTS[level])
    if level is Level.RAW:
        return readings(server, picked, names, limit).buckets()
    return buckets(server, picked, names, limit)


def channels(server: Server, devices: Sequence[str]) -> list[Known]:
    """Channels that the server was told of."""
    pick = Pick(measurement=CHANNELS, from_ms=0, to_ms=1, devices=devices)
    told = server.rows(pick, ("first", "last"), (*MANY, "_field"), pa.int64())
    spans: dict[tuple[str, str], dict[str, int]] = {}
    for row in told.to_pylist():
        spans.setdefault((row["device"], row["channel"]), {})[row["_field"]] = row["_value"]
    return [
        Known(device=device, channel=channel, first_ms=span["first"], last_ms=span["last"])
        for (device, channel), span in spans.items()
        if len(span) == 2
    ]
