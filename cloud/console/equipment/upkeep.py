"""What was done to endpoints, in forms: of one endpoint, and of a whole building at once. Works without scripts."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.people import TEXT
from cloud.console.equipment.filters import Filter, area_choices, wish_of
from cloud.console.looking import picture_of
from cloud.console.view import View
from cloud.desk import Desk
from cloud.equipment.errors import EquipmentError
from cloud.equipment.maintenance import NAME_MAX, NOTE_MAX, VISIT_MAX, Visit, Work
from cloud.equipment.views import Thing
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from cloud.words import times
from domain.maintenance import Result, What
from runtime.ids import uuid7

Writer = Annotated[Caller, Depends(allow(Action.MAINTENANCE_WRITE))]
SHOWN = 200  # of a visit: more than that is no page; VISIT_MAX is what one form may hold
HERE = "/equipment/visit"
Text = Annotated[str, Form(max_length=NOTE_MAX, pattern=TEXT)]
Day = Annotated[str, Form(max_length=10, pattern=TEXT)]
Id = Annotated[str, Form(max_length=36, pattern=r"^[0-9a-f-]*$")]
NOON_MS = 12 * 3_600_000


def ms_of(day: str, now_ms: int, offset_min: int) -> int:
    """Noon of a local date, or now where it is today. Raises EquipmentError."""
    try:
        noon_ms = times.read(day[:10], offset_min) + NOON_MS
    except ValueError:
        raise EquipmentError("请选择日期 / choose a date, as 2026-11-22") from None
    return now_ms if day == times.date(now_ms, offset_min) else noon_ms


def visit_of(
    what: Annotated[str, Form(max_length=16, pattern=TEXT)] = "",
    day: Day = "",
    next_day: Day = "",
    done_by: Annotated[str, Form(max_length=NAME_MAX, pattern=TEXT)] = "",
    note: Text = "",
    visit: Id = "",
) -> dict[str, str]:
    """What every form of this kind asks for, as it was typed."""
    return {"what": what, "day": day, "next_day": next_day, "done_by": done_by, "note": note, "visit": visit}


Said = Annotated[dict[str, str], Depends(visit_of)]


def visit(said: dict[str, str], works: tuple[Work, ...], now_ms: int, offset_min: int) -> Visit:
    """As the desk takes it. Raises EquipmentError."""
    return Visit(
        id=said["visit"] or uuid7(now_ms), what=said["what"], done_ms=ms_of(said["day"], now_ms, offset_min),
        done_by=said["done_by"], works=works, note=said["note"],
        next_ms=ms_of(said["next_day"], 0, offset_min) if said["next_day"] else None,
    )  # fmt: skip


def form(now_ms: int, offset_min: int, who: str, said: dict[str, str] | None = None) -> dict[str, Any]:
    """What a form of this kind is drawn from. A form that was refused keeps its id: it is still the same visit."""
    today = times.date(now_ms, offset_min)
    fresh = {"what": str(What.TEST), "day": today, "next_day": "", "done_by": who, "note": "", "visit": ""}
    held = fresh | (said or {})
    return held | {"visit": held["visit"] or uuid7(now_ms), "today": today}


def works_of(rows: list[str], others: str) -> tuple[Work, ...]:
    """Rows as `result|device`; one without a result of its own has that of the others, or is left out."""
    found = []
    for row in rows[:VISIT_MAX]:
        result, _, device = row.partition("|")
        if device and (result or others):
            found.append(Work(device=device, result=result or others))
    return tuple(found)


class VisitPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(
        self,
        request: Request,
        caller: Writer,
        wish: Annotated[Filter, Depends(wish_of)],
        done: Annotated[int, Query(ge=0, le=VISIT_MAX)] = 0,
    ) -> Response:
        """Endpoints to choose from, and what was done there."""
        return self._show(request, caller, wish, done=done)

    def record(
        self,
        request: Request,
        caller: Writer,
        wish: Annotated[Filter, Depends(wish_of)],
        said: Said,
        row: Annotated[list[str], Form(max_length=VISIT_MAX)] = [],  # noqa: B006 - FastAPI copies it
        others: Annotated[str, Form(max_length=16, pattern=TEXT)] = "",
    ) -> Response:
        """Put it on record, or show the form again with what is wrong."""
        works = works_of(row, others)
        maintenance = self._desk.equipment.maintenance
        for spot in maintenance.spots(work.device for work in works).values():
            caller.check(spot.grid, spot.site)
        try:
            made = maintenance.record(
                visit(said, works, self._desk.clock.now_ms(), self._desk.plan.offset_min), caller.actor
            )
        except EquipmentError as error:
            chosen = {work.device: work.result for work in works} if not others else {}
            return self._show(request, caller, wish, said=said, wrong=str(error), chosen=chosen, others=others)
        return RedirectResponse(f"{HERE}?{wish.query(done=len(made))}", status_code=303)

    def _show(
        self, request: Request, caller: Caller, wish: Filter, said: dict[str, str] | None = None, **more: Any
    ) -> Response:
        now_ms, plan = self._desk.clock.now_ms(), self._desk.plan
        sees = cache(caller.sees)
        mine = [thing for thing in self._desk.equipment.things() if sees(thing.grid, thing.site)]
        found = self._chosen(mine, wish)
        values: dict[str, Any] = {
            "page": "equipment", "picture": picture_of(self._desk, request), "now_ms": now_ms, "wish": wish,
            "found": found[:SHOWN], "total": len(found), "shown": SHOWN, "kinds": sorted({one.kind for one in mine}),
            "areas": area_choices(plan.areas),
            "held": form(now_ms, plan.offset_min, plan.name_of(caller.actor), said), "whats": tuple(What),
            "results": tuple(Result), "done": 0, "wrong": "", "chosen": {}, "others": "", **more,
        }  # fmt: skip
        return self._view.html(request, "equipment/visit.html", status=422 if values["wrong"] else 200, **values)

    def _chosen(self, things: list[Thing], wish: Filter) -> list[Thing]:
        """Those that fit, as one walks: by place."""
        located = cache(lambda grid, site: frozenset(area.id for area in self._desk.plan.areas.locate(grid, site)))
        fitting = wish.fitting(things, lambda thing: located(thing.grid, thing.site))
        return sorted(fitting, key=lambda thing: (thing.site, thing.place, thing.device))
