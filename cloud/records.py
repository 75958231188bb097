"""What every use case on incidents shares: who acts, the log, the members and departments that are still at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.store.foresight import is_born
from cloud.store.models import Incident, IncidentLog
from cloud.store.models_flow import JointPart
from domain.incidents import OVER, Condition
from domain.joint import OPEN_PARTS


class DeskError(Exception):
    """Base of what use cases on incidents refuse; nothing has changed."""


class UnknownIncident(DeskError):
    """There is no such incident."""

    def __init__(self, incident_id: str) -> None:
        super().__init__(f"no incident {incident_id}; it may belong to another centre")
        self.incident_id = incident_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, when and why."""

    actor: str
    at_ms: int
    reason: str = ""
    source: str = ""  # from where a person did it: console, api, handheld, phone


def incident_of(session: Session, incident_id: str, *, lock: bool = False) -> Incident:
    """The incident, for who writes with its row locked. Raises UnknownIncident."""
    incident = session.get(Incident, incident_id, with_for_update=lock or None)
    if incident is None:
        raise UnknownIncident(incident_id)
    return incident


def write_log(
    session: Session,
    incident: Incident,
    what: str,
    act: Act,
    *,
    stages: tuple[str | None, str | None] = (None, None),
    version: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one entry to the log of an incident."""
    session.add(
        IncidentLog(
            incident_id=incident.id,
            at_ms=act.at_ms,
            what=what,
            actor=act.actor,
            from_stage=stages[0],
            to_stage=stages[1],
            reason=act.reason,
            source=act.source,
            version=incident.version if version is None else version,
            detail=detail or {},
        )
    )


def children_of(session: Session, incident: Incident) -> list[Incident]:
    """The members below an incident, oldest first."""
    if is_born(session, incident.id):
        return []
    query = select(Incident).where(Incident.parent_id == incident.id).order_by(Incident.reported_at_ms, Incident.id)
    return list(session.scalars(query))


def keep_open(session: Session, incident: Incident) -> tuple[list[str], list[str]]:
    """Places of members that forbid closing it: those still active, and those that would not be closed with it."""
    open_ones = [child for child in children_of(session, incident) if child.stage not in OVER]
    active = [c.place for c in open_ones if c.stage == incident.stage and c.condition == Condition.ACTIVE]
    return active, [child.place for child in open_ones if child.stage != incident.stage]


def burns(session: Session, incident: Incident) -> bool:
    """True while its own cause or that of an open member is still there."""
    members = (child for child in children_of(session, incident) if child.stage not in OVER)
    return any(member.condition == Condition.ACTIVE for member in (incident, *members))


def open_parts(session: Session, incident: Incident, *, family: bool = True) -> tuple[str, ...]:
    """Departments that have not answered: its own, and unless told otherwise those of its members."""
    ids = [incident.id, *(child.id for child in (children_of(session, incident) if family else ()))]
    query = select(JointPart.department).where(JointPart.incident_id.in_(ids), JointPart.state.in_(OPEN_PARTS))
    return tuple(session.scalars(query.order_by(JointPart.id)))
