"""Pictures of one incident, as files: people may be on them, so every look is on record and no browser keeps one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cloud.console.incident import photos
from cloud.console.view import HEADERS, View
from cloud.desk import Desk
from cloud.pictures.errors import UnknownPicture
from cloud.pictures.making import FILE_MAX
from cloud.pictures.photos import PER_INCIDENT
from cloud.sources.views import ReportView
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

MOST = 1 << 53  # numbers of rows


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/incidents/{incident_id}/pictures/{number} and /photos."""
    read = [Depends(allow(Action.INCIDENT_READ))]
    pages = PicturePages(desk)
    path = "/incidents/{incident_id}"
    router.add_api_route(f"{path}/pictures/{{number}}", pages.picture, dependencies=read)
    router.add_api_route(f"{path}/photos/{{number}}", pages.photo, dependencies=read)
    router.add_api_route(f"{path}/photos/{{number}}/small", pages.small, dependencies=read)
    photos.add_routes(router, desk, view)


def around(desk: Desk, caller: Caller, incident_id: str, told: Sequence[ReportView]) -> dict[str, Any]:
    """What the page says of pictures, and what whoever looks may do with them."""
    gallery = desk.galleries.of(incident_id, caller.sees)
    place = caller.place or (None, "")
    may = {name: caller.guard.may(caller.principal, name, *place) for name in (Action.PHOTO_ADD, Action.PHOTO_REMOVE)}
    return {
        "gallery": gallery,
        "pictures": gallery.shown,
        "finds": tuple(one for one in told if one.photo is not None),
        "may_add": may[Action.PHOTO_ADD],
        "removable": tuple(
            one.id
            for one in gallery.shown
            if one.kind == "photo" and not one.member and may[Action.PHOTO_ADD]
            if may[Action.PHOTO_REMOVE] or one.by == caller.actor
        ),
        "file_max": FILE_MAX,
        "per_incident": PER_INCIDENT,
    }


class PicturePages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def picture(self, request: Request, incident_id: str, number: int) -> Response:
        """A snapshot."""
        return self._shown(request, lambda: self._desk.pictures.jpeg(incident_id, _row(number)))

    def photo(self, request: Request, incident_id: str, number: int) -> Response:
        """A photo that somebody added."""
        return self._shown(request, lambda: self._desk.photos.jpeg(incident_id, _row(number)))

    def small(self, request: Request, incident_id: str, number: int) -> Response:
        """The same as it stands on the page."""
        return self._shown(request, lambda: self._desk.photos.jpeg(incident_id, _row(number), small=True))

    @staticmethod
    def _shown(request: Request, read: Callable[[], bytes]) -> Response:
        caller: Caller = request.state.caller
        try:
            jpeg = read()
        except UnknownPicture:
            return Response(status_code=404)
        caller.note(Action.INCIDENT_READ, "allowed")
        headers = {**HEADERS, "Cache-Control": "private, no-store"}
        return Response(jpeg, media_type="image/jpeg", headers=headers)


def _row(number: int) -> int:
    return number if 0 < number < MOST else 0
