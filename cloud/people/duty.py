"""Who is on duty, worded as rows: from the live roster, without the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from cloud.people.views import DutyPerson, DutyRow, PersonRow, SitePerson
from domain.departments import Departments
from domain.grids import AreaTree
from domain.people import Person
from domain.roster import OnDuty, Roster


class Read(Protocol):
    """Everything of one moment of the plan."""

    @property
    def areas(self) -> AreaTree: ...

    @property
    def roster(self) -> Roster: ...

    @property
    def departments(self) -> Departments: ...


def duty_of_areas(areas: AreaTree, roster: Roster, at_ms: int) -> tuple[DutyRow, ...]:
    """Each area, highest first, as the tree is written."""
    rows = []
    for area in areas.areas:
        working = roster.working(area.id, at_ms)
        people = _people(roster, working, roster.on_duty(area.id, at_ms))
        rows.append(
            DutyRow(id=area.id, name=area.name, level=area.level, code=area.code, hole=not working, people=people)
        )
    rows.sort(key=lambda row: -areas.levels.index(row.level))
    return tuple(rows)


def duty_of_departments(read: Read, at_ms: int) -> tuple[DutyRow, ...]:
    """Each department."""
    areas = {area.id: area for area in read.areas.areas}
    rows = []
    for one in read.departments.all:
        working = read.roster.department_working(one.id, at_ms)
        people = _people(read.roster, working, read.roster.department_on_duty(one.id, at_ms))
        code = areas[one.area].code
        rows.append(DutyRow(id=one.id, name=one.name, level="department", code=code, hole=not working, people=people))
    return tuple(rows)


def _people(roster: Roster, working: tuple[OnDuty, ...], called: Iterable[Person]) -> tuple[DutyPerson, ...]:
    if not working:
        return tuple(DutyPerson(id=one.id, name=one.name, role=one.role, why="hole") for one in called)
    return tuple(
        DutyPerson(
            id=row.person.id,
            name=row.person.name,
            role=row.person.role,
            why="stand_in" if row.instead_of else "handheld" if row.by_handheld else "roster",
            instead_of=row.instead_of,
            instead_of_name=roster.name_of(row.instead_of) if row.instead_of else None,
        )
        for row in working
    )


def person_rows(read: Read, marks: Mapping[str, tuple[str, int]], at_ms: int) -> tuple[PersonRow, ...]:
    """Everybody, also who has left."""
    names = {area.id: area.name for area in read.areas.areas}
    on_duty = {row.person.id for area in read.areas.areas for row in read.roster.working(area.id, at_ms)} | {
        row.person.id for one in read.departments.all for row in read.roster.department_working(one.id, at_ms)
    }
    rows = []
    for person in read.roster.people:
        said, said_at_ms = marks.get(person.id, (None, None))
        rows.append(
            PersonRow(
                id=person.id, name=person.name, role=person.role, roles=tuple(sorted(person.roles)), area=person.area,
                area_name=names.get(person.area, person.area), areas=person.areas, department=person.department,
                device=person.device, active=person.active, on_duty=person.id in on_duty,
                may_page=read.roster.may_page(person.id, at_ms), said=said, said_at_ms=said_at_ms,
            )
        )  # fmt: skip
    return tuple(rows)


def site_people(areas: AreaTree, roster: Roster, site: str) -> tuple[SitePerson, ...]:
    """Who carries a terminal in the area of a site, with the hours of every day that a site file can say."""
    home = areas.site_area(site)
    if home is None:
        return ()
    found = []
    for person in roster.people:
        grids = [area for area in person.areas if areas.has(area) and home in areas.chain(area)]
        if not (person.active and person.device and grids):
            continue
        hours = [*map(str, person.duty), *(str(rule.hours) for rule in roster.rules_of(person.id))]
        code = next(area.code for area in areas.areas if area.id == grids[0])
        found.append(
            SitePerson(
                id=person.id, name=person.name, device=person.device, grid=code,
                duty=tuple(dict.fromkeys(hours)), role=person.role,
            )
        )  # fmt: skip
    return tuple(found)
