"""/api/people, /api/duty, /api/departments, /api/stand-ins, /api/shift-handovers: the team, and who has it now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.people.errors import UnknownPerson
from cloud.people.sight import seen_duty
from cloud.people.standing_in import REASON_MAX, Wish
from cloud.people.views import DutyRow, HandoverView, PersonRow, SitePerson, StandInView
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.departments import Department

TEXT = r"^[^\x00]*$"  # PostgreSQL holds no NUL
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=TEXT)]
Entry = Annotated[int, Field(ge=1, lt=1 << 53)]
Ms = Annotated[int, Field(ge=0, lt=1 << 53)]
Reader = Annotated[Caller, Depends(allow(Action.PEOPLE_READ))]
Mover = Annotated[Caller, Depends(allow(Action.INCIDENT_MOVE))]
Rosterer = Annotated[Caller, Depends(allow(Action.ROSTER_WRITE))]


class Strict(BaseModel):
    """No unknown fields."""

    model_config = ConfigDict(extra="forbid")


class StandInIn(Strict):
    """Somebody is away; `by` left out: nobody in particular stands in. `actor`: for programs that pass it on."""

    absent: Id
    by: Id | None = None
    from_ms: Ms
    to_ms: Ms
    reason: str = Field(min_length=1, max_length=REASON_MAX, pattern=TEXT)
    actor: Id | None = None


class OfferIn(Strict):
    """Hand over a shift, one's own unless a program passes it on."""

    receiver: Id
    note: str = Field(default="", max_length=2000, pattern=TEXT)
    actor: Id | None = None


class ConfirmIn(Strict):
    """Take a shift over: `seen` are the incidents that were looked through."""

    seen: list[Id] = Field(max_length=5000)
    actor: Id | None = None


class RefuseIn(Strict):
    """Do not take it over."""

    reason: str = Field(min_length=1, max_length=2000, pattern=TEXT)
    actor: Id | None = None


class ActorIn(Strict):
    """Who does it, where a program passes it on."""

    actor: Id | None = None


class ContactsIn(Strict):
    """What is named is set, null erases."""

    mobile: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=200)
    mail: str | None = Field(default=None, max_length=200)
    wecom: str | None = Field(default=None, max_length=200)
    dingtalk: str | None = Field(default=None, max_length=200)
    feishu: str | None = Field(default=None, max_length=200)


def build_router(desk: Desk) -> APIRouter:
    """Routes on people."""
    router = late_router(prefix="/api", tags=["people"])
    for part in (_team, _contacts, _stand_ins, _handovers, _decisions):
        part(router, desk)
    return router


def code_of(desk: Desk, person_id: str) -> str:
    """The code of somebody's area, for the guard. Raises UnknownPerson."""
    read = desk.plan.read
    person = read.roster.get(person_id)
    if person is None:
        raise UnknownPerson(f"nobody called {person_id} is in the roster / 名册中没有 {person_id}")
    area = read.areas.get(person.area)
    return area.code if area else ""


def _team(router: APIRouter, desk: Desk) -> None:
    @router.get("/people")
    def people(caller: Reader) -> tuple[PersonRow, ...]:
        """The team of one's areas, without phone numbers; who is on duty, and what the handheld said last."""
        return tuple(row for row in desk.people.people() if caller.sees(code_of(desk, row.id)))

    @router.get("/duty")
    def duty(caller: Reader, at_ms: Annotated[int | None, Query(ge=0, lt=1 << 53)] = None) -> tuple[DutyRow, ...]:
        """Who has duty in one's areas and above them, now or at a time; where nobody has, who would be called."""
        return seen_duty(desk.people.duty(at_ms), caller, desk.plan.areas)

    @router.get("/departments", dependencies=[Depends(allow(Action.PEOPLE_READ))])
    def departments() -> tuple[Department, ...]:
        """The departments and their matters."""
        return desk.plan.departments.all

    @router.get("/site-people", dependencies=[Depends(allow(Action.PEOPLE_READ))])
    def site(site: str) -> tuple[SitePerson, ...]:
        """The workers of a site with their terminals, as [[people]] of its site file names them."""
        return desk.people.site(site)


