"""The port of the history: what every store of readings can do, and the words it speaks. Same tests for all stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Point = tuple[int, float | None]
Times = NDArray[np.int64]
Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

SECOND_MS = 1000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


class Level(StrEnum):
    """How fine readings are kept: as they came, or rolled up."""

    RAW = "raw"
    MINUTE = "1m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def step_ms(self) -> int:
        """Width of a bucket; 0 for single readings. Where buckets begin: `begin_ms`."""
        return _STEPS[self]


_STEPS = {Level.RAW: 0, Level.MINUTE: MINUTE_MS, Level.HOUR: HOUR_MS, Level.DAY: DAY_MS}
ROLLED = (Level.MINUTE, Level.HOUR, Level.DAY)
# a day is the people's day: midnight at +08:00, one zone for the whole country and no summer time
DAY_LEAD_MS = 8 * HOUR_MS


def begin_ms(level: Level, at_ms: int) -> int:
    """Where the bucket begins that a time lies in: minutes and hours at multiples in UTC, days at local midnight."""
    if level is Level.RAW:
        return at_ms
    lead_ms = DAY_LEAD_MS if level is Level.DAY else 0
    return at_ms - (at_ms + lead_ms) % level.step_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One channel of one device over a span, in time order; all arrays have the same length.

    Of single readings `low`, `high`, `mean` and `last` are the value itself and `count` is 1; where the channel had no
    value they are NaN and 0. Of a bucket `at_ms` is its beginning; `count` counts readings with a value.
    """

    device: str
    channel: str
    level: Level
    at_ms: Times
    low: Numbers
    high: Numbers
    mean: Numbers
    last: Numbers
    count: Counts
    faults: Counts  # readings without a value
    uncertain: Counts  # readings of quality uncertain
    backfilled: Counts  # readings that came late from a memory
    more: bool = False  # the limit of points was reached; ask for a shorter span or a coarser level


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A channel that has readings."""

    device: str
    channel: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long each level is kept, in days by the time of the reading; 0 keeps for ever."""

    days: dict[Level, int] = field(
        default_factory=lambda: {Level.RAW: 30, Level.MINUTE: 400, Level.HOUR: 1830, Level.DAY: 0}
    )


class NotStored(RuntimeError):
    """The readings could not be made durable now, and none of them counts as stored; nothing is lost, try again."""


class NotReadable(RuntimeError):
    """The store cannot be read now; the text tells people why and what to do. `window` never raises it."""


class Series(Protocol):
    """Where readings are kept. Safe to call from several threads; a call may block, so never from the event loop."""

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Make checked history rows durable; how many readings that were. Idempotent on (device, boot, seq, at_ms).

        When it returns they survive a crash, and `read` and `window` of a store that is up tell them soon after.
        """

    def append_table(self, readings: pa.Table) -> int:
        """The same for many at once: columns of READINGS (see cloud/history/columns.py)."""

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Readings of a channel in time order, both ends included; None where the channel had no value."""

    def read(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        """One curve per channel of `from_ms <= at_ms < to_ms`, in the order asked for; at most `limit` points each.

        Buckets are those that begin in the span (the one that `from_ms` lies in included). Empty ones are left out.
        """

    def known(self, device: str | None = None) -> list[Known]:
        """Channels with readings, of one device or of all, sorted."""

    def batches(
        self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level
    ) -> Iterator[pa.RecordBatch]:
        """For exports: everything in the span, by device, channel and time, in bounded batches. No channels: all."""

    def count(self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level) -> int:
        """How many rows `batches` will tell, for its progress; may be an estimate."""

    def fold(self) -> int:
        """Bring the roll-ups up to date with what came since; how many buckets changed. Cheap when nothing came."""

    def retain(self, keep: Keep, now_ms: int) -> dict[Level, int]:
        """Forget what is older than `keep` says; rows per level that went. Folds first, so nothing is lost above.

        Whole stretches go, so some is kept longer (a day of readings, a quarter of hours). What comes later for a time
        whose readings are forgotten is refused: nobody could tell whether it was counted already (`too_late`).
        """

    def tidy(self, now_ms: int) -> bool:
        """Put one stretch that is over in order for reading; True where there is more to do. Never needed for truth."""

    def relieve(self) -> None:
        """Give the disk back what can be given without forgetting: for one that is full. Raises NotStored."""

    def backup(self, folder: Path) -> Path:
        """A consistent copy while running; what was made. NotImplementedError where the server has its own way."""

    def health(self) -> dict[str, int]:
        """Numbers for /readyz and /metrics: rows owed, too late, bytes, lag of the roll-ups in ms."""

    def close(self) -> None:
        """Release the files."""
