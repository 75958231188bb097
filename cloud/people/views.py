"""What is shown of people: plain read models; codes are worded by the console."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyPerson:
    """Somebody on duty now."""

    id: str
    name: str
    role: str
    why: str  # roster, stand_in, handheld, hole
    instead_of: str | None = None
    instead_of_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """One area, or one department, at one time."""

    id: str
    name: str
    level: str  # of an area, or `department`
    code: str
    hole: bool  # nobody is on duty: those named would be called all the same
    people: tuple[DutyPerson, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One of the team, without personal fields."""

    id: str
    name: str
    role: str
    roles: tuple[str, ...]
    area: str
    area_name: str
    areas: tuple[str, ...]
    department: str | None
    device: str | None
    active: bool
    on_duty: bool
    may_page: bool
    said: str | None  # what the handheld said last: duty_on, duty_off, logged_off, wiped
    said_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInView:
    """One entry of 代班."""

    id: int
    absent: str
    absent_name: str
    stand_in: str | None
    stand_in_name: str | None
    from_ms: int
    to_ms: int
    reason: str
    made_by: str
    made_at_ms: int
    ended_by: str | None
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverItemView:
    """One incident of a hand-over."""

    incident_id: str
    kind: str
    severity: str
    stage: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverView:
    """One hand-over of a shift. While it waits, `items` are the incidents of the giver as they are now."""

    id: int
    giver: str
    giver_name: str
    receiver: str
    receiver_name: str
    state: str
    note: str
    reason: str
    made_at_ms: int
    decided_at_ms: int | None
    items: tuple[HandoverItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePerson:
    """One worker of a site with a terminal, as its site file names him."""

    id: str
    name: str
    device: str
    grid: str
    duty: tuple[str, ...]
    role: str
