"""Who is assessed where, who speaks for whom, and to whom objections go. Pure."""

from __future__ import annotations

from cloud.board.choosing import Sees
from cloud.plan.sections import Read
from domain.grids import AreaTree
from domain.people import PAGED, Person, Role
from domain.roster import Roster

JUDGES = frozenset({Role.GRID_LEADER, Role.SUPERVISOR})


def is_in(person: Person, tree: AreaTree, sees: Sees, at: str) -> bool:
    """One of the grid teams, whose home area one sees."""
    area = tree.get(person.area)
    if area is None or not person.roles & PAGED or (at and not tree.within(area.id, at)):
        return False
    return sees(area.code, "")


def ranks(roster: Roster, tree: AreaTree) -> dict[int, frozenset[str]]:
    """People by how high their home area is."""
    found: dict[int, set[str]] = {rank: set() for rank in range(len(tree.levels))}
    for person in roster.people:
        if (area := tree.get(person.area)) is not None:
            found[tree.rank(area.level)].add(person.id)
    return {rank: frozenset(ids) for rank, ids in found.items()}


def speaking_for(roster: Roster, department: str) -> tuple[str, ...]:
    """The names under which a department stands in the facts: its own, and those of its people."""
    return (department, *(one.id for one in roster.people if one.department == department))


def objections(read: Read, person: Person) -> tuple[str, ...]:
    """To whom an objection goes: leaders and supervisors of his area, the nearest first; never himself."""
    chain = read.areas.chain(person.area) if read.areas.has(person.area) else ()
    found = (
        one.id
        for area in chain
        for one in read.roster.everybody_of(area.id)
        if one.roles & JUDGES and one.id != person.id
    )
    return tuple(dict.fromkeys(found))
