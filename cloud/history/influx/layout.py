"""How readings lie in InfluxDB: measurements, tags, fields, and the time that makes a point one reading.

One bucket. Tags are device and channel only, so there are as many series as there are channels. A point is known to
InfluxDB by its tags and its time; a reading by (device, boot, seq, at_ms, channel). So boot and seq are in the part of
the time below a millisecond: the same reading again is the same point, and two readings of one millisecond, of a board
and of the one that replaced it, are two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cloud.history.port import DAY_LEAD_MS, Counts, Level, Times

MEASUREMENTS = {
    Level.RAW: "readings",
    Level.MINUTE: "readings_1m",
    Level.HOUR: "readings_1h",
    Level.DAY: "readings_1d",
}
CHANNELS = "channels"  # one point per channel at time 0: when its first and its last reading was
NUMBERS = ("low", "high", "mean", "last")  # fields of a bucket that are absent where no reading had a value
COUNTS = ("count", "faults", "uncertain", "backfilled")  # those after the first are absent where they are 0
WHOLES = ("boot", "seq", "received_ms")  # fields of a reading beside value, quality (if not good), backfill (if so)
GOOD = "good"
UNCERTAIN = "uncertain"
NS_IN_MS = 1_000_000
# boots and samples that follow each other are told apart in the million nanoseconds of a millisecond, in their order
BOOTS = 16
SEQS = NS_IN_MS // BOOTS - 1  # the last nanosecond of a millisecond stays empty, see `flux.moment`
LATEST_MS = 9_223_372_036_853  # in 2262: the last time that InfluxDB can count in nanoseconds


def points_ns(at_ms: Times, boot: Counts, seq: Counts) -> Times:
    """Times of the points of these readings."""
    return np.asarray(at_ms * NS_IN_MS + (boot % BOOTS) * SEQS + seq % SEQS, np.int64)


def begins_ms(level: Level, at_ms: Times) -> Times:
    """`begin_ms` of the port for many at once."""
    lead_ms = DAY_LEAD_MS if level is Level.DAY else 0
    return np.asarray(at_ms - (at_ms + lead_ms) % level.step_ms, np.int64)


def to_ms(at_ns: NDArray[np.int64]) -> Times:
    """Back to the millisecond of the reading."""
    return np.asarray(at_ns // NS_IN_MS, np.int64)
