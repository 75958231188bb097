"""Whom a target of a rule names that is no tier: a department, a role at a level, or a person."""

from __future__ import annotations

from collections.abc import Iterable

from cloud.plan import Plan
from cloud.store.models import Incident
from domain.escalation import RESPONSIBLE
from domain.people import Role

MAX = 32  # a column of the store


def for_what(target: str) -> str:
    """What stands in a notice for which it was made."""
    return target[:MAX]


def people_of(plan: Plan, incident: Incident, target: str, at_ms: int) -> list[str]:
    """Who is that now; also of what `for_what` has cut. Nobody where the plan knows no such thing any more."""
    what, _, name = target.partition(":")
    if what == "department":
        if name == RESPONSIBLE:
            name = plan.responsible(incident.matter or "", incident.kind, incident.grid, incident.site)
        name = _whole(target, (f"{what}:{one.id}" for one in plan.departments.all)) or name
        return [person.id for person in plan.department_on_duty(name, at_ms)] if name else []
    if what == "role":
        known = (f"{what}:{one}@{level}" for one in Role for level in plan.areas.levels)
        role, _, level = _whole(target, known).partition("@")
        people = plan.role_on_duty(role, incident.grid, incident.site, level, at_ms) if role else ()
        return [person.id for person in people]
    return [name] if plan.roster.may_page(name, at_ms) else []


def _whole(target: str, known: Iterable[str]) -> str:
    """The name in what is known, of a target that may have been cut; empty where it is none of it."""
    found = next((one for one in known if target in (one, for_what(one))), "")
    return found.partition(":")[2]
