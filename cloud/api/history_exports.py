"""/api/history/exports, /api/history/export: readings as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from cloud.desk import Desk
from cloud.history.asking import ZONE
from cloud.history.exports.book import ExportView
from cloud.history.exports.wish import CHANNELS_MAX, DEVICES_MAX, Format, Wish
from cloud.history.personal import POSITIONS
from cloud.history.port import Level
from cloud.tables.files import headers_of
from cloud.trust.door import NOWHERE, Caller, allow
from cloud.trust.rights import Action

Reader = Annotated[Caller, Depends(allow(Action.HISTORY_READ))]
Names = Annotated[list[str], Query(max_length=DEVICES_MAX)]
Time = Annotated[int, Query(ge=0, lt=1 << 53)]
Zone = Annotated[str, Query(max_length=64)]
Lang = Literal["zh", "en"]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when."""

    from_ms: Time
    to_ms: Time


@dataclass(frozen=True, slots=True)
class Kind:
    """What kind of file."""

    format: Format = Format.CSV
    level: Level = Level.RAW
    lang: Lang = "zh"


class WishIn(BaseModel):
    """What a file is to hold. Without channels: all that there are but positions of people."""

    model_config = ConfigDict(extra="forbid")

    devices: list[Name] = Field(min_length=1, max_length=DEVICES_MAX)
    channels: list[Name] = Field(default=[], max_length=CHANNELS_MAX)
    from_ms: int = Field(ge=0, lt=1 << 53)
    to_ms: int = Field(ge=0, lt=1 << 53)
    level: Level = Level.RAW
    format: Format = Format.CSV
    zone: str = Field(default=ZONE, max_length=64)
    lang: Lang = "zh"

    def wish(self) -> Wish:
        """Checked. Raises BadAsk."""
        told = self.model_dump(exclude={"devices", "channels"})
        return Wish(devices=tuple(self.devices), channels=tuple(self.channels), **told)


class ExportOut(BaseModel):
    """An export and how far it is."""

    id: str
    state: str  # waiting, running, done, failed, cancelled, gone
    percent: int
    rows: int
    total: int  # rows expected; may be an estimate
    bytes: int
    asked_ms: int
    ended_ms: int | None
    error: str
    file: str | None  # where to fetch it, once it is done
    devices: list[str]
    channels: list[str]
    from_ms: int
    to_ms: int
    level: Level
    format: Format


def judge(desk: Desk, caller: Caller, devices: Sequence[str], channels: Sequence[str] = ()) -> None:
    """Raises Forbidden for a device that hangs elsewhere (the door judges one of several), and for people's positions.

    Positions need TRACK_READ where the device hangs; reading them is on record, as for tracks.
    """
    personal = not POSITIONS.isdisjoint(channels)
    for one in desk.history.devices(devices).values():
        caller.check(one.grid, one.site)
        if personal:
            caller.also(Action.TRACK_READ, (one.grid, one.site))


