"""Looks in the store for what may be the same matter, or stands near it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.records import burns
from cloud.store.models import Incident
from cloud.store.models_sources import SourceReport
from domain.duplicates import HOUR_MS, Position, Rule, Seen, near, same
from domain.incidents import JOINABLE, OVER, Kind, Stage
from domain.matters import Matters
from domain.sources import OF_PEOPLE

LOOKED_AT = 500  # the newest; more than that of one kind at once is a storm, and a person merges


def twin_of(session: Session, matters: Matters, incident: Incident, seen: Seen) -> Incident | None:
    """The open incident that this one tells of once more, its row locked; None where it is a matter of its own.

    One that is out, though still on the board, takes nothing in: nobody would hear of what burns now.
    """
    rule = matters.rule(seen.kind)
    if rule is None:
        return None
    query = (
        select(Incident)
        .where(
            Incident.kind == seen.kind,
            Incident.stage.in_(JOINABLE),
            Incident.id != incident.id,
            Incident.raised_at_ms >= seen.at_ms - rule.hours * HOUR_MS,
        )
        .order_by(Incident.raised_at_ms.desc(), Incident.id)
        .limit(LOOKED_AT)
    )
    known = list(session.scalars(query))
    for other, told in zip(known, seen_of(session, known), strict=True):
        if any(same(rule, seen, one) for one in told):
            root = session.get(Incident, other.parent_id or other.id, with_for_update=True)
            if root is None or root.id == incident.id or Stage(root.stage) not in JOINABLE:
                continue
            if burns(session, root):
                return root
    return None


def near_by(session: Session, rule: Rule, incident: Incident) -> list[tuple[Incident, int | None]]:
    """Open incidents beside this one, each with its distance in metres where that is known; nearest first."""
    (mine,) = seen_of(session, [incident])
    family = incident.parent_id or incident.id
    query = (
        select(Incident)
        .where(
            Incident.stage.not_in(OVER),
            Incident.parent_id.is_(None),
            Incident.id != family,
            or_(Incident.grid == incident.grid, Incident.source.in_(OF_PEOPLE)),  # a sensor has no position
            Incident.raised_at_ms.between(
                incident.raised_at_ms - rule.hours * HOUR_MS, incident.raised_at_ms + rule.hours * HOUR_MS
            ),
        )
        .order_by(Incident.raised_at_ms.desc(), Incident.id)
        .limit(LOOKED_AT)
    )
    known = list(session.scalars(query))
    found = []
    for other, told in zip(known, seen_of(session, known), strict=True):
        if any(near(rule, one, two) for one in mine for two in told):
            found.append((other, _metres(mine, told)))
    return sorted(found, key=lambda pair: (pair[1] is None, pair[1] or 0, -pair[0].raised_at_ms))


def seen_of(session: Session, incidents: Iterable[Incident]) -> list[list[Seen]]:
    """What is known of place and time of each: by its reports, or as its sensor says it."""
    wanted = list(incidents)
    reports: dict[str, list[SourceReport]] = {}
    query = select(SourceReport).where(SourceReport.incident_id.in_([incident.id for incident in wanted]))
    for report in session.scalars(query.order_by(SourceReport.taken_ms, SourceReport.id)):
        reports.setdefault(report.incident_id, []).append(report)
    return [_seen(incident, reports.get(incident.id, [])) for incident in wanted]


def _seen(incident: Incident, reports: list[SourceReport]) -> list[Seen]:
    kind = Kind(incident.kind)
    if not reports:
        return [
            Seen(
                kind=kind, matter=incident.matter, grid=incident.grid, place=incident.place, position=None,
                at_ms=incident.raised_at_ms,
            )
        ]  # fmt: skip
    return [
        Seen(
            kind=kind, matter=report.matter, grid=report.grid, place=report.place, position=position_of(report),
            at_ms=report.at_ms,
        )
        for report in reports
    ]  # fmt: skip


def position_of(report: SourceReport) -> Position | None:
    """Where it was seen, if that was told."""
    if report.lat_udeg is None or report.lon_udeg is None:
        return None
    return Position(lat_udeg=report.lat_udeg, lon_udeg=report.lon_udeg)


def _metres(mine: list[Seen], told: list[Seen]) -> int | None:
    found = [one.position.metres_to(two.position) for one in mine for two in told if one.position and two.position]
    return round(min(found)) if found else None
