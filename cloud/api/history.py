"""/api/history: curves of any span at a level that fits, and the channels there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel

from cloud.api import history_exports as exports
from cloud.api.history_exports import Names, Reader, Span, Zone
from cloud.desk import Desk
from cloud.history.asking import POINTS_MAX, ZONE, Answer, Ask, Drawn, iso, zone_of
from cloud.history.desk import unit
from cloud.history.port import Level
from cloud.history.telling import COLUMNS, dated, rows
from cloud.late_routes import late_router


class CurveOut(BaseModel):
    """One channel of one device. A point whose `count` is null marks a gap; one whose `count` is 0 is a fault."""

    device: str
    channel: str
    unit: str
    period_ms: int  # how often it usually says something in this span
    gap_ms: int  # a hole longer than this is shown as a gap
    more: bool  # the limit was reached: ask for a shorter span
    points: list[list[Any]]  # as `columns` of the answer say


class HistoryOut(BaseModel):
    """Curves of one level. `from`, `to` and `at` are in the zone that was asked for, the others UTC milliseconds."""

    from_ms: int
    to_ms: int
    from_at: str
    to_at: str
    zone: str
    level: Level
    step_ms: int  # what one point stands for; 0: a single reading
    more: bool
    columns: list[str]
    curves: list[CurveOut]


class ChannelOut(BaseModel):
    """A channel that has readings."""

    device: str
    channel: str
    unit: str
    place: str
    kind: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Shape:
    """How fine."""

    width: int = 800
    level: Level | None = None
    limit: int = POINTS_MAX


def build_router(desk: Desk) -> APIRouter:
    """Routes on the history."""
    router = late_router(prefix="/api/history", tags=["history"])

    @router.get("", response_model=HistoryOut)
    def history(
        caller: Reader,
        device: Names,
        span: Annotated[Span, Depends()],
        shape: Annotated[Shape, Depends()],
        channel: Names = [],  # noqa: B006 - FastAPI copies it
        zone: Zone = ZONE,
    ) -> Response:
        """Curves of channels of devices; the span and the width in pixels choose the level unless one is named."""
        ask = Ask(
            devices=tuple(device), channels=tuple(channel), from_ms=span.from_ms, to_ms=span.to_ms, width=shape.width,
            level=shape.level, limit=shape.limit,
        )  # fmt: skip
        place = zone_of(zone)
        exports.judge(desk, caller, device, channel)
        with desk.history.turn(ask):
            told = _told(ask, desk.history.read(ask), place, zone)
            return Response(told.model_dump_json(), media_type="application/json")  # in this thread, however long

    @router.get("/channels")
    def channels(caller: Reader, device: Names = []) -> list[ChannelOut]:  # noqa: B006
        """Channels with readings: of the devices named, or of all in the caller's areas."""
        exports.judge(desk, caller, device)
        known = desk.history.channels(device)
        places = desk.history.devices({one.device for one in known})
        seen = {name for name, one in places.items() if caller.sees(one.grid, one.site)}
        return [
            ChannelOut(
                device=one.device, channel=one.channel, unit=unit(one.channel), place=places[one.device].place,
                kind=places[one.device].kind, first_ms=one.first_ms, last_ms=one.last_ms,
            )
            for one in known
            if one.device in seen
        ]  # fmt: skip

    exports.add_routes(router, desk)
    return router


def _told(ask: Ask, answer: Answer, place: tzinfo, zone: str) -> HistoryOut:
    return HistoryOut(
        from_ms=ask.from_ms, to_ms=ask.to_ms, from_at=iso(ask.from_ms, place), to_at=iso(ask.to_ms, place),
        zone=zone, level=answer.level, step_ms=answer.step_ms, more=answer.more,
        columns=[COLUMNS[0], "at", *COLUMNS[1:]],
        curves=[_curve(drawn, dated(rows(drawn), place)) for drawn in answer.curves],
    )  # fmt: skip


def _curve(drawn: Drawn, points: list[list[Any]]) -> CurveOut:
    curve = drawn.curve
    return CurveOut(
        device=curve.device, channel=curve.channel, unit=unit(curve.channel), period_ms=drawn.period_ms,
        gap_ms=drawn.gap_ms, more=curve.more, points=points,
    )  # fmt: skip
