"""What the board needs of the store, as plain values: JSON stays text, and is read only where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from cloud.board.views import IncidentRow
from cloud.plan import Plan
from cloud.store.models import Incident, Timer
from cloud.store.models_clocks import DeadlineRow
from domain.deadlines import Deadline, Urge, next_due, shown_as
from domain.incidents import OVER, Kind, Stage
from domain.limits import Due
from domain.spans import Unit

RECENT = 20  # closed incidents that stay on the board


class Facts(NamedTuple):
    """An incident as it is stored; equal ones are the same row."""

    id: str
    parent_id: str | None
    kind: str
    severity: str
    condition: str
    stage: str
    site: str
    device: str
    grid: str
    place: str
    raised_at_ms: int
    cleared_at_ms: int | None
    holder: str | None
    version: int
    paused_at_ms: int | None
    tiers: str
    signals: str
    grid_chain: str

    @property
    def root(self) -> str:
        """Whose deadlines and calls are its own: of a member those of its parent."""
        return self.parent_id or self.id


class Clock(NamedTuple):
    """What the clock is about to do about one incident."""

    running: tuple[tuple[Any, ...], ...] = ()
    step: tuple[str, int] | None = None


NONE = Clock()
_JSON = ("tiers", "signals", "grid_chain")
_FACTS = select(
    *(cast(getattr(Incident, name), Text) if name in _JSON else getattr(Incident, name) for name in Facts._fields)
)
_RUNNING = (
    select(
        DeadlineRow.incident_id, DeadlineRow.due, DeadlineRow.started_ms, DeadlineRow.due_ms, DeadlineRow.yellow_ms,
        DeadlineRow.unit, DeadlineRow.supervised_at_ms,
    )
    .where(DeadlineRow.ended_ms.is_(None), DeadlineRow.paused_at_ms.is_(None))
    .order_by(DeadlineRow.id)
)  # fmt: skip


def open_facts(session: Session, ids: Iterable[str] | None = None) -> dict[str, Facts]:
    """What is open; of those named, or all."""
    query = _FACTS.where(Incident.stage.not_in(OVER))
    query = query if ids is None else query.where(Incident.id.in_(list(ids)))
    return {row[0]: Facts(*row) for row in session.execute(query)}


def facts_of(session: Session, ids: Iterable[str]) -> dict[str, Facts]:
    """Of those named, open or not."""
    return {row[0]: Facts(*row) for row in session.execute(_FACTS.where(Incident.id.in_(list(ids))))}


def closed_facts(session: Session) -> tuple[Facts, ...]:
    """The last closed ones, newest first."""
    query = _FACTS.where(Incident.stage.in_(OVER)).order_by(Incident.closed_at_ms.desc(), Incident.id).limit(RECENT)
    return tuple(Facts(*row) for row in session.execute(query))


def clocks(session: Session, ids: Iterable[str] | None = None) -> dict[str, Clock]:
    """What is due and what happens next, by incident; of those named, or all."""
    waiting = Timer.state == "waiting"
    first = select(Timer.incident_id, func.min(Timer.due_ms).label("due_ms")).where(waiting)
    running = _RUNNING
    if ids is not None:
        some = list(ids)
        first, running = first.where(Timer.incident_id.in_(some)), running.where(DeadlineRow.incident_id.in_(some))
    of = first.group_by(Timer.incident_id).subquery()
    steps = select(Timer.incident_id, Timer.step, Timer.due_ms).where(waiting)
    steps = steps.join(of, (of.c.incident_id == Timer.incident_id) & (of.c.due_ms == Timer.due_ms)).order_by(Timer.id)
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in session.execute(running):
        found.setdefault(row[0], []).append(tuple(row[1:]))
    nexts: dict[str, tuple[str, int]] = {}
    for incident_id, step, due_ms in session.execute(steps):
        nexts.setdefault(incident_id, (step, due_ms))
    return {one: Clock(tuple(found.get(one, ())), nexts.get(one)) for one in found.keys() | nexts.keys()}


def current_row(plan: Plan, facts: Facts, found: Mapping[str, Clock], now_ms: int) -> IncidentRow:
    """One line, by clocks that were read with it."""
    clock = NONE if facts.stage in OVER else found.get(facts.root, NONE)
    return row_of(plan, facts, clock, deadline_of(clock), now_ms)


def deadline_of(clock: Clock) -> Deadline | None:
    """The one to show."""
    return next_due(
        Deadline(
            due=Due(due), started_ms=started_ms, due_ms=due_ms, yellow_ms=yellow_ms, unit=Unit(unit),
            supervised=supervised_at_ms is not None,
        )
        for due, started_ms, due_ms, yellow_ms, unit, supervised_at_ms in clock.running
    )  # fmt: skip


def row_of(plan: Plan, facts: Facts, clock: Clock, due: Deadline | None, now_ms: int) -> IncidentRow:
    """One line of the board; `due` is the deadline of `clock` to show."""
    chain, signals = json.loads(facts.grid_chain), json.loads(facts.signals)
    named = next((area["name"] for area in chain if area["code"] == facts.grid), None)  # as it was when it happened
    step, step_ms = clock.step or (None, None)
    return IncidentRow(
        id=facts.id, parent_id=facts.parent_id, kind=facts.kind, severity=facts.severity,
        life_safety=Kind(facts.kind).life_safety, condition=facts.condition, stage=facts.stage, site=facts.site,
        device=facts.device, grid=facts.grid, grid_name=named or plan.areas.name_of(facts.grid), place=facts.place,
        tiers=tuple(json.loads(facts.tiers)), raised_at_ms=facts.raised_at_ms, cleared_at_ms=facts.cleared_at_ms,
        deadline_ms=due.due_ms if due else None,
        deadline_stage=str(shown_as(Stage(facts.stage), due)) if due else None,
        overdue=due.overdue(now_ms) if due else False, urge=due.urge(now_ms) if due else Urge.NONE,
        holder=facts.holder, holder_name=plan.name_of(facts.holder) if facts.holder else None,
        next_step=step, next_step_ms=step_ms, signals=tuple(signal["rule"] for signal in signals),
        version=facts.version, paused_at_ms=facts.paused_at_ms,
    )  # fmt: skip
