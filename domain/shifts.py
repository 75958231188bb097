"""When somebody is on duty: hours of a day, and rules that say on which days. Pure; all of it in local time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

DAY_MIN = 24 * 60
_EPOCH_DAY = date(1970, 1, 1).toordinal()
LOOK_BACK_DAYS = 31  # whoever had no shift for a month and says nothing is still off
WEEKDAYS = frozenset(range(1, 8))  # ISO 8601: Monday is 1


def _minutes(text: str) -> int:
    hours, minutes = text.strip().split(":")
    value = int(hours) * 60 + int(minutes)
    if not (0 <= int(minutes) < 60 and 0 <= value <= DAY_MIN):
        raise ValueError(text)
    return value


def local_of(at_ms: int, utc_offset_min: int) -> tuple[int, int]:
    """(day number as of `date.toordinal`, minute of that day)."""
    day, minute = divmod(at_ms // 60_000 + utc_offset_min, DAY_MIN)
    return day + _EPOCH_DAY, minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Hours of a day in local minutes. An end before the start is after midnight; an equal one is a day's watch."""

    start_min: int
    end_min: int

    def covers(self, minute: int) -> bool:
        """True where the minute of the day is inside, if it is every day's."""
        if self.start_min < self.end_min:
            return self.start_min <= minute < self.end_min
        return minute >= self.start_min or minute < self.end_min

    @property
    def endless(self) -> bool:
        """True for round-the-clock duty, which has no beginning where it is every day's."""
        return (self.end_min - self.start_min) % DAY_MIN == 0

    @classmethod
    def parse(cls, text: str) -> Shift:
        """From "08:00-20:00". Raises ValueError."""
        start, end = str(text).replace("—", "-").replace("–", "-").replace("：", ":").split("-")
        return cls(start_min=_minutes(start), end_min=_minutes(end))

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start_min, self.end_min))


def _a_day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One line of a duty roster: hours on some days. A night belongs to the day on which it begins.

    `every` counts days from `first`: every = 4 is one shift in a cycle of four days. `dates` are days by name; they
    take the place of weekdays and cycle. `area` None: everywhere this person belongs.
    """

    person: str
    hours: Shift
    weekdays: frozenset[int] = WEEKDAYS
    first: date | None = None
    last: date | None = None
    every: int = 1
    dates: frozenset[date] = frozenset()
    not_on: frozenset[date] = frozenset()
    area: str | None = None

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= WEEKDAYS:
            raise ValueError("weekdays must be numbers from 1 (Monday) to 7 (Sunday)")
        if not 1 <= self.every <= 366:
            raise ValueError("every must be from 1 to 366 days")
        if self.every > 1 and self.first is None:
            raise ValueError("every needs first: the day from which the cycle counts")
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"last {self.last} is before first {self.first}")

    def begins_on(self, day: int) -> bool:
        """True where a shift begins on this day number."""
        when = date.fromordinal(day)
        if when in self.not_on or (self.first and when < self.first) or (self.last and when > self.last):
            return False
        if self.dates:
            return when in self.dates
        in_cycle = self.every == 1 or self.first is None or (day - self.first.toordinal()) % self.every == 0
        return in_cycle and when.isoweekday() in self.weekdays

    def covers(self, day: int, minute: int) -> bool:
        """True while a shift of this rule runs."""
        start, end = self.hours.start_min, self.hours.end_min
        if start < end:
            return start <= minute < end and self.begins_on(day)
        return (minute >= start and self.begins_on(day)) or (minute < end and self.begins_on(day - 1))

    def begun_since(self, since: tuple[int, int], until: tuple[int, int]) -> bool:
        """True where a shift began after `since` and up to `until`, both (day, minute)."""
        return any(
            self.begins_on(day) and since < (day, self.hours.start_min) <= until
            for day in range(max(since[0], until[0] - LOOK_BACK_DAYS), until[0] + 1)
        )

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Duty:
        """From a row of a document. Raises KeyError, TypeError, ValueError."""
        values = dict(row)
        values["hours"] = Shift.parse(values["hours"])
        for name in ("first", "last"):
            if values.get(name) is not None:
                values[name] = _a_day(values[name])
        for name in ("dates", "not_on"):
            values[name] = frozenset(_a_day(day) for day in values.get(name) or ())
        values["weekdays"] = frozenset(values.get("weekdays") or WEEKDAYS)
        return cls(**values)
