"""The page of one incident, its parts, and what people do there."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.incidents import check_other
from cloud.board.sight import detail_of
from cloud.console.acts import act
from cloud.console.forms import Fields
from cloud.console.history.picture import of_incident
from cloud.console.incident import people, pictures
from cloud.console.incident.way import way_of
from cloud.console.looking import picture_of, shown, unknown
from cloud.console.picture import node_of
from cloud.console.view import View, packed, visitor
from cloud.desk import Desk
from cloud.records import UnknownIncident
from cloud.sources.views import ReportView
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action, action_of
from domain.incidents import Move

LOG_SHOWN = 12  # entries of the log that stand open; the others behind a line
TABLE_ROWS = 240  # of the table beside the plot; the API gives every reading


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/incidents/{incident_id} and what is drawn into it."""
    people.add_routes(router, desk, view)
    pictures.add_routes(router, desk, view)
    pages = IncidentPages(desk, view)
    read, history, moving = (
        [Depends(allow(action))] for action in (Action.INCIDENT_READ, Action.HISTORY_READ, Action.INCIDENT_MOVE)
    )
    router.add_api_route("/incidents/{incident_id}", pages.page, dependencies=read)
    router.add_api_route("/parts/incidents/{incident_id}", pages.part, dependencies=read)
    router.add_api_route("/incidents/{incident_id}/plot", pages.plot, dependencies=history)
    router.add_api_route("/incidents/{incident_id}/readings", pages.readings_table, dependencies=history)
    router.add_api_route("/incidents/{incident_id}/moves/{move}", pages.move, methods=["POST"], dependencies=moving)


class IncidentPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._view = view

    def page(self, request: Request, incident_id: str) -> Response:
        """One incident."""
        return self._incident(request, "incident.html", incident_id)

    def part(self, request: Request, incident_id: str) -> Response:
        """One incident without the frame."""
        return self._incident(request, "_incident.html", incident_id)

    def plot(self, request: Request, incident_id: str, *, near: bool = False) -> Response:
        """The curves as data for static/plot.js: of its own device, or of the same channels nearby."""
        try:
            detail, views = self._desk.detail(incident_id), self._desk.plot(incident_id, near=near)
        except UnknownIncident:
            return Response(status_code=404)
        told = of_incident(visitor(request).words, detail, views)
        return packed(request, json.dumps(told, ensure_ascii=False).encode(), "application/json")

    def readings_table(self, request: Request, incident_id: str) -> Response:
        """The same readings as a table, thinned to what can be read."""
        try:
            views = self._desk.plot(incident_id)
        except UnknownIncident:
            return unknown(self._desk, self._view, request, incident_id)
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
        who = visitor(request)
        answer = act(self._desk, who.words, who.operator, incident_id, move, fields)
        live = "hx-request" in request.headers
        if answer.ok and not live:
            return RedirectResponse(f"/incidents/{incident_id}", status_code=303)
        template = "_notice.html" if live else "notice.html"
        values: dict[str, Any] = {"answer": answer, "back": f"/incidents/{incident_id}", "page": "notice"}
        if not live:
            values["picture"] = picture_of(self._desk, request)
        response = self._view.html(request, template, status=answer.status, **values)
        response.headers["HX-Trigger"] = "console:refresh"
        return response

    def _incident(self, request: Request, template: str, incident_id: str) -> Response:
        caller: Caller = request.state.caller
        try:
            detail = detail_of(self._desk.store, caller, self._desk.detail(incident_id))
        except UnknownIncident:
            return unknown(self._desk, self._view, request, incident_id)
        shown(self._desk, request, detail.row.parent_id or incident_id)
        sources, sees = self._desk.sources, caller.sees
        told = sources.reports(incident_id)
        values: dict[str, Any] = {
            **self._around(caller, incident_id, told),
            "told": told,
            "near": tuple(one for one in sources.near(incident_id) if sees(one.grid, one.site)),
            "d": detail,
            "last": next((entry for entry in reversed(detail.log) if entry.to_stage is not None), None),
            "node": node_of(detail.row, detail.children),
            "notices": self._desk.notices.of_incident(detail.row.parent_id or incident_id),
            "now_ms": self._clock.now_ms(),
            "picture": picture_of(self._desk, request) if template == "incident.html" else None,
            "page": "incident",
            "log_shown": LOG_SHOWN,
            "way": way_of(detail),
        }
        return self._view.html(request, template, **values)

    def _around(self, caller: Caller, incident_id: str, told: tuple[ReportView, ...]) -> dict[str, Any]:
        """Where it is, whom one can call, who else looks, what happened before."""
        around, watchers = self._desk.around, self._desk.presence.watchers(incident_id)
        return {
            "where": around.where(incident_id),
            **pictures.around(self._desk, caller, incident_id, told),
            "callees": around.callees(incident_id),
            "may_call": caller.guard.may(caller.principal, Action.PEOPLE_PERSONAL, *(caller.place or (None, ""))),
            "past": around.past(incident_id, caller.sees),
            "watchers": tuple(one for one in watchers if one.person != caller.actor),
        }
