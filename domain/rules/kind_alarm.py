"""The alarm of an endpoint and a kind of incident: its ISA-18.2 state, and the incident that follows from it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.alarm_states import MOVES, AlarmEvent, AlarmState, move
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
class Said:
    """A rule that speaks. `held`: it would be quiet, but a person must reset it."""

    signal: Signal
    severity: Severity
    breach_at_ms: int
    held: bool = False


class KindAlarm:
    """At most one active incident. Its severity follows the rules, up and down, in place."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.state = AlarmState.NORM
        self.incident: Incident | None = None
        self._last_id = ""  # of the newest incident: who says that he knows may mean one that is over

    def settle(self, said: Sequence[Said], *, hidden: bool, at_ms: int, new_id: NewId) -> list[Change]:
        """What follows from the rules that speak now; `hidden`: there are such as are suppressed by design."""
        severity = max((one.severity for one in said), key=_rank, default=None)
        for event in self._events(said, severity, hidden=hidden):
            self.state = move(self.state, event)
        if severity is None:
            return self._end(at_ms)
        signals = tuple(sorted((one.signal for one in said), key=lambda signal: (signal.at_ms, signal.rule)))
        if self.incident is None:
            breach_at_ms = min(one.breach_at_ms for one in said)
            change = raised(self._kind, severity, signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id)
        elif (severity, signals) == (self.incident.severity, self.incident.signals):
            return []
        else:
            change = changed(self.incident, at_ms, severity=severity, signals=signals)
        self.incident = change.incident
        self._last_id = change.incident.id
        return [change]

    def _events(self, said: Sequence[Said], severity: Severity | None, *, hidden: bool) -> tuple[AlarmEvent, ...]:
        speaks = not all(one.held for one in said)
        if severity is None:
            return self._over(hidden=hidden)
        known = self.incident is not None and severity.rank <= self.incident.severity.rank
        begin = {
            AlarmState.DSUPR: (AlarmEvent.RELEASE_ALARM,),
            AlarmState.UNACK: () if known else (AlarmEvent.WORSE,),
            AlarmState.ACKED: () if known else (AlarmEvent.WORSE,),
        }.get(self.state, (AlarmEvent.ALARM,))
        if speaks:
            return begin
        if self.state in (AlarmState.LATCH_UNACK, AlarmState.LATCH_ACK):
            return ()
        return (*begin, AlarmEvent.LATCH)

    def _over(self, *, hidden: bool) -> tuple[AlarmEvent, ...]:
        if hidden:
            return () if self.state is AlarmState.DSUPR else (AlarmEvent.SUPPRESS,)
        for event in (AlarmEvent.RETURN, AlarmEvent.RESET, AlarmEvent.RELEASE):
            if (self.state, event) in MOVES:
                return (event,)
        return ()

    def _end(self, at_ms: int) -> list[Change]:
        incident, self.incident = self.incident, None
        return [] if incident is None else [cleared(incident, at_ms)]

    def acknowledge(self, incident_id: str | None = None) -> bool:
        """A person knows, of this incident where he names one. False where there is nothing to know."""
        if (self.state, AlarmEvent.ACK) not in MOVES or incident_id not in (None, self._last_id):
            return False
        self.state = move(self.state, AlarmEvent.ACK)
        return True

    def to_state(self) -> list[Any]:
        """In plain JSON types."""
        return [str(self.state), incident_to_state(self.incident), self._last_id]

    def restore(self, state: list[Any]) -> None:
        """Take up where `to_state` left off."""
        self.state = AlarmState(state[0])
        self.incident = incident_from_state(state[1])
        self._last_id = state[2]


def _rank(severity: Severity) -> int:
    return severity.rank
