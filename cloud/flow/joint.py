"""Joint handling (协办): the centre asks departments, each answers or declines, the centre decides what follows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.flow.command import Command
from cloud.flow.people import People
from cloud.records import Act, write_log
from cloud.store.models import Incident
from cloud.store.models_flow import JointPart
from domain.incidents import Move
from domain.joint import PartState, move_part


class Joint:
    """Runs inside the caller's transaction; departments are in nobody's way, so the version stays."""

    def __init__(self, people: People) -> None:
        self._people = people

    def move(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """Move one department's part; empty where this very thing was said before.

        Raises NobodyNamed, NotTheirs, PartRefused.
        """
        department = self._people.need_department(command.to)
        if command.move is not Move.ASK:
            self._people.speaks_for(act.actor, department if command.move is not Move.RELEASE else None)
        part = part_of(session, incident.id, department)
        if part is not None and _said_already(part, command.move, act):
            return set()
        state = move_part(department, PartState(part.state) if part else None, command.move)
        if part is None:
            part = _new(session, incident, department, act)
        part.state = state
        detail: dict[str, object] = {"department": department}
        if command.move is Move.ASK:
            self._ask(session, incident, part, command, act)
            detail |= {"leads": part.leads, "people": self._people.ask(session, incident, department, act)}
        else:
            part.said_by, part.said_at_ms, part.said = act.actor, act.at_ms, act.reason
        write_log(session, incident, command.move, act, detail=detail)
        return {incident.id}

    def _ask(self, session: Session, incident: Incident, part: JointPart, command: Command, act: Act) -> None:
        part.asked_by, part.asked_at_ms, part.asked_for = act.actor, act.at_ms, act.reason
        part.leads = command.leads
        if command.leads:  # one leads
            for other in parts_of(session, incident.id):
                other.leads = other is part


def part_of(session: Session, incident_id: str, department: str) -> JointPart | None:
    """What a department has to do with an incident."""
    query = select(JointPart).where(JointPart.incident_id == incident_id, JointPart.department == department)
    return session.scalars(query).one_or_none()


def parts_of(session: Session, incident_id: str) -> list[JointPart]:
    """All of them: who leads first, then as they were asked."""
    query = select(JointPart).where(JointPart.incident_id == incident_id)
    return list(session.scalars(query.order_by(JointPart.leads.desc(), JointPart.id)))


def _new(session: Session, incident: Incident, department: str, act: Act) -> JointPart:
    part = JointPart(
        incident_id=incident.id, department=department, leads=False, state=PartState.ASKED, asked_by=act.actor,
        asked_at_ms=act.at_ms, asked_for=act.reason, said_by=None, said_at_ms=None, said="",
    )  # fmt: skip
    session.add(part)
    session.flush()
    return part


_OUTCOME = {Move.REPLY: PartState.ANSWERED, Move.DECLINE: PartState.DECLINED, Move.RELEASE: PartState.RELEASED}


def _said_already(part: JointPart, move: Move, act: Act) -> bool:
    """True for the same click again."""
    if move is Move.ASK:
        return part.state == PartState.ASKED and (part.asked_by, part.asked_for) == (act.actor, act.reason)
    return part.state == _OUTCOME[move] and (part.said_by, part.said) == (act.actor, act.reason)
