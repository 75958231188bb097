"""/api/gateways, /api/quarantine, /api/reports, /api/readings, /api/clock: what is known beside incidents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cloud.api.history_exports import Reader, judge
from cloud.board.sight import seen_gateways
from cloud.board.views import GatewayRow, QuarantineRow, ReportRow
from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action


class ReadingsOut(BaseModel):
    """Readings of one channel; a value of null marks a gap."""

    device: str
    channel: str
    points: list[tuple[int, float | None]]


class ClockOut(BaseModel):
    """The time of this run; `speed` is above 1 in a replay."""

    now_ms: int
    speed: float


def build_router(desk: Desk) -> APIRouter:
    """Routes on gateways, readings and the clock."""
    router = late_router(prefix="/api", tags=["state"])

    @router.get("/gateways")
    def gateways(caller: Annotated[Caller, Depends(allow(Action.GATEWAY_READ))]) -> tuple[GatewayRow, ...]:
        """Gateways of the caller's areas and their endpoints as last heard."""
        return seen_gateways(desk.gateway_rows(), caller)

    @router.get("/quarantine", dependencies=[Depends(allow(Action.QUARANTINE_READ))])
    def quarantine() -> tuple[QuarantineRow, ...]:
        """Messages the centre refused, newest first, each with the reason."""
        return desk.quarantine()

    @router.get("/reports", dependencies=[Depends(allow(Action.REPORT_READ))])
    def reports(site: str, device: str | None = None) -> tuple[ReportRow, ...]:
        """What endpoints and workers of a site reported last: answers to tasks, finds, patrols, self-tests."""
        return desk.reports(site, device)

    @router.get("/readings")
    def readings(
        caller: Reader,
        device: str,
        channel: str,
        from_ms: Annotated[int, Query(ge=0, lt=1 << 53)],
        to_ms: Annotated[int, Query(ge=0, lt=1 << 53)],
    ) -> ReadingsOut:
        """Readings of one channel between two times, in time order; positions of people need track_read."""
        judge(desk, caller, [device], [channel])
        points = desk.readings(device, channel, from_ms, to_ms)
        return ReadingsOut(device=device, channel=channel, points=points)

    @router.get("/clock", dependencies=[Depends(allow(Action.BOARD_READ))])
    def clock() -> ClockOut:
        """The time of this run."""
        return ClockOut(now_ms=desk.clock.now_ms(), speed=desk.clock.speed)

    return router
