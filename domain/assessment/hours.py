"""When in the week things happen: seven days of twenty-four local hours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.assessment.periods import MINUTE_MS, OFFSET_MIN

HOUR_MS = 60 * MINUTE_MS
HOURS, DAYS = 24, 7
WEEK_HOURS = HOURS * DAYS
_MONDAY_H = 3 * HOURS  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How many in each hour: `counts[0]` is Monday, `counts[0][0]` its first hour."""

    counts: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.counts) != DAYS or any(len(day) != HOURS for day in self.counts):
            raise ValueError("counts: seven days of twenty-four hours")

    @property
    def most(self) -> int:
        """The largest."""
        return max(max(day) for day in self.counts)


def hour_of(at_ms: Any, offset_min: int = OFFSET_MIN) -> Any:
    """Hour of the week, 0 to 167, from Monday's first: of a moment, or in SQL of a column, by the same arithmetic."""
    return ((at_ms + offset_min * MINUTE_MS) // HOUR_MS + _MONDAY_H) % WEEK_HOURS


def week_of(counted: Iterable[tuple[int, int]]) -> Week:
    """From (hour of the week, how many)."""
    all_hours = [0] * WEEK_HOURS
    for hour, count in counted:
        all_hours[hour] += count
    return Week(counts=tuple(tuple(all_hours[day * HOURS : (day + 1) * HOURS]) for day in range(DAYS)))
