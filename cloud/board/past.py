"""What happened before: ended incidents of the same device, at the same place, of the same kind nearby; why each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from cloud.plan import Plan
from cloud.store.models import Incident, IncidentLog
from domain.incidents import OVER, Move, Stage

YEAR_MS = 365 * 86_400_000
LOOKED_AT = 200  # the newest of a grid and kind; more of them in a year say nothing new
NEEDED = (
    Incident.kind, Incident.device, Incident.severity, Incident.place, Incident.stage, Incident.site, Incident.grid,
    Incident.raised_at_ms, Incident.closed_at_ms, Incident.holder,
)  # fmt: skip
SHOWN = 3  # of each group
DAY_MS = 86_400_000
HOUR_MS = 2 * 3_600_000  # default: as far from the same time of day
SAID = (Move.FEED_BACK, Move.VERIFY, Move.CLOSE, Move.VOID)  # whose reasons tell how it ended, the last one best


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """One that is over."""

    id: str
    kind: str
    severity: str
    place: str
    stage: str
    raised_at_ms: int
    took_ms: int | None  # from the alarm to the end
    holder_name: str
    said: str  # how it ended, in the words of whoever ended it
    why: tuple[str, ...]  # in what it is alike: device, place, kind, hour
    stages: tuple[tuple[str, int], ...]  # how long it stood in each, in ms


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGroup:
    """Those that are alike in one way, of the last year."""

    alike: str  # device, place, kind
    count: int  # at most LOOKED_AT
    more: bool  # there are more than were looked at
    void: int  # of these: nothing was there
    took_ms: int | None  # the middle one
    rows: tuple[PastRow, ...]  # those that are alike in most, of these the newest


def groups(
    session: Session, plan: Plan, incident: Incident, now_ms: int, sees: Callable[[str, str], bool]
) -> tuple[PastGroup, ...]:
    """Groups that have something in them; each incident in the narrowest one only."""
    own = _ended(session, Incident.device == incident.device, now_ms) if incident.device else []
    alike = (Incident.kind == incident.kind) | (Incident.place == incident.place)
    near = _ended(session, (Incident.grid == incident.grid) & alike, now_ms)
    full = len(near) == LOOKED_AT
    own, near = ([one for one in found if one.id != incident.id and sees(one.grid, one.site)] for found in (own, near))
    mine = {one.id for one in own}
    near = [one for one in near if one.id not in mine]
    here = [one for one in near if one.place == incident.place]
    others = [one for one in near if one.place != incident.place]
    parts = (("device", own, len(own) >= LOOKED_AT - 1), ("place", here, False), ("kind", others, full))
    for _, found, _ in parts:
        found.sort(key=lambda one: (-len(why(incident, one)), -one.raised_at_ms))
    shown = [one.id for _, found, _ in parts for one in found[:SHOWN]]
    told = _Told(plan=plan, incident=incident, said=_said(session, shown), stages=_stages(session, shown))
    return tuple(_group(told, name, found, more=more) for name, found, more in parts if found)


def why(incident: Incident, one: Incident) -> tuple[str, ...]:
    """In what the two are alike, the strongest first."""
    apart_ms = abs(incident.raised_at_ms - one.raised_at_ms) % DAY_MS
    same = {
        "device": bool(incident.device) and one.device == incident.device,
        "place": (one.grid, one.place) == (incident.grid, incident.place),
        "kind": one.kind == incident.kind,
        "hour": min(apart_ms, DAY_MS - apart_ms) <= HOUR_MS,
    }
    return tuple(name for name, holds in same.items() if holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What every row is made of."""

    plan: Plan
    incident: Incident
    said: dict[str, str]
    stages: dict[str, tuple[tuple[str, int], ...]]


def _ended(session: Session, which: object, now_ms: int) -> list[Incident]:
    query = select(Incident).where(which, Incident.raised_at_ms > now_ms - YEAR_MS)  # type: ignore[arg-type]
    query = query.where(Incident.stage.in_(OVER)).order_by(Incident.raised_at_ms.desc()).limit(LOOKED_AT)
    return list(session.scalars(query.options(load_only(*NEEDED))))


def _group(told: _Told, alike: str, found: list[Incident], *, more: bool) -> PastGroup:
    took = [one.closed_at_ms - one.raised_at_ms for one in found if one.closed_at_ms is not None]
    return PastGroup(
        alike=alike,
        count=len(found),
        more=more,
        void=sum(one.stage == Stage.VOID for one in found),
        took_ms=round(median(took)) if took else None,
        rows=tuple(_row(told, one) for one in found[:SHOWN]),
    )


def _row(told: _Told, one: Incident) -> PastRow:
    took_ms = None if one.closed_at_ms is None else max(0, one.closed_at_ms - one.raised_at_ms)
    return PastRow(
        id=one.id, kind=one.kind, severity=one.severity, place=one.place, stage=one.stage,
        raised_at_ms=one.raised_at_ms, took_ms=took_ms,
        holder_name=told.plan.name_of(one.holder) if one.holder else "", said=told.said.get(one.id, ""),
        why=why(told.incident, one), stages=told.stages.get(one.id, ()),
    )  # fmt: skip


def _said(session: Session, ids: Iterable[str]) -> dict[str, str]:
    query = select(IncidentLog.incident_id, IncidentLog.reason).where(
        IncidentLog.incident_id.in_(list(ids)), IncidentLog.what.in_(SAID), IncidentLog.reason != ""
    )
    return {incident_id: reason for incident_id, reason in session.execute(query.order_by(IncidentLog.id))}  # noqa: C416


def _stages(session: Session, ids: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """How long each stood in the stages that it left, in their order."""
    query = select(IncidentLog.incident_id, IncidentLog.at_ms, IncidentLog.from_stage, IncidentLog.to_stage).where(
        IncidentLog.incident_id.in_(list(ids))
    )
    since: dict[str, int] = {}
    found: dict[str, list[tuple[str, int]]] = {}
    for incident_id, at_ms, from_stage, to_stage in session.execute(query.order_by(IncidentLog.id)):
        begun_ms = since.setdefault(incident_id, at_ms)  # the first entry says that it was raised
        if from_stage is not None and to_stage is not None and from_stage != to_stage:
            found.setdefault(incident_id, []).append((from_stage, max(0, at_ms - begun_ms)))
            since[incident_id] = at_ms
    return {incident_id: tuple(stages) for incident_id, stages in found.items()}