def own(desk: Desk, caller: Caller, export_id: str, *, passed_on: bool = False) -> ExportView:
    """Somebody's own export, as long as he may read what is in it. Raises UnknownExport, Forbidden.

    `passed_on`: a worker without files fetches them for others with a token that reads the whole district's tracks.
    """
    whole = caller.source == "api" and caller.guard.may(caller.principal, Action.TRACK_READ, *NOWHERE)
    export = desk.history.exports.get(export_id, None if passed_on and whole else caller.actor)
    judge(desk, caller, export.wish.devices, export.wish.channels)
    return export


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Routes of files."""
    _add_streams(router, desk)
    _add_queue(router, desk)


def _add_streams(router: APIRouter, desk: Desk) -> None:
    history = desk.history

    @router.get("/export", response_class=Response)
    def direct(
        request: Request, caller: Reader, device: Names, span: Annotated[Span, Depends()],
        kind: Annotated[Kind, Depends()], channel: Names = [], zone: Zone = ZONE,  # noqa: B006 - FastAPI copies it
    ) -> Response:  # fmt: skip
        """A small range as a file at once, streamed; a large one is asked for by POST /api/history/exports."""
        wish = Wish(
            devices=tuple(device), channels=tuple(channel), from_ms=span.from_ms, to_ms=span.to_ms, level=kind.level,
            format=kind.format, zone=zone, lang=kind.lang,
        )  # fmt: skip
        judge(desk, caller, device, channel)
        return streamed(history.exports.stream(wish, caller.actor, address_of(request)), wish)

    @router.get("/incidents/{incident_id}/export", response_class=Response)
    def evidence(
        request: Request, incident_id: str, caller: Reader, kind: Annotated[Kind, Depends()], zone: Zone = ZONE,
        positions: bool = False,
    ) -> Response:  # fmt: skip
        """The readings kept with an incident, its neighbours' too, as a file. 404 if unknown.

        `positions`: those of people too; needs track_read and is on record.
        """
        if positions:
            caller.also(Action.TRACK_READ)
        wish = Wish(
            devices=(incident_id[:64],), channels=(), from_ms=0, to_ms=1, format=kind.format, zone=zone, lang=kind.lang
        )
        pieces = history.evidence(incident_id, wish, caller.actor, address_of(request), positions=positions)
        return streamed(pieces, wish)


def _add_queue(router: APIRouter, desk: Desk) -> None:
    exports = desk.history.exports

    @router.post("/exports", status_code=202)
    def ask(request: Request, body: WishIn, caller: Reader) -> ExportOut:
        """Ask for a file; look at its progress and fetch it when it is done. It is kept for a day."""
        judge(desk, caller, body.devices, body.channels)
        return told(exports.ask(body.wish(), caller.actor, address_of(request)))

    @router.get("/exports")
    def mine(caller: Reader) -> list[ExportOut]:
        """The caller's own exports, the newest first."""
        return [told(export) for export in exports.of(caller.actor)]

    @router.get("/exports/{export_id}")
    def progress(export_id: str, caller: Reader) -> ExportOut:
        """How far it is."""
        return told(own(desk, caller, export_id))

    @router.delete("/exports/{export_id}")
    def cancel(export_id: str, caller: Reader) -> ExportOut:
        """Stop it; nothing happens where it has ended."""
        own(desk, caller, export_id)
        return told(exports.cancel(export_id))

    @router.get("/exports/{export_id}/file", response_class=Response)
    def file(export_id: str, caller: Reader) -> Response:
        """The file. 409 where it is not done, or was deleted after a day."""
        wish = own(desk, caller, export_id, passed_on=True).wish
        path = exports.file(export_id)
        if not isinstance(path, Path):
            return streamed(path, wish)
        return FileResponse(path, media_type=wish.format.media, filename=wish.file_name(), headers=NO_STORE)


NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Sent(StreamingResponse):
    """Closes what it sends, however that ends: whoever goes before the first byte leaves no stream open."""

    def __init__(self, content: Iterator[bytes], media_type: str, headers: dict[str, str]) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with suppress(ValueError):  # a thread is in it; it ends with that
                getattr(self._content, "close", lambda: None)()


def streamed(content: Iterator[bytes], wish: Wish) -> Response:
    """A file that is made while it is sent."""
    return Sent(content, media_type=wish.format.media, headers={**NO_STORE, **headers_of(wish.file_name())})


def address_of(request: Request) -> str:
    """For the audit log."""
    return request.client.host if request.client else ""


def told(export: ExportView) -> ExportOut:
    """As programs see it."""
    wish = export.wish
    done = export.state == "done"
    return ExportOut(
        id=export.id, state=export.state, percent=export.percent, rows=export.rows, total=export.total,
        bytes=export.bytes, asked_ms=export.asked_ms, ended_ms=export.ended_ms, error=export.error,
        file=f"/api/history/exports/{export.id}/file" if done else None, devices=list(wish.devices),
        channels=list(wish.channels), from_ms=wish.from_ms, to_ms=wish.to_ms, level=wish.level, format=wish.format,
    )  # fmt: skip
