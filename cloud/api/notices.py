"""/api/notices and /api/webhooks: who was told by what, how people want to be told, and other systems that hear."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.api.people import code_of
from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.notices.views import MannerView, NoticeRow, WebhookView
from cloud.notices.webhooks.desk import NAME_MAX, URL_MAX
from cloud.people.errors import UnknownPerson
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.notices import NoticeState

TEXT = r"^[^\x00]*$"
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=TEXT)]
Asked = Annotated[str | None, Query(max_length=64, pattern=TEXT)]
PersonId = Annotated[str, Path(max_length=64, pattern=TEXT)]
WebhookId = Annotated[str, Path(max_length=32, pattern=TEXT)]
Reader = Annotated[Caller, Depends(allow(Action.NOTICE_READ))]
Keeper = Annotated[Caller, Depends(allow(Action.WEBHOOK_WRITE))]


class WishIn(BaseModel):
    """How somebody wants to be told; what is left out, the rules of the centre say. `quiet` "": no quiet hours."""

    model_config = ConfigDict(extra="forbid")

    channels: list[Id] | None = Field(default=None, max_length=20)
    quiet: str | None = Field(default=None, max_length=16, pattern=TEXT)
    language: str | None = Field(default=None, pattern="^(zh|en)$")


class WebhookIn(BaseModel):
    """A new webhook. Without `area` it hears of the whole district, without `kinds` of every incident."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=TEXT)
    url: str = Field(min_length=1, max_length=URL_MAX, pattern=TEXT)
    area: Id | None = None
    kinds: list[Id] = Field(default_factory=list, max_length=50)


class ResumeIn(BaseModel):
    """Let it go on; `skip` leaves out what was made meanwhile."""

    model_config = ConfigDict(extra="forbid")

    skip: bool = False


class WebhookMade(BaseModel):
    """The only answer that holds the secret."""

    webhook: WebhookView
    secret: str


def build_router(desk: Desk) -> APIRouter:
    """Routes on notices and webhooks."""
    router = late_router(prefix="/api", tags=["notices"])
    _notices(router, desk)
    _webhooks(router, desk)
    return router


def _notices(router: APIRouter, desk: Desk) -> None:
    @router.get("/notices")
    def notices(
        caller: Reader,
        incident_id: Asked = None,
        person: Asked = None,
        channel: Asked = None,
        state: Annotated[list[NoticeState] | None, Query(max_length=6)] = None,
    ) -> tuple[NoticeRow, ...]:
        """The newest 500 notices that fit, of the caller's areas: state per person and channel."""
        found = desk.notices.rows(incident_id, person, channel, state or ())
        return tuple(row for row, grid, site in found if caller.sees(grid, site))

    @router.get("/notices/manners/{person}")
    def manner(person: PersonId, caller: Reader) -> MannerView:
        """By which channels somebody is told, when not, in which language. 404 for nobody of the roster."""
        _known(desk, person, caller)
        return desk.notices.manner(person)

    @router.put("/notices/manners/{person}")
    def wish(person: PersonId, wanted: WishIn, caller: Reader) -> MannerView:
        """Say how you want to be told; for somebody else with the right people_write. 422 for an unknown channel."""
        _known(desk, person, caller)
        return desk.notices.wish(
            person, channels=wanted.channels, quiet=wanted.quiet, language=wanted.language, by=caller.actor
        )


def _known(desk: Desk, person: str, caller: Caller) -> None:
    """Raises Forbidden where it is neither himself nor somebody of areas whose people he keeps; UnknownPerson."""
    if person != caller.actor:
        caller.also(Action.PEOPLE_WRITE)
    if not desk.plan.roster.knows(person):
        raise UnknownPerson(f"nobody called {person} is in the roster")
    if person != caller.actor:
        caller.also(Action.PEOPLE_WRITE, (code_of(desk, person), ""))


def _webhooks(router: APIRouter, desk: Desk) -> None:
    @router.get("/webhooks", dependencies=[Depends(allow(Action.WEBHOOK_WRITE))])
    def webhooks() -> tuple[WebhookView, ...]:
        """Every webhook: how far behind, since when it fails and why."""
        return desk.webhooks.rows()

    @router.post("/webhooks", status_code=201)
    def add(new: WebhookIn, caller: Keeper) -> WebhookMade:
        """Make one. Its secret is in this answer and never again. 422 where a field is wrong."""
        view, secret = desk.webhooks.add(new.name, new.url, new.area, new.kinds, caller.actor)
        return WebhookMade(webhook=view, secret=secret)

    @router.post("/webhooks/{webhook}/resume", dependencies=[Depends(allow(Action.WEBHOOK_WRITE))])
    def resume(webhook: WebhookId, how: ResumeIn) -> WebhookView:
        """Try again now, from where it stands or from now on. 404 if unknown."""
        return desk.webhooks.resume(webhook, skip=how.skip)

    @router.delete("/webhooks/{webhook}", status_code=204, dependencies=[Depends(allow(Action.WEBHOOK_WRITE))])
    def remove(webhook: WebhookId) -> None:
        """Take one away. 404 if unknown."""
        desk.webhooks.remove(webhook)
