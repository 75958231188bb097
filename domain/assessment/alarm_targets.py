"""What the alarms are measured by: limits that define a figure, and targets beside it. All can be configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.incidents import Severity

WINDOW_MS = 600_000  # EEMUA 191 and ISA-18.2 count alarms in 10 minutes


class TargetError(ValueError):
    """The targets cannot be used; the text names the field and the remedy, in both languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTargets:
    """Per operator position. Sources: EEMUA 191, ANSI/ISA-18.2 / IEC 62682, as secondary texts quote them."""

    positions: float = 0.0  # default: 0, counted from the roster
    rate: float = 1.0  # in 10 min, "very likely acceptable": EEMUA 191
    window_above: int = 10  # more in a 10-min window are too many for one operator: ISA-18.2
    windows_share: float = 0.01  # of the windows above it: ISA-18.2
    flood_above: int = 10  # a flood begins with more in 10 min: ISA-18.2
    flood_ends_below: int = 5  # and ends with fewer: ISA-18.2
    flood_share: float = 0.01  # of the time: ISA-18.2
    top: int = 10  # ISA-18.2
    top_share: float = 0.05  # of all alarms, 1 to 5 %: ISA-18.2
    chatter_count: int = 3  # ANSI/ISA-18.2; definitions differ: EEMUA counts above 5 in 5 min
    chatter_within_ms: int = 60_000
    fleeting_below_ms: int = 10_000  # working definition, secondary text
    fleeting_alone_ms: int = 60_000  # and nothing of the same source so long before and after
    stale_after_ms: int = 86_400_000  # ANSI/ISA-18.2
    stale_a_day: int = 5  # fewer on any day: ISA-18.2
    warning_share: float = 0.80  # EEMUA 191: 80 / 15 / 5 / below 1 %
    minor_share: float = 0.15
    major_share: float = 0.05
    critical_share: float = 0.01
    split_slack: float = 0.10  # default: so far from 80 and 15 % is near enough; 5 and 1 % are upper limits
    transmit_ms: int = 10_000  # endpoint to centre: GB 26875.1, 4.1.2.1
    shown_ms: int = 20_000  # endpoint to the screen of the centre: GB 50440-2007
    accept_ms: int = 180_000  # life safety accepted: default of ours; routing may ask for less
    days: int = 30  # a judgement needs so many: ISA-18.2

    def __post_init__(self) -> None:
        """Raises TargetError."""
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1e12:
                raise TargetError(f"{field.name}：应不小于 0 / {field.name} must not be negative")
        for name in (f.name for f in fields(self) if f.name.endswith(("_share", "_slack"))):
            if getattr(self, name) > 1:
                raise TargetError(f"{name}：应为 0 到 1 / {name} must be a share, 0 to 1")
        if self.flood_ends_below > self.flood_above:
            raise TargetError("flood_ends_below：不能大于 flood_above / must not be above flood_above")
        if self.chatter_count < 2 or self.top < 1:
            raise TargetError("chatter_count 至少 2，top 至少 1 / chatter_count at least 2, top at least 1")

    def share_of(self, severity: Severity) -> float:
        """Its part of all alarms, as the guide wants it."""
        return float(getattr(self, f"{severity}_share"))


def read(table: Mapping[str, Any]) -> AlarmTargets:
    """Of a configuration's table; what it does not name is the default. Raises TargetError."""
    known = {field.name: field for field in fields(AlarmTargets)}
    for name, value in table.items():
        if name not in known:
            raise TargetError(f"{name}：未知 / unknown; choose of {', '.join(known)}")
        whole = known[name].type == "int"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise TargetError(f"{name}：应为{'整' if whole else '小'}数 / must be a {'whole ' if whole else ''}number")
    return AlarmTargets(**table)
