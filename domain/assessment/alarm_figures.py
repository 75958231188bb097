"""What single alarms do: chatter, flit, stand too long, come from the same few; and how soon people had them. Pure.

Times are arrays, UTC epoch milliseconds. A source is whatever can alarm again: one kind of one endpoint, as a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.assessment.alarm_rates import Times
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.figures import spread_of
from domain.incidents import Severity

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
NEVER = np.int64(2**62)  # of a time that has not come
LEVELS = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long something took: how many it came for, how many it was waited for, the middle and the slow ones."""

    count: int
    done: int
    median_ms: int | None
    p90_ms: int | None
    worst_ms: int | None
    in_time: int | None  # None where there is no limit
    late: int | None  # took longer, or waits for longer already; what waits for less is neither


@dataclass(frozen=True, slots=True, kw_only=True)
class BadActor:
    """One source among those that alarm most."""

    source: int
    count: int
    share: float


def chattering(source: Codes, raised: Times, targets: AlarmTargets) -> Mask:
    """True for each alarm that is one of at least so many of its source in a minute."""
    many, order = targets.chatter_count, np.lexsort((raised, source))
    ids, at = source[order], raised[order]
    found = np.zeros(len(order), dtype=np.bool_)
    if len(order) >= many:
        last = len(order) - many + 1
        close = (ids[many - 1 :] == ids[:last]) & (at[many - 1 :] - at[:last] < targets.chatter_within_ms)
        for place in range(many):
            found[order[place : place + last][close]] = True
    return found


def fleeting(source: Codes, raised: Times, ended: Times, targets: AlarmTargets) -> Mask:
    """True for what was over at once, with nothing of its source just before and just after."""
    order = np.lexsort((ended, raised, source))
    ids, at, end = source[order], raised[order], ended[order]
    alone = np.ones(len(order), dtype=np.bool_)
    same = ids[1:] == ids[:-1]
    before = _latest_end(ids, end)[:-1]
    alone[1:] &= ~(same & (at[1:] - before < targets.fleeting_alone_ms))
    alone[:-1] &= ~(same & (at[1:] - end[:-1] < targets.fleeting_alone_ms))
    found = np.zeros(len(order), dtype=np.bool_)
    found[order] = alone & (end - at < targets.fleeting_below_ms)
    return found


def _latest_end(ids: Codes, end: Times) -> Times:
    """For each alarm, ordered by source: when the last one of its source so far was over."""
    if not len(ids):
        return end
    ends, ranks = np.unique(end, return_inverse=True)  # ranks are small: a source's own never reach the next one's
    _, groups = np.unique(ids, return_inverse=True)
    step = len(ends)
    return np.asarray(ends[np.maximum.accumulate(ranks + groups * step) - groups * step])


def stale_by_day(raised: Times, ended: Times, edges: Sequence[int], targets: AlarmTargets) -> NDArray[np.int64]:
    """For each day between the edges: how many stood on it for longer than is good, at some moment."""
    marks = np.asarray(edges, dtype=np.int64)
    since = raised + targets.stale_after_ms
    stands = (ended > since) & (ended > marks[0]) & (since < marks[-1])
    first = np.clip(np.searchsorted(marks, since[stands], "right") - 1, 0, None)
    after = np.clip(np.searchsorted(marks, ended[stands], "left"), None, len(marks) - 1)
    steps = np.zeros(len(marks), dtype=np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, after, -1)
    return np.cumsum(steps)[: len(marks) - 1]


def standing(raised: Times, ended: Times, at_ms: int) -> Mask:
    """True for what stands at a moment."""
    return (raised <= at_ms) & (ended > at_ms)


def bad_actors(source: Codes, top: int) -> tuple[BadActor, ...]:
    """The sources that alarm most, the first of equals first."""
    ids, counts = np.unique(source, return_counts=True)
    order = np.lexsort((ids, -counts))[:top]
    total = max(1, len(source))
    return tuple(BadActor(source=int(ids[i]), count=int(counts[i]), share=int(counts[i]) / total) for i in order)


def split(severity: Codes) -> tuple[int, ...]:
    """How many of each severity, rising."""
    return tuple(int(n) for n in np.bincount(severity, minlength=len(LEVELS)))


def waits(since: Times, done: Times, until_ms: int, limit_ms: int | None = None) -> Waits:
    """From one time to the other; `NEVER` where it had not come by `until_ms`. A clock ahead makes no time below 0."""
    over = done < NEVER
    took = np.maximum(0, done[over] - since[over])
    spread = spread_of(took)
    waiting = until_ms - since[~over]
    late = None if limit_ms is None else int((took > limit_ms).sum() + (waiting > limit_ms).sum())
    return Waits(
        count=len(since),
        done=spread.count,
        median_ms=spread.median_ms,
        p90_ms=spread.p90_ms,
        worst_ms=int(took.max()) if len(took) else None,
        in_time=None if limit_ms is None else int((took <= limit_ms).sum()),
        late=late,
    )
