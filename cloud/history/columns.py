"""Readings as columns: the shape in which they are stored, loaded and exported."""

from __future__ import annotations

import pyarrow as pa

# one row per reading; `value` is null where the channel had none
READINGS = pa.schema(
    [
        pa.field("device", pa.string(), nullable=False),
        pa.field("boot", pa.int64(), nullable=False),
        pa.field("seq", pa.int64(), nullable=False),
        pa.field("at_ms", pa.int64(), nullable=False),
        pa.field("received_ms", pa.int64(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("backfill", pa.bool_(), nullable=False),
        pa.field("quality", pa.string(), nullable=False),  # good, uncertain or fault:<reason>
    ]
)
# one row per bucket
ROLL_UPS = pa.schema(
    [
        pa.field("device", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("at_ms", pa.int64(), nullable=False),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("mean", pa.float64()),
        pa.field("last", pa.float64()),
        pa.field("count", pa.int64(), nullable=False),
        pa.field("faults", pa.int64(), nullable=False),
        pa.field("uncertain", pa.int64(), nullable=False),
        pa.field("backfilled", pa.int64(), nullable=False),
    ]
)
