"""People at one incident: who else looks at it, and how those are reached who have it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel

from cloud.console.acts import Answer
from cloud.console.looking import picture_of, unknown
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.people.errors import NoVault, UnknownPerson
from cloud.presence.desk import Watcher
from cloud.records import UnknownIncident
from cloud.trust.door import allow
from cloud.trust.rights import Action
from domain.incidents import Move


class Beat(BaseModel):
    """What an open page says of itself. `writing` left out: nothing new; empty: no longer."""

    writing: Move | None = None
    stopped: bool = False
    gone: bool = False


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/incidents/{incident_id}/watchers and /phones."""
    pages = PeoplePages(desk, view)
    read, personal = ([Depends(allow(action))] for action in (Action.INCIDENT_READ, Action.PEOPLE_PERSONAL))
    path = "/incidents/{incident_id}"
    router.add_api_route(f"{path}/watchers", pages.beat, methods=["POST"], dependencies=read)
    router.add_api_route(f"{path}/phones/{{person}}", pages.phones, dependencies=personal)


class PeoplePages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def beat(self, request: Request, incident_id: str, beat: Annotated[Beat, Form()]) -> Response:
        """A page is open, writes, or is closed; who else is there."""
        who = visitor(request).operator
        try:
            others = self._said(incident_id, who, beat)
        except UnknownIncident:
            return Response(status_code=404)
        now_ms = self._desk.clock.now_ms()
        return self._view.html(request, "incident/watchers.html", watchers=others, now_ms=now_ms)

    def _said(self, incident_id: str, who: str | None, beat: Beat) -> tuple[Watcher, ...]:
        presence = self._desk.presence
        if who is None or not self._desk.plan.roster.knows(who):  # a program looks at nothing
            return presence.watchers(incident_id)
        if beat.gone:
            presence.leave(incident_id, who)
            return ()
        return presence.look(incident_id, who, "" if beat.stopped else beat.writing)

    def phones(self, request: Request, incident_id: str, person: str) -> Response:
        """Numbers of somebody who has to do with the incident; the door puts the look on record."""
        words = visitor(request).words
        try:
            numbers = self._desk.around.phones(incident_id, person)
        except UnknownIncident:
            return unknown(self._desk, self._view, request, incident_id)
        except UnknownPerson:
            return self._plain(request, incident_id, Answer(status=404, text=words.t("inc.call.nobody")))
        except NoVault:
            return self._plain(request, incident_id, Answer(status=503, text=words.t("inc.call.keys")))
        if "hx-request" in request.headers:
            return self._view.html(request, "incident/phones.html", numbers=numbers)
        said = words.t("list.sep").join(numbers.values()) or words.t("inc.call.none")
        return self._plain(request, incident_id, Answer(status=200, text=f"{self._desk.plan.name_of(person)} {said}"))

    def _plain(self, request: Request, incident_id: str, answer: Answer) -> Response:
        live = "hx-request" in request.headers
        values = {"answer": answer, "back": f"/incidents/{incident_id}", "page": "notice"}
        if live:
            return self._view.html(request, "incident/phones.html", status=200, numbers={}, said=answer.text)
        picture = picture_of(self._desk, request)
        return self._view.html(request, "notice.html", status=answer.status, picture=picture, **values)
