"""How fast alarms come: rates, peaks, windows and floods. Pure; times are arrays, UTC epoch milliseconds.

A window of 10 minutes that ends at t holds what came after t - 10 min, up to and with t: what comes at one moment is
counted together, in whatever order it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.assessment.alarm_targets import WINDOW_MS, AlarmTargets
from domain.assessment.periods import DAY_MS

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many came in a span, for so many operator positions, and at worst."""

    count: int
    span_ms: int
    positions: float
    peak: int  # the most in any 10 minutes, of all positions together
    peak_from_ms: int | None  # when the first of these came
    windows: int  # of 10 minutes, one after the other from the beginning
    busy: int  # of these, with more than one position can read

    def per(self, span_ms: int) -> float | None:
        """The average in so long, for one position; None for no time at all."""
        return self.count * span_ms / self.span_ms / self.positions if self.span_ms > 0 else None

    @property
    def peak_each(self) -> float:
        """The peak, for one position."""
        return self.peak / self.positions

    @property
    def busy_share(self) -> float | None:
        """Of the windows; None where there is none."""
        return self.busy / self.windows if self.windows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """More came than could be read."""

    first_ms: int  # the first of those that made it
    begin_ms: int  # when there were too many
    end_ms: int  # when they had ebbed, or the end of what is known
    count: int  # from the first one to the end
    peak: int  # the most in 10 minutes of it
    over: bool  # False: it went on at the end of what is known


def within(times: Times, from_ms: int, to_ms: int) -> Times:
    """Those of a half-open span, in order."""
    return np.sort(times[(times >= from_ms) & (times < to_ms)], kind="stable")  # mostly in order already


def lately(times: Times) -> NDArray[np.int64]:
    """For each of the ordered times: how many came in the 10 minutes that end with it."""
    found = np.searchsorted(times, times, "right") - np.searchsorted(times, times - WINDOW_MS, "right")
    return found.astype(np.int64)


def pace(times: Times, from_ms: int, to_ms: int, positions: float, targets: AlarmTargets) -> Pace:
    """Of a half-open span; what came before it makes no peak in it."""
    inside = within(times, from_ms, to_ms)
    counts, windows = lately(inside), -(-max(0, to_ms - from_ms) // WINDOW_MS)
    worst = int(counts.argmax()) if len(counts) else -1
    each = np.bincount((inside - from_ms) // WINDOW_MS) if len(inside) else np.zeros(0, dtype=np.int64)
    return Pace(
        count=len(inside),
        span_ms=max(0, to_ms - from_ms),
        positions=positions,
        peak=int(counts[worst]) if len(counts) else 0,
        peak_from_ms=_first(inside, worst) if len(counts) else None,
        windows=windows,
        busy=int((each > targets.window_above * positions).sum()),
    )


def _first(times: Times, place: int) -> int:
    """When the first one came of the window that ends at a place."""
    return int(times[np.searchsorted(times, times[place] - WINDOW_MS, "right")])


def floods(times: Times, until_ms: int, positions: float, targets: AlarmTargets) -> tuple[Flood, ...]:
    """Every flood in all that came before `until_ms`: it begins above one number in 10 minutes, ends below another."""
    ordered = np.sort(times[times < until_ms], kind="stable")
    counts = lately(ordered)
    begins = np.flatnonzero(counts > targets.flood_above * positions)
    ebbs = ordered + WINDOW_MS  # only when one grows old can there be fewer
    left = np.searchsorted(ordered, ebbs, "right") - np.searchsorted(ordered, ordered, "right")
    ends = ebbs[left < targets.flood_ends_below * positions]
    found: list[Flood] = []
    after_ms, starts = -1, ordered[begins]
    while (one := int(np.searchsorted(starts, after_ms, "right"))) < len(starts):
        begin_ms = int(starts[one])
        end = int(np.searchsorted(ends, begin_ms, "left"))
        over = end < len(ends) and int(ends[end]) < until_ms
        end_ms = int(ends[end]) if over else until_ms
        low = int(np.searchsorted(ordered, max(begin_ms - WINDOW_MS, after_ms), "right"))
        high = int(np.searchsorted(ordered, end_ms, "right"))
        found.append(
            Flood(
                first_ms=int(ordered[low]), begin_ms=begin_ms, end_ms=end_ms, count=high - low,
                peak=int(counts[low:high].max()), over=over,
            )
        )  # fmt: skip
        after_ms = end_ms
    return tuple(found)


def flooded_ms(found: Sequence[Flood], from_ms: int, to_ms: int) -> int:
    """How much of a span they take."""
    return sum(max(0, min(one.end_ms, to_ms) - max(one.begin_ms, from_ms)) for one in found)


def by_day(times: Times, edges: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each day between the edges: how many came, and the most in 10 minutes that ended on it."""
    inside = within(times, edges[0] - WINDOW_MS, edges[-1])
    counts, days = lately(inside), np.searchsorted(np.asarray(edges), inside, "right") - 1
    own = days >= 0
    worst = np.zeros(len(edges) - 1, dtype=np.int64)
    np.maximum.at(worst, days[own], counts[own])
    return np.bincount(days[own], minlength=len(edges) - 1), worst


def days_between(from_ms: int, to_ms: int) -> list[int]:
    """The edges of days from a midnight on; the last one may be cut short."""
    return [*range(from_ms, to_ms, DAY_MS), to_ms] if to_ms > from_ms else [from_ms, from_ms]
