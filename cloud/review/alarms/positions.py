"""For how many operators the alarms of an area are."""

from __future__ import annotations

from statistics import median

from cloud.board.choosing import Sees
from cloud.plan import Plan
from cloud.review.alarms.views import Positions
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.hours import HOUR_MS
from domain.assessment.periods import DAY_MS
from domain.people import Role


def positions_of(plan: Plan, at: str, sees: Sees, to_ms: int, targets: AlarmTargets) -> Positions:
    """As configured, else the operators on duty of the area itself, the middle of the last 24 hours of the span."""
    if targets.positions > 0:
        return Positions(count=targets.positions, how="configured")
    tops = tops_of(plan, at, sees)
    roster = plan.roster
    hours = [
        len({row.person.id for top in tops for row in roster.working(top, at_ms) if Role.OPERATOR in row.person.roles})
        for at_ms in range(to_ms - DAY_MS, to_ms, HOUR_MS)
    ]
    count = median(hours)
    return Positions(count=float(count), how="roster") if count >= 1 else Positions(count=1.0, how="one")


def tops_of(plan: Plan, at: str, sees: Sees) -> tuple[str, ...]:
    """The area; where none is named, the highest ones that are seen."""
    tree = plan.areas
    if at:
        return (at,) if tree.has(at) else ()
    seen = {area.id for area in tree.areas if sees(area.code, "")}
    return tuple(one for one in sorted(seen) if not any(above.id in seen for above in tree.chain(one)[1:]))
