"""Pictures of one incident, as files: people may be on them, so every look is on record and no browser keeps one."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cloud.console.view import HEADERS, View
from cloud.desk import Desk
from cloud.pictures.desk import UnknownPicture
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

MOST = 1 << 53  # numbers of rows


def add_routes(router: APIRouter, desk: Desk, _view: View) -> None:
    """/incidents/{incident_id}/pictures/{number}."""
    read = [Depends(allow(Action.INCIDENT_READ))]
    pages = PicturePages(desk)
    router.add_api_route("/incidents/{incident_id}/pictures/{number}", pages.picture, dependencies=read)


class PicturePages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def picture(self, request: Request, incident_id: str, number: int) -> Response:
        """One picture."""
        caller: Caller = request.state.caller
        try:
            jpeg = self._desk.pictures.jpeg(incident_id, number if 0 < number < MOST else 0)
        except UnknownPicture:
            return Response(status_code=404)
        caller.note(Action.INCIDENT_READ, "allowed")
        headers = {**HEADERS, "Cache-Control": "private, no-store"}
        return Response(jpeg, media_type="image/jpeg", headers=headers)
