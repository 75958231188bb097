"""Whether an endpoint talks, as a table, and the incident when it does not. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from domain.alarms import Change, Incident, NewId, Signal, cleared, incident_from_state, incident_to_state, raised
from domain.incidents import Kind, Severity


class Presence(StrEnum):
    """What we know of an endpoint."""

    UNKNOWN = "unknown"  # no sample of it ever reached this gateway
    ONLINE = "online"
    OFFLINE = "offline"


class Sign(StrEnum):
    """What tells us."""

    HEARD = "heard"  # a new sample
    TALKED = "talked"  # anything else: only who measures is there
    LEFT = "left"  # its last will, or its own goodbye
    SILENT = "silent"  # no new sample for longer than it may be quiet, while the link to its broker stands


PRESENCE_MOVES: dict[tuple[Presence, Sign], Presence] = {
    (Presence.UNKNOWN, Sign.HEARD): Presence.ONLINE,
    (Presence.UNKNOWN, Sign.TALKED): Presence.UNKNOWN,
    (Presence.UNKNOWN, Sign.LEFT): Presence.OFFLINE,
    (Presence.UNKNOWN, Sign.SILENT): Presence.OFFLINE,
    (Presence.ONLINE, Sign.HEARD): Presence.ONLINE,
    (Presence.ONLINE, Sign.TALKED): Presence.ONLINE,
    (Presence.ONLINE, Sign.LEFT): Presence.OFFLINE,
    (Presence.ONLINE, Sign.SILENT): Presence.OFFLINE,
    (Presence.OFFLINE, Sign.HEARD): Presence.ONLINE,
    (Presence.OFFLINE, Sign.TALKED): Presence.OFFLINE,
    (Presence.OFFLINE, Sign.LEFT): Presence.OFFLINE,
    (Presence.OFFLINE, Sign.SILENT): Presence.OFFLINE,
}


class Availability:
    """Presence of one endpoint or of the link to all: at most one active incident while it is away. Gateway's times."""

    def __init__(self, kind: Kind = Kind.ENDPOINT_OFFLINE, severity: Severity = Severity.MINOR) -> None:
        self._kind = kind
        self._severity = severity
        self.presence = Presence.UNKNOWN
        self.last_seen_ms: int | None = None
        self.incident: Incident | None = None

    def on(self, sign: Sign, at_ms: int, reason: str, new_id: NewId) -> list[Change]:
        """What a sign changes. `reason`: code of why it is away: last_will, clean_exit, silence, no_readings."""
        self.presence = PRESENCE_MOVES[self.presence, sign]
        if sign is Sign.HEARD:
            self.last_seen_ms = at_ms
        elif sign is Sign.TALKED:
            self.last_seen_ms = max(self.last_seen_ms or 0, at_ms)  # a retained status may be an old one
        away = self.presence is Presence.OFFLINE
        if away is (self.incident is not None):
            return []
        change = self._raise(at_ms, reason, new_id) if self.incident is None else cleared(self.incident, at_ms)
        self.incident = change.incident if away else None
        return [change]

    def _raise(self, at_ms: int, reason: str, new_id: NewId) -> Change:
        signal = Signal(
            rule="offline", channel="link", value=False, limit=None, clear=None, unit="", at_ms=at_ms, reason=reason
        )
        since_ms = at_ms if self.last_seen_ms is None else self.last_seen_ms
        return raised(self._kind, self._severity, [signal], breach_at_ms=since_ms, at_ms=at_ms, new_id=new_id)

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "presence": str(self.presence),
            "last_seen_ms": self.last_seen_ms,
            "incident": incident_to_state(self.incident),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self.presence = Presence(state["presence"])
        self.last_seen_ms = state["last_seen_ms"]
        self.incident = incident_from_state(state["incident"])
