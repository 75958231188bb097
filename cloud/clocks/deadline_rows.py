"""Deadlines and their timers as rows: begin, end, pause, move. Inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cloud.clocks.views import DeadlineView
from cloud.store.foresight import is_born
from cloud.store.models import Incident, Timer
from cloud.store.models_clocks import DeadlineRow
from domain.calendar import WorkCalendar
from domain.deadlines import Deadline
from domain.escalation import Step
from domain.limits import Due
from domain.spans import Unit

WAITING, PAUSED, STOPPED = "waiting", "paused", "stopped"


def running(session: Session, incident: Incident) -> list[DeadlineRow]:
    """The deadlines that run, in the order in which they began."""
    query = select(DeadlineRow).where(DeadlineRow.incident_id == incident.id, DeadlineRow.ended_ms.is_(None))
    return list(session.scalars(query.order_by(DeadlineRow.id)))


def all_of(session: Session, incident: Incident, now_ms: int) -> tuple[DeadlineView, ...]:
    """Every deadline an incident has had, those of its parent where it has one; the oldest first."""
    root = incident.parent_id or incident.id
    query = select(DeadlineRow).where(DeadlineRow.incident_id == root).order_by(DeadlineRow.id)
    return tuple(
        DeadlineView(
            due=row.due,
            unit=row.unit,
            started_ms=row.started_ms,
            due_ms=row.due_ms,
            yellow_ms=row.yellow_ms,
            first_due_ms=row.first_due_ms,
            ended_ms=row.ended_ms,
            paused=row.paused_at_ms is not None and row.ended_ms is None,
            urge=as_deadline(row).urge(row.ended_ms or row.paused_at_ms or now_ms),
            assumed=row.assumed,
        )
        for row in session.scalars(query)
    )


def as_deadline(row: DeadlineRow) -> Deadline:
    """A row as the domain knows it."""
    return Deadline(
        due=Due(row.due),
        started_ms=row.started_ms,
        due_ms=row.due_ms,
        yellow_ms=row.yellow_ms,
        unit=Unit(row.unit),
        supervised=row.supervised_at_ms is not None,
    )


def add(session: Session, incident: Incident, deadline: Deadline, calendar: WorkCalendar) -> DeadlineRow:
    """A deadline begins. One that began before in this round begins a new round: its timers are others."""
    incident.round = max(incident.round, _latest_round(session, incident, deadline) + 1)
    row = DeadlineRow(
        incident_id=incident.id,
        due=deadline.due,
        round=incident.round,
        unit=deadline.unit,
        started_ms=deadline.started_ms,
        due_ms=deadline.due_ms,
        yellow_ms=deadline.yellow_ms,
        first_due_ms=deadline.due_ms,
        paused_at_ms=None,
        supervised_at_ms=None,
        ended_ms=None,
        assumed=bool(calendar.assumed(deadline.started_ms, deadline.due_ms)) and deadline.unit is not Unit.CLOCK,
    )
    session.add(row)
    return row


def _latest_round(session: Session, incident: Incident, deadline: Deadline) -> int:
    if is_born(session, incident.id):
        return 0
    same = (DeadlineRow.incident_id == incident.id, DeadlineRow.due == deadline.due)
    latest = select(DeadlineRow.round).where(*same).order_by(DeadlineRow.round.desc()).limit(1)
    return session.scalars(latest).first() or 0


def arm(session: Session, incident: Incident, due: Due, steps: Iterable[Step]) -> None:
    """Start timers of the present round; one that exists already stays as it is."""
    known: set[str] = set()
    if not is_born(session, incident.id):
        session.flush()
        query = select(Timer.step).where(Timer.incident_id == incident.id, Timer.round == incident.round)
        known = set(session.scalars(query))
    session.add_all(
        Timer(
            incident_id=incident.id,
            step=step.code,
            round=incident.round,
            due_ms=step.due_ms,
            state=WAITING,
            fired_at_ms=None,
            deadline=due,
            target=step.target,
        )
        for step in steps
        if step.code not in known
    )


def stop(session: Session, incident: Incident, due: Due) -> None:
    """Stop the timers of one deadline, for good."""
    live = (Timer.incident_id == incident.id, Timer.deadline == due, Timer.state.in_((WAITING, PAUSED)))
    session.execute(update(Timer).where(*live).values(state=STOPPED))


def forget(session: Session, incident: Incident, step: str) -> None:
    """Stop the timers whose step begins so, for good."""
    live = (Timer.incident_id == incident.id, Timer.step.startswith(step), Timer.state.in_((WAITING, PAUSED)))
    session.execute(update(Timer).where(*live).values(state=STOPPED))


def waits(session: Session, incident: Incident, due: Due) -> bool:
    """True while something is still to happen by the clock about a deadline."""
    live = (Timer.incident_id == incident.id, Timer.deadline == due, Timer.state == WAITING)
    return session.scalars(select(Timer.id).where(*live).limit(1)).first() is not None


def retime(session: Session, incident: Incident, due: Due, steps: Iterable[Step]) -> None:
    """Give the timers of a deadline that have not fired the times of these steps."""
    times = {step.code: step.due_ms for step in steps}
    live = (Timer.incident_id == incident.id, Timer.deadline == due, Timer.state.in_((WAITING, PAUSED)))
    for timer in session.scalars(select(Timer).where(*live).order_by(Timer.id)):
        timer.due_ms = times.get(timer.step, timer.due_ms)


def hush(session: Session, incident: Incident) -> None:
    """What waits says nothing until wake(); its times stay what they are."""
    _turn(session, incident, WAITING, PAUSED)


def wake(session: Session, incident: Incident) -> None:
    """What was hushed speaks again, late where its time has come; what a pause holds stays held."""
    if incident.paused_at_ms is None:
        _turn(session, incident, PAUSED, WAITING)


def _turn(session: Session, incident: Incident, before: str, after: str) -> None:
    found = (Timer.incident_id == incident.id, Timer.state == before)
    session.execute(update(Timer).where(*found).values(state=after))


def hold(session: Session, incident: Incident, at_ms: int) -> None:
    """Nothing happens by the clock until release()."""
    for row in running(session, incident):
        row.paused_at_ms = at_ms if row.paused_at_ms is None else row.paused_at_ms
    _turn(session, incident, WAITING, PAUSED)


def release(session: Session, incident: Incident, at_ms: int, calendar: WorkCalendar) -> None:
    """The time of the pause is taken out of every deadline, counted as it counts; what was overdue stays so."""
    paused = select(Timer).where(Timer.incident_id == incident.id, Timer.state == PAUSED).order_by(Timer.id)
    timers = list(session.scalars(paused))
    for row in running(session, incident):
        if row.paused_at_ms is None:
            continue
        since_ms, unit = row.paused_at_ms, Unit(row.unit)
        row.paused_at_ms = None
        if at_ms <= since_ms:  # the clock was set back meanwhile: nothing to take out
            continue
        if row.due_ms > since_ms:
            row.due_ms = calendar.longer(row.due_ms, unit, since_ms, at_ms)
            row.yellow_ms = min(row.due_ms, calendar.longer(row.yellow_ms, unit, since_ms, at_ms))
        for timer in timers:
            if timer.deadline == row.due:
                timer.due_ms = calendar.longer(timer.due_ms, unit, since_ms, at_ms)
    for timer in timers:
        timer.state = WAITING
