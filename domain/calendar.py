"""Working time: national calendar with make-up days (调休), local days and hours. Pure: times are arguments.

An interval counts from its start up to, not including, its end. So a time that is used up exactly at the end of a
working day is due at that end, not at the start of the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from domain.spans import Span, Unit

DAY_MS = 86_400_000
DAY_MIN = 24 * 60
LOOK_BACK_DAYS = 31  # the longest row of days off is two weeks
LOOK_DAYS = 3 * 366  # no deadline is that far away; a calendar without working days must not hang the service
_EPOCH = date(1970, 1, 1)
_RANGE = re.compile(r"^(\d\d):([0-5]\d)-(\d\d):([0-5]\d)$")


class CalendarError(ValueError):
    """The calendar is not usable; the text names the field and says what to mend."""


class NationalDays(Protocol):
    """What a country has decided about a day."""

    def knows(self, year: int) -> bool:
        """True where the holidays of this year are published."""

    def says(self, day: date) -> bool | None:
        """True for a made-up working day, False for a holiday, None for a day like any other."""


@dataclass(frozen=True, slots=True)
class NoNationalDays:
    """Nothing is published: every year is its weekends."""

    def knows(self, year: int) -> bool:
        """Never."""
        return False

    def says(self, day: date) -> bool | None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """When people of offices work. Local days win over national ones, and both over the weekday."""

    national: NationalDays = field(default_factory=NoNationalDays)
    utc_offset_min: int = 480  # +08:00, China has one time zone and no daylight saving
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})  # ISO, where nothing else is known
    hours: tuple[tuple[int, int], ...] = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))  # minutes of the day; a default
    days_off: Mapping[date, str] = field(default_factory=dict)  # local holidays, and their names
    days_on: Mapping[date, str] = field(default_factory=dict)  # local working days

    @classmethod
    def from_table(cls, table: Mapping[str, Any], national: NationalDays) -> WorkCalendar:
        """From a document of section `calendar`. Raises CalendarError."""
        unknown = sorted(table.keys() - {"national", "utc_offset_min", "weekdays", "hours", "days_off", "days_on"})
        if unknown:
            raise CalendarError(f"{', '.join(unknown)}: no such field; take it out")
        chosen = table.get("national", "cn")
        if chosen not in ("cn", "none"):
            raise CalendarError(f"national: {chosen!r} is not known; write 'cn' or 'none'")
        calendar = cls(
            national=national if chosen == "cn" else NoNationalDays(),
            utc_offset_min=_offset(table.get("utc_offset_min", 480)),
            weekdays=_weekdays(table.get("weekdays", [1, 2, 3, 4, 5])),
            hours=_hours(table.get("hours", ["09:00-12:00", "13:00-18:00"])),
            days_off=_days("days_off", table.get("days_off", [])),
            days_on=_days("days_on", table.get("days_on", [])),
        )
        if both := sorted(calendar.days_off.keys() & calendar.days_on.keys()):
            raise CalendarError(f"{both[0]} is in days_off and in days_on; keep one of them")
        return calendar

    def works(self, day: date) -> bool:
        """True for a working day; a year that is not published is its weekdays."""
        if day in self.days_off or day in self.days_on:
            return day in self.days_on
        said = self.national.says(day) if self.national.knows(day.year) else None
        return day.isoweekday() in self.weekdays if said is None else said

    def assumed(self, from_ms: int, to_ms: int) -> tuple[int, ...]:
        """Years between two times whose national holidays are not known: there only weekends were counted."""
        if isinstance(self.national, NoNationalDays):
            return ()  # chosen so
        years = range(self.day_of(from_ms).year, self.day_of(to_ms).year + 1)
        return tuple(year for year in years if not self.national.knows(year))

    def day_of(self, at_ms: int) -> date:
        """The local date."""
        return _EPOCH + timedelta(days=(at_ms + self.utc_offset_min * 60_000) // DAY_MS)

    def last_end_ms(self, now_ms: int) -> int:
        """When the last working day that is over ended: on Monday morning Friday evening. Midnight where none was."""
        today = self.day_of(now_ms)
        for day in (today - timedelta(days=ago) for ago in range(LOOK_BACK_DAYS)):
            if self.works(day) and self._end_ms(day) <= now_ms:
                return self._end_ms(day)
        return self._midnight_ms(today)

    def after(self, start_ms: int, span: Span) -> int:
        """When a span that begins now is used up. The day of the start does not count as a working day (当日不计)."""
        if span.unit is Unit.CLOCK:
            return start_ms + span.amount
        if span.unit is Unit.WORKING_HOURS:
            return self.add_working_ms(start_ms, span.amount)
        return self._after_days(start_ms, span.amount)

    def longer(self, due_ms: int, unit: Unit, from_ms: int, to_ms: int) -> int:
        """A due time moved by the time between two moments, counted as the unit counts: for pauses."""
        if unit is Unit.CLOCK:
            return due_ms + to_ms - from_ms
        return self.add_working_ms(due_ms, self.working_ms(from_ms, to_ms))

    def part(self, start_ms: int, due_ms: int, unit: Unit, percent: int) -> int:
        """When so many percent of the time are used up."""
        if unit is Unit.CLOCK:
            return start_ms + (due_ms - start_ms) * percent // 100
        return self.add_working_ms(start_ms, self.working_ms(start_ms, due_ms) * percent // 100)

    def working_ms(self, from_ms: int, to_ms: int) -> int:
        """Working time between two moments."""
        spans = self._working(from_ms, (to_ms - from_ms) // DAY_MS + 2)
        return sum(max(0, min(end, to_ms) - max(start, from_ms)) for start, end in spans)

    def add_working_ms(self, start_ms: int, amount_ms: int) -> int:
        """The first moment by which so much working time has gone by."""
        if amount_ms <= 0:
            return start_ms
        for start, end in self._working(start_ms, LOOK_DAYS):
            begin = max(start, start_ms)
            if begin < end:
                if end - begin >= amount_ms:
                    return begin + amount_ms
                amount_ms -= end - begin
        raise CalendarError("the calendar has no working time for three years; take days out of days_off")

    def _after_days(self, start_ms: int, count: int) -> int:
        today = self.day_of(start_ms)
        for day in (today + timedelta(days=number) for number in range(1, LOOK_DAYS)):
            count -= self.works(day)
            if count == 0:
                return self._end_ms(day)
        raise CalendarError("the calendar has no working days for three years; take days out of days_off")

    def _midnight_ms(self, day: date) -> int:
        return (day - _EPOCH).days * DAY_MS - self.utc_offset_min * 60_000

    def _end_ms(self, day: date) -> int:
        return self._midnight_ms(day) + self.hours[-1][1] * 60_000

    def _working(self, from_ms: int, days: int) -> Iterator[tuple[int, int]]:
        """Working times from the local day of a moment on, in their order."""
        first = self.day_of(from_ms)
        for day in (first + timedelta(days=number) for number in range(days)):
            if self.works(day):
                midnight_ms = self._midnight_ms(day)
                for start_min, end_min in self.hours:
                    yield midnight_ms + start_min * 60_000, midnight_ms + end_min * 60_000


def _offset(value: object) -> int:
    if not isinstance(value, int) or not -720 <= value <= 840:
        raise CalendarError(f"utc_offset_min: {value!r}; write minutes from -720 to 840, 480 for China")
    return value


def _weekdays(value: object) -> frozenset[int]:
    if not isinstance(value, list) or not value or not all(day in range(1, 8) for day in value):
        raise CalendarError(f"weekdays: {value!r}; write days from 1 (Monday) to 7, at least one")
    return frozenset(value)


def _hours(value: object) -> tuple[tuple[int, int], ...]:
    """From ["09:00-12:00", "13:00-18:00"]; rising, inside one day."""
    found = [_RANGE.match(text) if isinstance(text, str) else None for text in value] if isinstance(value, list) else []
    ranges = [(int(m[1]) * 60 + int(m[2]), int(m[3]) * 60 + int(m[4])) for m in found if m]
    edges = [edge for pair in ranges for edge in pair]
    if not ranges or len(ranges) != len(found) or edges != sorted(set(edges)) or edges[-1] > DAY_MIN:
        raise CalendarError(f"hours: {value!r}; write rising times of one day as ['09:00-12:00', '13:00-18:00']")
    return tuple(ranges)


def _days(name: str, value: Any) -> dict[date, str]:
    """From [{date = "2026-10-01", name = "..."}]."""
    days: dict[date, str] = {}
    for row in value if isinstance(value, list) else [value]:
        try:
            day = date.fromisoformat(str(row["date"]))
        except (KeyError, TypeError, ValueError):
            raise CalendarError(f"{name}: {row!r}; write {{date = '2026-10-01', name = '...'}}") from None
        if day in days:
            raise CalendarError(f"{name}: {day} is named twice; keep one of them")
        days[day] = str(row.get("name", ""))
    return days
