"""/map with its list, panel, search and tracks; /tiles. Every part is words of the server; scripts only draw."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from cloud.console.looking import picture_of
from cloud.console.map.base import as_data, base_of
from cloud.console.map.panel import Panels
from cloud.console.map.search import found_by
from cloud.console.map.side import listed
from cloud.console.view import View
from cloud.desk import Desk
from cloud.maps.first import first_picture
from cloud.maps.frame import Frame
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from cloud.words import times

Looker = Annotated[Caller, Depends(allow(Action.BOARD_READ))]
Watcher = Annotated[Caller, Depends(allow(Action.TRACK_READ))]
Show = Annotated[str, Query(max_length=200)]
DAY_MS = 86_400_000
TILE_AGE_S = 7 * 86_400  # a default; tiles change by the year
NOTHING = base64.b64decode(  # a transparent picture of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="
)


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/map, what is drawn into it, and /tiles."""
    view.know(map_base=partial(base_of, desk.maps), grid_name=partial(_grid_name, desk))
    pages = MapPages(desk, view)
    router.add_api_route("/map", pages.page)
    router.add_api_route("/parts/map/list", pages.list)
    router.add_api_route("/parts/map/panel", pages.panel)
    router.add_api_route("/parts/map/search", pages.search)
    router.add_api_route("/parts/map/patrols", pages.patrols)
    router.add_api_route("/parts/map/people", pages.people)
    router.add_api_route("/tiles/{z}/{x}/{y}", pages.tile)


class MapPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._panels = Panels(desk)

    def page(self, request: Request, caller: Looker, show: Show = "") -> Response:
        """The map; `show` opens something at once: area:ID, incident:ID, device:ID, gateway:ID."""
        maps, tree = self._desk.maps, self._desk.plan.areas
        frame = Frame(datum=maps.datum)
        mine = [area.id for area in tree.areas if caller.sees(area.code)]
        bounds, levels, opened = maps.bounds(mine, frame), maps.levels(frame), maps.opened(caller.sees)
        return self._html(
            request, "map/map.html", picture=picture_of(self._desk, request), page="map",
            panel=self._panels.of(caller, show) if show else None, levels_drawn=levels, bounds=bounds,
            side=listed(self._desk, caller, opened), sent=as_data(first_picture(maps, opened, levels, bounds)),
            may_track=caller.guard.may(caller.principal, Action.TRACK_READ), today=self._today(),
        )  # fmt: skip

    def list(self, request: Request, caller: Looker) -> Response:
        """What the map shows, as a list."""
        side = listed(self._desk, caller, self._desk.maps.opened(caller.sees))
        return self._html(request, "map/_list.html", side=side)

    def panel(self, request: Request, caller: Looker, show: Show) -> Response:
        """What is at one mark."""
        return self._html(request, "map/_panel.html", panel=self._panels.of(caller, show))

    def search(self, request: Request, caller: Looker, q: Annotated[str, Query(max_length=64)] = "") -> Response:
        """Areas, buildings, devices and open incidents by a part of their name."""
        return self._html(request, "map/_found.html", q=q, found=found_by(self._desk, caller, q.strip()))

    def patrols(
        self,
        request: Request,
        caller: Watcher,
        day: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
        person: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """Patrols of a day, and of one person where one is named: to be drawn on the map."""
        begin_ms = _day_ms(day or self._today(), self._desk.plan.offset_min)
        end_ms = begin_ms + DAY_MS - 1
        found = self._desk.sources.patrols(begin_ms, end_ms, None, caller.sees)
        people = sorted({(one.person, one.person_name) for one in found if one.person}, key=lambda pair: pair[1])
        mine = [one for one in found if not person or one.person == person]
        return self._html(request, "map/_patrols.html", patrols=mine, people=people, person=person)

    def people(self, request: Request, caller: Watcher) -> Response:
        """Where workers were last, as a list. Personal: on record."""
        fixes = self._desk.maps.fixes(caller.sees)
        areas = {
            fix.device: area.name
            for fix in fixes
            if (area := self._desk.plan.grid_at(fix.lon_udeg / 1e6, fix.lat_udeg / 1e6))
        }
        return self._html(request, "map/_people.html", fixes=fixes, areas=areas)

    def tile(
        self,
        request: Request,
        z: Annotated[int, Path(ge=0, le=30)],
        x: Annotated[int, Path(ge=0, lt=1 << 31)],
        y: Annotated[int, Path(ge=0, lt=1 << 31)],
        _caller: Looker,
    ) -> Response:
        """One picture of the ground; where there is none, a transparent one with 404."""
        tiles = self._desk.maps.tiles
        tile = tiles.get(z, x, y) if tiles else None
        headers = {"Cache-Control": f"private, max-age={TILE_AGE_S}", "X-Content-Type-Options": "nosniff"}
        if tile is None:
            return Response(NOTHING, status_code=404, media_type="image/png", headers=headers)
        headers["ETag"] = f'"{hashlib.sha256(tile.body).hexdigest()[:20]}"'
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(tile.body, media_type=tile.media, headers=headers)

    def _today(self) -> str:
        return times.date(self._desk.clock.now_ms(), self._desk.plan.offset_min)

    def _html(self, request: Request, template: str, **values: Any) -> Response:
        return self._view.html(request, template, now_ms=self._desk.clock.now_ms(), **values)


def _grid_name(desk: Desk, code: str) -> str:
    return desk.plan.areas.name_of(code)


def _day_ms(day: str, offset_min: int) -> int:
    """When a day of the calendar begins, by the clocks of the centre; 0 for a day that is none."""
    try:
        return times.read(day, offset_min)
    except ValueError:
        return 0