def _contacts(router: APIRouter, desk: Desk) -> None:
    @router.get("/people/{person}/contacts")
    def contacts(person: str, caller: Annotated[Caller, Depends(allow(Action.PEOPLE_PERSONAL))]) -> dict[str, str]:
        """How to reach somebody of one's areas; the reading is on record. 404 if unknown."""
        caller.check(code_of(desk, person))
        return desk.people.contacts(person)

    @router.put("/people/{person}/contacts", status_code=204)
    def set_contacts(
        person: str, values: ContactsIn, caller: Annotated[Caller, Depends(allow(Action.PEOPLE_WRITE))]
    ) -> None:
        """Set what is named; null erases. 404 if unknown."""
        caller.check(code_of(desk, person))
        desk.people.set_contacts(person, values.model_dump(exclude_unset=True), caller.actor)


def _stand_ins(router: APIRouter, desk: Desk) -> None:
    @router.get("/stand-ins")
    def listed(caller: Reader, past: bool = False) -> tuple[StandInView, ...]:
        """Who stands in for whom in one's areas, now and later; with past ones where asked."""
        rows = desk.people.stand_ins(past=past)
        known = desk.plan.roster.knows
        return tuple(row for row in rows if caller.sees(code_of(desk, row.absent) if known(row.absent) else ""))

    @router.post("/stand-ins", status_code=201)
    def enter(wish: StandInIn, caller: Rosterer) -> StandInView:
        """Somebody is away for a while; the same entry twice is one. 422 where it cannot be."""
        caller.check(code_of(desk, wish.absent))
        values = wish.model_dump(exclude={"actor"})
        return desk.people.enter_stand_in(Wish(**values), caller.named(wish.actor))

    @router.post("/stand-ins/{entry}/end")
    def end(entry: Entry, who: ActorIn, caller: Rosterer) -> StandInView:
        """The absent is back before the time. 404 if unknown, 409 where it is over."""
        caller.check(code_of(desk, desk.people.stand_in(entry).absent))
        return desk.people.end_stand_in(entry, caller.named(who.actor))


def _named(desk: Desk, caller: Caller, actor: str | None) -> str:
    """Who acts; a program passes on for people of its areas only. Raises Forbidden, UnknownPerson."""
    who = caller.named(actor)
    if who != caller.actor:
        caller.check(code_of(desk, who))
    return who


def _handovers(router: APIRouter, desk: Desk) -> None:
    @router.get("/shift-handovers")
    def listed(caller: Reader) -> tuple[HandoverView, ...]:
        """The last hand-overs in one's areas, those that wait first, each with its incidents."""
        rows = desk.people.handovers()
        known = desk.plan.roster.knows
        return tuple(row for row in rows if caller.sees(code_of(desk, row.giver) if known(row.giver) else ""))

    @router.post("/shift-handovers", status_code=201)
    def offer(wish: OfferIn, caller: Mover) -> HandoverView:
        """Offer one's shift to somebody; the same offer twice is one. 409 where another one waits."""
        return desk.people.offer(_named(desk, caller, wish.actor), wish.receiver, wish.note)


def _decisions(router: APIRouter, desk: Desk) -> None:
    @router.post("/shift-handovers/{entry}/confirm")
    def confirm(entry: Entry, wish: ConfirmIn, caller: Mover) -> HandoverView:
        """Take it over with the incidents that were seen. 409 where the list has changed since: look again."""
        return desk.people.confirm(entry, _named(desk, caller, wish.actor), wish.seen)

    @router.post("/shift-handovers/{entry}/refuse")
    def refuse(entry: Entry, wish: RefuseIn, caller: Mover) -> HandoverView:
        """Do not take it over; the giver keeps everything."""
        return desk.people.refuse(entry, _named(desk, caller, wish.actor), wish.reason)

    @router.post("/shift-handovers/{entry}/withdraw")
    def withdraw(entry: Entry, who: ActorIn, caller: Mover) -> HandoverView:
        """The giver stays."""
        return desk.people.withdraw(entry, _named(desk, caller, who.actor))
