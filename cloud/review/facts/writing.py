"""Facts of incidents written down: made whole from the records, so that to make one again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from cloud.review.facts.records import records_of
from cloud.store.models import Incident
from cloud.store.models_review import CaseArea, CaseFact
from domain.assessment.cases import Case
from domain.assessment.making import case_of
from domain.limits import Due

FORM = 1  # of the facts: raise it when they are made differently, and all are made anew
_APART = {"deadlines", "site", "grid"}  # these stand in columns of their own, or with the area
PLAIN = tuple(field.name for field in fields(Case) if field.name not in _APART)


def remake(session: Session, ids: Iterable[str]) -> int:
    """Make the facts of these incidents, and forget those of incidents that are gone; how many there are."""
    ids = list(ids)
    found = records_of(session, ids)
    areas = _areas(session, [incident for incident, _ in found])
    rows = [row_of(case_of(record), areas[_digest(incident)]) for incident, record in found]
    session.execute(delete(CaseFact).where(CaseFact.id.in_(ids)))
    if rows:
        session.execute(insert(CaseFact), rows)
    return len(rows)


def row_of(case: Case, area: int) -> dict[str, Any]:
    """A case as the table has it."""
    row = {name: getattr(case, name) for name in PLAIN}
    row |= {"area": area, "returned_by": list(case.returned_by), "reworked_of": list(case.reworked_of)}
    row["supervised"] = sum(kept.supervised for kept in case.deadlines)
    for due in Due:
        kept = case.kept(due)
        row |= {
            due.value: kept.outcome.value if kept else None,
            f"{due}_due_ms": kept.due_ms if kept else None,
            f"{due}_late_ms": kept.late_ms if kept else None,
        }
    return row


def _areas(session: Session, incidents: list[Incident]) -> dict[str, int]:
    """The numbers of their places as they were then, new ones written down."""
    wanted = {_digest(incident): incident for incident in incidents}
    query = select(CaseArea.digest, CaseArea.id).where(CaseArea.digest.in_(sorted(wanted)))
    known = {row[0]: row[1] for row in session.execute(query)}
    for digest in sorted(wanted.keys() - known.keys()):
        one = wanted[digest]
        area = CaseArea(digest=digest, grid=one.grid, site=one.site, chain=one.grid_chain)
        session.add(area)
        session.flush()
        known[digest] = area.id
    return known


def _digest(incident: Incident) -> str:
    place = [incident.grid, incident.site, incident.grid_chain]
    return hashlib.sha256(json.dumps(place, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
