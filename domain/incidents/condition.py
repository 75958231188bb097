"""The condition of an incident, the gateway's truth, as a table; revisions in whatever order they come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.incidents.kinds import Severity
from domain.incidents.refusals import IllegalMove


class Condition(StrEnum):
    """Whether the cause is still there."""

    ACTIVE = "active"
    CLEARED = "cleared"


class ConditionEvent(StrEnum):
    """What a revision from the gateway does to the condition."""

    RAISED = "raised"
    CHANGED = "changed"  # other severity, signals or evidence; the condition stays what it is
    CLEARED = "cleared"


# Everything that may happen to a condition. A pair that is not here is refused and changes nothing.
CONDITION_MOVES: dict[tuple[Condition, ConditionEvent], Condition] = {
    (Condition.ACTIVE, ConditionEvent.CHANGED): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionEvent.CLEARED): Condition.CLEARED,
    (Condition.CLEARED, ConditionEvent.RAISED): Condition.ACTIVE,
    (Condition.CLEARED, ConditionEvent.CHANGED): Condition.CLEARED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What one message of the gateway says about the condition of an incident."""

    number: int
    condition: Condition
    severity: Severity


def move_condition(condition: Condition, event: ConditionEvent) -> Condition:
    """The condition after an event. Raises IllegalMove."""
    if (condition, event) not in CONDITION_MOVES:
        raise IllegalMove(condition, event, tuple(e for c, e in CONDITION_MOVES if c is condition))
    return CONDITION_MOVES[condition, event]


def event_between(before: Condition, after: Condition) -> ConditionEvent:
    """The event that leads from one condition to the other."""
    if before is after:
        return ConditionEvent.CHANGED
    return ConditionEvent.RAISED if after is Condition.ACTIVE else ConditionEvent.CLEARED


def apply_revision(known: Revision | None, news: Revision) -> tuple[Revision, ConditionEvent | None]:
    """What is known after a message, in whatever order and however often messages come.

    Only a higher revision changes anything; otherwise the event is None.
    """
    if known is None:
        return news, ConditionEvent.RAISED
    if news.number <= known.number:
        return known, None
    event = event_between(known.condition, news.condition)
    move_condition(known.condition, event)
    return news, event
