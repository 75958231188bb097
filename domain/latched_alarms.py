"""Alarms that the endpoint latches: people trapped in a lift, a worker's call for help. Pure, survives a restart.

The endpoint has judged, held and latched; here its word counts at once, without a hold, and only its word clears. A
late sample (backfill) of a call that nobody has seen raises like any other; the next sample of now clears it where it
is over. A channel that fails neither raises nor clears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from domain.alarms import Change, Incident, NewId, Signal, cleared, raised
from domain.incidents import Kind, Severity
from domain.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Latched:
    """A channel whose truth is an incident."""

    kind: Kind
    severity: Severity


CHANNELS = {
    "entrapment": Latched(kind=Kind.ENTRAPMENT, severity=Severity.CRITICAL),
    "sos": Latched(kind=Kind.SOS, severity=Severity.CRITICAL),
}


class LatchedAlarms:
    """At most one active incident per channel of one endpoint."""

    def __init__(self) -> None:
        self._active: dict[str, Incident] = {}
        self._over: dict[str, tuple[int, int]] = {}  # the last one: [breach, cleared]

    @property
    def active(self) -> bool:
        """True while one of them stands."""
        return bool(self._active)

    def feed(self, reading: Reading, *, late: bool, new_id: NewId) -> list[Change]:
        """What a sample changes. `late`: samples that come after it in the endpoint's order were judged before."""
        changes = []
        for channel, latched in CHANNELS.items():
            value = reading.values.get(channel)
            if value is True and channel not in self._active and not self._known(channel, reading.at_ms, late=late):
                changes.append(self._raise(channel, latched, reading.at_ms, new_id))
            elif value is False and channel in self._active and not late:
                changes.append(self._clear(channel, reading.at_ms))
        return changes

    def _known(self, channel: str, at_ms: int, *, late: bool) -> bool:
        begin, end = self._over.get(channel, (0, -1))
        return late and begin <= at_ms <= end

    def _raise(self, channel: str, latched: Latched, at_ms: int, new_id: NewId) -> Change:
        signal = Signal(
            rule=channel, channel=channel, value=True, limit=None, clear=None, unit="", at_ms=at_ms, reason="latched"
        )
        change = raised(latched.kind, latched.severity, (signal,), breach_at_ms=at_ms, at_ms=at_ms, new_id=new_id)
        self._active[channel] = change.incident
        return change

    def _clear(self, channel: str, at_ms: int) -> Change:
        incident = self._active.pop(channel)
        self._over[channel] = (incident.breach_at_ms, at_ms)
        return cleared(incident, at_ms)

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {"active": msgspec.to_builtins(self._active), "over": self._over}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._active = msgspec.convert(state["active"], dict[str, Incident])
        self._over = {channel: (span[0], span[1]) for channel, span in state["over"].items()}
