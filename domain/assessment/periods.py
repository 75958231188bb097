"""Stretches of the calendar that reports are about, in local days, and the one before each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY_MS = 86_400_000
MINUTE_MS = 60_000
OFFSET_MIN = 480  # +08:00, one zone for the whole country
DAYS_MAX = 3660  # ten years
_EPOCH = date(1970, 1, 1)
_MONTHS = 12


class PeriodError(ValueError):
    """A period that cannot be; the text says what to write."""


class Stretch(StrEnum):
    """What kind of period."""

    WEEK = "week"  # Monday to Sunday
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days `first` to `last`, both with it."""

    stretch: Stretch
    first: date
    last: date
    offset_min: int = OFFSET_MIN  # of local time

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodError("to: the last day lies before the first / 结束日期早于开始日期")
        if self.days > DAYS_MAX:
            raise PeriodError(f"to: at most {DAYS_MAX} days; choose fewer / 最多 {DAYS_MAX} 天，请缩短时段")

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def from_ms(self) -> int:
        """When it begins."""
        return start_of(self.first, self.offset_min)

    @property
    def to_ms(self) -> int:
        """When it is over: the first moment that is no part of it."""
        return start_of(self.last + timedelta(days=1), self.offset_min)

    def holds(self, at_ms: int) -> bool:
        """True for a moment within it."""
        return self.from_ms <= at_ms < self.to_ms

    def before(self) -> Period:
        """The whole one before: of the calendar, or as many days."""
        if self.stretch is Stretch.OWN:
            return self._own(self.first - timedelta(days=self.days), self.days)
        return period_of(self.stretch, self.first - timedelta(days=1), self.offset_min)

    def after(self) -> Period:
        """The one that follows."""
        if self.stretch is Stretch.OWN:
            return self._own(self.last + timedelta(days=1), self.days)
        return period_of(self.stretch, self.last + timedelta(days=1), self.offset_min)

    def compared(self, now_ms: int) -> tuple[int, int]:
        """(from_ms, to_ms) to compare with: the one before, and of a running one only as much as has passed of it."""
        before = self.before()
        passed_ms = max(0, now_ms - self.from_ms)
        return before.from_ms, min(before.to_ms, before.from_ms + passed_ms)

    def each_day(self) -> tuple[date, ...]:
        """Its days."""
        return tuple(self.first + timedelta(days=number) for number in range(self.days))

    def _own(self, first: date, days: int) -> Period:
        last = first + timedelta(days=days - 1)
        return Period(stretch=Stretch.OWN, first=first, last=last, offset_min=self.offset_min)


def start_of(day: date, offset_min: int = OFFSET_MIN) -> int:
    """The first moment of a local day."""
    return (day - _EPOCH).days * DAY_MS - offset_min * MINUTE_MS


def day_of(at_ms: int, offset_min: int = OFFSET_MIN) -> date:
    """The local day of a moment."""
    return _EPOCH + timedelta(days=(at_ms + offset_min * MINUTE_MS) // DAY_MS)


def period_of(stretch: Stretch, day: date, offset_min: int = OFFSET_MIN) -> Period:
    """The week, month, quarter or year that holds a day; for `own` the day itself. Raises PeriodError."""
    try:
        first, last = _bounds(stretch, day)
    except (OverflowError, ValueError):
        raise PeriodError(f"on: {day} is no day that can be counted / 日期超出范围") from None
    return Period(stretch=stretch, first=first, last=last, offset_min=offset_min)


def span(first: date, last: date, offset_min: int = OFFSET_MIN) -> Period:
    """Any days. Raises PeriodError."""
    return Period(stretch=Stretch.OWN, first=first, last=last, offset_min=offset_min)


def usual(now_ms: int, offset_min: int = OFFSET_MIN) -> Period:
    """What a supervisor wants to see first: on Mondays last week, else this one."""
    today = day_of(now_ms, offset_min)
    week = period_of(Stretch.WEEK, today, offset_min)
    return week.before() if today == week.first else week


def _bounds(stretch: Stretch, day: date) -> tuple[date, date]:
    if stretch is Stretch.WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if stretch is Stretch.OWN:
        return day, day
    months = {Stretch.MONTH: 1, Stretch.QUARTER: 3, Stretch.YEAR: _MONTHS}[stretch]
    start = (day.month - 1) // months * months
    end_year, end_month = divmod(day.year * _MONTHS + start + months, _MONTHS)
    return date(day.year, start + 1, 1), date(end_year, end_month + 1, 1) - timedelta(days=1)
