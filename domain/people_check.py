"""Whether areas, people and departments fit together. Each text names the row and says what to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from domain.departments import Departments
from domain.people import Role
from domain.roster import Roster


def problems(area_ids: Iterable[str], roster: Roster, departments: Departments) -> tuple[str, ...]:
    """What stands in the way; empty where the three fit."""
    return tuple(_problems(frozenset(area_ids), roster, departments))


def _problems(areas: frozenset[str], roster: Roster, departments: Departments) -> Iterator[str]:
    lost = [person.id for person in roster.people if not set(person.areas) <= areas]
    if lost:
        yield f"people in areas that do not exist: {', '.join(lost)}"
    for one in departments.all:
        if one.area not in areas:
            yield f"department {one.id} is in area {one.area}, which does not exist"
    for person in roster.people:
        if person.department is not None and departments.of(person.department) is None:
            yield f"person {person.id} belongs to department {person.department}, which does not exist"
    held = Counter(person.device for person in roster.people if person.active and person.device)
    for device, count in held.items():
        if count > 1:
            yield f"handheld {device} is named for {count} people; a terminal is one person's"


NAMES_SHOWN = 20


def warnings(area_ids: Iterable[str], roster: Roster, departments: Departments) -> tuple[str, ...]:
    """What works, but not well: areas without anybody, departments without people."""
    empty = [area for area in area_ids if not roster.of_area(area)]
    silent = [one.id for one in departments.all if not roster.of_department(one.id)]
    found = []
    if empty:
        found.append(f"nobody is called in {_some(empty)}: the next tier up hears it · 这些区域无人可呼叫，由上一级接")
    if silent:
        found.append(f"nobody has role {Role.DEPARTMENT} in {_some(silent)} · 这些部门没有人员")
    return tuple(found)


def _some(names: list[str]) -> str:
    more = f" … +{len(names) - NAMES_SHOWN}" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
