"""Each figure of the alarms against a naive count of the same definition; edges; the order of equal times."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.alarm_figures import (
    NEVER,
    bad_actors,
    chattering,
    fleeting,
    split,
    stale_by_day,
    standing,
    waits,
)
from domain.assessment.alarm_rates import Flood, by_day, days_between, flooded_ms, floods, pace
from domain.assessment.alarm_targets import WINDOW_MS, AlarmTargets, TargetError, read
from domain.assessment.periods import DAY_MS
from domain.incidents import Severity

T = AlarmTargets()
MIN = 60_000
# in steps of half a minute: edges of windows are hit all the time
TIMES = st.lists(st.integers(0, 400).map(lambda n: n * 30_000), max_size=60)
BURSTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 14), st.sampled_from([0, 1_000, 30_000, MIN])), max_size=5
)
SPANS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 80).map(lambda n: n * 5_000),
        st.sampled_from([0, 5_000, 9_999, 10_000, 90_000]),
    ),
    max_size=25,
)


def array(values: object) -> np.ndarray:
    """Whole numbers."""
    return np.array(values, dtype=np.int64)


def burst(bursts: list[tuple[int, int, int]]) -> list[int]:
    """So many, one after the other, from some minute on."""
    return [start * MIN + n * step for start, count, step in bursts for n in range(count)]


def lately(times: list[int], at_ms: int) -> int:
    """How many came in the 10 minutes that end at a moment."""
    return sum(at_ms - WINDOW_MS < t <= at_ms for t in times)


@given(TIMES, st.integers(0, 200), st.integers(0, 400), st.sampled_from([1.0, 2.0, 2.5]))
def test_rate_is_what_counting_gives(times: list[int], start: int, length: int, positions: float) -> None:
    from_ms, to_ms = start * 30_000, (start + length) * 30_000
    inside = [t for t in times if from_ms <= t < to_ms]
    found = pace(array(times), from_ms, to_ms, positions, T)
    assert found.count == len(inside)
    assert found.peak == max((lately(inside, t) for t in inside), default=0)
    firsts = range(from_ms, to_ms, WINDOW_MS)
    assert found.windows == len(firsts)
    busy = [w for w in firsts if sum(w <= t < w + WINDOW_MS for t in inside) > T.window_above * positions]
    assert found.busy == len(busy)
    if inside:
        assert found.peak_from_ms is not None
        assert sum(found.peak_from_ms <= t < found.peak_from_ms + WINDOW_MS for t in inside) == found.peak


def naive_floods(times: list[int], until_ms: int, positions: float) -> list[Flood]:
    """One moment after the other, at which something comes or grows old."""
    times = sorted(t for t in times if t < until_ms)
    moments = sorted({t for t in (*times, *(t + WINDOW_MS for t in times)) if t < until_ms})
    found: list[Flood] = []
    begin, after = None, -1
    for moment in moments:
        if begin is None and lately(times, moment) > T.flood_above * positions:
            begin = moment
        elif begin is not None and lately(times, moment) < T.flood_ends_below * positions:
            found.append(_flood(times, begin, after, moment, over=True))
            begin, after = None, moment
    if begin is not None:
        found.append(_flood(times, begin, after, until_ms, over=False))
    return found


def _flood(times: list[int], begin: int, after: int, end: int, *, over: bool) -> Flood:
    members = [t for t in times if max(begin - WINDOW_MS, after) < t <= end]
    peak = max(lately(times, t) for t in members)
    return Flood(first_ms=members[0], begin_ms=begin, end_ms=end, count=len(members), peak=peak, over=over)


@given(BURSTS, st.integers(0, 90), st.sampled_from([1.0, 1.5]))
def test_floods_are_what_watching_gives(bursts: list[tuple[int, int, int]], until: int, positions: float) -> None:
    times = burst(bursts)
    found = floods(array(times), until * MIN, positions, T)
    assert list(found) == naive_floods(times, until * MIN, positions)
    members = [t for one in found for t in times if one.first_ms <= t <= one.end_ms and t < until * MIN]
    assert sum(one.count for one in found) <= len(members)  # none counts in two


def test_a_flood_begins_with_the_eleventh_and_ends_with_four() -> None:
    ten = [n * MIN for n in range(10)]
    assert floods(array(ten), DAY_MS, 1.0, T) == ()
    (one,) = floods(array([*ten, 9 * MIN + 1]), DAY_MS, 1.0, T)
    assert (one.begin_ms, one.count, one.peak, one.over) == (9 * MIN + 1, 11, 11, True)
    assert one.end_ms == 6 * MIN + WINDOW_MS  # then those of 7, 8, 9 and 9 are left
    assert floods(array([*ten, 10 * MIN]), DAY_MS, 1.0, T) == ()  # the first one is just old


def test_a_flood_that_goes_on_ends_where_knowledge_ends() -> None:
    (one,) = floods(array([n * 1_000 for n in range(30)]), 60_000, 1.0, T)
    assert (one.end_ms, one.over, one.count) == (60_000, False, 30)
    assert flooded_ms([one], 20_000, 30_000) == 10_000
    assert flooded_ms([one], 0, 20_000) == 10_000  # it began with the eleventh


@given(TIMES, st.integers(0, 3))
def test_days_hold_their_own(times: list[int], days: int) -> None:
    edges = [n * 60 * MIN for n in range(days + 2)]
    counts, worst = by_day(array(times), edges)
    for n, (first, last) in enumerate(pairwise(edges)):
        inside = [t for t in times if first <= t < last]
        assert counts[n] == len(inside)
        before = [t for t in times if t >= edges[0] - WINDOW_MS]
        assert worst[n] == max((lately(before, t) for t in inside), default=0)


def test_the_last_day_may_be_short() -> None:
    assert days_between(0, DAY_MS + 5) == [0, DAY_MS, DAY_MS + 5]
    assert days_between(0, 0) == [0, 0]


@given(SPANS)
def test_chattering_is_three_in_a_minute(spans: list[tuple[int, int, int]]) -> None:
    found = chattering(array([s for s, _, _ in spans]), array([at for _, at, _ in spans]), T)
    for place, (source, at_ms, _) in enumerate(spans):
        own = [t for s, t, _ in spans if s == source]
        groups = [[t for t in own if first <= t < first + T.chatter_within_ms] for first in own]
        expected = any(len(group) >= 3 and at_ms in group for group in groups)
        assert found[place] == expected


@given(SPANS)
def test_fleeting_is_short_and_alone(spans: list[tuple[int, int, int]]) -> None:
    source, raised = array([s for s, _, _ in spans]), array([at for _, at, _ in spans])
    ended = raised + array([length for _, _, length in spans])
    found = fleeting(source, raised, ended, T)
    for place, (own, at_ms, length) in enumerate(spans):
        others = [(t, t + more) for n, (s, t, more) in enumerate(spans) if s == own and n != place]
        alone = not any(
            (t >= at_ms and t - at_ms - length < T.fleeting_alone_ms)
            or (t <= at_ms and at_ms - end < T.fleeting_alone_ms)
            for t, end in others
        )
        assert found[place] == (length < T.fleeting_below_ms and alone)


@given(
    st.lists(st.tuples(st.integers(-60, 90), st.one_of(st.none(), st.integers(0, 80))), max_size=20), st.integers(1, 4)
)
def test_stale_is_counted_on_each_day_it_stands(rows: list[tuple[int, int | None]], days: int) -> None:
    hour = 3_600_000
    raised = [start * hour for start, _ in rows]
    ended = [int(NEVER) if n is None else (start + n) * hour for start, n in rows]
    edges = [n * DAY_MS for n in range(days + 1)]
    found = stale_by_day(array(raised), array(ended), edges, T)
    for n in range(days):
        stands = [
            max(edges[n], at + T.stale_after_ms) < min(edges[n + 1], end) for at, end in zip(raised, ended, strict=True)
        ]
        assert found[n] == sum(stands)


@given(st.lists(st.integers(0, 15), max_size=60))
def test_the_top_ten_and_their_share(sources: list[int]) -> None:
    found = bad_actors(array(sources), T.top)
    expected = sorted({(-sources.count(one), one) for one in sources})[: T.top]
    assert [(-one.count, one.source) for one in found] == expected
    assert sum(one.share for one in found) <= 1 + 1e-9


@given(st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(-5, 300))), max_size=40))
def test_waits_are_counted_and_not_guessed(rows: list[tuple[int, int | None]]) -> None:
    since = array([at for at, _ in rows])
    done = array([int(NEVER) if took is None else at + took for at, took in rows])
    took = sorted(max(0, n) for _, n in rows if n is not None)
    found = waits(since, done, 130, 120)
    assert (found.count, found.done, found.in_time) == (len(rows), len(took), sum(n <= 120 for n in took))
    assert found.late == sum(n > 120 for n in took) + sum(n is None and 130 - at > 120 for at, n in rows)
    assert found.median_ms == (took[(len(took) + 1) // 2 - 1] if took else None)
    assert found.p90_ms == (took[-(-9 * len(took) // 10) - 1] if took else None)
    assert found.worst_ms == (took[-1] if took else None)


@given(st.permutations(range(14)), BURSTS)
def test_the_order_in_which_equal_times_are_told_does_not_matter(
    order: list[int], bursts: list[tuple[int, int, int]]
) -> None:
    times = [0] * 8 + burst(bursts)
    mixed = [times[i] for i in sorted(range(len(times)), key=lambda n: order[n % 14])]
    assert pace(array(times), 0, DAY_MS, 1.0, T) == pace(array(mixed), 0, DAY_MS, 1.0, T)
    assert floods(array(times), DAY_MS, 1.0, T) == floods(array(mixed), DAY_MS, 1.0, T)
    zeros, mixed_array = array([0] * len(times)), array(mixed)
    assert chattering(zeros, array(times), T).sum() == chattering(zeros, mixed_array, T).sum()
    assert fleeting(zeros, array(times), array(times), T).sum() == fleeting(zeros, mixed_array, mixed_array, T).sum()


def test_small_things() -> None:
    assert split(array([0, 0, 3])) == (2, 0, 0, 1)
    assert standing(array([0, 5]), array([5, NEVER]), 5).tolist() == [False, True]
    nothing = pace(array([]), 0, 0, 1.0, T)
    assert (nothing.per(WINDOW_MS), nothing.busy_share, nothing.peak_each) == (None, None, 0)
    assert pace(array([0, 1]), 0, WINDOW_MS, 2.0, T).per(WINDOW_MS) == 1.0


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"rat": 1}, "unknown"),
        ({"rate": "fast"}, "must be a number"),
        ({"stale_a_day": 1.5}, "whole"),
        ({"top_share": 2}, "share"),
        ({"rate": -1}, "negative"),
        ({"flood_ends_below": 11}, "flood_above"),
        ({"chatter_count": 1}, "at least 2"),
    ],
)
def test_targets_that_cannot_be_used_say_why(table: dict[str, object], said: str) -> None:
    with pytest.raises(TargetError, match=said):
        read(table)


def test_targets_are_read_over_their_defaults() -> None:
    assert read({"rate": 2, "top": 5}) == AlarmTargets(rate=2, top=5)
    assert sum(read({}).share_of(level) for level in Severity) == pytest.approx(1.01)
