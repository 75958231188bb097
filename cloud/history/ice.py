"""Readings of one channel in few bytes: an Arrow stream whose times are differences, compressed. Reads itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from cloud.history.port import Curve, Level, Point

FAULT, UNCERTAIN, LATE = 1, 2, 4  # marks of a reading
POINTS_MAX = 10_000  # of one channel of one incident: an hour at 1 Hz, and twice that again
_SCHEMA = pa.schema(
    [
        pa.field("after_ms", pa.int64(), nullable=False),  # since the one before; the first since the epoch
        pa.field("value", pa.float64()),
        pa.field("marks", pa.uint8(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Readings by their time: (value or None, marks). `cut`: there were more than are kept."""

    readings: dict[int, tuple[float | None, int]] = field(default_factory=dict)
    cut: bool = False

    def joined(self, other: Frozen) -> Frozen:
        """Both: nothing that was frozen goes, a value takes the place of a hole; of too many the earliest."""
        readings = dict(self.readings)
        for at_ms, (value, marks) in other.readings.items():
            if at_ms not in readings or (readings[at_ms][0] is None and value is not None):
                readings[at_ms] = (value, marks)
        cut = self.cut or other.cut or len(readings) > POINTS_MAX
        if len(readings) > POINTS_MAX:
            fresh = sorted(at_ms for at_ms in readings if at_ms not in self.readings)
            room = max(0, POINTS_MAX - len(self.readings))
            readings = {at_ms: readings[at_ms] for at_ms in (*self.readings, *fresh[:room])}
        return Frozen(readings=readings, cut=cut)

    @property
    def points(self) -> list[Point]:
        """In time order."""
        return [(at_ms, self.readings[at_ms][0]) for at_ms in sorted(self.readings)]


def of_curve(curve: Curve) -> Frozen:
    """What a curve of single readings says."""
    marks = FAULT * (curve.faults > 0) + UNCERTAIN * (curve.uncertain > 0) + LATE * (curve.backfilled > 0)
    told = zip(curve.at_ms.tolist(), curve.last.tolist(), marks.tolist(), strict=True)
    readings: dict[int, tuple[float | None, int]] = {}
    for at_ms, value, mark in told:
        if value == value:  # noqa: PLR0124 - NaN only
            readings[at_ms] = (value, int(mark))
        else:  # of two boards in one millisecond the value stays
            readings.setdefault(at_ms, (None, int(mark)))
    return Frozen(readings=readings, cut=curve.more)


def to_curve(device: str, channel: str, frozen: Frozen) -> Curve:
    """As a store of readings would tell it."""
    times = sorted(frozen.readings)
    values = np.array([np.nan if (v := frozen.readings[at][0]) is None else v for at in times], dtype=np.float64)
    marks = np.array([frozen.readings[at][1] for at in times], dtype=np.int64)
    count = (~np.isnan(values)).astype(np.int64)
    return Curve(
        device=device, channel=channel, level=Level.RAW, at_ms=np.array(times, dtype=np.int64),
        low=values, high=values, mean=values, last=values, count=count, faults=1 - count,
        uncertain=(marks & UNCERTAIN) // UNCERTAIN, backfilled=(marks & LATE) // LATE, more=frozen.cut,
    )  # fmt: skip


def pack(frozen: Frozen) -> bytes:
    """Some two bytes per reading of a calm channel."""
    times = sorted(frozen.readings)
    batch = pa.record_batch(
        [
            pa.array(np.diff(np.array(times, dtype=np.int64), prepend=np.int64(0))),
            pa.array([frozen.readings[at][0] for at in times], pa.float64()),
            pa.array([frozen.readings[at][1] for at in times], pa.uint8()),
        ],
        schema=_SCHEMA,
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _SCHEMA, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def unpack(data: bytes, cut: bool = False) -> Frozen:
    """What was packed."""
    with pa.ipc.open_stream(data) as reader:
        table = reader.read_all()
    times = np.cumsum(table["after_ms"].to_numpy()).tolist()
    pairs = zip(table["value"].to_pylist(), table["marks"].to_pylist(), strict=True)
    return Frozen(readings=dict(zip(times, pairs, strict=True)), cut=cut)
