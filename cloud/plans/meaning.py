"""What a new version of people would mean: who is on duty then, and where nobody is. Without the database."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.people.duty import duty_of_areas, duty_of_departments
from cloud.people.gaps import turns
from cloud.people.views import DutyRow
from cloud.plan import Plan, sections
from cloud.plan.sections import Documents, Read
from domain.incidents import Kind

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDuty:
    """One place where others are on duty than before; names. `hole`: nobody is, those who may be called would be."""

    place: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    hole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """One place where nobody is on duty from some time of the next day on; `new`: only by the change."""

    place: str
    at_ms: int
    new: bool


def read_with(plan: Plan, documents: Documents) -> Read:
    """The plan as it would be. Raises PlanError."""
    now = plan.read
    read = sections.read({**now.documents, **documents}, now.numbers, before=now)
    read.roster.use(now.roster.book)
    return read


def other_duty(before: Read, after: Read, at_ms: int) -> tuple[OtherDuty, ...]:
    """Where the change puts others on duty at a time."""
    old = {row.id: row for row in _duty(before, at_ms)}
    found = []
    for row in _duty(after, at_ms):
        was = _names(old[row.id]) if row.id in old else ()
        if was != _names(row):
            found.append(OtherDuty(place=row.name, before=was, after=_names(row), hole=row.hole))
    return tuple(found)


def holes(before: Read, after: Read, from_ms: int) -> tuple[Hole, ...]:
    """Where nobody is on duty within a day, however short, and since when; what is new comes first."""
    found: dict[str, Hole] = {}
    for at_ms in sorted({from_ms, *turns(before.roster, from_ms), *turns(after.roster, from_ms)}):
        known = {row.id for row in _duty(before, at_ms) if row.hole}
        for row in _duty(after, at_ms):
            if row.hole and (row.id not in found or (row.id not in known and not found[row.id].new)):
                found[row.id] = Hole(place=row.name, at_ms=at_ms, new=row.id not in known)
    return tuple(sorted(found.values(), key=lambda hole: (not hole.new, hole.at_ms)))


def lost_matters(read: Read) -> tuple[str, ...]:
    """Codes that rules or departments name, and that are neither matters nor kinds: nothing will ever match them."""
    named = {code for rule in read.placements.rules for code in rule.matters}
    named |= {code for department in read.departments.all for code in department.matters}
    return tuple(sorted(code for code in named if read.matters.of(code) is None and code not in set(Kind)))


def next_at(now_ms: int, utc_offset_min: int, hour: int) -> int:
    """When it is so late the next time."""
    local = now_ms + utc_offset_min * 60_000
    at_ms = local - local % DAY_MS + hour * HOUR_MS
    return at_ms + (DAY_MS if at_ms <= local else 0) - utc_offset_min * 60_000


def _duty(read: Read, at_ms: int) -> tuple[DutyRow, ...]:
    return (*duty_of_areas(read.areas, read.roster, at_ms), *duty_of_departments(read, at_ms))


def _names(row: DutyRow) -> tuple[str, ...]:
    return () if row.hole else tuple(person.name for person in row.people)
