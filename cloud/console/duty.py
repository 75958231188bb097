"""The page of duty: gaps, who has it now, who stands in, handing a shift over. Works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.people import TEXT
from cloud.console import duty_list
from cloud.console.duty_list import Asked
from cloud.console.looking import picture_of
from cloud.console.view import View
from cloud.desk import Desk
from cloud.people.errors import ListChanged, NoVault, PeopleError
from cloud.people.gaps import Gap
from cloud.people.sight import seen_duty
from cloud.people.standing_in import Wish
from cloud.people.views import HandoverView
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from cloud.words import times
from domain.duty_book import StandInError
from domain.roster import Person

Reader = Annotated[Caller, Depends(allow(Action.PEOPLE_READ))]
Mover = Annotated[Caller, Depends(allow(Action.INCIDENT_MOVE))]
Rosterer = Annotated[Caller, Depends(allow(Action.ROSTER_WRITE))]
Id = Annotated[str, Form(max_length=64, pattern=TEXT)]
Text = Annotated[str, Form(max_length=2000, pattern=TEXT)]
Time = Annotated[str, Form(max_length=32)]
Seen = Annotated[list[str], Form(max_length=5000)]
Search = Annotated[str, Query(alias="q", max_length=100)]
AreaId = Annotated[str, Query(max_length=64)]
PageNumber = Annotated[int, Query(ge=1, le=1000)]
All = Annotated[bool, Query(alias="gaps")]
HERE = "/duty"
GAPS_SHOWN = 8
DIGITS_MIN = 5  # of a telephone; fewer would find half the district
NOBODY: list[str] = []
FIELDS = ("absent", "by", "start", "end", "reason", "receiver", "note")


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/duty and what is done there."""
    pages = DutyPages(desk, view)
    router.add_api_route(HERE, pages.page)
    for path, act in (
        ("stand-ins", pages.enter), ("stand-ins/{entry}/end", pages.end), ("hand-over", pages.offer),
        ("hand-over/{entry}/confirm", pages.confirm), ("hand-over/{entry}/refuse", pages.refuse),
        ("hand-over/{entry}/withdraw", pages.withdraw),
    ):  # fmt: skip
        router.add_api_route(f"{HERE}/{path}", act, methods=["POST"])


class DutyPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(
        self, request: Request, caller: Reader, q: Search = "", below: AreaId = "", page: PageNumber = 1,
        every_gap: All = False,
    ) -> Response:  # fmt: skip
        """Who has duty in one's areas, as it is asked for, and the forms that one may use."""
        asked = Asked(q=q, area=below, page=page, people=self._reached(caller, q))
        return self._show(request, caller, asked=asked, every_gap=every_gap)

    def enter(
        self, request: Request, caller: Rosterer, absent: Id = "", by: Id = "", start: Time = "", end: Time = "",
        reason: Text = "",
    ) -> Response:  # fmt: skip
        """Somebody is away; what cannot be is said above the same form."""
        told = {"absent": absent, "by": by, "start": start, "end": end, "reason": reason}

        def do() -> None:
            if self._desk.plan.roster.knows(absent):
                caller.check(self._code(absent))
            from_ms, to_ms = (_ms(text, self._desk.plan.offset_min) for text in (start, end))
            wish = Wish(absent=absent, by=by or None, from_ms=from_ms, to_ms=to_ms, reason=reason)
            self._desk.people.enter_stand_in(wish, caller.actor)

        return self._do(request, caller, do, told)

    def end(self, request: Request, caller: Rosterer, entry: int) -> Response:
        """The absent is back."""

        def do() -> None:
            caller.check(self._code(self._desk.people.stand_in(entry).absent))
            self._desk.people.end_stand_in(entry, caller.actor)

        return self._do(request, caller, do)

    def offer(self, request: Request, caller: Mover, receiver: Id = "", note: Text = "") -> Response:
        """Hand one's shift over."""
        told = {"receiver": receiver, "note": note}
        return self._do(request, caller, lambda: self._desk.people.offer(caller.actor, receiver, note), told)

    def confirm(self, request: Request, caller: Mover, entry: int, looked: Seen = NOBODY) -> Response:
        """Take it over, with what was ticked: each incident has its own box."""
        return self._do(request, caller, lambda: self._desk.people.confirm(entry, caller.actor, looked))

    def refuse(self, request: Request, caller: Mover, entry: int, reason: Text = "") -> Response:
        """Do not take it over."""
        return self._do(request, caller, lambda: self._desk.people.refuse(entry, caller.actor, reason))

    def withdraw(self, request: Request, caller: Mover, entry: int) -> Response:
        """Keep one's shift."""
        return self._do(request, caller, lambda: self._desk.people.withdraw(entry, caller.actor))

    def _do(
        self, request: Request, caller: Caller, work: Callable[[], object], told: dict[str, str] | None = None
    ) -> Response:
        try:
            work()
        except ListChanged:
            return self._show(request, caller, status=409, wrong="duty.list_changed")
        except (PeopleError, StandInError, _BadTimeError) as error:
            return self._show(request, caller, status=422, wrong=str(error), told=told)
        return RedirectResponse(HERE, status_code=303)

    def _show(
        self, request: Request, caller: Caller, status: int = 200, wrong: str = "", told: dict[str, str] | None = None,
        asked: Asked | None = None, *, every_gap: bool = False,
    ) -> Response:  # fmt: skip
        people, now_ms = self._desk.people, self._desk.clock.now_ms()
        handovers = [row for row in people.handovers() if self._concerns(caller, row)]
        values: dict[str, Any] = {
            "page": "duty",
            "picture": picture_of(self._desk, request),
            "now_ms": now_ms,
            **self._tonight(caller, asked or Asked(), every_gap=every_gap),
            "stand_ins": [row for row in people.stand_ins() if self._sees(caller, row.absent)],
            "waiting": [row for row in handovers if row.state == "offered"],
            "past": [row for row in handovers if row.state != "offered"][:10],
            "team": self._team(caller),
            "me": caller.actor,
            "may_enter": caller.guard.may(caller.principal, Action.ROSTER_WRITE),
            "may_hand_over": self._desk.plan.roster.knows(caller.actor),
            "start": times.field(now_ms, self._desk.plan.offset_min)[:16],
            "told": dict.fromkeys(FIELDS, "") | (told or {}),
            "wrong": wrong,
        }
        return self._view.html(request, "duty.html", status=status, **values)

    def _tonight(self, caller: Caller, asked: Asked, *, every_gap: bool) -> dict[str, Any]:
        """Who is on duty, and where nobody is."""
        tree = self._desk.plan.areas
        rows = seen_duty(self._desk.people.duty(), caller, tree)
        seen = {(row.level, row.id) for row in rows}
        gaps = [gap for gap in self._desk.people.gaps() if (gap.level, gap.id) in seen]
        person = self._desk.plan.roster.get(caller.actor)
        own = {grant.area for grant in caller.principal.grants if grant.area} | set(person.areas if person else ())
        return {
            "list": duty_list.listing(rows, tree, frozenset(own), asked),
            "areas": duty_list.choices(rows, tree),
            "gaps": gaps if every_gap else gaps[:GAPS_SHOWN],
            "gaps_count": len(gaps),
            "gaps_now": sum(gap.from_ms == 0 for gap in gaps),
            "mends": lambda gap: self._mends(caller, gap),
            "may_reach": lambda one: self._may_reach(caller, one.id),
        }

    def _mends(self, caller: Caller, gap: Gap) -> str:
        """Where somebody who may can mend it: the shifts of that place, or its people."""
        if not caller.guard.may(caller.principal, Action.ROSTER_WRITE, gap.code):
            return ""
        what = "people" if gap.level == "department" else "duty"
        return f"/plan/people?{urlencode({'list': what, 'q': gap.name})}"

    def _may_reach(self, caller: Caller, person: str) -> bool:
        return caller.guard.may(caller.principal, Action.PEOPLE_PERSONAL, self._code(person))

    def _reached(self, caller: Caller, q: str) -> frozenset[str]:
        """Whom a telephone reaches, of those whose contacts he may read; each found is on record."""
        number = "".join(letter for letter in q if letter.isdecimal())
        if len(number) < DIGITS_MIN or not caller.guard.may(caller.principal, Action.PEOPLE_PERSONAL):
            return frozenset()
        try:
            found = self._desk.people.reached_by(number)
        except NoVault:
            return frozenset()
        found = frozenset(person for person in found if self._may_reach(caller, person))
        for code in {self._code(person) for person in found}:
            caller.also(Action.PEOPLE_PERSONAL, (code, ""))
        return found

    def _concerns(self, caller: Caller, row: HandoverView) -> bool:
        return caller.actor in (row.giver, row.receiver) or self._sees(caller, row.giver)

    def _sees(self, caller: Caller, person: str) -> bool:
        return caller.sees(self._code(person))

    def _team(self, caller: Caller) -> list[Person]:
        everybody = self._desk.plan.roster.people
        mine = (person for person in everybody if person.active and self._sees(caller, person.id))
        return sorted(mine, key=lambda person: (person.area, person.id))

    def _code(self, person_id: str) -> str:
        """The code of somebody's area; the top of the tree for whoever is no longer known."""
        read = self._desk.plan.read
        person = read.roster.get(person_id)
        area = read.areas.get(person.area) if person else None
        return area.code if area else ""


class _BadTimeError(ValueError):
    """A time cannot be read."""


def _ms(text: str, offset_min: int) -> int:
    try:
        return times.read(text[:16], offset_min)
    except ValueError:
        raise _BadTimeError("write the time as 2026-10-01T08:00 / 时间请写成 2026-10-01T08:00") from None
