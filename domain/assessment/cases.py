"""The fact about one incident that reports are counted from. None means: not known, or not yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.limits import Due


class Outcome(StrEnum):
    """How a deadline ended. One that runs and is over counts as missed by whoever knows the time."""

    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    STOPPED = "stopped"  # ended in time by something else: passed up, merged, void; neither met nor missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All deadlines of one name that an incident had: the worst of its rounds."""

    due: Due
    outcome: Outcome
    due_ms: int  # of the last one
    late_ms: int  # how much later than due the worst ended; 0 where none was
    paused_at_ms: int | None = None  # of the running one: what is over counts from here
    rounds: int = 1
    supervised: bool = False  # 督办: the tier above was called because of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident with its family. A member (`member_of`) is not counted by itself: its parent stands for it."""

    id: str
    member_of: str | None
    merged: bool  # a person put it there; else the gateway's word, or the centre's for rooms of one fire
    members: int
    kind: str
    life_safety: bool
    matter: str | None
    severity: str  # the worst that it ever was, its members included
    source: str
    site: str
    device: str
    grid: str
    place: str

    stage: str  # now
    holder: str | None  # now
    tier: str | None  # the highest that has it, or had it when it ended; none of a member
    tiers: int  # how many have it
    void: bool
    voided_by: str | None
    void_why: str

    raised_ms: int  # when the cause was there
    reported_ms: int  # when the centre first knew; the time by which a case belongs to a period
    accepted_ms: int | None  # first
    dispatched_ms: int | None  # first
    arrived_ms: int | None  # first: somebody said that he is on the spot
    fed_back_ms: int | None  # the one that holds: none while it was sent back or opened again since
    verified_ms: int | None  # likewise
    cleared_ms: int | None  # the cause is gone, now
    closed_ms: int | None  # closed or void, and not opened again
    accepted_by: str | None  # the last one who accepted
    dispatched_to: str | None  # person or department of the last dispatch
    handled_by: str | None  # who had it when it was fed back last: person or department
    fed_back_by: str | None  # who said so
    verified_by: str | None
    closed_by: str | None
    paused_ms: int  # suspended, all pauses that ended
    paused_since_ms: int | None

    deadlines: tuple[Kept, ...]  # at most one of each name
    next_due_ms: int | None  # the first of those that run

    returns: int  # 退单: wrongly dispatched
    reworks: int  # 返工
    returned_by: tuple[str, ...]  # to whom it had been dispatched wrongly, return by return
    reworked_of: tuple[str, ...]  # whose work was sent back, rework by rework
    reopenings: int
    passed_up: int  # 上呈
    escalations: int  # tiers that the clock added
    extensions: int
    suspensions: int
    handed_over: int  # changed hands with a shift
    parts: int  # departments asked
    parts_open: int
    lead: str | None  # department that leads

    grade: str | None  # the last evaluation
    evaluated_ms: int | None
    unsatisfied: int  # evaluations that opened it again

    reporter: str | None  # person, device or `token:<name>` of the first report; None for sensors
    first_report: bool | None  # 首报: a worker told of it before anybody and anything else; None where no worker told
    reports: int  # of people and other lines, its members' included
    worker_ms: int | None  # when a worker first saw it, in the whole family
    line_ms: int | None  # when another line first told of it
    sensor_ms: int | None  # when a sensor first did

    def kept(self, due: Due) -> Kept | None:
        """What became of one deadline; None where it had none of that name."""
        return next((one for one in self.deadlines if one.due is due), None)
