"""Working time: holidays, make-up days, midnight, and what is taken out by a pause."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.plan.national import ChineseDays
from domain.calendar import DAY_MS, CalendarError, WorkCalendar
from domain.spans import Span, Unit

FILE = Path(__file__).parents[2] / "cloud" / "config" / "calendar.toml"
CN = WorkCalendar.from_table(tomllib.loads(FILE.read_text(encoding="utf-8")), ChineseDays())
BEIJING = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    """A local time in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


def local(at_ms: int) -> str:
    """Milliseconds as local time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-20 14:00", "2 working hours", "2026-11-20 16:00"),
        ("2026-11-20 17:00", "2 working hours", "2026-11-23 10:00"),  # Friday evening to Monday morning
        ("2026-11-20 11:30", "1 working hour", "2026-11-20 13:30"),  # over lunch
        ("2026-11-21 03:00", "1 working hour", "2026-11-23 10:00"),  # glpi 687: opened outside hours is not due at once
        ("2026-11-20 16:00", "2 working hours", "2026-11-20 18:00"),  # used up at the end of the day: due at the end
        ("2026-11-20 09:00", "1 working day", "2026-11-23 18:00"),  # the day of the start does not count
        ("2026-11-20 23:59", "1 working day", "2026-11-23 18:00"),
        ("2026-11-21 00:00", "1 working day", "2026-11-23 18:00"),
        ("2026-09-29 10:00", "3 working days", "2026-10-09 18:00"),  # over the national week
        ("2026-02-13 10:00", "1 working day", "2026-02-14 18:00"),  # a Saturday made up (调休)
        ("2026-11-20 23:59", "90 s", "2026-11-21 00:00"),  # clock time knows no holidays
        ("2026-11-20 10:00", "2 d", "2026-11-22 10:00"),
    ],
)
def test_after(start: str, span: str, due: str) -> None:
    """When a span is used up."""
    assert local(CN.after(ms(start), Span.parse(span))) == due


def test_a_year_that_is_not_published_is_its_weekends_and_says_so() -> None:
    """2099 has no notice of the State Council: the deadline counts weekends, and names the year."""
    start, due = ms("2098-12-31 10:00"), CN.after(ms("2098-12-31 10:00"), Span.parse("1 working day"))

    assert local(due) == "2099-01-01 18:00"
    assert CN.assumed(start, due) == (2098, 2099)
    assert CN.assumed(ms("2026-05-01 10:00"), ms("2026-06-01 10:00")) == ()
    assert WorkCalendar().assumed(start, due) == (), "weekends only were chosen"


def test_local_days_win_over_national_ones() -> None:
    """A local holiday on a Monday, work on the Sunday before."""
    calendar = WorkCalendar.from_table(
        {
            "days_off": [{"date": "2026-11-23", "name": "社区运动会"}],
            "days_on": [{"date": "2026-11-22"}, {"date": "2026-10-01", "name": "值班"}],
        },
        ChineseDays(),
    )

    assert [calendar.works(date(2026, 11, day)) for day in (21, 22, 23, 24)] == [False, True, False, True]
    assert calendar.works(date(2026, 10, 1))


def test_offices_that_work_on_saturdays_keep_national_holidays() -> None:
    """Their Saturday is a working day, unless it lies in the national week; a made-up Sunday is worked as well."""
    calendar = WorkCalendar.from_table({"weekdays": [1, 2, 3, 4, 5, 6]}, ChineseDays())

    assert calendar.works(date(2026, 11, 21))
    assert not calendar.works(date(2026, 10, 3))
    assert calendar.works(date(2026, 9, 20)), "made up for the national week"


def test_an_imported_holiday_calendar_does_not_silently_stretch_a_deadline() -> None:
    """zammad 390: more days off than anybody can work between are an error, not a deadline in three years."""
    off = {date(2026, 1, 1) + timedelta(days=number): "" for number in range(1200)}
    calendar = WorkCalendar(days_off=off)

    for span in ("1 working hour", "1 working day"):
        with pytest.raises(CalendarError, match="days_off"):
            calendar.after(ms("2026-01-01 10:00"), Span.parse(span))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"hours": []}, "hours"),
        ({"hours": ["18:00-09:00"]}, "rising"),
        ({"hours": ["09:00-12:00", "11:00-18:00"]}, "rising"),
        ({"hours": ["09:00-25:00"]}, "hours"),
        ({"hours": ["9 to 5"]}, "hours"),
        ({"hours": "09:00-18:00"}, "hours"),
        ({"weekdays": [0]}, "weekdays"),
        ({"weekdays": []}, "weekdays"),
        ({"national": "de"}, "national"),
        ({"utc_offset_min": 9000}, "utc_offset_min"),
        ({"days_off": [{"date": "1. Mai"}]}, "days_off"),
        ({"days_off": ["2026-05-01"]}, "days_off"),
        ({"days_off": [{"date": "2026-05-01"}, {"date": "2026-05-01"}]}, "twice"),
        ({"days_off": [{"date": "2026-05-01"}], "days_on": [{"date": "2026-05-01"}]}, "days_on"),
        ({"holydays": []}, "holydays"),
    ],
)
def test_a_wrong_calendar_is_refused(table: dict[str, Any], says: str) -> None:
    """The text names the field."""
    with pytest.raises(CalendarError, match=says):
        WorkCalendar.from_table(table, ChineseDays())


@pytest.mark.parametrize(
    "text", ["90 s", "15 min", "4 h", "2 d", "1 working hour", "4 working hours", "5 working days"]
)
def test_a_span_is_written_as_it_is_read(text: str) -> None:
    """There and back."""
    assert str(Span.parse(text)) == text


@pytest.mark.parametrize("wrong", ["", "0 s", "5", "5 weeks", "-1 h", 60, None, "1.5 h"])
def test_a_wrong_span_is_refused(wrong: object) -> None:
    """The text shows how to write it."""
    with pytest.raises(ValueError, match="working days"):
        Span.parse(wrong)


moments = st.integers(ms("2025-12-20 00:00"), ms("2027-01-15 00:00"))
amounts = st.integers(1, 40 * 8 * HOUR_MS)


@given(moments, amounts, amounts)
def test_working_time_adds_up(start: int, first: int, second: int) -> None:
    """What was added is what lies between; two parts are the whole."""
    due = CN.add_working_ms(start, first)

    assert CN.working_ms(start, due) == first
    assert CN.add_working_ms(due, second) == CN.add_working_ms(start, first + second)


@given(moments, moments, st.integers(1, 20))
def test_working_days_are_working_days(start: int, later: int, count: int) -> None:
    """Due at the end of a working day, with exactly so many of them after the day of the start; never earlier later."""
    due = CN.after(start, Span(amount=count, unit=Unit.WORKING_DAYS))
    between = range(1, (CN.day_of(due) - CN.day_of(start)).days + 1)

    assert local(due).endswith("18:00")
    assert sum(CN.works(CN.day_of(start) + timedelta(days=number)) for number in between) == count
    assert start >= later or due <= CN.after(later, Span(amount=count, unit=Unit.WORKING_DAYS))


@given(moments, st.integers(0, 20 * DAY_MS), st.integers(0, 20 * DAY_MS), st.sampled_from(Unit))
def test_a_pause_takes_out_its_own_time_and_no_more(start: int, before: int, length: int, unit: Unit) -> None:
    """The working time that was left before a pause is left after it."""
    due = CN.after(start, Span(amount=10 if unit is Unit.WORKING_DAYS else 80 * HOUR_MS, unit=unit))
    pause, resume = start + before, start + before + length
    moved = CN.longer(due, unit, pause, resume)

    assert moved >= due
    if pause <= due and unit is Unit.CLOCK:
        assert moved - resume == due - pause
    if pause <= due and unit is not Unit.CLOCK:
        assert CN.working_ms(resume, moved) == CN.working_ms(pause, due)


@given(moments, st.integers(1, 99), st.sampled_from(Unit))
def test_yellow_comes_between_start_and_red(start: int, percent: int, unit: Unit) -> None:
    """A part of the time is inside it."""
    due = CN.after(start, Span(amount=3 if unit is Unit.WORKING_DAYS else 24 * HOUR_MS, unit=unit))

    assert start <= CN.part(start, due, unit, percent) <= due


def test_the_last_working_day_ends_on_friday_for_monday_morning() -> None:
    """And in the evening it is today."""
    for now, end in (
        ("2026-11-23 09:00", "2026-11-20 18:00"), ("2026-11-22 09:00", "2026-11-20 18:00"),
        ("2026-11-20 18:00", "2026-11-20 18:00"), ("2026-11-20 17:59", "2026-11-19 18:00"),
        ("2026-10-08 08:00", "2026-09-30 18:00"),  # a week of holidays
    ):  # fmt: skip
        assert local(CN.last_end_ms(ms(now))) == end


@given(moments)
def test_since_the_end_of_the_last_working_day_none_has_ended(now_ms: int) -> None:
    """It lies behind, work leads up to it, and less than a whole working day follows it."""
    end_ms = CN.last_end_ms(now_ms)
    assert end_ms <= now_ms
    assert CN.working_ms(end_ms - HOUR_MS, end_ms) == HOUR_MS
    assert CN.working_ms(end_ms, now_ms) < 8 * HOUR_MS
