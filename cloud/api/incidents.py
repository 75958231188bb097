"""/api/incidents: the board, one incident, and people's moves on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from cloud.board.sight import detail_of, seen
from cloud.board.views import Board, IncidentDetail
from cloud.desk import Desk
from cloud.history.views import PlotView
from cloud.late_routes import late_router
from cloud.trust.door import Caller, allow
from cloud.trust.places import StoredPlaces
from cloud.trust.rights import Action, action_of
from domain.evaluation import Grade
from domain.incidents import Move

TEXT = r"^[^\x00]*$"  # PostgreSQL holds no NUL
OF_ANOTHER = (Move.MERGE, Move.LINK, Move.UNLINK)


class MoveIn(BaseModel):
    """A click. `expected_version` is the version the person was looking at; the same click twice is one move."""

    model_config = ConfigDict(extra="forbid")

    move: Move
    actor: str | None = Field(
        default=None, min_length=1, max_length=64, pattern=TEXT
    )  # who logged in; a program may name a person
    expected_version: int = Field(ge=1)
    reason: str = Field(default="", max_length=2000, pattern=TEXT)
    to: str | None = Field(
        default=None, max_length=64, pattern=TEXT
    )  # by move: a person, a department or the other incident
    until_ms: int | None = Field(default=None, ge=0, lt=1 << 53)  # extend, suspend
    grade: Grade | None = None  # evaluate
    leads: bool = False  # ask: this department leads
    phone: bool = False  # somebody told it by telephone


def check_other(desk: Desk, caller: Caller, move: Move, other: str | None) -> None:
    """A merge or a link touches another incident as well. Raises Forbidden where that one is not the caller's."""
    place = StoredPlaces(desk.store).incident(other) if other and move in OF_ANOTHER else None
    if place is not None:
        caller.check(*place)


def build_router(desk: Desk) -> APIRouter:
    """Routes on incidents."""
    router = late_router(prefix="/api", tags=["incidents"])

    @router.get("/board")
    def board(caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))]) -> Board:
        """The board now, as far as the caller's areas go: open incidents, the last closed ones, gateways."""
        return seen(desk.board(caller.sees), caller)

    @router.get("/incidents/{incident_id}")
    def detail(incident_id: str, caller: Annotated[Caller, Depends(allow(Action.INCIDENT_READ))]) -> IncidentDetail:
        """Everything about one incident. 404 if unknown."""
        return detail_of(desk.store, caller, desk.detail(incident_id))

    @router.get("/incidents/{incident_id}/plot", dependencies=[Depends(allow(Action.HISTORY_READ))])
    def plot(incident_id: str) -> tuple[PlotView, ...]:
        """Readings around the breach. 404 if unknown."""
        return desk.plot(incident_id)

    @router.post("/incidents/{incident_id}/moves")
    def move(
        incident_id: str, click: MoveIn, caller: Annotated[Caller, Depends(allow(Action.INCIDENT_MOVE))]
    ) -> IncidentDetail:
        """Move an incident. 409 where too late or illegal, 422 where something is missing."""
        caller.also(action_of(click.move))
        check_other(desk, caller, click.move, click.to)
        moved = desk.move(
            incident_id,
            click.move,
            actor=caller.named(click.actor),
            expected_version=click.expected_version,
            reason=click.reason,
            to=click.to,
            until_ms=click.until_ms,
            grade=click.grade,
            leads=click.leads,
            source="phone" if click.phone else caller.source,
        )
        return detail_of(desk.store, caller, moved)

    return router
