"""How long something may take: in clock time, working hours or working days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_CLOCK_MS = {"s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TEXT = re.compile(r"^(\d{1,6}) (s|min|h|d|working hours?|working days?)$")
FORMS = "'90 s', '15 min', '4 h', '2 d', '4 working hours' or '5 working days'"


class Unit(StrEnum):
    """What is counted: 紧急工作时 (runs day and night), 工作时, 工作日."""

    CLOCK = "clock"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`amount` is milliseconds of clock or working time, or whole working days."""

    amount: int
    unit: Unit = Unit.CLOCK

    @classmethod
    def parse(cls, text: object) -> Span:
        """From '15 min' or '5 working days'. Raises ValueError that names the forms."""
        found = _TEXT.match(text) if isinstance(text, str) else None
        if found is None or int(found[1]) == 0:
            raise ValueError(f"{text!r} is not a time above 0; write {FORMS}")
        number, size = int(found[1]), found[2]
        if size.startswith("working day"):
            return cls(amount=number, unit=Unit.WORKING_DAYS)
        if size.startswith("working hour"):
            return cls(amount=number * _CLOCK_MS["h"], unit=Unit.WORKING_HOURS)
        return cls(amount=number * _CLOCK_MS[size])

    def __str__(self) -> str:
        """As it is written in the tables, in the largest unit that divides it."""
        if self.unit is Unit.WORKING_DAYS:
            return f"{self.amount} working day{'s' if self.amount != 1 else ''}"
        if self.unit is Unit.WORKING_HOURS:
            hours = self.amount // _CLOCK_MS["h"]
            return f"{hours} working hour{'s' if hours != 1 else ''}"
        for size in ("d", "h", "min"):
            if self.amount % _CLOCK_MS[size] == 0 and self.amount > (size == "d") * _CLOCK_MS["d"]:  # 24 h, 2 d
                return f"{self.amount // _CLOCK_MS[size]} {size}"
        return f"{self.amount // 1000} s"


def seconds(number: int) -> Span:
    """A span of clock time."""
    return Span(amount=number * 1000)
