"""Photos that people add on a page or take back there. Works without scripts; then the answer is a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from cloud.api.pictures import Kitchen, may_remove
from cloud.api.problems import kind_of
from cloud.console.acts import Answer
from cloud.console.looking import picture_of, unknown
from cloud.console.view import View, visitor
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.pictures.errors import PhotoError, UnknownPicture
from cloud.pictures.making import FILE_MAX
from cloud.pictures.photos import PER_INCIDENT, WHY_MAX
from cloud.records import UnknownIncident
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action, Forbidden

Adder = Annotated[Caller, Depends(allow(Action.PHOTO_ADD))]
OK, NOTHING = 200, 422


async def files_of(request: Request) -> list[UploadFile]:
    """What was chosen; a field that was left empty is no file."""
    sent = (await request.form()).getlist("photos")
    return [one for one in sent if isinstance(one, UploadFile) and (one.filename or one.size)]


Files = Annotated[list[UploadFile], Depends(files_of)]


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/incidents/{incident_id}/photos."""
    pages = PhotoPages(desk, view)
    path = "/incidents/{incident_id}/photos"
    router.add_api_route(path, pages.form)
    router.add_api_route(path, pages.add, methods=["POST"])
    router.add_api_route(f"{path}/{{number}}/removal", pages.remove, methods=["POST"])


class Taking:
    """Files of one form, each kept or refused on its own, and what is said of them."""

    def __init__(self, desk: Desk) -> None:
        self._kitchen = Kitchen(desk)

    async def take(
        self, words: Words, caller: Caller, incident_id: str, files: Sequence[UploadFile], report: str | None = None
    ) -> Answer:
        """Raises UnknownIncident."""
        if not files:
            return Answer(status=NOTHING, text=words.t("photo.none"))
        done, same, status, wrong = 0, 0, OK, []
        for file in files[:PER_INCIDENT]:
            try:
                added = await self._kitchen.take(caller, incident_id, file, report, caller.actor)
            except (PhotoError, Forbidden) as refusal:
                status = kind_of(refusal).status
                wrong.append(words.t("photo.failed", name=file.filename, why=refused(words, refusal)))
            else:
                done, same = done + added.new, same + (not added.new)
        if len(files) > PER_INCIDENT:
            status, wrong = NOTHING, [*wrong, words.t("photo.many", most=PER_INCIDENT)]
        good = [words.t("photo.done", n=done + same)] if done or same else []
        good += [words.t("photo.same", n=same)] if same else []
        return Answer(status=status, text=" ".join([*good, *wrong]))


def refused(words: Words, refusal: Exception) -> str:
    """Why, and what to do about it."""
    return words.t(f"photo.wrong.{kind_of(refusal).code}")


class PhotoPages:
    """The handlers. Decoding and the desk run in worker threads."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._taking = Taking(desk)

    def form(self, request: Request, incident_id: str, caller: Adder) -> Response:
        """The form alone, for browsers without scripts: it is not drawn anew while somebody chooses."""
        try:
            told = self._desk.sources.reports(self._desk.photos.home(incident_id))
        except UnknownIncident:
            return unknown(self._desk, self._view, request, incident_id)
        return self._view.html(
            request, "incident/photo_page.html", page="notice", picture=picture_of(self._desk, request),
            incident_id=incident_id, finds=[one for one in told if one.photo is not None], file_max=FILE_MAX,
            per_incident=PER_INCIDENT, now_ms=self._desk.clock.now_ms(),
        )  # fmt: skip

    async def add(
        self,
        request: Request,
        incident_id: str,
        caller: Adder,
        files: Files,
        report: Annotated[str, Form(max_length=64, pattern=r"^[^\x00]*$")] = "",
    ) -> Response:
        """Keep what was chosen; every file that is refused is named with what to do about it."""
        words = visitor(request).words
        try:
            answer = await self._taking.take(words, caller, incident_id, files, report or None)
        except UnknownIncident:
            return await to_thread.run_sync(unknown, self._desk, self._view, request, incident_id)
        return await to_thread.run_sync(self._answer, request, incident_id, answer)

    def remove(
        self,
        request: Request,
        incident_id: str,
        number: int,
        caller: Adder,
        why: Annotated[str, Form(max_length=WHY_MAX, pattern=r"^[^\x00]*$")] = "",
    ) -> Response:
        """Take one back."""
        words = visitor(request).words
        number = number if 0 < number < 1 << 53 else 0
        try:
            may_remove(self._desk, caller, incident_id, number)
            self._desk.photos.remove(incident_id, number, actor=caller.actor, source=caller.source, why=why)
        except (PhotoError, UnknownPicture, Forbidden) as refusal:
            answer = Answer(status=kind_of(refusal).status, text=refused(words, refusal))
        else:
            answer = Answer(status=OK, text=words.t("photo.removed"))
        return self._answer(request, incident_id, answer)

    def _answer(self, request: Request, incident_id: str, answer: Answer) -> Response:
        if "hx-request" in request.headers:
            return PlainTextResponse(answer.text, status_code=answer.status)
        back = f"/incidents/{incident_id}"
        if answer.ok:
            return RedirectResponse(f"{back}#pictures", status_code=303)
        values = {"answer": answer, "back": back, "page": "notice", "picture": picture_of(self._desk, request)}
        return self._view.html(request, "notice.html", status=answer.status, **values)
