"""The fire incident of one endpoint: raised, changed and cleared by the fire rules. Pure, survives a restart.

Order. Samples that come in the endpoint's own order are judged in the live lane. Late ones (backfill that live
samples have overtaken) are judged in a lane of their own, in the order in which they come. A gap of more than
a minute, or a step back, starts that lane anew, and in the live lane the holds and the quiet.
A fire in the late lane that nobody has seen raises an incident like any other, at once.
Only live samples clear: an incident ends after `clear_after_ms` of live quiet, counted from its raise where that came
late. A late fire that reaches into a known one belongs to it: it moves its breach back, adds its signals, confirms it.
"""

from __future__ import annotations

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
from domain.fire import FireLimits, Lane
from domain.incidents import Kind, Severity
from domain.readings import Reading

FOLLOW_UP_MS = 30_000  # then one more revision brings the readings after the breach
GAP_MS = 60_000  # a hold or a band must not reach across an outage
MAX_PAST = 8  # fires kept to recognise late samples of them


class FireAlarm:
    """At most one active fire incident. Severity only rises while it lasts: sensors die in the fire they confirmed."""

    def __init__(self, limits: FireLimits) -> None:
        self._limits = limits
        self._live = Lane(limits)
        self._late = Lane(limits)
        self.incident: Incident | None = None
        self._quiet_since_ms: int | None = None
        self._followed_up = False
        self._past: list[list[int]] = []  # [breach_at_ms, cleared_at_ms]

    def feed(self, reading: Reading, *, late: bool, new_id: NewId) -> list[Change]:
        """What a sample changes. `late`: samples that come after it in the endpoint's order were judged before."""
        lane = self._lane_for(reading, late=late)
        lane.feed(reading)
        if late:
            return self._late_fire(lane, reading.at_ms, new_id) if lane.burning else []
        if lane.burning:
            return self._burning(lane, reading.at_ms, new_id)
        return self._calm(reading.at_ms)

    def _lane_for(self, reading: Reading, *, late: bool) -> Lane:
        last_ms = self._late.last_ms if late else self._live.last_ms
        apart = last_ms is not None and not 0 <= reading.at_ms - last_ms <= GAP_MS
        if not late:
            if apart:
                self._live.rebase()
                self._quiet_since_ms = None
            return self._live
        if apart:
            self._late = Lane(self._limits)
        return self._late

    def _raise(self, lane: Lane, at_ms: int, new_id: NewId) -> list[Change]:
        breach_at_ms = at_ms if lane.breach_at_ms is None else lane.breach_at_ms
        signals = tuple(lane.active.values())
        change = raised(Kind.FIRE, lane.severity(), signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id)
        self.incident = change.incident
        return [change]

    def _change(self, incident: Incident, at_ms: int, **facts: Any) -> list[Change]:
        change = changed(incident, at_ms, **facts)
        self.incident = change.incident
        return [change]

    def _burning(self, lane: Lane, at_ms: int, new_id: NewId) -> list[Change]:
        again = self._quiet_since_ms is not None
        self._quiet_since_ms = None
        if self.incident is None:
            self._followed_up = False
            return self._raise(lane, at_ms, new_id)
        signals = _merged(self.incident.signals, lane.active)
        severity = max(self.incident.severity, lane.severity(), key=_rank)
        if again or signals != self.incident.signals or severity is not self.incident.severity:
            return self._change(self.incident, at_ms, signals=signals, severity=severity)
        return self._follow_up(at_ms)

    def _calm(self, at_ms: int) -> list[Change]:
        if self.incident is None:
            return []
        if self._quiet_since_ms is None:
            self._quiet_since_ms = at_ms
        if at_ms - self._quiet_since_ms < self._limits.clear_after_ms:
            return self._follow_up(at_ms)
        change = cleared(self.incident, at_ms)
        self._past = [*self._past, [self.incident.breach_at_ms, at_ms]][-MAX_PAST:]
        self.incident = None
        self._quiet_since_ms = None
        return [change]

    def _follow_up(self, at_ms: int) -> list[Change]:
        if self.incident is None or self._followed_up or at_ms - self.incident.raised_at_ms < FOLLOW_UP_MS:
            return []
        self._followed_up = True
        return self._change(self.incident, at_ms)

    def _late_fire(self, lane: Lane, at_ms: int, new_id: NewId) -> list[Change]:
        touching_ms = self._limits.clear_after_ms
        if self.incident is None:
            if any(first - touching_ms <= at_ms <= last for first, last in self._past):
                return []
            self._followed_up = True  # the readings after the breach are known to history already
            self._quiet_since_ms = None
            return self._raise(lane, at_ms, new_id)
        known = self.incident
        if at_ms < known.breach_at_ms - touching_ms:
            return []
        news = {
            "breach_at_ms": known.breach_at_ms
            if lane.breach_at_ms is None
            else min(known.breach_at_ms, lane.breach_at_ms),
            "severity": max(known.severity, lane.severity(), key=_rank),
            "signals": _joined(known.signals, lane.active),
        }
        if all(getattr(known, name) == fact for name, fact in news.items()):
            return []
        return self._change(known, at_ms, **news)

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "live": self._live.to_state(),
            "late": self._late.to_state(),
            "incident": incident_to_state(self.incident),
            "quiet_since_ms": self._quiet_since_ms,
            "followed_up": self._followed_up,
            "past": self._past,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._live.restore(state["live"])
        self._late.restore(state["late"])
        self.incident = incident_from_state(state["incident"])
        self._quiet_since_ms = state["quiet_since_ms"]
        self._followed_up = state["followed_up"]
        self._past = [list(span) for span in state["past"]]


def _rank(severity: Severity) -> int:
    return severity.rank


def _merged(known: tuple[Signal, ...], active: dict[str, Signal]) -> tuple[Signal, ...]:
    """Every rule that spoke in this incident, with its latest raise."""
    return _in_order({signal.rule: signal for signal in known} | active)


def _joined(known: tuple[Signal, ...], late: dict[str, Signal]) -> tuple[Signal, ...]:
    """What is known, and of late news only the rules that had not spoken: the live lane keeps the others up to date."""
    return _in_order(late | {signal.rule: signal for signal in known})


def _in_order(by_rule: dict[str, Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(by_rule.values(), key=lambda signal: (signal.at_ms, signal.rule)))
