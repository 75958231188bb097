"""Pages for what people tell: a form for a new incident, patrols, first and missed reports. Work without scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cloud.console.acts import Answer
from cloud.console.incident.photos import Files, Taking
from cloud.console.looking import picture_of
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.pictures.making import FILE_MAX
from cloud.pictures.photos import PER_INCIDENT
from cloud.sources.desk import UnknownReport
from cloud.sources.report import CallerOf, Report, ReportError
from cloud.sources.views import Point
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.matters import MatterError
from domain.sources import Source
from runtime.ids import uuid7

DAY_MS = 86_400_000
DAYS_MAX = 92
WIDTH, HEIGHT, EDGE = 640, 400, 12  # of the drawing of a track

Creator = Annotated[Caller, Depends(allow(Action.INCIDENT_CREATE))]
Watcher = Annotated[Caller, Depends(allow(Action.TRACK_READ))]


class Told(BaseModel):
    """The form as the page sends it."""

    key: str = Field(max_length=128)
    matter: str = Field(default="", max_length=48)
    urgency: str = Field(default="normal", max_length=16)
    area: str = Field(default="", max_length=64)
    place: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=2000)
    name: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=200)
    then: str = Field(default="", max_length=16)  # "photos": without scripts they follow on a page of their own


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/report and /patrols."""
    pages = TellingPages(desk, view)
    router.add_api_route("/report", pages.form)
    router.add_api_route("/report", pages.send, methods=["POST"])
    router.add_api_route("/patrols", pages.patrols)
    router.add_api_route("/patrols/{patrol_id}", pages.patrol)


class TellingPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._taking = Taking(desk)

    def form(self, request: Request, caller: Creator) -> Response:
        """An empty form with a key of its own: the same click twice is one incident."""
        return self._form(request, caller, Told(key=uuid7(self._desk.clock.now_ms())))

    async def send(self, request: Request, caller: Creator, told: Annotated[Told, Form()], files: Files) -> Response:
        """Write it down, keep its photos and show it; what cannot be taken is said, and what to do about it."""
        answer = await to_thread.run_sync(self._send, request, caller, told)
        if isinstance(answer, Response):
            return answer
        words = visitor(request).words
        back = f"/incidents/{answer}"
        photos = await self._taking.take(words, caller, answer, files) if files else Answer(status=200, text="")
        if photos.ok:
            return RedirectResponse(f"{back}/photos" if told.then == "photos" else back, status_code=303)
        said = Answer(status=photos.status, text=words.t("photo.told", why=photos.text))
        page = partial(self._page, status=said.status, answer=said, back=back)
        return await to_thread.run_sync(page, request, caller, "notice.html")

    def _send(self, request: Request, caller: Caller, told: Told) -> Response | str:
        """The incident, or the form with what is wrong."""
        try:
            report = Report(
                source=Source.OPERATOR, matter=told.matter, urgency=told.urgency, place=told.place.strip(),
                text=told.text.strip(), grid=told.area, reporter=caller.actor, at_ms=self._desk.clock.now_ms(),
                key=told.key, caller=CallerOf(name=told.name.strip(), phone=told.phone.strip()),
            )  # fmt: skip
            caller.check(*self._desk.sources.where(report))
            incident_id = self._desk.sources.report(report)
        except (MatterError, ReportError) as refusal:
            return self._form(request, caller, told, wrong=str(refusal))
        return incident_id

    def _form(self, request: Request, caller: Caller, told: Told, wrong: str = "") -> Response:
        areas = self._desk.plan.areas
        mine = [area for area in areas.areas if caller.sees(area.code)]
        places = [(area.code, " · ".join(one.name for one in reversed(areas.chain(area.id)[:2]))) for area in mine]
        places.sort(key=lambda place: place[1])
        return self._page(
            request, caller, "report.html", status=422 if wrong else 200, told=told, wrong=wrong,
            choices=self._desk.sources.choices(), places=places, file_max=FILE_MAX, per_incident=PER_INCIDENT,
            may_add=caller.guard.may(caller.principal, Action.PHOTO_ADD),
        )  # fmt: skip

    def patrols(
        self, request: Request, caller: Watcher, days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 7
    ) -> Response:
        """Patrols, first and missed reports of the last days."""
        now_ms = self._desk.clock.now_ms()
        from_ms = now_ms - days * DAY_MS
        sources = self._desk.sources
        counts = self._desk.review.missed(from_ms, now_ms, caller.sees)
        patrols = sources.patrols(from_ms, now_ms, None, caller.sees)
        return self._page(request, caller, "patrols.html", days=days, counts=counts, patrols=patrols, now_ms=now_ms)

    def patrol(self, request: Request, caller: Watcher, patrol_id: Annotated[int, Path(ge=1, lt=1 << 53)]) -> Response:
        """One patrol with its track, north up."""
        try:
            found = self._desk.sources.patrol(patrol_id)
        except UnknownReport:
            return RedirectResponse("/patrols", status_code=303)
        caller.check(found.area, found.site)
        now_ms = self._desk.clock.now_ms()
        line = " ".join(f"{x},{y}" for x, y in drawn(found.track))
        return self._page(
            request, caller, "patrol.html", patrol=found, line=line, now_ms=now_ms, width=WIDTH, height=HEIGHT
        )

    def _page(self, request: Request, caller: Caller, template: str, status: int = 200, **values: Any) -> Response:
        picture = picture_of(self._desk, request)
        return self._view.html(request, template, status=status, picture=picture, page="notice", **values)


def drawn(track: Sequence[Point]) -> list[tuple[float, float]]:
    """Points in the drawing, as large as it fits, without distortion."""
    if not track:
        return []
    shrink = math.cos(math.radians(track[0][1] / 1e6))  # of a degree of longitude
    flat = [(lon * shrink, -lat) for _, lat, lon in track]
    left, top = (min(point[axis] for point in flat) for axis in (0, 1))
    across, down = (max(point[axis] for point in flat) - low for axis, low in ((0, left), (1, top)))
    scale = min((WIDTH - 2 * EDGE) / (across or 1), (HEIGHT - 2 * EDGE) / (down or 1))
    return [(round(EDGE + (x - left) * scale, 1), round(EDGE + (y - top) * scale, 1)) for x, y in flat]
