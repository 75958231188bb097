"""Which deadlines run at which stage, when they turn yellow and red, and what the clock does about each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.calendar import WorkCalendar
from domain.escalation import Step, escalation
from domain.incidents import OVER, Stage
from domain.limits import Due
from domain.placement import Placement
from domain.spans import Unit

# What runs at a stage. One that is named for two stages in a row goes on; one that comes back begins anew.
RUNNING: dict[Stage, tuple[Due, ...]] = {
    Stage.REPORTED: (Due.ACCEPT, Due.OVERALL),
    Stage.ACCEPTED: (Due.DISPATCH, Due.FEED_BACK, Due.OVERALL),
    Stage.DISPATCHED: (Due.FEED_BACK, Due.OVERALL),
    Stage.HANDLING: (Due.FEED_BACK, Due.OVERALL),
    Stage.FED_BACK: (Due.VERIFY, Due.OVERALL),
    Stage.VERIFIED: (Due.CLOSE, Due.OVERALL),
    **dict.fromkeys(OVER, ()),
}
# What is due next where a stage has no time of its own: then the overall one counts
NEXT: dict[Stage, Due] = {Stage.FED_BACK: Due.VERIFY, Stage.VERIFIED: Due.CLOSE}


class Urge(StrEnum):
    """How urgent a deadline is: 正常, 黄色预警, 红色超时, 督办."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"
    SUPERVISED = "supervised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One thing that is due, and from when it is yellow."""

    due: Due
    started_ms: int
    due_ms: int
    yellow_ms: int
    unit: Unit = Unit.CLOCK
    supervised: bool = False

    def overdue(self, now_ms: int) -> bool:
        """True once the time has passed."""
        return now_ms > self.due_ms

    def urge(self, now_ms: int) -> Urge:
        """How urgent it is now."""
        if self.overdue(now_ms):
            return Urge.SUPERVISED if self.supervised else Urge.RED
        return Urge.YELLOW if now_ms >= self.yellow_ms else Urge.NONE


def begin(placement: Placement, due: Due, tier: str | None, start_ms: int, calendar: WorkCalendar) -> Deadline | None:
    """A deadline that starts now, where this tier is the highest that has the incident; None where there is none."""
    span = placement.limits_at(tier).of(due)
    if span is None:
        return None
    return until(placement, due, start_ms, calendar.after(start_ms, span), span.unit, calendar)


def until(
    placement: Placement, due: Due, start_ms: int, due_ms: int, unit: Unit, calendar: WorkCalendar
) -> Deadline:  # fmt: skip
    """A deadline with a time that is given."""
    yellow_ms = min(due_ms, calendar.part(start_ms, due_ms, unit, placement.yellow_percent))
    return Deadline(due=due, started_ms=start_ms, due_ms=due_ms, yellow_ms=yellow_ms, unit=unit)


def steps(
    placement: Placement, deadline: Deadline, calendar: WorkCalendar, has: Iterable[str] = ()
) -> tuple[Step, ...]:
    """Everything the clock does about a deadline while nobody acts. Tiers that have it are not called twice."""
    if deadline.due is Due.ACCEPT:
        return escalation(placement.chain, deadline.due_ms, calendar, has)
    reminders = []
    if placement.remind_yellow:
        reminders.append(Step(code=f"yellow:{deadline.due}", due_ms=deadline.yellow_ms))
    if deadline.due is Due.FEED_BACK:
        at_ms = deadline.due_ms
        for number in range(1, placement.chase_times + 1):
            reminders.append(Step(code=f"chase:{number}", due_ms=at_ms))
            at_ms = calendar.after(at_ms, placement.chase_every)
    else:
        reminders.append(Step(code=f"red:{deadline.due}", due_ms=deadline.due_ms))
    if placement.supervise is not None:
        at_ms = calendar.after(deadline.due_ms, placement.supervise)
        reminders.append(Step(code=f"supervise:{deadline.due}", due_ms=at_ms))
    return tuple(sorted(reminders, key=lambda step: step.due_ms))


def next_due(running: Iterable[Deadline]) -> Deadline | None:
    """The deadline to show: the first that comes; None when nothing is due."""
    return min(running, key=lambda deadline: (deadline.due_ms, deadline.due is Due.OVERALL), default=None)


def shown_as(stage: Stage, deadline: Deadline) -> Due:
    """What people have to do until then: at a stage without a time of its own the move that comes next."""
    return NEXT.get(stage, deadline.due) if deadline.due is Due.OVERALL else deadline.due
