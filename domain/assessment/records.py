"""What is on record about one incident, as the facts about it are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.incidents import Severity, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The row of the incident as it is."""

    id: str
    parent_id: str | None
    kind: str
    severity: Severity
    placed_as: Severity  # the worst of it and its members since the last reopening
    stage: Stage
    source: str
    matter: str | None
    site: str
    device: str
    grid: str
    place: str
    tiers: tuple[str, ...]  # lowest first
    holder: str | None
    raised_at_ms: int
    reported_at_ms: int
    cleared_at_ms: int | None
    closed_at_ms: int | None
    paused_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of its log."""

    at_ms: int
    what: str
    actor: str
    from_stage: str | None = None
    to_stage: str | None = None
    reason: str = ""
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One of its deadlines; pauses and extensions have moved `due_ms` already."""

    due: str
    due_ms: int
    ended_ms: int | None
    paused_at_ms: int | None = None
    supervised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """One pause; open while `until_ms` is None."""

    from_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one department was asked."""

    department: str
    leads: bool
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One report by a person or another line, of this incident or of a member of it."""

    source: str
    reporter: str
    first: bool
    seen_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An incident inside this one."""

    id: str
    source: str
    stage: Stage
    raised_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything on record about one incident; entries, limits and rests as they were written, the oldest first."""

    now: Now
    log: tuple[Entry, ...]
    limits: tuple[Limit, ...] = ()
    rests: tuple[Rest, ...] = ()
    parts: tuple[Part, ...] = ()
    told: tuple[Told, ...] = ()  # of the whole family, the first one first
    members: tuple[Member, ...] = ()
    extensions: int = 0
    merged: bool = False  # a person put it into its parent
