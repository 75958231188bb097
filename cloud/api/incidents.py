"""/api/incidents: the board, one incident, and people's moves on it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.desk import Desk
from cloud.views import Board, IncidentDetail, PlotView
from domain.incidents import Move


class MoveIn(BaseModel):
    """A click. `expected_version` is the version the person was looking at; the same click twice is one move."""

    model_config = ConfigDict(extra="forbid")

    move: Move
    actor: str = Field(min_length=1, max_length=64)
    expected_version: int = Field(ge=1)
    reason: str = Field(default="", max_length=2000)
    to: str | None = Field(default=None, max_length=64)


def build_router(desk: Desk) -> APIRouter:
    """Routes on incidents."""
    router = APIRouter(prefix="/api", tags=["incidents"])

    @router.get("/board")
    def board() -> Board:
        """The whole board now: open incidents, the last closed ones, gateways."""
        return desk.board()

    @router.get("/incidents/{incident_id}")
    def detail(incident_id: str) -> IncidentDetail:
        """Everything about one incident. 404 if unknown."""
        return desk.detail(incident_id)

    @router.get("/incidents/{incident_id}/plot")
    def plot(incident_id: str) -> tuple[PlotView, ...]:
        """Readings around the breach. 404 if unknown."""
        return desk.plot(incident_id)

    @router.post("/incidents/{incident_id}/moves")
    def move(incident_id: str, click: MoveIn) -> IncidentDetail:
        """Move an incident. 409 where too late or illegal, 422 where a reason or a person is missing."""
        return desk.move(
            incident_id,
            click.move,
            actor=click.actor,
            expected_version=click.expected_version,
            reason=click.reason,
            to=click.to,
        )

    return router
