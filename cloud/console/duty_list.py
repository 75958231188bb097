"""Who is on duty, as one looks for it: one's own places first, then from the top, each community with its grids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cloud.people.views import DutyRow
from domain.grids import AreaTree

PAGE = 40  # rows
OWN_MAX = 20  # rows below one's own places that stand there too
OWN, ABOVE, DEPARTMENTS = "own", "above", "departments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form says. `people`: found otherwise, by their telephone."""

    q: str = ""
    area: str = ""
    page: int = 1
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under one heading; `id` is one of the three above, or of an area."""

    id: str
    name: str
    rows: tuple[DutyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """Where a group begins."""

    id: str
    name: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of it."""

    groups: tuple[Group, ...]
    jumps: tuple[Jump, ...]
    page: int
    pages: int
    count: int
    total: int
    asked: Asked = field(default_factory=Asked)


def listing(rows: tuple[DutyRow, ...], tree: AreaTree, own: frozenset[str], asked: Asked) -> Listing:
    """A page of the rows that fit."""
    fit = [row for row in rows if _is_in(row, tree, asked.area) and _says(row, asked)]
    groups = _groups(fit, tree, own)
    flat = [(group, row) for group in groups for row in group.rows]
    pages = max(1, -(-len(flat) // PAGE))
    page = min(asked.page, pages)
    starts: dict[str, int] = {}
    for place, (group, _) in enumerate(flat):
        starts.setdefault(group.id, place // PAGE + 1)
    shown = flat[(page - 1) * PAGE : page * PAGE]
    return Listing(
        groups=tuple(
            Group(id=group.id, name=group.name, rows=tuple(row for one, row in shown if one is group))
            for group in dict.fromkeys(group for group, _ in shown)
        ),
        jumps=tuple(Jump(id=group.id, name=group.name, page=starts[group.id]) for group in groups),
        page=page, pages=pages, count=len(flat), total=len(rows), asked=asked,
    )  # fmt: skip


def choices(rows: Iterable[DutyRow], tree: AreaTree) -> tuple[DutyRow, ...]:
    """Areas to choose from: those with others below them."""
    return tuple(row for row in rows if row.level in tree.levels[1:])


def _is_in(row: DutyRow, tree: AreaTree, area: str) -> bool:
    if not area or not tree.has(area):
        return True
    if row.level == "department":
        home = tree.of_code(row.code)
        return home is not None and (tree.within(home.id, area) or tree.within(area, home.id))
    return tree.within(row.id, area) or tree.within(area, row.id)


def _says(row: DutyRow, asked: Asked) -> bool:
    wanted = asked.q.strip().lower()
    if not wanted:
        return True
    told = (row.name, row.code, row.id, *(text for one in row.people for text in (one.name, one.id)))
    return any(wanted in text.lower() for text in told) or any(one.id in asked.people for one in row.people)


def _groups(rows: list[DutyRow], tree: AreaTree, own: frozenset[str]) -> list[Group]:
    mine = [row for row in rows if row.level != "department" and any(tree.within(row.id, area) for area in own)]
    if len(mine) > OWN_MAX:
        mine = [row for row in rows if row.level != "department" and row.id in own]
    taken = {row.id for row in mine}
    homes: dict[str, list[DutyRow]] = {}
    for row in rows:
        if row.level == "department" or row.id not in taken:
            homes.setdefault(_home(row, tree), []).append(row)
    groups = [Group(id=OWN, name="", rows=tuple(mine))] if mine else []
    fixed = {name: homes.pop(name, []) for name in (ABOVE, DEPARTMENTS)}
    groups += [Group(id=name, name="", rows=tuple(found)) for name, found in fixed.items() if found]
    order = [area for area in tree.areas if area.id in homes]
    groups += [Group(id=area.id, name=area.name, rows=tuple(homes[area.id])) for area in order]
    return groups


def _home(row: DutyRow, tree: AreaTree) -> str:
    """The group that a row stands in: its community, what is above communities, or the departments."""
    if row.level == "department":
        return DEPARTMENTS
    middle = tree.levels[min(1, len(tree.levels) - 1)]
    if tree.rank(row.level) > tree.rank(middle):
        return ABOVE
    return next((area.id for area in tree.chain(row.id) if area.level == middle), row.id)
