"""Figures as pages and the API show them. Each comes from `reading.Review` and says of how many it was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.assessment.figures import Rate, Spread
from domain.assessment.hours import Week
from domain.limits import Due


class Key(StrEnum):
    """By what cases can be counted; each is a field of `Where`, so that a row links to its cases."""

    KIND = "kind"
    MATTER = "matter"
    SOURCE = "source"
    DEVICE = "device"
    PLACE = "place"
    HOLDER = "holder"


class Way(StrEnum):
    """A stretch of the way through the stages: where time goes."""

    ACCEPT = "accept"  # reported -> accepted
    DISPATCH = "dispatch"  # accepted -> dispatched
    ARRIVE = "arrive"  # accepted -> on the spot
    FEED_BACK = "feed_back"  # accepted -> fed back
    VERIFY = "verify"  # fed back -> verified
    CLOSE = "close"  # verified -> closed
    WHOLE = "whole"  # reported -> closed, void ones aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of all cases of a wish, members and void ones aside unless named."""

    count: int = 0
    open: int = 0
    overdue: int = 0  # open, and a deadline that runs is over
    paused: int = 0
    closed: int = 0
    life_safety: int = 0
    void: int = 0  # beside `count`
    members: int = 0  # inside others, beside `count`
    returned: int = 0  # cases, not returns
    reworked: int = 0
    reopened: int = 0
    came_back: int = 0  # any of these three, or unsatisfied
    passed_up: int = 0
    escalated: int = 0
    supervised: int = 0
    extended: int = 0
    suspended: int = 0
    joint: int = 0
    graded: int = 0
    unsatisfied: int = 0
    by_worker: int = 0  # a worker told of it
    first: int = 0  # 首报
    by_others: int = 0  # lines and sensors told of what a grid could have seen
    missed: int = 0  # 漏报, of by_others


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of one key; `value` is what `Where` takes, empty for those without any."""

    value: str
    count: int
    open: int = 0
    overdue: int = 0
    life_safety: int = 0
    came_back: int = 0
    last_ms: int = 0  # when the last of them was reported
    grid: str = ""  # of places


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCount:
    """One area below the one that was asked for; `id` empty: in no area below, or in none that is known."""

    id: str
    name: str
    level: str
    count: int
    open: int
    overdue: int
    life_safety: int
    came_back: int
    on_time: Rate  # of the overall deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTime:
    """One deadline: met of those that are decided; what runs and is over is missed already."""

    due: Due
    rate: Rate
    missed: int  # all: those that ended late, and those that run and are over
    running: int  # not over yet: not counted
    overdue: int  # of the missed, those that still run
    stopped: int  # ended in time by something else: not counted
    late: Spread  # of those that ended late: by how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that is counted of a wish, in one look: its numbers agree."""

    totals: Totals
    kinds: tuple[Count, ...]
    matters: tuple[Count, ...]
    sources: tuple[Count, ...]
    areas: tuple[AreaCount, ...]  # right below the one that is named, or the topmost ones, as they were then
    areas_below: tuple[AreaCount, ...]  # the same, but where that is one alone, the first that are more
    on_time: tuple[OnTime, ...]
    spans: dict[Way, Spread]
    per_day: dict[date, int]
    week: Week
    devices: tuple[Count, ...]  # where it happened again
    places: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a summary, of the same moment."""

    before: tuple[Count, ...]  # by kind, of the period before
    open: Totals  # now, whenever it was reported
    holders: tuple[Count, ...]  # of what is overdue now
    since: Totals  # reported since a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCount:
    """What a grid's people saw first, and what others had to tell: 首报, 漏报."""

    grid: str
    grid_name: str
    reports: int  # by handhelds
    first: int  # of these, nobody had told it before
    by_others: int  # matters that a line handed over, or that a sensor told and a patrol could have seen
    missed: int  # of these, no handheld had reported it
    by_person: tuple[tuple[str, str, int], ...]  # id, name, first reports


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One incident of a list."""

    id: str
    kind: str
    matter: str | None
    life_safety: bool
    severity: str
    source: str
    stage: str
    tier: str | None
    site: str
    device: str
    grid: str
    place: str
    reported_ms: int
    accepted_ms: int | None
    fed_back_ms: int | None
    closed_ms: int | None
    holder: str | None
    accepted_by: str | None
    dispatched_to: str | None
    handled_by: str | None
    closed_by: str | None
    missed: tuple[str, ...]  # deadlines, what runs and is over included
    late_ms: int  # of the one that was missed by most
    returns: int
    reworks: int
    reopenings: int
    grade: str | None
    void: bool
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the cases of a wish."""

    rows: tuple[CaseRow, ...]
    total: int
    page: int  # from 1
    pages: int
