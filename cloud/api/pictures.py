"""/api/incidents/{incident_id}/pictures and /photos: which there are, each of them, photos added and taken back."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, File, Form, Path, Query, Response, UploadFile
from starlette.datastructures import UploadFile as Sent

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.pictures.gallery import READ_MAX, PictureView
from cloud.pictures.making import FILE_MAX
from cloud.pictures.photos import WHY_MAX, Added
from cloud.trust.door import Caller, allow
from cloud.trust.places import StoredPlaces
from cloud.trust.rights import Action

TEXT = r"^[^\x00]*$"
Number = Annotated[int, Path(ge=1, lt=1 << 53)]
Reader = Annotated[Caller, Depends(allow(Action.INCIDENT_READ))]
Adder = Annotated[Caller, Depends(allow(Action.PHOTO_ADD))]
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


class Kitchen:
    """Takes files in, apart from the event loop and few at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._places = StoredPlaces(desk.store)

    async def take(self, caller: Caller, incident_id: str, file: Sent, report: str | None, actor: str) -> Added:
        """One file. Raises PhotoError, UnknownIncident, Forbidden."""
        await to_thread.run_sync(self._check, caller, incident_id, report)
        add = partial(self._desk.photos.add, actor=actor, source=caller.source, report_id=report)
        async with self._desk.photos.queue():
            data = await file.read(FILE_MAX + 1)  # who waits holds nothing in memory
            return await to_thread.run_sync(add, incident_id, data)

    def _check(self, caller: Caller, incident_id: str, report: str | None) -> None:
        """A find may be of a member elsewhere; who registers with photos was let in to register. Raises Forbidden."""
        home = self._desk.photos.home(incident_id, report)
        elsewhere = home != incident_id or caller.action is not Action.PHOTO_ADD
        if elsewhere and (place := self._places.incident(home)) is not None:
            caller.also(Action.PHOTO_ADD, place)


def may_remove(desk: Desk, caller: Caller, incident_id: str, number: int) -> None:
    """One's own, or by right. Raises UnknownPicture, Forbidden."""
    if desk.photos.adder(incident_id, number) != caller.actor:
        caller.also(Action.PHOTO_REMOVE)


def build_router(desk: Desk) -> APIRouter:
    """Routes on pictures."""
    router = late_router(prefix="/api/incidents/{incident_id}", tags=["pictures"])
    _reading(router, desk)
    _changing(router, desk)
    return router


def _reading(router: APIRouter, desk: Desk) -> None:
    @router.get("/pictures")
    def pictures(incident_id: str, caller: Reader) -> tuple[PictureView, ...]:
        """Snapshots and photos of an incident and of its members, and photos that were taken back. 404 if unknown."""
        gallery = desk.galleries.of(incident_id, caller.sees, READ_MAX)
        return (*gallery.shown, *gallery.removed)

    @router.get("/pictures/{number}", response_class=Response, responses=JPEG)
    def snapshot(incident_id: str, number: Number, caller: Reader) -> Response:
        """One snapshot as JPEG; each look is audited. 404 if unknown."""
        return _shown(caller, desk.pictures.jpeg(incident_id, number))

    @router.get("/photos/{number}", response_class=Response, responses=JPEG)
    def photo(incident_id: str, number: Number, caller: Reader, *, small: Annotated[bool, Query()] = False) -> Response:
        """One photo as JPEG, or small; each look is audited. 404 if unknown or taken back."""
        return _shown(caller, desk.photos.jpeg(incident_id, number, small=small))


def _changing(router: APIRouter, desk: Desk) -> None:
    kitchen = Kitchen(desk)

    @router.post("/photos", status_code=201)
    async def add(
        incident_id: str,
        caller: Adder,
        photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP or HEIC")],
        report: Annotated[str | None, Form(max_length=64, pattern=TEXT)] = None,
        actor: Annotated[str | None, Form(min_length=1, max_length=64, pattern=TEXT)] = None,
    ) -> Added:
        """Add a photo, kept as a JPEG of ours; the same file twice is one. `report`: the find that it shows. 422 where
        it is no picture, 413 where it is too large, 409 where the incident has enough, 507 where there is no room,
        503 where too many wait."""
        return await kitchen.take(caller, incident_id, photo, report, caller.named(actor))

    @router.delete("/photos/{number}", status_code=204)
    def remove(
        incident_id: str,
        number: Number,
        why: Annotated[str, Query(min_length=1, max_length=WHY_MAX, pattern=TEXT)],
        caller: Adder,
    ) -> None:
        """Take a photo back: its bytes go, who and why stays. One's own, or with `photo_remove`. 404 if unknown."""
        may_remove(desk, caller, incident_id, number)
        desk.photos.remove(incident_id, number, actor=caller.actor, source=caller.source, why=why)


def _shown(caller: Caller, jpeg: bytes) -> Response:
    caller.note(Action.INCIDENT_READ, "allowed")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
