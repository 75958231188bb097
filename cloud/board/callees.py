"""Whom one can call about an incident: who has it, who is on duty for its place, whom its departments have there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cloud.flow.joint import parts_of
from cloud.plan import Plan
from cloud.store.models import Incident
from domain.people import Person

SHOWN_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """One of them; the number is asked for apart."""

    person: str
    name: str
    role: str
    why: str  # holder, duty, department
    of: str  # the tier or the department


def of(session: Session, plan: Plan, incident: Incident, at_ms: int) -> tuple[Callee, ...]:
    """The holder first, then the tiers it stands at, lowest first, then the departments that were asked."""
    found: dict[str, Callee] = {}
    for person, why, whose in _all(session, plan, incident, at_ms):
        view = Callee(person=person.id, name=person.name, role=str(person.role), why=why, of=whose)
        found.setdefault(person.id, view)
    return tuple(found.values())[:SHOWN_MAX]


def _all(session: Session, plan: Plan, incident: Incident, at_ms: int) -> Iterator[tuple[Person, str, str]]:
    holder = incident.holder
    for one in plan.hearing(holder, at_ms):
        if person := plan.roster.get(one):
            yield person, "holder", plan.name_of(holder) if holder and holder != one else ""
    for tier in incident.tiers or plan.areas.levels[:1]:
        for person in plan.team(incident.grid, incident.site, str(tier), at_ms):
            yield person, "duty", str(tier)
    for part in parts_of(session, incident.id):
        for person in plan.department_on_duty(part.department, at_ms):
            yield person, "department", plan.departments.name_of(part.department)
