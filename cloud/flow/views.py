"""What people are shown of the departments of an incident, and of incidents beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """What one department has to do with an incident."""

    department: str
    name: str
    leads: bool
    state: str  # asked, answered, declined, released
    asked_for: str
    asked_at_ms: int
    said: str
    said_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Another incident, in one line."""

    id: str
    place: str
    kind: str
    severity: str
    stage: str
