"""Who hears of a move: whoever is sent, the departments that are asked, and who passed the incident up before."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.flow.command import Command, NobodyNamed, NotTheirs
from cloud.notices.owe import owe
from cloud.plan import Plan
from cloud.records import Act
from cloud.store.models import Incident, IncidentLog
from domain.incidents import Move

GIVES = (Move.DISPATCH, Move.RETURN, Move.REWORK)  # afterwards somebody has something to do


class People:
    """Persons and departments by the plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def need(self, name: str | None) -> None:
        """Whoever a command names is a person or a department of the plan. Raises NobodyNamed."""
        if name is not None and not (self._plan.roster.knows(name) or self._plan.departments.knows(name)):
            raise NobodyNamed(f"nobody called {name} is in the roster; choose somebody from the list")

    def need_department(self, name: str | None) -> str:
        """The department that a command names. Raises NobodyNamed."""
        if name is None or not self._plan.departments.knows(name):
            raise NobodyNamed(f"no department {name or '(none)'} in the plan; choose one of the list")
        return name

    def speaks_for(self, actor: str, department: str | None) -> None:
        """The centre speaks for everybody, a department for itself. None: only the centre decides. Raises NotTheirs."""
        person = self._plan.roster.get(actor)
        own = person.department if person else None
        if own is not None and own != department:
            who = department or "this"
            raise NotTheirs(f"{actor} belongs to {own}; {who} is for others to say: leave it to them, or to the centre")

    def tell(self, session: Session, incident: Incident, command: Command, act: Act) -> None:
        """Owe notices after a change of stage. Nobody is told of his own click."""
        given: list[str] = []
        if command.move in GIVES and incident.holder != act.actor:
            given = self._plan.hearing(incident.holder, act.at_ms)
            owe(session, incident, given, "holder", f"{command.move}:{incident.version}", act)
        passed = [who for name in _passed_by(session, incident) for who in self._plan.hearing(name, act.at_ms)]
        others = [who for who in passed if who not in (act.actor, *given)]  # the news must not replace the request
        owe(session, incident, others, "passed", f"moved:{command.move}:{incident.version}", act)

    def ask(self, session: Session, incident: Incident, department: str, act: Act) -> list[str]:
        """Tell a department that it is asked; who that is."""
        people = self._plan.hearing(department, act.at_ms)
        owe(session, incident, people, "department", f"ask:{act.at_ms}", act)
        return people


def _passed_by(session: Session, incident: Incident) -> list[str]:
    """Who passed it up: they stay informed."""
    query = select(IncidentLog).where(IncidentLog.incident_id == incident.id, IncidentLog.what == Move.TRANSFER_UP)
    named = [[entry.actor, entry.detail.get("holder")] for entry in session.scalars(query.order_by(IncidentLog.id))]
    return list(dict.fromkeys(str(name) for names in named for name in names if name))
