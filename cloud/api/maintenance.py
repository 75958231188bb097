"""/api/maintenance: what was done to endpoints by hand, and what is due."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.desk import Desk
from cloud.equipment.maintenance import NAME_MAX, NOTE_MAX, VISIT_MAX, Visit, Work
from cloud.equipment.upkeep_rows import Past
from cloud.late_routes import late_router
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.maintenance import Due, DueRow, Result, What
from runtime.ids import uuid7

TEXT = r"^[^\x00]*$"
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=TEXT)]
Ms = Annotated[int, Field(ge=0, lt=1 << 53)]
Writer = Annotated[Caller, Depends(allow(Action.MAINTENANCE_WRITE))]
Reader = Annotated[Caller, Depends(allow(Action.GATEWAY_READ))]


class WorkIn(BaseModel):
    """What was done to one endpoint; an empty note: that of the visit."""

    model_config = ConfigDict(extra="forbid")

    device: Name
    result: Result = Result.GOOD
    note: str = Field(default="", max_length=NOTE_MAX, pattern=TEXT)


class VisitIn(BaseModel):
    """One way to one or many endpoints. The same `id` twice is one visit."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default="", max_length=64, pattern=TEXT)
    what: What
    done_ms: Ms
    done_by: str = Field(min_length=1, max_length=NAME_MAX, pattern=TEXT)
    endpoints: list[WorkIn] = Field(min_length=1, max_length=VISIT_MAX)
    next_ms: Ms | None = None
    note: str = Field(default="", max_length=NOTE_MAX, pattern=TEXT)


class WhyIn(BaseModel):
    """Why a record does not count."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=1, max_length=NOTE_MAX, pattern=TEXT)


class Records(BaseModel):
    """Ids, in the order of the endpoints."""

    ids: tuple[str, ...]


class History(BaseModel):
    """Of one endpoint: what is due, what was done, what it reported of itself."""

    dues: tuple[DueRow, ...]
    history: tuple[Past, ...]


class DueOut(BaseModel):
    """One endpoint of which something is due."""

    device: str
    kind: str
    place: str
    grid: str
    site: str
    state: Due
    due_ms: int | None


def build_router(desk: Desk) -> APIRouter:
    """The routes."""
    router = late_router(prefix="/api/maintenance", tags=["maintenance"])
    maintenance = desk.equipment.maintenance

    @router.get("/due")
    def due(caller: Reader, limit: Annotated[int, Query(ge=1, le=5000)] = 500) -> list[DueOut]:
        """Endpoints of one's areas with something overdue or due soon, the worst first."""
        found = [one for one in desk.equipment.things() if one.due in (Due.OVERDUE, Due.SOON)]
        found.sort(key=lambda one: (one.due != Due.OVERDUE, one.due_ms or 0, one.device))
        mine = [one for one in found if caller.sees(one.grid, one.site)][:limit]
        return [
            DueOut(
                device=one.device, kind=one.kind, place=one.place, grid=one.grid, site=one.site, state=Due(one.due),
                due_ms=one.due_ms,
            )
            for one in mine
        ]  # fmt: skip

    @router.get("/endpoints/{device}")
    def history(device: Annotated[str, Path(max_length=64)], caller: Reader) -> History:
        """The history of an endpoint and of its place. 404 if unknown."""
        found = desk.equipment.endpoint(device)
        return History(dues=found.dues, history=found.history)

    @router.post("", status_code=201)
    def record(visit: VisitIn, caller: Writer) -> Records:
        """Put a visit on record; every endpoint of it must be in one's areas. 404 for one that nobody knows."""
        for spot in maintenance.spots(work.device for work in visit.endpoints).values():
            caller.check(spot.grid, spot.site)
        works = tuple(Work(device=one.device, result=str(one.result), note=one.note) for one in visit.endpoints)
        wish = Visit(
            id=visit.id or uuid7(desk.clock.now_ms()), what=str(visit.what), done_ms=visit.done_ms,
            done_by=visit.done_by, works=works, next_ms=visit.next_ms, note=visit.note,
        )  # fmt: skip
        return Records(ids=maintenance.record(wish, caller.actor))

    @router.post("/{record_id}/correct", status_code=204)
    def correct(record_id: Annotated[str, Path(max_length=64)], why: WhyIn, caller: Writer) -> None:
        """It does not count any more; it stays readable, with who said so and why. 409 if it was corrected before."""
        spot = maintenance.spot_of(record_id)
        caller.check(spot.grid, spot.site)
        maintenance.take_back(record_id, why.why, caller.actor)

    return router
