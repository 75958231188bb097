"""An incident as the gateway knows it, and the changes of it that the cloud must hear of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from domain.incidents import Condition, ConditionEvent, Kind, Severity, move_condition

NewId = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One rule that speaks: what it saw, and the limits it judged by (None where there is no number)."""

    rule: str
    channel: str
    value: bool | int | float
    limit: float | None
    clear: float | None
    unit: str
    at_ms: int
    reason: str = ""
    label: str = ""  # what the equipment itself calls the place or part; text for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The gateway's truth about one incident at one revision; times are those of the readings."""

    id: str
    revision: int
    kind: Kind
    severity: Severity
    condition: Condition
    signals: tuple[Signal, ...]
    breach_at_ms: int
    raised_at_ms: int
    changed_at_ms: int
    cleared_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to an incident; one message to the cloud. `since_ms`: when it changed before, None at the raise."""

    event: ConditionEvent
    incident: Incident
    since_ms: int | None


def raised(
    kind: Kind, severity: Severity, signals: Iterable[Signal], *, breach_at_ms: int, at_ms: int, new_id: NewId
) -> Change:
    """A new incident."""
    incident = Incident(
        id=new_id(),
        revision=1,
        kind=kind,
        severity=severity,
        condition=Condition.ACTIVE,
        signals=tuple(signals),
        breach_at_ms=min(breach_at_ms, at_ms),
        raised_at_ms=at_ms,
        changed_at_ms=at_ms,
    )
    return Change(event=ConditionEvent.RAISED, incident=incident, since_ms=None)


def _moved(incident: Incident, event: ConditionEvent, at_ms: int, **facts: Any) -> Change:
    news = replace(
        incident,
        revision=incident.revision + 1,
        condition=move_condition(incident.condition, event),
        changed_at_ms=max(incident.changed_at_ms, at_ms),  # late samples must not turn the time back
        **facts,
    )
    return Change(event=event, incident=news, since_ms=incident.changed_at_ms)


def changed(incident: Incident, at_ms: int, **facts: Any) -> Change:
    """The incident with other severity, signals or breach_at_ms. Raises IllegalMove."""
    return _moved(incident, ConditionEvent.CHANGED, at_ms, **facts)


def cleared(incident: Incident, at_ms: int) -> Change:
    """The cause is gone. Raises IllegalMove where it was gone before."""
    return _moved(incident, ConditionEvent.CLEARED, at_ms, cleared_at_ms=max(incident.changed_at_ms, at_ms))


def incident_to_state(incident: Incident | None) -> Any:
    """In plain JSON types."""
    return msgspec.to_builtins(incident)


def incident_from_state(state: Any) -> Incident | None:
    """The incident that `incident_to_state` described."""
    return msgspec.convert(state, Incident | None)
