"""What the list for a site's gateway says of each incident beside its stage: the condition, or what people told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.store.models import Incident
from cloud.store.models_sources import SourceReport
from domain.incidents import WORKED, Condition, Severity, Stage
from domain.sources import OF_PEOPLE
from protocol import desk

TOLD_MAX = 50  # of a site: those that a worker is sent to, then the worst; a list has 256 kB
PLACE_MAX, TEXT_MAX = 60, 100  # letters of six bytes each: a task on a terminal has 2048 bytes in all


def listed(incident: Incident) -> bool:
    """False for a report that was merged: who goes to the one it was merged into has it."""
    return incident.source not in OF_PEOPLE or incident.parent_id is None


def beside(session: Session, incidents: Sequence[Incident], called: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """By incident: fields of its row. `called`: those for which workers are called by handheld."""
    of_people = [incident for incident in incidents if incident.source in OF_PEOPLE]
    texts = _texts(session, [incident.id for incident in of_people])
    first = sorted(of_people, key=lambda one: (Stage(one.stage) not in WORKED, -Severity(one.severity).rank))
    sent = {one.id for one in first[:TOLD_MAX] if _may_be_sent(one, called=one.id in called)}
    rows: dict[str, dict[str, Any]] = {}
    for incident in incidents:
        active = incident.condition == Condition.ACTIVE
        if incident.source not in OF_PEOPLE:
            rows[incident.id] = {"revision": incident.revision, "active": active}
            continue
        rows[incident.id] = {"by": desk.PEOPLE}
        if incident.id in sent:
            rows[incident.id]["told"] = {
                "kind": incident.kind, "severity": incident.severity, "place": incident.place[:PLACE_MAX],
                "grid": incident.grid, "at_ms": incident.raised_at_ms, "active": active,
                "text": texts.get(incident.id, "")[:TEXT_MAX],
            }  # fmt: skip
    return rows


def _may_be_sent(incident: Incident, *, called: bool) -> bool:
    """Somebody is on it or called for it, or the site may have to send somebody while the centre is away."""
    worked = called or Stage(incident.stage) in WORKED
    bad = Stage(incident.stage) is Stage.REPORTED and Severity(incident.severity).rank >= Severity.MAJOR.rank
    return (worked or bad) and bool(incident.grid and incident.place)


def _texts(session: Session, ids: list[str]) -> dict[str, str]:
    query = select(SourceReport.incident_id, SourceReport.text).where(SourceReport.incident_id.in_(ids))
    return {str(incident_id): str(text) for incident_id, text in session.execute(query)}
