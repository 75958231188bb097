"""What people are shown: plain read models, filled by the desk, drawn by console and API.

All times are UTC epoch milliseconds; texts for people come as codes and are worded by the console.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloud.clocks.views import DeadlineView
from cloud.flow.views import LinkView, PartView


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One line of the board."""

    id: str
    parent_id: str | None
    kind: str  # fire, endpoint_offline, sensor_fault, gateway_offline
    severity: str  # warning, minor, major, critical
    life_safety: bool
    condition: str  # active, cleared
    stage: str  # reported, accepted, dispatched, fed_back, verified, closed
    site: str
    device: str
    grid: str
    grid_name: str
    place: str
    tiers: tuple[str, ...]  # level codes where it stands now, lowest first: grid, community, street, district
    raised_at_ms: int
    cleared_at_ms: int | None
    deadline_ms: int | None  # of the present stage; None when nothing is due
    deadline_stage: str | None  # what is due: accept, feed_back, ..., overall
    overdue: bool
    holder: str | None  # who accepted it
    holder_name: str | None
    next_step: str | None  # code of the escalation step that comes next
    next_step_ms: int | None
    signals: tuple[str, ...]  # rules that speak: smoke_level, temp_rise, ...
    version: int  # optimistic lock: sent back with every move
    paused_at_ms: int | None = None  # suspended since; no deadline runs
    urge: str = "none"  # of the deadline: none, yellow, red, supervised


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One thing that happened to an incident: a move, a condition change, an escalation, a notice."""

    at_ms: int
    what: str  # raised, changed, cleared, accept, dispatch, feed_back, verify, rework, close, escalated, notified
    actor: str  # person id, or gateway:<id>, or clock
    actor_name: str
    from_stage: str | None
    to_stage: str | None
    reason: str
    detail: dict[str, object]
    source: str = ""  # from where a person did it: console, api, handheld, phone
    version: int = 0  # of the incident before the entry


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    """One rule that speaks for an incident, with the limit that is drawn in the plot."""

    rule: str
    channel: str
    unit: str
    value: float | bool
    limit: float | None
    clear: float | None
    at_ms: int
    label: str = ""  # what foreign equipment, or a rule of the site, calls it
    reason: str = ""  # why a channel has no value, or what a signal waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """Everything the page of one incident shows."""

    row: IncidentRow
    breach_at_ms: int
    signals: tuple[SignalView, ...]
    log: tuple[LogEntry, ...]
    moves: tuple[str, ...]  # legal moves now, the sensible one first
    people: tuple[tuple[str, str, str], ...]  # (id, name, role) that can be dispatched
    escalation: tuple[tuple[str, int, str], ...]  # (step code, due at ms, waiting | paused | done | stopped | failed)
    children: tuple[IncidentRow, ...]
    deadlines: tuple[DeadlineView, ...] = ()
    parent_place: str | None = None  # of the incident that it is a member of
    areas: tuple[str, ...] = ()  # names of where it stood when it happened, the highest first
    facility: str = ""  # what its device watches, and in which building
    parts: tuple[PartView, ...] = ()
    links: tuple[LinkView, ...] = ()
    neighbours: tuple[LinkView, ...] = ()  # what it may be merged into or linked to
    departments: tuple[tuple[str, str], ...] = ()  # (id, name) that can be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """State of one endpoint as its gateway last told it."""

    device: str
    kind: str
    place: str
    grid: str
    state: str  # online, offline, unknown
    last_seen_ms: int | None
    channels: dict[str, str]  # channel -> good | fault:<reason> | missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfRow:
    """What somebody at a site keeps back for a while."""

    where: str  # place of the endpoint, or what several hang on
    kinds: tuple[str, ...]  # empty: all but life safety
    life_safety: bool
    author: str
    reason: str
    until_ms: int
    waiting: int  # active incidents behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """State of one gateway and of its endpoints."""

    gateway: str
    site: str
    state: str  # online, offline, unknown
    last_seen_ms: int | None
    outbox_pending: int
    quarantine: int
    endpoints: tuple[EndpointRow, ...]
    dropped: int = 0  # readings it gave up because its outbox was full
    databases_torn: int = 0  # times its database was unreadable and it began a new one
    failures: int = 0  # inner tasks it had to start again
    shelved: tuple[ShelfRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """What an endpoint or its worker reported, or which task a gateway gave."""

    site: str
    device: str
    person: str | None
    what: str
    incident_id: str | None
    task: str | None
    at_ms: int  # by the endpoint's clock
    taken_ms: int
    details: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A message the centre refused."""

    at_ms: int
    topic: str
    reason: str
    text: str
    payload: str  # the beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The whole board at one moment."""

    now_ms: int
    speed: float  # simulated seconds per real second; 1 outside replays
    open: tuple[IncidentRow, ...]  # life safety first, then by deadline; bounded
    recently_closed: tuple[IncidentRow, ...]
    gateways: tuple[GatewayRow, ...]
    more: int = 0  # open incidents that are due later and not listed
