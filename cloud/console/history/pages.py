"""/history: any channel over any span, its exact values, and files of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.history_exports import Names, Reader, Span, address_of, judge, own
from cloud.console.history.choice import SPANS, Choice, channels_of, groups, times, usual
from cloud.console.history.picture import picture, said
from cloud.console.history.table import table_of
from cloud.console.looking import picture_of
from cloud.console.view import View, packed, visitor
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.history.asking import DEVICES_MAX, Answer, Ask, BadAsk
from cloud.history.exports.errors import ExportsFull
from cloud.history.exports.wish import Format, Wish
from cloud.history.levels import LEVELS
from cloud.history.personal import POSITIONS
from cloud.history.port import Known, Level, NotReadable
from cloud.history.turns import HistoryBusy
from cloud.trust.door import Caller
from cloud.trust.rights import Action

HERE = "/history"
Time = Annotated[int | None, Query(ge=0, lt=1 << 53)]
Text = Annotated[str, Query(max_length=64)]
Some = Annotated[list[str], Query(max_length=DEVICES_MAX)]


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/history and what is put into it."""
    pages = HistoryPages(desk, view)
    router.add_api_route(HERE, pages.page)
    router.add_api_route(f"{HERE}/data", pages.data)
    router.add_api_route(f"{HERE}/table", pages.table)
    router.add_api_route(f"{HERE}/exports", pages.exports)
    router.add_api_route(f"{HERE}/exports", pages.export, methods=["POST"])
    router.add_api_route(HERE + "/exports/{export_id}/cancel", pages.cancel, methods=["POST"])


class Times:
    """When, as the address says it: by a name, in milliseconds, or as a form writes it."""

    def __init__(
        self, span: Text = "", from_ms: Time = None, to_ms: Time = None, from_at: Text = "", to_at: Text = ""
    ) -> None:
        self.span = span
        self.own = (from_ms, to_ms)
        self.local = (from_at, to_at)

    def read(self, now_ms: int, offset_min: int) -> tuple[str, int, int]:
        """Raises BadAsk."""
        return times(self.span, self.own, self.local, now_ms, offset_min)


class HistoryPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._history = desk.history
        self._view = view

    def page(
        self, request: Request, caller: Reader, when: Annotated[Times, Depends()], device: Some = [],  # noqa: B006
        channel: Some = [], q: Text = "", table: bool = False,  # noqa: B006 - FastAPI copies and names them
    ) -> Response:  # fmt: skip
        """The page; without devices, the list to choose from."""
        judge(self._desk, caller, device, channel)
        words, now_ms = visitor(request).words, self._desk.clock.now_ms()
        fault, known = "", []
        try:
            span, from_ms, to_ms = when.read(now_ms, words.offset_min)
            known = self._known(caller, device) if device else []
        except BadAsk as error:
            fault = words.t("history.bad", why=str(error))
            span, from_ms, to_ms = times("", (None, None), ("", ""), now_ms, words.offset_min)
        except NotReadable as error:
            fault = str(error)
        channels = channels_of(known)
        choice = Choice(
            devices=tuple(device), channels=tuple(channel) or usual(channels), span=span, from_ms=from_ms, to_ms=to_ms
        )
        answer = None
        if device and choice.channels and not fault:
            answer, fault = self._try(words, choice, read=table)
        listed, more = groups(
            self._history.devices().values(), self._desk.plan.read.areas, caller, q, choice.devices
        )  # fmt: skip
        drawable = bool(device and choice.channels and not fault)
        values: dict[str, Any] = {
            "page": "history", "picture": picture_of(self._desk, request), "now_ms": now_ms, "groups": listed,
            "more": more, "q": q, "chosen": choice.devices, "channels": dict.fromkeys((*channels, *choice.channels)),
            "shown_channels": choice.channels, "span": span, "spans": tuple(SPANS), "from_ms": from_ms, "to_ms": to_ms,
            "from_local": words.field(from_ms), "to_local": words.field(to_ms), "fault": fault,
            "devices_max": DEVICES_MAX,
            "address": lambda **changes: choice.address(HERE, **changes),
            "data_src": _bare(choice, "/data") if drawable else "", "table_src": _bare(choice, "/table"),
            "table": self._table(words, answer) if answer else None,
            "incidents": self._incidents(request, choice), "formats": tuple(Format), "levels_of": LEVELS,
            "exports": self._history.exports.of(caller.actor), "refused": "",
            "disk_low": self._history.keeper().get("disk_low", 0),
        }  # fmt: skip
        return self._view.html(request, "history/page.html", **values)

    def data(
        self, request: Request, caller: Reader, device: Names, span: Annotated[Span, Depends()],
        channel: Names = [], width: int = 800,  # noqa: B006 - FastAPI copies it
    ) -> Response:  # fmt: skip
        """Curves as static/plot.js draws them. Raises BadAsk."""
        judge(self._desk, caller, device, channel)
        answer = self._read(tuple(device), tuple(channel), span.from_ms, span.to_ms, width)
        places = self._history.devices(device)
        told = picture(visitor(request).words, answer, places, self._history.limits(device))
        return packed(request, json.dumps(told, ensure_ascii=False).encode(), "application/json")

    def table(
        self,
        request: Request,
        caller: Reader,
        device: Names,
        span: Annotated[Span, Depends()],
        channel: Names = [],  # noqa: B006
    ) -> Response:
        """The same as a table, thinned to what can be read."""
        judge(self._desk, caller, device, channel)
        answer = self._read(tuple(device), tuple(channel), span.from_ms, span.to_ms, 800)
        return self._view.html(
            request, "history/_table.html", table=self._table(visitor(request).words, answer)
        )  # fmt: skip

    def exports(self, request: Request, caller: Reader) -> Response:
        """One's own exports and how far they are."""
        return self._exports(request, caller.actor)

    def export(
        self, request: Request, caller: Reader, device: Annotated[list[str], Form()], from_ms: Annotated[int, Form()],
        to_ms: Annotated[int, Form()], format: Annotated[Format, Form()], level: Annotated[Level, Form()],
        channel: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:  # fmt: skip
        """Ask for a file."""
        words = visitor(request).words
        judge(self._desk, caller, device, channel)
        refused = ""
        try:
            wish = Wish(
                devices=tuple(device), channels=tuple(channel), from_ms=from_ms, to_ms=to_ms, level=level,
                format=format, lang=words.lang,
            )  # fmt: skip
            self._history.exports.ask(wish, caller.actor, address_of(request))
        except ExportsFull:
            refused = words.t("history.full")
        except BadAsk as error:
            refused = words.t("history.bad", why=str(error))
        return self._exports(request, caller.actor, refused)

    def cancel(self, request: Request, export_id: str, caller: Reader) -> Response:
        """Stop one of one's own."""
        own(self._desk, caller, export_id)
        self._history.exports.cancel(export_id)
        return self._exports(request, caller.actor)

    def _known(self, caller: Caller, devices: list[str]) -> list[Known]:
        """Channels to choose from: positions of people only for who may read them all."""
        known = self._history.channels(devices)
        places = self._history.devices(devices).values()
        if all(caller.guard.may(caller.principal, Action.TRACK_READ, one.grid, one.site) for one in places):
            return known
        return [one for one in known if one.channel not in POSITIONS]

    def _exports(self, request: Request, actor: str, refused: str = "") -> Response:
        if request.method == "POST" and "hx-request" not in request.headers and not refused:
            return RedirectResponse(HERE, status_code=303)
        exports = self._history.exports.of(actor)
        return self._view.html(request, "history/_exports.html", exports=exports, refused=refused)

    def _read(
        self, devices: tuple[str, ...], channels: tuple[str, ...], from_ms: int, to_ms: int, width: int
    ) -> Answer:
        ask = Ask(devices=devices, channels=channels, from_ms=from_ms, to_ms=to_ms, width=width)
        with self._history.turn(ask):
            return self._history.read(ask)

    def _try(self, words: Words, choice: Choice, *, read: bool) -> tuple[Answer | None, str]:
        """The answer where it is wanted; what is wrong with the question where it cannot be."""
        try:
            if read:
                return self._read(choice.devices, choice.channels, choice.from_ms, choice.to_ms, 800), ""
            Ask(devices=choice.devices, channels=choice.channels, from_ms=choice.from_ms, to_ms=choice.to_ms)
        except BadAsk as error:
            return None, words.t("history.bad", why=str(error))
        except HistoryBusy as error:
            return None, str(error)
        return None, ""

    def _table(self, words: Words, answer: Answer) -> dict[str, Any]:
        places = self._history.devices({drawn.curve.device for drawn in answer.curves})
        return {**table_of(words, answer, places), "said": f"{said(words, answer)}. {words.t('history.thinned')}"}

    def _incidents(self, request: Request, choice: Choice) -> tuple[Any, ...]:
        sees = request.state.caller.sees
        found = self._history.incidents(choice.devices) if choice.devices else ()
        return tuple(one for one in found if sees(one.grid, one.site))


def _bare(choice: Choice, path: str) -> str:
    """Devices and channels; the script adds the times."""
    return Choice(devices=choice.devices, channels=choice.channels, span="", from_ms=0, to_ms=0).address(
        HERE + path, from_ms="", to_ms=""
    )
