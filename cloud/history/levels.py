"""Which level a plot reads, how wide a gap is, and how a long curve becomes one that fits the screen. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cloud.history.gaps import GAP_MS
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS, ROLLED, SECOND_MS, Counts, Curve, Keep, Level, Times

PER_PX = 2  # points drawn per pixel, at most: more cannot be seen
MERGED = 12  # of the finer level may become one drawn point; beyond, the next level answers faster
USUAL_MS = SECOND_MS  # PERIOD_MS of our endpoints (firmware/device/endpoints)
MISSED = 5  # so are five missed samples of whatever measures more rarely
LOCAL_MS = 8 * HOUR_MS  # +08:00, one zone for the whole country
LEVELS = (Level.RAW, *ROLLED)
_SECONDS = [number * SECOND_MS for number in (1, 2, 5, 10, 15, 20, 30)]
_MINUTES = [number * MINUTE_MS for number in (1, 2, 5, 10, 15, 20, 30)]
_HOURS = [number * HOUR_MS for number in (1, 2, 3, 4, 6, 12)]
_DAYS = [number * DAY_MS for number in (1, 2, 5, 7, 14, 28)]
WIDTHS = (*_SECONDS, *_MINUTES, *_HOURS, *_DAYS)  # buckets that people can name


def choose(from_ms: int, to_ms: int, width: int, now_ms: int, keep: Keep) -> Level:
    """The finest level whose points, merged, fit the width, and that still remembers the whole span.

    Where none does, the one that remembers longest.
    """
    kept = [level for level in LEVELS if remembers(level, from_ms, now_ms, keep)] or [_longest(keep)]
    most = PER_PX * MERGED * width
    return next((level for level in kept if expected(level, to_ms - from_ms) <= most), kept[-1])


def expected(level: Level, span_ms: int) -> int:
    """Points of one channel in a span."""
    return math.ceil(max(0, span_ms) / (level.step_ms or USUAL_MS))


def remembers(level: Level, from_ms: int, now_ms: int, keep: Keep) -> bool:
    """True where retention has not been at `from_ms` yet."""
    days = keep.days.get(level, 0)
    return days == 0 or from_ms >= now_ms - days * DAY_MS


def _longest(keep: Keep) -> Level:
    return max(LEVELS, key=lambda level: (keep.days.get(level, 0) == 0, keep.days.get(level, 0), level.step_ms))


def period_ms(times: Times, least_ms: int = USUAL_MS) -> int:
    """How often a channel usually says something, by what it said: the median, which holes do not move."""
    if len(times) < 3:
        return least_ms
    return max(least_ms, int(np.median(np.diff(times))))


def gap_ms(level: Level, usual_ms: int) -> int:
    """A hole longer than this is shown as one."""
    if level is Level.RAW:
        return max(GAP_MS, MISSED * usual_ms)
    if usual_ms <= level.step_ms:
        return level.step_ms * 3 // 2  # one empty bucket of a channel that fills every one
    return MISSED * usual_ms


def merged_width(curve: Curve, from_ms: int, to_ms: int, width: int) -> int:
    """Width of the buckets in which a curve fits the screen; 0 where it fits as it is."""
    if len(curve.at_ms) <= PER_PX * width:
        return 0
    wanted = (to_ms - from_ms) / (PER_PX * width)
    least = max(curve.level.step_ms, SECOND_MS)
    fitting = (step for step in WIDTHS if step >= wanted and step % least == 0)
    return next(fitting, math.ceil(wanted / DAY_MS) * DAY_MS)


def merge(curve: Curve, step_ms: int) -> Curve:
    """The same in wider buckets, counted from local midnight: nothing between lowest and highest is lost."""
    if step_ms == 0 or len(curve.at_ms) == 0:
        return curve
    buckets = (curve.at_ms + LOCAL_MS) // step_ms
    starts = np.flatnonzero(np.r_[True, np.diff(buckets) != 0])
    counts = np.add.reduceat(curve.count, starts)
    sums = np.add.reduceat(np.where(curve.count > 0, np.nan_to_num(curve.mean) * curve.count, 0.0), starts)
    return Curve(
        device=curve.device,
        channel=curve.channel,
        level=curve.level,
        at_ms=buckets[starts] * step_ms - LOCAL_MS,
        low=np.fmin.reduceat(curve.low, starts),
        high=np.fmax.reduceat(curve.high, starts),
        mean=np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0),
        last=_lasts(curve, starts),
        count=counts,
        faults=np.add.reduceat(curve.faults, starts),
        uncertain=np.add.reduceat(curve.uncertain, starts),
        backfilled=np.add.reduceat(curve.backfilled, starts),
        more=curve.more,
    )


def _lasts(curve: Curve, starts: Counts) -> np.ndarray:
    """The last value of each bucket; of a bucket without one, none."""
    places = np.arange(len(curve.last))
    known = np.maximum.accumulate(np.where(np.isnan(curve.last), -1, places))
    ends = np.r_[starts[1:], len(curve.last)] - 1
    found = known[ends]
    return np.where(found >= starts, curve.last[np.maximum(found, 0)], np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where readings are not what they usually are; `what`: late, uncertain or fault."""

    what: str
    from_ms: int
    to_ms: int


STRETCHES = 200  # of one curve and sort: more cannot be told apart


def stretches(curve: Curve, step_ms: int, gap: int) -> tuple[Stretch, ...]:
    """Runs of points that are marked, bounded; a run ends where a gap does."""
    found: list[Stretch] = []
    for what, counts in (("late", curve.backfilled), ("uncertain", curve.uncertain), ("fault", curve.faults)):
        marked = np.flatnonzero(counts > 0)
        if len(marked) == 0:
            continue
        apart = (np.diff(marked) > 1) | (np.diff(curve.at_ms[marked]) > gap)
        cuts = np.flatnonzero(apart) + 1
        for run in np.split(marked, cuts)[:STRETCHES]:
            last_ms = int(curve.at_ms[run[-1]]) + step_ms
            found.append(Stretch(what=what, from_ms=int(curve.at_ms[run[0]]), to_ms=last_ms))
    return tuple(found)
