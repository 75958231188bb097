"""Counts what grids saw first (首报), and what others had to tell that a grid could have seen (漏报)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.sources.views import GridCount
from cloud.store.models import Incident
from cloud.store.models_sources import SourceReport
from domain.incidents import Stage
from domain.matters import Matters
from domain.sources import Source

AT_ONCE = 500  # parameters of one statement


@dataclass(slots=True)
class _Family:
    """One matter with everything that was merged into it."""

    grid: str = ""
    others_ms: int | None = None  # when a line or a sensor told of it first
    worker_ms: int | None = None  # when a handheld did


@dataclass(slots=True)
class _Count:
    reports: int = 0
    first: int = 0
    by_others: int = 0
    missed: int = 0
    by_person: Counter[str] = field(default_factory=Counter)


def count(session: Session, plan: Plan, from_ms: int, to_ms: int) -> list[GridCount]:
    """By grid, of what was raised between two times. What was void is nobody's miss."""
    counts: dict[str, _Count] = {}
    for family in _families(session, plan.matters, from_ms, to_ms).values():
        if family.others_ms is not None:
            one = counts.setdefault(family.grid, _Count())
            one.by_others += 1
            one.missed += family.worker_ms is None or family.worker_ms > family.others_ms
    told = (
        select(SourceReport, Incident.parent_id)
        .join(Incident, Incident.id == SourceReport.incident_id)
        .where(SourceReport.source == Source.HANDHELD, SourceReport.taken_ms.between(from_ms, to_ms))
    )
    rows = [(report, parent_id) for report, parent_id in session.execute(told)]
    begun = _begun(session, sorted({parent_id for report, parent_id in rows if report.first and parent_id}))
    for report, parent_id in rows:
        first = report.first and report.taken_ms <= begun.get(parent_id or "", report.taken_ms)
        one = counts.setdefault(report.grid, _Count())
        one.reports += 1
        one.first += first
        one.by_person[report.reporter] += first
    return [_view(plan, grid, one) for grid, one in sorted(counts.items())]


def _families(session: Session, matters: Matters, from_ms: int, to_ms: int) -> dict[str, _Family]:
    by_sensor = and_(Incident.source == Source.GATEWAY, Incident.kind.in_(sorted(matters.missed)))
    query = select(Incident.id, Incident.parent_id, Incident.grid, Incident.raised_at_ms).where(
        Incident.raised_at_ms.between(from_ms, to_ms),
        Incident.stage != Stage.VOID,
        or_(Incident.source == Source.HANDOVER, by_sensor),
    )
    families: dict[str, _Family] = {}
    for incident_id, parent_id, grid, raised_ms in session.execute(query):
        family = families.setdefault(parent_id or incident_id, _Family(grid=grid))
        family.others_ms = min(raised_ms, family.others_ms or raised_ms)
    for root_id, seen_ms in _seen_by_workers(session, sorted(families)):
        family = families[root_id]
        family.worker_ms = min(seen_ms, family.worker_ms or seen_ms)
    return families


def _seen_by_workers(session: Session, roots: list[str]) -> Iterable[tuple[str, int]]:
    """(root, when) of every report of a handheld in these families."""
    for start in range(0, len(roots), AT_ONCE):
        some = roots[start : start + AT_ONCE]
        query = (
            select(Incident.id, Incident.parent_id, SourceReport.at_ms)
            .join(SourceReport, SourceReport.incident_id == Incident.id)
            .where(SourceReport.source == Source.HANDHELD, or_(Incident.id.in_(some), Incident.parent_id.in_(some)))
        )
        for incident_id, parent_id, at_ms in session.execute(query):
            yield (parent_id or incident_id), at_ms


def _begun(session: Session, roots: list[str]) -> dict[str, int]:
    """When the first report of a family came: what a person merged later was not the first any more."""
    begun: dict[str, int] = {}
    for start in range(0, len(roots), AT_ONCE):
        some = roots[start : start + AT_ONCE]
        query = (
            select(Incident.id, Incident.parent_id, SourceReport.taken_ms)
            .join(SourceReport, SourceReport.incident_id == Incident.id)
            .where(or_(Incident.id.in_(some), Incident.parent_id.in_(some)))
        )
        for incident_id, parent_id, taken_ms in session.execute(query):
            root = parent_id or incident_id
            begun[root] = min(taken_ms, begun.get(root, taken_ms))
    return begun


def _view(plan: Plan, grid: str, one: _Count) -> GridCount:
    people = sorted((person, number) for person, number in one.by_person.items() if number)
    return GridCount(
        grid=grid, grid_name=plan.areas.name_of(grid), reports=one.reports, first=one.first, by_others=one.by_others,
        missed=one.missed,
        by_person=tuple((person, plan.roster.name_of(person), number) for person, number in people),
    )  # fmt: skip
