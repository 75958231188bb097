"""Which readings an incident shows, and around when. The frozen evidence fills in until the history has arrived."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.board.views import PlotView
from cloud.history.gaps import with_gaps
from cloud.history.port import Point, Series
from cloud.store.models import Evidence, Incident
from domain.incidents import Kind
from protocol.channels import CHANNELS, is_bool, unit_of

BEFORE_MS = 180_000  # what led to the breach
AFTER_MS = 60_000  # and how it ended
LONGEST_MS = 3_600_000  # one page of plot; older parts by the readings API
FIRE_CHANNELS = ("smoke", "temp", "co")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPlan:
    """What to draw: taken from the store first, so that the series is asked outside of the transaction."""

    device: str
    from_ms: int
    to_ms: int
    channels: tuple[str, ...]
    limits: dict[str, tuple[float | None, float | None]]
    evidence: dict[str, dict[int, float | None]]


def plan_plot(session: Session, incident: Incident, now_ms: int) -> PlotPlan:
    """The channels that speak first, then the others of the kind; times around the breach."""
    speaking = [signal["channel"] for signal in incident.signals]
    evidence = _evidence(session, incident.id)
    usual = FIRE_CHANNELS if Kind(incident.kind) is Kind.FIRE else ()
    wanted = dict.fromkeys([*speaking, *usual, *evidence])
    from_ms = incident.breach_at_ms - BEFORE_MS
    end_ms = now_ms if incident.cleared_at_ms is None else incident.cleared_at_ms + AFTER_MS
    return PlotPlan(
        device=incident.device,
        from_ms=from_ms,
        to_ms=min(end_ms, from_ms + LONGEST_MS),
        channels=tuple(channel for channel in wanted if channel in CHANNELS and not is_bool(channel)),
        limits=_limits(incident.signals),
        evidence=evidence,
    )


def draw(series: Series, plan: PlotPlan) -> tuple[PlotView, ...]:
    """The curves; a channel without a single reading is left out."""
    views = []
    for channel in plan.channels:
        points = _merged(series, plan, channel)
        if points:
            limit, clear = plan.limits.get(channel, (None, None))
            views.append(
                PlotView(channel=channel, unit=unit_of(channel), points=tuple(points), limit=limit, clear=clear)
            )
    return tuple(views)


def _merged(series: Series, plan: PlotPlan, channel: str) -> list[Point]:
    points = {at: v for at, v in plan.evidence.get(channel, {}).items() if plan.from_ms <= at <= plan.to_ms}
    points.update(series.window(plan.device, channel, plan.from_ms, plan.to_ms))
    return with_gaps(sorted(points.items()))


def _evidence(session: Session, incident_id: str) -> dict[str, dict[int, float | None]]:
    channels: dict[str, dict[int, float | None]] = {}
    for readings in session.scalars(select(Evidence.readings).where(Evidence.incident_id == incident_id)):
        for channel, points in readings.items():
            known = channels.setdefault(channel, {})
            known.update(_point(point) for point in points if _is_point(point))
    return channels


def _is_point(point: Any) -> bool:
    return isinstance(point, list) and len(point) == 2 and isinstance(point[0], int)


def _point(point: list[Any]) -> Point:
    at_ms, value = point
    return at_ms, _number(value)


def _limits(signals: list[dict[str, Any]]) -> dict[str, tuple[float | None, float | None]]:
    """Limits in the unit of the curve; those of a rate of rise cannot be drawn over a level."""
    limits: dict[str, tuple[float | None, float | None]] = {}
    for signal in signals:
        channel = signal["channel"]
        if channel in CHANNELS and signal.get("unit") == unit_of(channel) and signal.get("limit") is not None:
            limits[channel] = (float(signal["limit"]), _number(signal.get("clear")))
    return limits


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
