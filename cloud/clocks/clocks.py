"""The clocks of an incident: which deadlines run, what the clock does about each, and what stops it.

Only incidents that stand for themselves have clocks; a member has those of its parent. Everything runs inside the
caller's transaction, on a row that the caller has locked.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.clocks import deadline_rows as rows
from cloud.plan import Plan
from cloud.records import Act, write_log
from cloud.store.foresight import is_born
from cloud.store.models import Incident
from cloud.store.models_clocks import Acceptance, DeadlineRow
from domain import deadlines
from domain.deadlines import RUNNING
from domain.escalation import Step, escalation
from domain.incidents import OVER, Move, Stage
from domain.incidents.log_words import CLOCK
from domain.limits import Due
from domain.placement import Placement
from domain.spans import Unit

ADOPTED = "timed"  # in the log: its deadlines began later than it


class Clocks:
    """Stateless; asks the plan at every use."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def placement(self, incident: Incident) -> Placement:
        """How this incident is handled."""
        return self._plan.placement(
            incident.kind, incident.placed_as, grid=incident.grid, site=incident.site, matter=incident.matter
        )

    def begin(self, session: Session, incident: Incident, at_ms: int) -> None:
        """Every deadline of the present stage begins now; whatever ran before is over."""
        if not is_born(session, incident.id):
            self.stop(session, incident, at_ms)
        for due in RUNNING[Stage(incident.stage)]:
            self._start(session, incident, due, at_ms)

    def adopt(self, session: Session, at_ms: int) -> list[str]:
        """Open incidents from before there were deadlines get theirs, from when they were reported and accepted.

        On record, because what follows the log must hear of it; which incidents these are.
        """
        known = select(DeadlineRow.incident_id)
        query = select(Incident).where(
            Incident.parent_id.is_(None), Incident.stage.not_in(OVER), Incident.id.not_in(known)
        )
        found = list(session.scalars(query.order_by(Incident.id)))
        for incident in found:
            handled_ms = incident.handling_at_ms or incident.reported_at_ms
            for due in RUNNING[Stage(incident.stage)]:
                from_report = due in (Due.ACCEPT, Due.OVERALL)
                self._start(session, incident, due, incident.reported_at_ms if from_report else handled_ms)
            write_log(session, incident, ADOPTED, Act(actor=CLOCK, at_ms=at_ms))
        return [incident.id for incident in found]

    def stop(self, session: Session, incident: Incident, at_ms: int) -> None:
        """Nothing is due any more and nobody is called: it is over, or somebody else's."""
        for row in rows.running(session, incident):
            self._end(session, incident, row, at_ms)

    def moved(self, session: Session, incident: Incident, move: Move, at_ms: int) -> None:
        """After a move: what the new stage has no more ends, what it has goes on or begins."""
        if move is Move.SPLIT:  # nobody's silence counts from before
            self.begin(session, incident, at_ms)
            return
        wanted = RUNNING[Stage(incident.stage)]
        found = rows.running(session, incident)
        rows.wake(session, incident)
        for row in found:
            if row.due not in wanted:
                self._end(session, incident, row, at_ms)
        known = {row.due for row in found}
        for due in wanted:
            if due not in known:
                self._start(session, incident, due, at_ms)
        if move is Move.TRANSFER_UP:
            self._more_time_above(session, incident)

    def paused(self, session: Session, incident: Incident, at_ms: int) -> None:
        """From now on no time counts."""
        rows.hold(session, incident, at_ms)

    def remind(self, session: Session, incident: Incident, step: str, times: Iterable[int]) -> None:
        """Ask at these times whether a pause still has to be; resumed() ends it."""
        steps = (Step(code=f"{step}:{number}", due_ms=due_ms) for number, due_ms in enumerate(times, start=1))
        rows.arm(session, incident, Due.OVERALL, steps)

    def resumed(self, session: Session, incident: Incident, at_ms: int) -> None:
        """Time counts again; what was left at the pause is left now."""
        rows.forget(session, incident, "paused:")
        rows.release(session, incident, at_ms, self._plan.calendar)

    def extended(self, session: Session, incident: Incident, due: str, until_ms: int, _at_ms: int) -> bool:
        """A deadline moves to a later time, and the overall one with it where it would come first.

        False where no such deadline runs, or it is no later.
        """
        found = {row.due: row for row in rows.running(session, incident)}
        row, whole = found.get(due), found.get(Due.OVERALL)
        if row is None or until_ms <= row.due_ms:
            return False
        for each in {row.id: row, **({whole.id: whole} if whole else {})}.values():
            if each.due_ms < until_ms:
                self._set_due(session, incident, each, until_ms)
        return True

    def due(self, session: Session, incident: Incident) -> tuple[str, int] | None:
        """The deadline of the present stage, else the overall one, and when: what an extension is asked for."""
        found = rows.running(session, incident)
        row = min(found, key=lambda row: (row.due == Due.OVERALL, row.due_ms), default=None)
        return (row.due, row.due_ms) if row else None

    def enough_accepts(self, session: Session, incident: Incident, actor: str, at_ms: int) -> bool:
        """Put on record that somebody accepts; True once as many have as the rule asks for. The same person is one."""
        wanted = self.placement(incident).accepts
        row = next((row for row in rows.running(session, incident) if row.due == Due.ACCEPT), None)
        if wanted <= 1 or row is None:
            return True
        session.flush()
        if session.get(Acceptance, (row.id, actor)) is None:
            session.add(Acceptance(deadline_id=row.id, person=actor, at_ms=at_ms))
            session.flush()
        return (session.scalar(select(func.count()).where(Acceptance.deadline_id == row.id)) or 0) >= wanted

    def calling(self, session: Session, incident: Incident) -> bool:
        """True while somebody is still to be called because nobody has accepted."""
        return rows.waits(session, incident, Due.ACCEPT)

    def hasten(self, session: Session, incident: Incident, at_ms: int) -> None:
        """A worse severity has other times: they count, never later than the old ones."""
        placement, calendar = self.placement(incident), self._plan.calendar
        for row in rows.running(session, incident):
            span = placement.limits_at(_highest(incident)).of(Due(row.due))
            if span is None:
                continue
            accept = row.due == Due.ACCEPT
            first_ms = calendar.after(at_ms if accept else row.started_ms, span)
            due_ms = max(at_ms, first_ms if accept else self._given(row, first_ms, span.unit))
            if due_ms < row.due_ms:
                row.unit, row.first_due_ms = span.unit, first_ms
                self._set_due(session, incident, row, due_ms)
        if incident.stage == Stage.REPORTED:
            self.call_anew(session, incident, incident.accept_due_ms, at_ms)

    def hush(self, session: Session, incident: Incident) -> None:
        """Nobody is called while the cause is gone; the overall deadline speaks again once somebody has it."""
        rows.stop(session, incident, Due.ACCEPT)
        rows.hush(session, incident)

    def call_anew(self, session: Session, incident: Incident, from_ms: int, at_ms: int) -> None:
        """Calls by the present rule in a new round, from a time on; tiers that have it are not called as new."""
        rows.stop(session, incident, Due.ACCEPT)
        rows.wake(session, incident)
        incident.round += 1
        rows.arm(session, incident, Due.ACCEPT, self._calls(incident, from_ms, at_ms))
        for row in rows.running(session, incident):
            if row.due == Due.OVERALL and not rows.waits(session, incident, Due.OVERALL):
                later = [step for step in self._steps(incident, row) if step.due_ms > from_ms]
                rows.arm(session, incident, Due.OVERALL, later)

    def _calls(self, incident: Incident, from_ms: int, at_ms: int) -> tuple[Step, ...]:
        """Tiers keep their times, also one that is over; repetitions of which one is over all begin now."""
        chain, calendar = self.placement(incident).chain, self._plan.calendar
        kept = escalation(chain, from_ms, calendar, incident.tiers)
        if all(step.tier or step.due_ms >= at_ms for step in kept):
            return kept
        anew = escalation(chain, max(from_ms, at_ms), calendar, incident.tiers)
        return tuple(step if step.tier else later for step, later in zip(kept, anew, strict=True))

    def call_again_from(self, session: Session, incident: Incident, at_ms: int) -> int:
        """When calls that had run out go on: tiers not called yet keep their times, what comes after starts now."""
        row = next((row for row in rows.running(session, incident) if row.due == Due.ACCEPT), None)
        if row is not None:
            span = self.placement(incident).limits_at(_highest(incident)).accept
            self._set_due(session, incident, row, min(row.due_ms, self._plan.calendar.after(at_ms, span)))
        chain = escalation(self.placement(incident).chain, incident.accept_due_ms, self._plan.calendar)
        left = [step.due_ms for step in chain if step.tier and step.tier not in incident.tiers]
        return max(at_ms, left[0]) if left else at_ms

    def supervised(self, session: Session, incident: Incident, due: str, at_ms: int) -> None:
        """The tier above has it now because a deadline is long over."""
        for row in rows.running(session, incident):
            if row.due == due and row.supervised_at_ms is None:
                row.supervised_at_ms = at_ms

    def _start(self, session: Session, incident: Incident, due: Due, at_ms: int) -> None:
        placement, calendar = self.placement(incident), self._plan.calendar
        deadline = deadlines.begin(placement, due, _highest(incident), at_ms, calendar)
        if deadline is None:
            return
        row = rows.add(session, incident, deadline, calendar)
        if due is Due.ACCEPT:
            incident.accept_due_ms = deadline.due_ms
        rows.arm(session, incident, due, self._steps(incident, row))

    def _end(self, session: Session, incident: Incident, row: DeadlineRow, at_ms: int) -> None:
        row.ended_ms = at_ms
        rows.stop(session, incident, Due(row.due))

    def _steps(self, incident: Incident, row: DeadlineRow) -> tuple[Step, ...]:
        deadline = rows.as_deadline(row)
        return deadlines.steps(self.placement(incident), deadline, self._plan.calendar, incident.tiers)

    def _set_due(self, session: Session, incident: Incident, row: DeadlineRow, due_ms: int) -> None:
        placement, calendar = self.placement(incident), self._plan.calendar
        new = deadlines.until(placement, Due(row.due), row.started_ms, due_ms, Unit(row.unit), calendar)
        row.due_ms, row.yellow_ms = new.due_ms, new.yellow_ms
        if row.due == Due.ACCEPT:
            incident.accept_due_ms = due_ms
        rows.retime(session, incident, Due(row.due), self._steps(incident, row))

    def _more_time_above(self, session: Session, incident: Incident) -> None:
        """A tier above may have more time for the whole; it counts from the report all the same."""
        span = self.placement(incident).limits_at(_highest(incident)).overall
        for row in rows.running(session, incident):
            first_ms = self._plan.calendar.after(row.started_ms, span)
            due_ms = self._given(row, first_ms, span.unit)
            if row.due == Due.OVERALL and due_ms > row.due_ms:
                row.unit, row.first_due_ms = span.unit, first_ms
                self._set_due(session, incident, row, due_ms)

    def _given(self, row: DeadlineRow, first_ms: int, unit: Unit) -> int:
        """A time with what pauses and extensions have given to this deadline."""
        return self._plan.calendar.longer(first_ms, unit, row.first_due_ms, row.due_ms)


def _highest(incident: Incident) -> str | None:
    return incident.tiers[-1] if incident.tiers else None
