"""What is on record about incidents, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cloud.store.models import Incident, IncidentLog
from cloud.store.models_clocks import DeadlineRow
from cloud.store.models_flow import Extension, JointPart, Merge, Pause
from cloud.store.models_review import CaseFact
from cloud.store.models_sources import SourceReport
from domain.assessment.records import Entry, Limit, Member, Now, Part, Record, Rest, Told
from domain.incidents import Severity, Stage

UNSAID = "notified"  # long lists of people, and nothing that is counted
Grouped = dict[str, list[Any]]


def touched_by(session: Session, ids: Iterable[str]) -> list[str]:
    """These, the parents they have or had, and the members that came or went with them."""
    ids = sorted(set(ids))
    above = select(Incident.parent_id, CaseFact.member_of).outerjoin(CaseFact, CaseFact.id == Incident.id)
    found = {*ids, *(one for row in session.execute(above.where(Incident.id.in_(ids))) for one in row if one)}
    roots = sorted(found)
    other = Incident.parent_id.is_distinct_from(CaseFact.member_of)
    came = (
        select(Incident.id).outerjoin(CaseFact, CaseFact.id == Incident.id).where(Incident.parent_id.in_(roots), other)
    )
    left = select(Incident.id).join(CaseFact, CaseFact.id == Incident.id).where(CaseFact.member_of.in_(roots), other)
    moved = came.union(left)  # one condition over both tables would read every incident
    return sorted(found | set(session.scalars(moved)))


def records_of(session: Session, ids: Sequence[str]) -> list[tuple[Incident, Record]]:
    """Each incident that exists, with what is on record about it."""
    incidents = session.scalars(select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id)).all()
    logs, limits, rests = _logs(session, ids), _limits(session, ids), _rests(session, ids)
    parts, members, told = _parts(session, ids), _members(session, ids), _told(session, ids)
    given = select(Extension.incident_id, func.count()).where(Extension.incident_id.in_(ids))
    extensions = {row[0]: row[1] for row in session.execute(given.group_by(Extension.incident_id))}
    merges = select(Merge.child_id).where(Merge.child_id.in_(ids), Merge.undone_at_ms.is_(None))
    merged = set(session.scalars(merges))
    return [
        (
            one,
            Record(
                now=_now(one), log=tuple(logs[one.id]), limits=tuple(limits[one.id]), rests=tuple(rests[one.id]),
                parts=tuple(parts[one.id]), told=tuple(told[one.id]), members=tuple(members[one.id]),
                extensions=extensions.get(one.id, 0), merged=one.id in merged,
            ),
        )
        for one in incidents
    ]  # fmt: skip


def _now(one: Incident) -> Now:
    return Now(
        id=one.id, parent_id=one.parent_id, kind=one.kind, severity=Severity(one.severity),
        placed_as=Severity(one.placed_as), stage=Stage(one.stage), source=one.source, matter=one.matter,
        site=one.site, device=one.device, grid=one.grid, place=one.place, tiers=tuple(one.tiers), holder=one.holder,
        raised_at_ms=one.raised_at_ms, reported_at_ms=one.reported_at_ms, cleared_at_ms=one.cleared_at_ms,
        closed_at_ms=one.closed_at_ms, paused_at_ms=one.paused_at_ms,
    )  # fmt: skip


def _grouped(rows: Iterable[Any], make: Callable[..., object]) -> Grouped:
    """By the first column."""
    found: Grouped = defaultdict(list)
    for row in rows:
        found[row[0]].append(make(*row[1:]))
    return found


def _logs(session: Session, ids: Sequence[str]) -> Grouped:
    log = IncidentLog
    query = (
        select(log.incident_id, log.at_ms, log.what, log.actor, log.from_stage, log.to_stage, log.reason, log.detail)
        .where(log.incident_id.in_(ids), log.what != UNSAID)
        .order_by(log.id)
    )
    return _grouped(session.execute(query), lambda at_ms, what, actor, before, after, reason, detail: Entry(
        at_ms=at_ms, what=what, actor=actor, from_stage=before, to_stage=after, reason=reason, detail=detail,
    ))  # fmt: skip


def _limits(session: Session, ids: Sequence[str]) -> Grouped:
    row = DeadlineRow
    query = select(row.incident_id, row.due, row.due_ms, row.ended_ms, row.paused_at_ms, row.supervised_at_ms)
    query = query.where(row.incident_id.in_(ids)).order_by(row.id)
    return _grouped(session.execute(query), lambda due, due_ms, ended_ms, paused_ms, supervised_ms: Limit(
        due=due, due_ms=due_ms, ended_ms=ended_ms, paused_at_ms=paused_ms, supervised=supervised_ms is not None,
    ))  # fmt: skip


def _rests(session: Session, ids: Sequence[str]) -> Grouped:
    query = select(Pause.incident_id, Pause.from_ms, Pause.until_ms).where(Pause.incident_id.in_(ids))
    rows = session.execute(query.order_by(Pause.id))
    return _grouped(rows, lambda from_ms, until_ms: Rest(from_ms=from_ms, until_ms=until_ms))


def _parts(session: Session, ids: Sequence[str]) -> Grouped:
    part = JointPart
    query = select(part.incident_id, part.department, part.leads, part.state)
    rows = session.execute(query.where(part.incident_id.in_(ids)).order_by(part.id))
    return _grouped(rows, lambda department, leads, state: Part(department=department, leads=leads, state=state))


def _members(session: Session, ids: Sequence[str]) -> Grouped:
    query = select(Incident.parent_id, Incident.id, Incident.source, Incident.stage, Incident.raised_at_ms)
    rows = session.execute(query.where(Incident.parent_id.in_(ids)).order_by(Incident.id))
    return _grouped(rows, lambda one, source, stage, raised_ms: Member(
        id=one, source=source, stage=Stage(stage), raised_at_ms=raised_ms,
    ))  # fmt: skip


def _told(session: Session, ids: Sequence[str]) -> Grouped:
    """By the incident itself and by its parent: a root knows what its members were told of."""
    report = SourceReport
    family = select(Incident.id).where(or_(Incident.id.in_(ids), Incident.parent_id.in_(ids)))
    query = (
        select(report.incident_id, Incident.parent_id, report.source, report.reporter, report.first, report.at_ms)
        .join(Incident, Incident.id == report.incident_id)
        .where(report.incident_id.in_(family))
        .order_by(report.taken_ms, report.first.desc(), report.id)
    )  # fmt: skip
    found: Grouped = defaultdict(list)
    for one, parent, source, reporter, first, seen_ms in session.execute(query):
        told = Told(source=source, reporter=reporter, first=first, seen_ms=seen_ms)
        for owner in filter(None, (one, parent)):
            found[owner].append(told)
    return found
