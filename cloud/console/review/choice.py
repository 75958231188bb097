"""Which period and which area a page of the review is about, as its address says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query

from domain.assessment.periods import OFFSET_MIN, Period, PeriodError, Stretch, day_of, period_of, span, usual

Word = Annotated[str, Query(max_length=64)]
# what can be chosen by one press: the stretch, and how many of them ago
QUICK = (
    ("last_week", Stretch.WEEK, 1), ("this_week", Stretch.WEEK, 0), ("last_month", Stretch.MONTH, 1),
    ("this_month", Stretch.MONTH, 0), ("this_quarter", Stretch.QUARTER, 0), ("this_year", Stretch.YEAR, 0),
)  # fmt: skip

EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)  # default of ours: each has one before it and one after


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWish:
    """What was asked for, not yet looked at: a stretch with a day in it, or two days; an area."""

    period: str = ""
    on: str = ""
    to: str = ""
    at: str = ""

    def read(self, now_ms: int, offset_min: int = OFFSET_MIN) -> tuple[Period, bool]:
        """The period, and False where the address made no sense and the usual one stands in for it."""
        if not (self.period or self.on or self.to):
            return usual(now_ms, offset_min), True
        try:
            period = self._named(now_ms, offset_min)
        except (PeriodError, ValueError):
            return usual(now_ms, offset_min), False
        fine = period.first >= EARLIEST and period.last <= LATEST
        return (period, True) if fine else (usual(now_ms, offset_min), False)

    def _named(self, now_ms: int, offset_min: int) -> Period:
        first = date.fromisoformat(self.on) if self.on else day_of(now_ms, offset_min)
        if self.to or self.period == Stretch.OWN:
            return _named(first, date.fromisoformat(self.to) if self.to else first, offset_min)
        return period_of(Stretch(self.period or Stretch.WEEK), first, offset_min)


def wish_of(period: Word = "", on: Word = "", to: Word = "", at: Word = "") -> ReviewWish:
    """From the address: `period` week, month, quarter or year with a day `on` in it, or `on` to `to`; `at` an area."""
    return ReviewWish(period=period, on=on, to=to, at=at)


def address_of(period: Period) -> dict[str, str]:
    """As it stands in an address. Fixed days: a link that is sent means the same next week."""
    if period.stretch is Stretch.OWN:
        return {"on": period.first.isoformat(), "to": period.last.isoformat()}
    return {"period": str(period.stretch), "on": period.first.isoformat()}


def quick(now_ms: int, offset_min: int) -> tuple[tuple[str, Period], ...]:
    """(word, period) of what can be chosen by one press."""
    found = []
    for word, stretch, ago in QUICK:
        period = period_of(stretch, day_of(now_ms, offset_min), offset_min)
        found.append((word, period.before() if ago else period))
    return tuple(found)


def _named(first: date, last: date, offset_min: int) -> Period:
    """Two days of the form; where they are a week or a month of the calendar, that one."""
    for stretch in (Stretch.WEEK, Stretch.MONTH, Stretch.QUARTER, Stretch.YEAR):
        period = period_of(stretch, first, offset_min)
        if (period.first, period.last) == (first, last):
            return period
    return span(first, last, offset_min)
