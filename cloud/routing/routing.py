"""Trying a routing table before it counts: what it would have done with past incidents, and what it does with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.plan.sections import Document
from cloud.store.models import Incident
from domain import deadlines
from domain.deadlines import RUNNING
from domain.dispatch import Placement, PlacementTable
from domain.escalation import RESPONSIBLE
from domain.incidents import Stage
from domain.limits import Due, Limits

FETCH = 1000  # incidents at a time, so that years of them fit into memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """One past incident that the new table would have handled otherwise: field -> (before, after)."""

    incident_id: str
    at_ms: int
    kind: str
    severity: str
    place: str
    fields: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happens by the clock while nobody acts."""

    stage: str
    step: str
    after_ms: int
    target: str


def read_table(plan: Plan, document: Document) -> PlacementTable:
    """The table of a document, checked against the plan as it is. Raises DispatchError with every mistake."""
    now = plan.read
    known = [department.id for department in now.departments.all]
    return PlacementTable.from_table(document, now.areas.levels, now.areas, known)


def notes(plan: Plan, table: PlacementTable, at_ms: int) -> tuple[str, ...]:
    """What is no mistake and still good to know: nobody to be told, holidays that nobody has published yet."""
    now = plan.read
    named = {name for rule in table.rules for name in _departments(rule.placement)}
    empty = sorted(name for name in named - {RESPONSIBLE} if not now.roster.of_department(name))
    year_ms = 365 * 86_400_000
    unknown = now.calendar.assumed(at_ms, at_ms + year_ms // 4)
    said = [f"department {name} has nobody in the roster: nobody of it would hear" for name in empty]
    strange = sorted({code for rule in table.rules for code in rule.matters if plan.matters.of(code) is None})
    said += [f"matter {code} is none of the plan's: its rule never counts" for code in strange]
    return (*said, *(f"the holidays of {year} are not known yet: only weekends are counted" for year in unknown))


def dry_run(
    session: Session, plan: Plan, table: PlacementTable, from_ms: int, to_ms: int
) -> Iterator[tuple[Incident, Elsewhere | None]]:  # fmt: skip
    """Every past incident that stood for itself, the oldest first, and what the new table would have done otherwise."""
    query = select(Incident).where(
        Incident.parent_id.is_(None), Incident.raised_at_ms >= from_ms, Incident.raised_at_ms < to_ms
    )
    found = session.scalars(query.order_by(Incident.raised_at_ms, Incident.id).execution_options(yield_per=FETCH))
    for incident in found:
        yield incident, elsewhere(plan, table, incident)


def elsewhere(plan: Plan, table: PlacementTable, incident: Incident) -> Elsewhere | None:
    """What a table would have done otherwise with an incident; None where nothing."""
    areas = [area.id for area in plan.areas.locate(incident.grid, incident.site)]
    case = (incident.kind, incident.placed_as)
    before = plan.placements.of(*case, areas=areas, matter=incident.matter)
    after = table.of(*case, areas=areas, matter=incident.matter)
    fields = differences(before, after)
    return _elsewhere(incident, fields) if fields else None


def differences(before: Placement, after: Placement) -> dict[str, tuple[str, str]]:
    """What two placements do otherwise: field -> (before, after)."""
    old, new = _said(before), _said(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def timeline(plan: Plan, placement: Placement, at_ms: int) -> tuple[Happening, ...]:
    """Everything the clock does, stage by stage, while nobody acts; counted from a time."""
    found: list[Happening] = []
    seen: set[Due] = set()
    for stage in Stage:
        for due in RUNNING[stage]:
            deadline = deadlines.begin(placement, due, None, at_ms, plan.calendar)
            if deadline is None or due in seen:
                continue
            seen.add(due)
            steps = deadlines.steps(placement, deadline, plan.calendar, placement.placed)
            found += [
                Happening(stage=stage, step=step.code, after_ms=step.due_ms - at_ms, target=step.target)
                for step in steps
            ]
    return tuple(found)


def _elsewhere(incident: Incident, fields: dict[str, tuple[str, str]]) -> Elsewhere:
    return Elsewhere(
        incident_id=incident.id,
        at_ms=incident.raised_at_ms,
        kind=incident.kind,
        severity=incident.placed_as,
        place=incident.place,
        fields=fields,
    )


def _departments(placement: Placement) -> set[str]:
    called = [step.notify.partition(":") for step in placement.chain.steps]
    return {*placement.departments, *(name for what, _, name in called if what == "department")}


def _said(placement: Placement) -> dict[str, str]:
    """A placement in words, but for its name."""
    chain = ", ".join(
        " ".join(filter(None, [str(step.wait or ""), step.notify, f"x{step.times}" if step.times > 1 else ""]))
        for step in placement.chain.steps
    )
    limits = {str(due): str(placement.limits.of(due) or "-") for due in Due}
    tiers = {tier: _times(limit) for tier, limit in placement.by_tier.items()}
    return {
        "placed": ", ".join(placement.placed),
        "departments": ", ".join(placement.departments),
        **limits,
        "tiers": str(tiers or ""),
        "chain": chain,
        "accepts": str(placement.accepts),
        "chase": f"{placement.chase_times} x {placement.chase_every}",
        "supervise": str(placement.supervise or "-"),
    }


def _times(limits: Limits) -> str:
    return ", ".join(f"{due} {span}" for due in Due if (span := limits.of(due)) is not None)
