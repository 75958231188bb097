"""What the gateway finds wrong with itself: one incident per kind, as long as any of its problems stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.alarms import (
    Change,
    Incident,
    NewId,
    Signal,
    changed,
    cleared,
    incident_from_state,
    incident_to_state,
    raised,
)
from domain.incidents import Kind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong now. `rule`: its code, `channel`: where, `value`: how much, where there is a number."""

    rule: str
    severity: Severity
    channel: str = "gateway"
    value: bool | float = True
    unit: str = ""
    reason: str = ""
    label: str = ""  # a name for people


class Standing:
    """The incident of one kind. `on` is told all that is wrong at present, every time it was looked at."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.incident: Incident | None = None

    def on(self, problems: Sequence[Problem], at_ms: int, new_id: NewId) -> list[Change]:
        """Raised with the first problem, changed in place when they are others or graver, cleared with the last."""
        if not problems:
            return [] if self.incident is None else [self._close(self.incident, at_ms)]
        severity = max((problem.severity for problem in problems), key=lambda severity: severity.rank)
        signals = tuple(_signal(problem, at_ms) for problem in problems)
        if self.incident is None:
            change = raised(self._kind, severity, signals, breach_at_ms=at_ms, at_ms=at_ms, new_id=new_id)
        elif severity is not self.incident.severity or _told(signals) != _told(self.incident.signals):
            change = changed(self.incident, at_ms, severity=severity, signals=signals)
        else:
            return []
        self.incident = change.incident
        return [change]

    def _close(self, incident: Incident, at_ms: int) -> Change:
        self.incident = None
        return cleared(incident, at_ms)

    def to_state(self) -> Any:
        """In plain JSON types."""
        return incident_to_state(self.incident)

    def restore(self, state: Any) -> None:
        """Take up where `to_state` left off."""
        self.incident = incident_from_state(state)


def _signal(problem: Problem, at_ms: int) -> Signal:
    return Signal(
        rule=problem.rule,
        channel=problem.channel,
        value=problem.value,
        limit=None,
        clear=None,
        unit=problem.unit,
        at_ms=at_ms,
        reason=problem.reason,
        label=problem.label,
    )


def _told(signals: Sequence[Signal]) -> set[tuple[str, str, str, str]]:
    # the number may change every day; that alone is no news
    return {(signal.rule, signal.channel, signal.reason, signal.label) for signal in signals}
