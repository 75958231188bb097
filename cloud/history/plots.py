"""Which readings an incident shows, and around when: what the history has, and what was frozen with the incident."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.history import ice
from cloud.history.devices import devices_of, neighbours
from cloud.history.gaps import with_gaps
from cloud.history.ice import Frozen
from cloud.history.levels import gap_ms, period_ms, stretches
from cloud.history.personal import POSITIONS
from cloud.history.port import Level, NotReadable, Point, Series
from cloud.history.views import PlotView, StretchView
from cloud.plan import Plan
from cloud.store.models import Evidence, Incident
from cloud.store.models_history import FrozenReadings
from domain.incidents import Kind
from protocol.channels import CHANNELS, is_bool, unit_of

BEFORE_MS = 180_000  # what led to the breach
AFTER_MS = 60_000  # and how it ended
LONGEST_MS = 3_600_000  # one page of plot; more of it on the page of the history
FIRE_CHANNELS = ("smoke", "temp", "co")
CURVES_MAX = 24

Key = tuple[str, str]  # device, channel
Limit = tuple[float | None, float | None]  # at which it speaks, below which it is silent again
Limits = dict[str, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPlan:
    """What to draw: taken from the store first, so that the series is asked outside of the transaction."""

    device: str
    from_ms: int
    to_ms: int
    wanted: tuple[Key, ...]
    limits: Limits
    frozen: dict[Key, Frozen]
    places: dict[str, str]


def window(incident: Incident, now_ms: int) -> tuple[int, int]:
    """From before the breach until after its end; at most LONGEST_MS."""
    from_ms = incident.breach_at_ms - BEFORE_MS
    end_ms = now_ms if incident.cleared_at_ms is None else incident.cleared_at_ms + AFTER_MS
    return from_ms, min(end_ms, from_ms + LONGEST_MS)


def usual_of(incident: Incident) -> tuple[str, ...]:
    """Channels that tell of its kind, whether they speak or not."""
    return FIRE_CHANNELS if Kind(incident.kind) is Kind.FIRE else ()


def plan_plot(session: Session, incident: Incident, now_ms: int, near: Plan | None = None) -> PlotPlan:
    """The channels that speak first, then the others of the kind. `near`: those of its neighbours instead."""
    from_ms, to_ms = window(incident, now_ms)
    frozen = _frozen(session, incident)
    speaking = [signal["channel"] for signal in incident.signals]
    usual = usual_of(incident)
    if near is None:
        told = [channel for device, channel in frozen if device == incident.device]
        keys = [(incident.device, channel) for channel in dict.fromkeys([*speaking, *usual, *told])]
    else:
        others = neighbours(session, incident.device, near.read.facilities)
        devices = dict.fromkeys([*(one.device for one in others), *(device for device, _ in frozen)])
        devices.pop(incident.device, None)
        keys = [(device, channel) for device in devices for channel in dict.fromkeys([*speaking, *usual])]
    drawable = tuple(key for key in keys if key[1] in CHANNELS and key[1] not in POSITIONS and not is_bool(key[1]))[
        :CURVES_MAX
    ]
    known = devices_of(session, {device for device, _ in drawable})
    return PlotPlan(
        device=incident.device, from_ms=from_ms, to_ms=to_ms, wanted=drawable, limits=limits_of(incident.signals),
        frozen=frozen, places={name: one.place for name, one in known.items()},
    )  # fmt: skip


def draw(series: Series, plan: PlotPlan) -> tuple[PlotView, ...]:
    """The curves; a channel without a single reading is left out."""
    views = []
    for device, channel in plan.wanted:
        readings = _merged(series, plan, device, channel)
        if not readings.readings:
            continue
        curve = ice.to_curve(device, channel, readings)
        gap = gap_ms(Level.RAW, period_ms(curve.at_ms))
        limit, clear = plan.limits.get(channel, (None, None))
        marked = tuple(
            StretchView(what=one.what, from_ms=one.from_ms, to_ms=one.to_ms) for one in stretches(curve, 0, gap)
        )
        views.append(
            PlotView(
                channel=channel, unit=unit_of(channel), points=tuple(with_gaps(readings.points, gap)), limit=limit,
                clear=clear, device=device, place=plan.places.get(device, ""), near=device != plan.device,
                stretches=marked,
            )
        )  # fmt: skip
    return tuple(views)


def plan_evidence(session: Session, incident: Incident, now_ms: int, *, positions: bool = False) -> PlotPlan:
    """Everything that is kept with an incident, its neighbours' too, and what speaks; positions of people if wanted."""
    plan = plan_plot(session, incident, now_ms)
    kept = {key for key in plan.frozen if positions or key[1] not in POSITIONS}
    return replace(plan, wanted=tuple(sorted({*plan.wanted, *kept})))


def evidence(series: Series, plan: PlotPlan) -> Iterator[pa.RecordBatch]:
    """The readings around an incident for a file, a batch per channel."""
    for device, channel in plan.wanted:
        told = sorted(_merged(series, plan, device, channel).readings.items())
        if told:
            marks = [mark for _, (_, mark) in told]
            qualities = ["fault" if v is None else "uncertain" if m & ice.UNCERTAIN else "good" for _, (v, m) in told]
            columns = {
                "device": [device] * len(told), "channel": [channel] * len(told), "at_ms": [at for at, _ in told],
                "value": pa.array([value for _, (value, _) in told], pa.float64()), "quality": qualities,
                "backfill": [bool(mark & ice.LATE) for mark in marks],
            }  # fmt: skip
            yield pa.record_batch(columns)


def _merged(series: Series, plan: PlotPlan, device: str, channel: str) -> Frozen:
    """What the history tells, joined to what was frozen; the history's word goes first."""
    kept = plan.frozen.get((device, channel), Frozen())
    kept = Frozen(readings={at: told for at, told in kept.readings.items() if plan.from_ms <= at <= plan.to_ms})
    try:
        (curve,) = series.read(device, [channel], plan.from_ms, plan.to_ms + 1, Level.RAW, ice.POINTS_MAX)
    except NotReadable:  # its server is away: what was frozen is drawn alone
        return kept
    return ice.of_curve(curve).joined(kept)


def _frozen(session: Session, incident: Incident) -> dict[Key, Frozen]:
    """What came with the gateway's messages, and what was frozen from the history."""
    told: dict[Key, Frozen] = {}
    for readings in session.scalars(select(Evidence.readings).where(Evidence.incident_id == incident.id)):
        for channel, points in readings.items():
            said = Frozen(readings={at: (value, 0) for at, value in map(_point, filter(_is_point, points))})
            key = (incident.device, channel)
            told[key] = told.get(key, Frozen()).joined(said)
    for row in session.scalars(select(FrozenReadings).where(FrozenReadings.incident_id == incident.id)):
        key = (row.device, row.channel)
        told[key] = ice.unpack(row.readings, row.cut).joined(told.get(key, Frozen()))
    return told


def _is_point(point: Any) -> bool:
    return isinstance(point, list) and len(point) == 2 and isinstance(point[0], int)


def _point(point: list[Any]) -> Point:
    at_ms, value = point
    return at_ms, _number(value)


def limits_of(signals: list[dict[str, Any]]) -> Limits:
    """Limits in the unit of the curve; those of a rate of rise cannot be drawn over a level."""
    limits: Limits = {}
    for signal in signals:
        channel = signal["channel"]
        if channel in CHANNELS and signal.get("unit") == unit_of(channel) and signal.get("limit") is not None:
            limits[channel] = (float(signal["limit"]), _number(signal.get("clear")))
    return limits


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
