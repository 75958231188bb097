"""What people are shown of reports, hand-overs and patrols. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[int, int, int]  # at_ms, latitude and longitude in millionths of a degree


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterView:
    """One matter that may be reported."""

    code: str
    zh: str
    en: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersView:
    """All of them, the urgencies and the lines that hand over."""

    matters: tuple[MatterView, ...]
    urgencies: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...]  # code, Chinese, English


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Who told what, when; of one incident or of those merged into it. Who called is asked for apart."""

    id: str
    incident_id: str  # the one it made
    source: str
    line: str | None
    number: str | None
    reporter: str
    reporter_name: str
    matter: str
    matter_zh: str
    matter_en: str
    urgency: str
    place: str
    text: str
    photo: int | None
    lat_udeg: int | None
    lon_udeg: int | None
    first: bool  # 首报
    has_caller: bool
    at_ms: int
    taken_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerView:
    """Personal: who called."""

    report_id: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearView:
    """Another open incident that may belong to this one."""

    incident_id: str
    kind: str
    matter: str | None
    severity: str
    stage: str
    place: str
    grid_name: str
    metres: int | None  # None: in the same grid, nothing more is known
    raised_at_ms: int
    grid: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverView:
    """What the other line reads back: where its matter is."""

    line: str
    number: str
    incident_id: str  # its own
    handled_as: str  # the incident people work on; another one where it was merged
    created: bool  # False: this number was known already
    stage: str
    stage_zh: str
    received_ms: int
    accepted_ms: int | None
    fed_back_ms: int | None
    closed_ms: int | None
    result: str  # what was fed back, or why it is void
    grid: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolView:
    """One patrol; `track` only where one patrol is asked for."""

    id: int
    site: str
    device: str
    person: str | None
    person_name: str
    area: str
    area_name: str
    started_ms: int
    finished_ms: int | None
    points: int
    length_m: int
    track: tuple[Point, ...] = ()
