"""A routing table on the last incidents, and matters on the last reports: how many would have gone elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from cloud.plan import Plan
from cloud.plan.sections import Document, Read
from cloud.routing.routing import Elsewhere, differences, elsewhere, read_table
from cloud.store.engine import Store
from cloud.store.models import FieldReport, Incident
from cloud.store.models_sources import SourceReport
from domain.matters import Matter, Matters

LAST = 400  # incidents that are looked at: enough for weeks of a district, quick enough for a page
SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`elsewhere` of `incidents` would have been handled otherwise; the newest of them."""

    incidents: int
    elsewhere: int
    newest: tuple[Elsewhere, ...]


def try_on_last(store: Store, plan: Plan, document: Document) -> Tried:
    """What a table would have done with the last incidents. Raises DispatchError."""
    table = read_table(plan, document)
    query = select(Incident).where(Incident.parent_id.is_(None)).order_by(Incident.raised_at_ms.desc(), Incident.id)
    with store.read() as session:
        incidents = list(session.scalars(query.limit(LAST)))
        found = [one for incident in incidents if (one := elsewhere(plan, table, incident))]
    return Tried(incidents=len(incidents), elsewhere=len(found), newest=tuple(found[:SHOWN]))


def try_on_reports(store: Store, plan: Plan, after: Read) -> Tried:
    """What the last reports of people would have become by another version. Merging of duplicates is not replayed."""
    query = (
        select(SourceReport, Incident, FieldReport.details)
        .join(Incident, Incident.id == SourceReport.incident_id)
        .outerjoin(FieldReport, (FieldReport.incident_id == Incident.id) & (FieldReport.what == "found"))
        .order_by(SourceReport.taken_ms.desc(), SourceReport.id)
    )
    before = plan.read
    with store.read() as session:
        rows = list(session.execute(query.limit(LAST)))
        found = [one for report, incident, said in rows if (one := _otherwise(before, after, report, incident, said))]
    return Tried(incidents=len(rows), elsewhere=len(found), newest=tuple(found[:SHOWN]))


def _otherwise(
    before: Read, after: Read, report: SourceReport, incident: Incident, said: dict[str, object] | None
) -> Elsewhere | None:
    word = str((said or {}).get("kind", ""))
    old, new = (_of(read.matters, report.matter, word) for read in (before, after))
    if old is None:  # it was told when the matters were others
        return None
    fields = {} if new is not None and new.code == old.code else {"matter": (old.code, new.code if new else "")}
    if new is not None:
        fields |= _turns(before, after, report, (old, new), incident)
    if not fields:
        return None
    return Elsewhere(
        incident_id=incident.id, at_ms=report.at_ms, kind=old.kind, severity=incident.severity, place=incident.place,
        fields=fields,
    )  # fmt: skip


def _of(matters: Matters, code: str, word: str) -> Matter | None:
    """By the word of the terminal, which always means something, or by its code, which may be gone."""
    return matters.named(word) if word else matters.of(code)


def _turns(
    before: Read, after: Read, report: SourceReport, pair: tuple[Matter, Matter], incident: Incident
) -> dict[str, tuple[str, str]]:
    old, new = pair
    was, now = before.matters.severity(old, report.urgency), after.matters.severity(new, report.urgency)
    areas = [area.id for area in after.areas.locate(report.grid, incident.site)]
    found = {"kind": (str(old.kind), str(new.kind)), "severity": (str(was), str(now))}
    placed = differences(
        before.placements.of(old.kind, was, areas=areas, matter=old.code),
        after.placements.of(new.kind, now, areas=areas, matter=new.code),
    )
    return {name: turn for name, turn in found.items() if turn[0] != turn[1]} | placed
