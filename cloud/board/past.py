"""What happened before: ended incidents of the same device, at the same place, of the same kind nearby."""

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
    Incident.kind, Incident.severity, Incident.place, Incident.stage, Incident.site, Incident.grid,
    Incident.raised_at_ms, Incident.closed_at_ms, Incident.holder,
)  # fmt: skip
SHOWN = 3  # of each group
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGroup:
    """Those that are alike in one way, of the last year."""

    alike: str  # device, place, kind
    count: int  # at most LOOKED_AT
    more: bool  # there are more than were looked at
    void: int  # of these: nothing was there
    took_ms: int | None  # the middle one
    rows: tuple[PastRow, ...]  # the newest


def groups(
    session: Session, plan: Plan, incident: Incident, now_ms: int, sees: Callable[[str, str], bool]
) -> tuple[PastGroup, ...]:
    """Groups that have something in them; each incident in the narrowest one only."""
    own = _ended(session, Incident.device == incident.device, now_ms) if incident.device else []
    near = _ended(session, (Incident.grid == incident.grid) & (Incident.kind == incident.kind), now_ms)
    full = len(near) == LOOKED_AT
    own, near = ([one for one in found if one.id != incident.id and sees(one.grid, one.site)] for found in (own, near))
    mine = {one.id for one in own}
    near = [one for one in near if one.id not in mine]
    here = [one for one in near if one.place == incident.place]
    others = [one for one in near if one.place != incident.place]
    parts = (("device", own, len(own) >= LOOKED_AT - 1), ("place", here, False), ("kind", others, full))
    said = _said(session, [one.id for _, found, _ in parts for one in found[:SHOWN]])
    return tuple(_group(plan, alike, found, said, more=more) for alike, found, more in parts if found)


def _ended(session: Session, which: object, now_ms: int) -> list[Incident]:
    query = select(Incident).where(which, Incident.raised_at_ms > now_ms - YEAR_MS)  # type: ignore[arg-type]
    query = query.where(Incident.stage.in_(OVER)).order_by(Incident.raised_at_ms.desc()).limit(LOOKED_AT)
    return list(session.scalars(query.options(load_only(*NEEDED))))


def _group(plan: Plan, alike: str, found: list[Incident], said: dict[str, str], *, more: bool) -> PastGroup:
    took = [one.closed_at_ms - one.raised_at_ms for one in found if one.closed_at_ms is not None]
    return PastGroup(
        alike=alike,
        count=len(found),
        more=more,
        void=sum(one.stage == Stage.VOID for one in found),
        took_ms=round(median(took)) if took else None,
        rows=tuple(_row(plan, one, said.get(one.id, "")) for one in found[:SHOWN]),
    )


def _row(plan: Plan, one: Incident, said: str) -> PastRow:
    took_ms = None if one.closed_at_ms is None else max(0, one.closed_at_ms - one.raised_at_ms)
    return PastRow(
        id=one.id, kind=one.kind, severity=one.severity, place=one.place, stage=one.stage,
        raised_at_ms=one.raised_at_ms, took_ms=took_ms,
        holder_name=plan.name_of(one.holder) if one.holder else "", said=said,
    )  # fmt: skip


def _said(session: Session, ids: Iterable[str]) -> dict[str, str]:
    query = select(IncidentLog.incident_id, IncidentLog.reason).where(
        IncidentLog.incident_id.in_(list(ids)), IncidentLog.what.in_(SAID), IncidentLog.reason != ""
    )
    return {incident_id: reason for incident_id, reason in session.execute(query.order_by(IncidentLog.id))}  # noqa: C416
