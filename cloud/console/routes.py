"""Pages and parts of pages. Everything is drawn here on the server; the browser only puts it in place."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.incidents import check_other
from cloud.console import areas, duty, login, telling
from cloud.console.acts import Answer, act
from cloud.console.forms import Fields
from cloud.console.picture import Picture, arrange, node_of
from cloud.console.view import View, packed, visitor
from cloud.desk import Desk
from cloud.flow.command import UnknownIncident
from cloud.trust.desk import Trust
from cloud.trust.door import EVERYBODY, allow
from cloud.trust.rights import Action, action_of
from cloud.trust.sight import board_of, detail_of
from domain.incidents import Move
from domain.roster import Roster

LONG = "public, max-age=31536000, immutable"  # the address changes with the content
TABLE_ROWS = 240  # of the table beside the plot; the API gives every reading


def build_router(desk: Desk, view: View, trust: Trust) -> APIRouter:
    """The console over a desk."""
    console = Console(desk, view)
    router = APIRouter(include_in_schema=False)
    look, read, history, moving = (
        [Depends(allow(action))]
        for action in (Action.BOARD_READ, Action.INCIDENT_READ, Action.HISTORY_READ, Action.INCIDENT_MOVE)
    )
    everybody = [Depends(EVERYBODY)]
    router.add_api_route("/", console.board_page, dependencies=look)
    router.add_api_route("/parts/board", console.board_part, dependencies=look)
    router.add_api_route("/parts/headline", console.headline_part, dependencies=look)
    router.add_api_route("/incidents/{incident_id}", console.incident_page, dependencies=read)
    router.add_api_route("/parts/incidents/{incident_id}", console.incident_part, dependencies=read)
    router.add_api_route("/incidents/{incident_id}/plot", console.plot, dependencies=history)
    router.add_api_route("/incidents/{incident_id}/readings", console.readings_table, dependencies=history)
    router.add_api_route("/incidents/{incident_id}/moves/{move}", console.move, methods=["POST"], dependencies=moving)
    areas.add_routes(router, desk, view)
    duty.add_routes(router, desk, view)
    login.add_routes(router, trust, view, lambda: desk.plan.areas)
    telling.add_routes(router, desk, view)
    router.add_api_route("/static/{name:path}", console.static, dependencies=everybody)
    return router


class Console:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._view = view

    @property
    def _roster(self) -> Roster:
        return self._desk.plan.roster

    def board_page(self, request: Request) -> Response:
        """The board."""
        self._shown(request)
        return self._view.html(request, "board.html", picture=self._picture(request), page="board")

    def board_part(self, request: Request) -> Response:
        """The board without its frame, to be put into an open page."""
        self._shown(request)
        return self._view.html(request, "_board.html", picture=self._picture(request), page="board")

    def headline_part(self, request: Request) -> Response:
        """The headline alone, for the other pages."""
        return self._view.html(request, "_headline.html", picture=self._picture(request), page="part")

    def incident_page(self, request: Request, incident_id: str) -> Response:
        """One incident."""
        return self._incident(request, "incident.html", incident_id)

    def incident_part(self, request: Request, incident_id: str) -> Response:
        """One incident without the frame."""
        return self._incident(request, "_incident.html", incident_id)

    def plot(self, request: Request, incident_id: str) -> Response:
        """The curves as data, with what chart.js needs to draw them."""
        try:
            detail, views = self._desk.detail(incident_id), self._desk.plot(incident_id)
        except UnknownIncident:
            return Response(status_code=404)
        words = visitor(request, self._roster).words
        curves = [
            {
                "name": words.code("channel", view.channel),
                "unit": words.code("unit", view.unit),
                "points": view.points,
                "limit": view.limit,
                "clear": view.clear,
            }
            for view in views
        ]
        label = " ".join(words.curve(view) for view in views)
        told = {"breach_ms": detail.breach_at_ms, "label": label, "curves": curves}
        body = json.dumps(told, ensure_ascii=False)
        return packed(request, body.encode(), "application/json")

    def readings_table(self, request: Request, incident_id: str) -> Response:
        """The same readings as a table, thinned to what can be read."""
        try:
            views = self._desk.plot(incident_id)
        except UnknownIncident:
            return self._unknown(request, incident_id)
        times = sorted({at_ms for view in views for at_ms, _ in view.points})
        times = times[:: len(times) // TABLE_ROWS + 1]
        values = [dict(view.points) for view in views]
        return self._view.html(request, "_readings.html", views=views, times=times, values=values)

    def move(
        self,
        request: Request,
        incident_id: str,
        move: Move,
        fields: Annotated[Fields, Form()],
    ) -> Response:
        """A person's act; without scripts the answer is a page."""
        request.state.caller.also(action_of(move))
        check_other(self._desk, request.state.caller, move, fields.other)
        who = visitor(request, self._roster)
        answer = act(self._desk, who.words, who.operator, incident_id, move, fields)
        live = "hx-request" in request.headers
        if answer.ok and not live:
            return RedirectResponse(f"/incidents/{incident_id}", status_code=303)
        template = "_notice.html" if live else "notice.html"
        values: dict[str, Any] = {"answer": answer, "back": f"/incidents/{incident_id}", "page": "notice"}
        if not live:
            values["picture"] = self._picture(request)
        response = self._view.html(request, template, status=answer.status, **values)
        response.headers["HX-Trigger"] = "console:refresh"
        return response

    def static(self, request: Request, name: str) -> Response:
        """One of our files."""
        asset = self._view.assets.get(name)
        if asset is None:
            return Response("no such file; run python scripts/vendor.py", status_code=404, media_type="text/plain")
        headers = {"Cache-Control": LONG, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, media_type=asset.media, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.plain, media_type=asset.media, headers=headers)

    def _picture(self, request: Request) -> Picture:
        """The board as far as the areas of whoever looks go."""
        return arrange(board_of(self._desk, request.state.caller))

    def _shown(self, request: Request, incident_id: str | None = None) -> None:
        """What is on the page of whoever it was meant for has arrived."""
        if who := visitor(request, self._roster).operator:
            self._desk.notices.seen(who, incident_id)

    def _incident(self, request: Request, template: str, incident_id: str) -> Response:
        try:
            detail = detail_of(self._desk, request.state.caller, self._desk.detail(incident_id))
        except UnknownIncident:
            return self._unknown(request, incident_id)
        self._shown(request, detail.row.parent_id or incident_id)
        sources, sees = self._desk.sources, request.state.caller.sees
        values: dict[str, Any] = {
            "told": sources.reports(incident_id),
            "near": tuple(one for one in sources.near(incident_id) if sees(one.grid, one.site)),
            "d": detail,
            "node": node_of(detail.row, detail.children),
            "notices": self._desk.notices.of_incident(detail.row.parent_id or incident_id),
            "now_ms": self._clock.now_ms(),
            "picture": self._picture(request) if template == "incident.html" else None,
            "page": "incident",
        }
        return self._view.html(request, template, **values)

    def _unknown(self, request: Request, incident_id: str) -> Response:
        text = visitor(request, self._roster).words.t("error.unknown", id=incident_id)
        board = self._picture(request)
        answer = Answer(status=404, text=text)
        return self._view.html(
            request, "notice.html", status=404, answer=answer, back="/", picture=board, page="notice"
        )
