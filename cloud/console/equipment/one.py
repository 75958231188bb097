"""/equipment/endpoints/{device}: everything about one endpoint, and shelving it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.people import TEXT
from cloud.console.acts import Answer
from cloud.console.equipment.telling import limits_by_channel, worth_a_curve
from cloud.console.equipment.upkeep import Said, form, visit
from cloud.console.looking import picture_of
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.equipment.errors import EquipmentError, UnknownThing
from cloud.equipment.maintenance import NOTE_MAX, Work
from cloud.equipment.orders import Wish
from cloud.equipment.views import EndpointView
from cloud.history.personal import POSITIONS
from cloud.history.port import NotReadable
from cloud.history.room import OF_DEVICE, is_full
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.incidents import Kind
from domain.maintenance import Result, What
from domain.shelving import LONGEST_LIFE_SAFETY_MS, TEXT_MAX
from protocol.channels import CHANNELS, is_bool, unit_of
from runtime.ids import uuid7

Reader = Annotated[Caller, Depends(allow(Action.GATEWAY_READ))]
Keeper = Annotated[Caller, Depends(allow(Action.MAINTENANCE_WRITE))]
Shelver = Annotated[Caller, Depends(allow(Action.SHELF_WRITE))]
ID = r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
HOURS = (1, 2, 4, 8, 12, 24, 72, 168)  # offered; of life safety those up to 12
LIFE_HOURS = LONGEST_LIFE_SAFETY_MS // 3_600_000
CURVES = 6  # on the page of an endpoint; the page of the history draws any
LAST_MS = 3_600_000  # a last value is looked for in the hour before the channel fell silent
_LIVES = frozenset(str(kind) for kind in Kind if kind.life_safety)


class EndpointPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(self, request: Request, caller: Reader, device: str) -> Response:
        """What is known of it, its readings, its shelves."""
        return self._show(request, caller, device)

    def shelve(
        self,
        request: Request,
        caller: Shelver,
        device: str,
        order: Annotated[str, Form(max_length=36, pattern=ID)] = "",
        kind: Annotated[str, Form(max_length=64)] = "",
        hours: Annotated[float, Form(ge=0, le=10_000, allow_inf_nan=False)] = 0,
        reason: Annotated[str, Form(max_length=TEXT_MAX, pattern=TEXT)] = "",
        sure: Annotated[bool, Form()] = False,
    ) -> Response:
        """Order a shelf. One of life safety needs a second word: that it is meant."""
        told = {"kind": kind, "hours": hours, "reason": reason}

        def do() -> None:
            if kind in _LIVES and not sure:
                words = visitor(request).words
                raise EquipmentError(words.t("eq.shelf.not_sure"))
            kinds = (kind,) if kind else ()
            wish = Wish(
                id=order or uuid7(self._desk.clock.now_ms()), device=device, kinds=kinds, reason=reason, hours=hours
            )
            self._desk.equipment.shelve(wish, caller.actor)

        return self._do(request, caller, device, do, told)

    def take_back(self, request: Request, caller: Shelver, device: str, order: str) -> Response:
        """End one before its time."""
        return self._do(
            request, caller, device, lambda: self._desk.equipment.take_back(device, order, caller.actor)
        )  # fmt: skip

    def record(
        self,
        request: Request,
        caller: Keeper,
        device: str,
        said: Said,
        result: Annotated[str, Form(max_length=16, pattern=TEXT)] = "good",
    ) -> Response:
        """What was done to it."""

        def do() -> None:
            work = Work(device=device, result=result)
            done = visit(said, (work,), self._desk.clock.now_ms(), self._desk.plan.offset_min)
            self._desk.equipment.maintenance.record(done, caller.actor)

        return self._do(request, caller, device, do, said | {"result": result}, "maintenance")

    def correct(
        self,
        request: Request,
        caller: Keeper,
        device: str,
        record: str,
        why: Annotated[str, Form(max_length=NOTE_MAX, pattern=TEXT)] = "",
    ) -> Response:
        """A record does not count any more."""
        maintenance = self._desk.equipment.maintenance

        def do() -> None:
            spot = maintenance.spot_of(record)
            caller.check(spot.grid, spot.site)
            maintenance.take_back(record, why, caller.actor)

        return self._do(request, caller, device, do, None, "maintenance")

    def _do(
        self,
        request: Request,
        caller: Caller,
        device: str,
        work: Callable[[], None],
        told: dict[str, Any] | None = None,
        part: str = "shelves",
    ) -> Response:
        try:
            work()
        except UnknownThing as error:
            return self._unknown(request, str(error))
        except EquipmentError as error:
            return self._show(request, caller, device, status=422, wrong=str(error), told=told, part=part)
        return RedirectResponse(f"/equipment/endpoints/{quote(device, safe='')}#{part}", status_code=303)

    def _show(
        self,
        request: Request,
        caller: Caller,
        device: str,
        status: int = 200,
        wrong: str = "",
        told: dict[str, Any] | None = None,
        part: str = "",
    ) -> Response:
        try:
            found = self._desk.equipment.endpoint(device)
        except UnknownThing as error:
            return self._unknown(request, str(error))
        now_ms = self._desk.clock.now_ms()
        thing = found.thing
        lives = [order for order in found.orders if order.open and order.life_safety]
        channels, limits = self._channels(found), limits_by_channel(found.rules)
        drawn = worth_a_curve([row["name"] for row in channels if row["kept"]], limits)[:CURVES]
        values: dict[str, Any] = {
            "page": "equipment",
            "picture": picture_of(self._desk, request),
            "now_ms": now_ms,
            "e": found,
            "thing": thing,
            "areas": tuple(reversed(self._desk.plan.chain_of(thing.grid, thing.site))),
            "channels": channels,
            "drawn": drawn,
            "undrawn": sum(row["kept"] for row in channels) - len(drawn),
            "full": OF_DEVICE if is_full(row["name"] for row in channels) else 0,
            "limits": limits,
            "may_shelve": caller.guard.may(caller.principal, Action.SHELF_WRITE, thing.grid, thing.site),
            "lives": lives,
            "hours": HOURS,
            "life_hours": LIFE_HOURS,
            "order": uuid7(now_ms),
            "told": {"kind": "", "hours": 2, "reason": ""} | (told if told and part == "shelves" else {}),
            "wrong": wrong,
            "part": part,
            "may_record": caller.guard.may(caller.principal, Action.MAINTENANCE_WRITE, thing.grid, thing.site),
            "held": form(
                now_ms,
                self._desk.plan.offset_min,
                self._desk.plan.name_of(caller.actor),
                told if part == "maintenance" else None,
            ),
            "whats": tuple(What),
            "results": tuple(Result),
        }
        return self._view.html(request, "equipment/endpoint.html", status=status, **values)

    def _channels(self, found: EndpointView) -> list[dict[str, Any]]:
        """Each channel with its health, its last value and when that was."""
        device = found.thing.device
        known: dict[str, int] = {}
        with suppress(NotReadable):  # its server is away: channels are told as gateways tell them, without values
            known = {one.channel: one.last_ms for one in self._desk.history.channels([device])}
        rows = []
        for name in sorted({*found.thing.channels, *known}):
            health = found.thing.channels.get(name, "missing") if found.thing.state == "online" else "unknown"
            value, at_ms = self._last(device, name, known.get(name))
            rows.append(
                {
                    "name": name,
                    "health": health,
                    "value": value,
                    "at_ms": at_ms,
                    "unit": _unit(name),
                    "kept": name in known and name not in POSITIONS,
                }
            )
        return rows

    def _last(self, device: str, channel: str, last_ms: int | None) -> tuple[float | bool | None, int | None]:
        if last_ms is None:
            return None, None
        if channel in POSITIONS:  # where somebody is: /history, by its name, on record
            return None, last_ms
        points = self._desk.readings(device, channel, max(0, last_ms - LAST_MS), last_ms + 1)
        at_ms, value = next(((at, number) for at, number in reversed(points) if number is not None), (last_ms, None))
        if value is not None and channel in CHANNELS and is_bool(channel):
            return bool(value), at_ms
        return value, at_ms

    def _unknown(self, request: Request, text: str) -> Response:
        values = {"answer": Answer(status=404, text=text), "back": "/equipment", "page": "notice"}
        return self._view.html(
            request, "notice.html", status=404, picture=picture_of(self._desk, request), **values
        )  # fmt: skip


def _unit(channel: str) -> str:
    return unit_of(channel) if channel in CHANNELS else ""
