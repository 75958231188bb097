"""/api/incidents (new ones), /api/handovers, /api/tracks, /api/missed: what people tell, and where they went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.board.sight import detail_of
from cloud.board.views import IncidentDetail
from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.review.figures.views import GridCount
from cloud.sources.report import CallerOf, Report
from cloud.sources.views import (
    CallerView,
    HandoverView,
    MattersView,
    NearView,
    PatrolView,
    ReportView,
)
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action, Forbidden
from domain.duplicates import Position
from domain.sources import Source

TEXT = r"^[^\x00]*$"
At = Annotated[int, Query(ge=0, lt=1 << 53)]


class CallerIn(BaseModel):
    """Who called; sealed at rest."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=200)


class TellIn(BaseModel):
    """What somebody told. The place by `area` (a code of the plan), by latitude and longitude (WGS 84), or both."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    matter: str = Field(min_length=1, max_length=48)  # of GET /api/matters
    urgency: str = Field(default="normal", max_length=16)
    place: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=2000)
    area: str = Field(default="", max_length=64)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    at_ms: int | None = Field(default=None, ge=0, lt=1 << 53)  # when it was seen; now where it is left out
    caller: CallerIn | None = None

    def report(self, source: Source, reporter: str, now_ms: int, key: str | None) -> Report:
        """As the desk takes it. Raises ReportError."""
        known = self.lat is not None and self.lon is not None
        position = Position(lat_udeg=round((self.lat or 0) * 1e6), lon_udeg=round((self.lon or 0) * 1e6))
        return Report(
            source=source, matter=self.matter, urgency=self.urgency, place=self.place.strip(), text=self.text.strip(),
            grid=self.area, position=position if known else None, reporter=reporter, key=key,
            at_ms=min(now_ms, now_ms if self.at_ms is None else self.at_ms),
            caller=CallerOf(name=self.caller.name, phone=self.caller.phone) if self.caller else None,
        )  # fmt: skip


class HandoverIn(TellIn):
    """A matter of another line with the number it has there. The same number twice is one matter."""

    line: str = Field(min_length=1, max_length=32)  # 12345, 110, as configured
    number: str = Field(min_length=1, max_length=64)

    def report(self, source: Source, reporter: str, now_ms: int, key: str | None) -> Report:
        """As the desk takes it. Raises ReportError."""
        told = TellIn.report(self, source, reporter, now_ms, key)
        names = {name: getattr(told, name) for name in Report.__dataclass_fields__}
        return Report(**{**names, "line": self.line, "number": self.number})


def build_router(desk: Desk) -> APIRouter:
    """Routes on what people tell."""
    router = late_router(prefix="/api", tags=["sources"])
    _telling(router, desk)
    _reading(router, desk)
    _patrols(router, desk)
    return router


def _telling(router: APIRouter, desk: Desk) -> None:
    sources = desk.sources

    @router.get("/matters", dependencies=[Depends(allow(Action.BOARD_READ))])
    def matters() -> MattersView:
        """What may be reported, how urgent, and which lines hand over."""
        return sources.choices()

    @router.post("/incidents", status_code=201)
    def report(
        told: TellIn,
        caller: Annotated[Caller, Depends(allow(Action.INCIDENT_CREATE))],
        idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
    ) -> IncidentDetail:
        """Report an incident; the same Idempotency-Key twice is one report. 422 where a field is wrong."""
        new = told.report(Source.OPERATOR, caller.actor, desk.clock.now_ms(), idempotency_key)
        caller.check(*sources.where(new))
        return detail_of(desk.store, caller, desk.detail(sources.report(new)))

    @router.post("/handovers", status_code=201, responses={200: {"model": HandoverView}})
    def hand_over(
        told: HandoverIn,
        answer: Response,
        caller: Annotated[Caller, Depends(allow(Action.HANDOVER_CREATE))],
        idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
    ) -> HandoverView:
        """Hand a matter over: 201, or 200 where this number was known. 422 where a field is wrong."""
        new = told.report(Source.HANDOVER, caller.actor, desk.clock.now_ms(), idempotency_key)
        caller.check(*sources.where(new))
        _own_line(desk, caller, told.line)
        known = sources.where_known(new)  # the same number is the same matter, whatever place is told now
        if known is not None:
            caller.check(*known)
        view = sources.hand_over(new)
        answer.status_code = 201 if view.created else 200
        return view

    @router.get("/handovers/{line}/{number}")
    def handover(
        line: Annotated[str, Path(max_length=32, pattern=TEXT)],
        number: Annotated[str, Path(max_length=64, pattern=TEXT)],
        caller: Annotated[Caller, Depends(allow(Action.HANDOVER_CREATE))],
    ) -> HandoverView:
        """Where a matter is that was handed over: stage, times, result. 404 for a number nobody handed over."""
        _own_line(desk, caller, line)
        view = sources.handover(line, number)
        caller.check(view.grid, view.site)
        return view


def _own_line(desk: Desk, caller: Caller, code: str) -> None:
    """Raises Forbidden for a token that speaks for another line; what is no line at all, the desk refuses."""
    line = desk.plan.matters.line(code)
    if line is not None and not line.speaks(caller.actor):
        raise Forbidden(f"{caller.actor} does not speak for {code}; use the token of that line")


def _reading(router: APIRouter, desk: Desk) -> None:
    sources = desk.sources

    @router.get("/incidents/{incident_id}/reports", dependencies=[Depends(allow(Action.REPORT_READ))])
    def reports(incident_id: str) -> tuple[ReportView, ...]:
        """Who told of an incident and of what was merged into it, the first one first. 404 if unknown."""
        return sources.reports(incident_id)

    @router.get("/incidents/{incident_id}/callers", dependencies=[Depends(allow(Action.PEOPLE_PERSONAL))])
    def callers(incident_id: str) -> tuple[CallerView, ...]:
        """Names and telephones of who called; reading them is audited. 404 if unknown."""
        return sources.callers(incident_id)

    @router.get("/incidents/{incident_id}/near")
    def near(incident_id: str, caller: Annotated[Caller, Depends(allow(Action.INCIDENT_READ))]) -> tuple[NearView, ...]:
        """Open incidents nearby that may belong to it, nearest first. 404 if unknown."""
        return tuple(one for one in sources.near(incident_id) if caller.sees(one.grid, one.site))

    @router.get("/missed")
    def missed(
        from_ms: At, to_ms: At, caller: Annotated[Caller, Depends(allow(Action.REPORT_READ))]
    ) -> tuple[GridCount, ...]:
        """First reports (首报) and missed ones (漏报) of a period, by grid."""
        return desk.review.missed(from_ms, to_ms, caller.sees)


def _patrols(router: APIRouter, desk: Desk) -> None:
    sources = desk.sources

    @router.get("/tracks")
    def patrols(
        from_ms: At,
        to_ms: At,
        caller: Annotated[Caller, Depends(allow(Action.TRACK_READ))],
        person: Annotated[str | None, Query(max_length=64, pattern=TEXT)] = None,
    ) -> tuple[PatrolView, ...]:
        """Patrols under way between two times, newest first, without their points."""
        return sources.patrols(from_ms, to_ms, person, caller.sees)

    @router.get("/tracks/{patrol_id}")
    def patrol(
        patrol_id: Annotated[int, Path(ge=1, lt=1 << 53)],
        caller: Annotated[Caller, Depends(allow(Action.TRACK_READ))],
    ) -> PatrolView:
        """One patrol with its track: [at_ms, latitude, longitude] in millionths of a degree. 404 if unknown."""
        found = sources.patrol(patrol_id)
        caller.check(found.area, found.site)
        return found
