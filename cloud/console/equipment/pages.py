"""/equipment: what gateways tell of themselves and their endpoints. Works without scripts."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.console.acts import Answer
from cloud.console.equipment.filters import PAGE, Filter, area_choices, by_gateway, chosen, counts, wish_of
from cloud.console.equipment.one import EndpointPages
from cloud.console.equipment.telling import csv_rows, heading
from cloud.console.equipment.upkeep import VisitPages
from cloud.console.looking import picture_of
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.equipment.errors import UnknownThing
from cloud.equipment.findings import findings, reason_of
from cloud.equipment.views import GatewayView, Thing
from cloud.tables.files import file_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

Reader = Annotated[Caller, Depends(allow(Action.GATEWAY_READ))]
HERE = "/equipment"
GATEWAYS = 10  # shown at once, the worst first; the others are folded
CSV_MAX = 20_000  # lines of a file; spreadsheets take a million, and a district has ten thousand


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/equipment and what is below it."""
    pages, one, visits = EquipmentPages(desk, view), EndpointPages(desk, view), VisitPages(desk, view)
    router.add_api_route(HERE, pages.page)
    router.add_api_route(f"{HERE}/list.csv", pages.csv)
    router.add_api_route(f"{HERE}/visit", visits.page)
    router.add_api_route(f"{HERE}/visit", visits.record, methods=["POST"])
    router.add_api_route(f"{HERE}/gateways/{{gateway}}", pages.gateway)
    router.add_api_route(f"{HERE}/endpoints/{{device}}", one.page)
    router.add_api_route(f"{HERE}/endpoints/{{device}}/shelve", one.shelve, methods=["POST"])
    router.add_api_route(f"{HERE}/endpoints/{{device}}/maintenance", one.record, methods=["POST"])
    router.add_api_route(f"{HERE}/endpoints/{{device}}/maintenance/{{record}}/correct", one.correct, methods=["POST"])
    router.add_api_route(f"{HERE}/endpoints/{{device}}/orders/{{order}}/take-back", one.take_back, methods=["POST"])


Wished = Annotated[Filter, Depends(wish_of)]


class EquipmentPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(
        self, request: Request, caller: Reader, wish: Wished, page: Annotated[int, Query(ge=1, le=10_000)] = 1
    ) -> Response:
        """Everything in one's areas, the worst first, a page at a time."""
        mine = self._mine(caller)
        found = self._chosen(mine, wish)
        pages = max(1, -(-len(found) // PAGE))
        page = min(page, pages)
        gateways = [one for one in self._desk.equipment.gateways() if caller.reaches(one.row.site)]
        gateways.sort(key=gateway_urgency)
        areas = self._desk.plan.areas
        values: dict[str, Any] = {
            "gateways": gateways,
            "counts": counts(mine),
            "all": len(mine),
            "by_gateway": by_gateway(mine),
            "gateways_shown": GATEWAYS,
            "found": found[(page - 1) * PAGE : page * PAGE],
            "total": len(found),
            "at": page,
            "pages": pages,
            "wish": wish,
            "kinds": sorted({thing.kind for thing in mine}),
            "versions": sorted({thing.firmware for thing in mine if thing.firmware}),
            "areas": area_choices(areas),
            "area_name": areas.name_of,
            "may_record": caller.guard.may(caller.principal, Action.MAINTENANCE_WRITE),
        }
        return self._html(request, "equipment/list.html", **values)

    def csv(self, request: Request, caller: Reader, wish: Wished) -> Response:
        """The same list as a file, for a spreadsheet."""
        words = visitor(request).words
        found = self._chosen(self._mine(caller), wish)[:CSV_MAX]
        rows = csv_rows(words, found, self._desk.plan.areas.name_of)
        return file_of("equipment", "csv", heading(words), rows)

    def gateway(self, request: Request, caller: Reader, gateway: str) -> Response:
        """One gateway: what it says of itself, its updates, rules, refused messages, shelves and endpoints."""
        try:
            found = self._desk.equipment.gateway(gateway)
        except UnknownThing as error:
            return unknown(self._desk, self._view, request, str(error))
        if not caller.reaches(found.row.site):
            text = f"没有网关 {gateway} / no gateway {gateway} in your areas"
            return unknown(self._desk, self._view, request, text)
        mine = [thing for thing in self._mine(caller) if thing.gateway == gateway]
        things = self._chosen(mine, Filter())
        values: dict[str, Any] = {
            "g": found,
            "things": things,
            "counts": counts(mine),
            "places": {thing.device: thing.place for thing in mine},
            "updating": sorted(
                (thing for thing in things if thing.update.progress),
                key=lambda thing: (not thing.update.failed, thing.update.calm, thing.update.wave),
            ),
            "findings": findings(found, sum(thing.update.failed for thing in mine), self._desk.clock.now_ms()),
            "reason_of": reason_of,
            "may_see_refused": caller.guard.may(caller.principal, Action.QUARANTINE_READ, "", ""),
            "shown": PAGE,
        }
        return self._html(request, "equipment/gateway.html", **values)

    def _mine(self, caller: Caller) -> list[Thing]:
        sees = cache(caller.sees)
        return [thing for thing in self._desk.equipment.things() if sees(thing.grid, thing.site)]

    def _chosen(self, things: list[Thing], wish: Filter) -> list[Thing]:
        areas = self._desk.plan.areas

        @cache
        def located(grid: str, site: str) -> frozenset[str]:
            return frozenset(area.id for area in areas.locate(grid, site))

        return chosen(things, wish, lambda thing: located(thing.grid, thing.site))

    def _html(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        now_ms = self._desk.clock.now_ms()
        values |= {"page": "equipment", "picture": picture_of(self._desk, request), "now_ms": now_ms}
        return self._view.html(request, template, status=status, **values)


def unknown(desk: Desk, view: View, request: Request, text: str) -> Response:
    """There is no such thing, or not for this person."""
    values = {"answer": Answer(status=404, text=text), "back": HERE, "page": "notice"}
    return view.html(request, "notice.html", status=404, picture=picture_of(desk, request), **values)


def gateway_urgency(one: GatewayView) -> tuple[bool, bool, int, str]:
    """Silent for longest first, then those with something to look at."""
    row = one.row
    calm = not (row.failures or row.quarantine or row.dropped or row.databases_torn or one.site_link == "down")
    return row.state == "online", calm, (row.last_seen_ms or 0) if row.state != "online" else 0, row.gateway
