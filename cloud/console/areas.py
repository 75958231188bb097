"""The page of areas: the map of a part of the district, who answers there, what stands there, what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.board.views import IncidentRow
from cloud.console.area_map import draw
from cloud.console.looking import look_of, picture_of
from cloud.console.view import View
from cloud.desk import Desk
from cloud.plan.sections import Read
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.grids import Area, AreaTree

Reader = Annotated[Caller, Depends(allow(Action.PLAN_READ))]
Where = Annotated[str, Query(max_length=64)]
HERE = "/areas"
CHANGES_SHOWN = 10
FACILITIES_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of the table: an area below, who is on duty there, how much is open."""

    area: Area
    on_duty: tuple[str, ...]
    open: int
    life_safety: bool
    has_boundary: bool


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/areas."""
    router.add_api_route(HERE, AreaPages(desk, view).page)


class AreaPages:
    """The handler. A plain function: FastAPI calls it in a worker thread, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(self, request: Request, caller: Reader, at: Where = "") -> Response:
        """An area (`at`: its id or code) with its map and what is below it; the district without."""
        read, now_ms = self._desk.plan.read, self._desk.clock.now_ms()
        area = read.areas.get(at) or read.areas.of_code(at) or first(read.areas)
        below = children(read.areas, area)
        look = look_of(self._desk, request)

        def may_see(place: Area) -> bool:
            return caller.guard.may(caller.principal, Action.PEOPLE_READ, place.code)

        values: dict[str, Any] = {
            "page": "areas",
            "picture": picture_of(self._desk, request, look),
            "now_ms": now_ms,
            "area": area,
            "above": tuple(reversed(read.areas.chain(area.id)[1:])),
            "map": draw(read.areas.shapes, [one.id for one in below] or [area.id]),
            "parts": parts(read, below, look.board.open, now_ms, may_see),
            "people": read.roster.everybody_of(area.id) if may_see(area) else (),
            "facilities": _facilities(read, area),
            "facilities_max": FACILITIES_SHOWN,
            "changes": self._desk.plans.history("areas")[:CHANGES_SHOWN],
        }
        return self._view.html(request, "areas.html", **values)


def first(tree: AreaTree) -> Area:
    """Where the page begins: the highest area that is divided."""
    area = next(area for area in tree.areas if area.parent is None)
    while len(below := children(tree, area)) == 1:
        area = below[0]
    return area


def children(tree: AreaTree, area: Area) -> list[Area]:
    """The areas right below, by code."""
    return sorted((one for one in tree.areas if one.parent == area.id), key=lambda one: one.code)


def parts(
    read: Read, areas: Iterable[Area], open_rows: Iterable[IncidentRow], now_ms: int, may_see: Callable[[Area], bool]
) -> tuple[Part, ...]:
    """A line for each of these areas; people only where the reader may see them."""
    count: Counter[str] = Counter()
    life: set[str] = set()
    for row in open_rows:
        chain = {area.id for area in read.areas.locate(row.grid, row.site)}
        count.update(chain)
        if row.life_safety:
            life |= chain
    return tuple(
        Part(
            area=area,
            on_duty=tuple(one.person.name for one in read.roster.working(area.id, now_ms)) if may_see(area) else (),
            open=count[area.id],
            life_safety=area.id in life,
            has_boundary=area.id in read.areas.shapes,
        )
        for area in areas
    )


def _facilities(read: Read, area: Area) -> tuple[dict[str, str], ...]:
    """What stands in the area and below it, for people."""
    found = read.facilities
    return tuple(
        {
            "name": item.name,
            "kind": item.kind,
            "building": home.name if (home := found.building(item.building or "")) else "",
            "place": item.place,
            "device": item.device or "",
            "area": one.name if (one := read.areas.get(item.area)) else "",
        }
        for item in found.facilities
        if read.areas.within(item.area, area.id)
    )
