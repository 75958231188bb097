"""Periods, hours and figures: what they hold, and what lies before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.figures import Rate, Spread, change_percent, spread_of
from domain.assessment.hours import hour_of, week_of
from domain.assessment.periods import (
    DAY_MS,
    Period,
    PeriodError,
    Stretch,
    day_of,
    period_of,
    span,
    start_of,
    usual,
)  # fmt: skip

DAYS = st.dates(date(1971, 1, 1), date(2150, 12, 31))
OFFSETS = st.sampled_from([0, 480, 345, -300])
CALENDAR = [Stretch.WEEK, Stretch.MONTH, Stretch.QUARTER, Stretch.YEAR]


@given(DAYS, st.sampled_from(CALENDAR), OFFSETS)
def test_periods_of_the_calendar_follow_each_other(day: date, stretch: Stretch, offset_min: int) -> None:
    """Each holds its days, and ends where the next begins."""
    period = period_of(stretch, day, offset_min)
    assert period.first <= day <= period.last
    assert all(period_of(stretch, one, offset_min) == period for one in (period.first, period.last))
    assert period.before().to_ms == period.from_ms
    assert period.after().from_ms == period.to_ms
    assert period.before().after() == period
    assert period.to_ms - period.from_ms == period.days * DAY_MS
    assert period.holds(start_of(day, offset_min))
    assert not period.holds(period.to_ms)
    assert len(period.each_day()) == period.days


@pytest.mark.parametrize(
    ("stretch", "first", "last"),
    [
        (Stretch.WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (Stretch.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Stretch.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Stretch.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (Stretch.OWN, date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_what_a_sunday_lies_in(stretch: Stretch, first: date, last: date) -> None:
    """By the calendar."""
    assert (period_of(stretch, date(2026, 11, 22)).first, period_of(stretch, date(2026, 11, 22)).last) == (first, last)


def test_a_running_period_is_compared_with_as_much() -> None:
    """On Wednesday morning with last week's Monday to Wednesday morning; one that is over with the whole."""
    week = period_of(Stretch.WEEK, date(2026, 11, 25))
    now_ms = week.from_ms + 2 * DAY_MS + 9 * 3_600_000
    from_ms, to_ms = week.compared(now_ms)
    assert (from_ms, to_ms - from_ms) == (week.before().from_ms, now_ms - week.from_ms)
    assert week.compared(week.to_ms + 1) == (week.before().from_ms, week.from_ms)
    assert usual(week.from_ms + 1) == week.before()  # on a Monday
    assert usual(now_ms) == week


def test_any_days() -> None:
    """As many before; no more than ten years, none backwards, none beyond the calendar."""
    days = span(date(2026, 11, 1), date(2026, 11, 10))
    assert (days.before().first, days.before().last) == (date(2026, 10, 22), date(2026, 10, 31))
    assert days.after().days == 10
    with pytest.raises(PeriodError):
        span(date(2026, 11, 2), date(2026, 11, 1))
    with pytest.raises(PeriodError):
        Period(stretch=Stretch.OWN, first=date(2000, 1, 1), last=date(2026, 1, 1))
    with pytest.raises(PeriodError):
        period_of(Stretch.YEAR, date.max)


@given(st.integers(0, 5_000_000_000_000), OFFSETS)
def test_hours_are_those_of_the_clock_on_the_wall(at_ms: int, offset_min: int) -> None:
    """Monday's first hour is 0; days begin at local midnight."""
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    local = local.astimezone(timezone(timedelta(minutes=offset_min)))
    assert hour_of(at_ms, offset_min) == local.weekday() * 24 + local.hour
    assert day_of(at_ms, offset_min) == local.date()


def test_a_week_adds_up() -> None:
    """By day and hour."""
    week = week_of([(0, 2), (23, 1), (24, 5), (0, 1)])
    assert (week.counts[0][0], week.counts[0][23], week.counts[1][0], week.most) == (3, 1, 5, 5)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_half_and_nine_of_ten(values: list[int]) -> None:
    """At least so many are no longer, and the value is one of them."""
    spread = spread_of(np.array(values, dtype=np.int64))
    assert spread.median_ms is not None
    assert spread.p90_ms is not None
    assert {spread.median_ms, spread.p90_ms} <= set(values)
    assert 2 * sum(value <= spread.median_ms for value in values) >= len(values)
    assert 10 * sum(value <= spread.p90_ms for value in values) >= 9 * len(values)
    assert spread.median_ms <= spread.p90_ms


def test_too_few_to_say() -> None:
    """No share of three, no change against two."""
    assert Rate(hits=3, of=3).percent() is None
    assert Rate(hits=9, of=10).percent() == 90
    assert Rate(hits=0, of=0).percent(least=0) is None
    assert (change_percent(5, 9), change_percent(5, 10)) == (None, -50)
    assert not Spread().enough()
    with pytest.raises(ValueError, match="count again"):
        Rate(hits=2, of=1)
