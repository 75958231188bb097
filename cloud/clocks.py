"""What a move does to the deadlines and timers of an incident."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.records import arm, disarm
from cloud.store.models import Incident
from cloud.store.models_flow import Pause
from domain.deadlines import Since, deadline
from domain.dispatch import Placement, chase, escalation
from domain.incidents import WORKED, Move, Stage


class Clocks:
    """Runs inside the caller's transaction, on the incident that has the deadlines of its family."""

    def __init__(self, placement: Callable[[Incident], Placement]) -> None:
        self._placement = placement

    def moved(self, session: Session, incident: Incident, move: Move, at_ms: int) -> None:
        """The stage has changed: what is due now, and who is called when nothing happens."""
        placement = self._placement(incident)
        if move in (Move.ACCEPT, Move.FEED_BACK, Move.CLOSE, Move.VOID, Move.TRANSFER_UP, Move.MERGE):
            disarm(session, incident)
        if move in (Move.REWORK, Move.TRANSFER_UP):
            incident.round += 1
        if move is Move.TRANSFER_UP:
            incident.accept_due_ms = at_ms + placement.accept_s * 1000
            arm(session, incident, escalation(placement, at_ms, incident.tiers))
        if move in (Move.ACCEPT, Move.REWORK) or (move is Move.SPLIT and incident.stage in WORKED):
            arm(session, incident, chase(placement, at_ms))

    def paused(self, session: Session, incident: Incident, _at_ms: int) -> None:
        """Nothing is due and nobody is chased."""
        disarm(session, incident)

    def resumed(self, session: Session, incident: Incident, _at_ms: int) -> None:
        """It goes on; what lay between is not counted."""
        incident.round += 1
        query = select(Pause).where(Pause.incident_id == incident.id).order_by(Pause.id.desc())
        pause = session.scalars(query.limit(1)).first()
        if incident.stage in WORKED and incident.handling_at_ms is not None:
            incident.handling_at_ms += pause.until_ms - pause.from_ms if pause and pause.until_ms else 0
            arm(session, incident, chase(self._placement(incident), incident.handling_at_ms))

    def extended(self, session: Session, incident: Incident, _name: str, until_ms: int, at_ms: int) -> None:
        """A later deadline for what is due now."""
        due = self.due(session, incident)
        if due is None:
            return
        incident.handling_at_ms = (incident.handling_at_ms or at_ms) + until_ms - due[1]
        disarm(session, incident)
        incident.round += 1
        arm(session, incident, chase(self._placement(incident), incident.handling_at_ms))

    def due(self, _session: Session, incident: Incident) -> tuple[str, int] | None:
        """What is due now, and when."""
        since = Since(
            reported_ms=incident.reported_at_ms,
            accept_due_ms=incident.accept_due_ms,
            handling_ms=incident.handling_at_ms,
        )
        found = deadline(self._placement(incident), Stage(incident.stage), since)
        return (str(found.move), found.due_ms) if found else None

    def enough_accepts(self, _session: Session, _incident: Incident, _actor: str, _at_ms: int) -> bool:
        """False while one more has to accept."""
        return True
