"""People's moves on incidents: one transaction, the whole tree, nobody's click lost or counted twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.conditions import reopen
from cloud.placing import Placing
from cloud.records import Act, arm, children_of, disarm, keep_open, write_log
from cloud.store.models import Incident, IncidentLog
from domain.dispatch import chase
from domain.incidents import Condition, Move, Stage, Standing, StillActive, move_stage


class DeskError(Exception):
    """Base of what the desk refuses; nothing has changed."""


class UnknownIncident(DeskError):
    """There is no such incident."""


class Conflict(DeskError):
    """Somebody else was faster. Look again, then decide again."""

    def __init__(self, incident: Incident, expected: int, by: str, what: str) -> None:
        super().__init__(f"{by} did '{what}' first; the incident is now {incident.stage}: look again and decide again")
        self.stage = incident.stage
        self.version = incident.version
        self.expected = expected
        self.by = by
        self.what = what


class NobodyNamed(DeskError):
    """A dispatch needs somebody to go, and one whom the roster knows."""


class ChildrenOpen(DeskError):
    """A parent is closed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A move that a person asks for. `expected_version` is the version of the row they were looking at."""

    incident_id: str
    move: Move
    actor: str
    expected_version: int
    reason: str = ""
    to: str | None = None  # dispatch: the person who goes; return: who had accepted it


class Moves:
    """The people's truth, written into the store inside the caller's transaction."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing

    def apply(self, session: Session, command: Command, at_ms: int) -> set[str]:
        """Do it; the ids of what changed, empty where the very same click was done before.

        Raises UnknownIncident, Conflict, ChildrenOpen and what domain.incidents refuses.
        """
        incident = session.get(Incident, command.incident_id, with_for_update=True)
        if incident is None:
            raise UnknownIncident(f"no incident {command.incident_id}; it may belong to another centre")
        if incident.version != command.expected_version:
            self._same_click_or_conflict(session, incident, command)
            return set()
        act = Act(actor=command.actor, at_ms=at_ms, reason=command.reason.strip())
        if command.move is Move.REOPEN:
            reopen(session, self._placing, incident, act)
            return {incident.id}
        stage = Stage(incident.stage)
        after = move_stage(stage, command.move, Standing(condition=Condition(incident.condition)), act.reason)
        followers = [child for child in children_of(session, incident) if child.stage == stage]
        if command.move is Move.CLOSE:
            _refuse_hiding(session, incident)
        for member in (incident, *followers):
            self._move_one(session, member, after, command, act)
        self._timers(session, incident, command.move, at_ms)
        return {member.id for member in (incident, *followers)} | set(filter(None, [incident.parent_id]))

    def _same_click_or_conflict(self, session: Session, incident: Incident, command: Command) -> None:
        query = select(IncidentLog).where(
            IncidentLog.incident_id == incident.id,
            IncidentLog.version >= command.expected_version,
            IncidentLog.to_stage.is_not(None),
        )
        first = session.scalars(query.order_by(IncidentLog.id).limit(1)).first()
        if first and (first.actor, first.what, first.version) == (
            command.actor,
            command.move,
            command.expected_version,
        ):
            return
        by, what = (first.actor, first.what) if first else ("somebody", "something")
        raise Conflict(incident, command.expected_version, by, what)

    def _move_one(self, session: Session, member: Incident, after: Stage, command: Command, act: Act) -> None:
        before, version = member.stage, member.version
        member.stage = after
        member.version += 1
        if command.move is Move.ACCEPT:
            member.holder = command.actor
            member.handling_at_ms = act.at_ms
        elif command.move is Move.DISPATCH or command.move is Move.RETURN:
            member.holder = command.to or command.actor
        elif command.move is Move.REWORK:
            member.handling_at_ms = act.at_ms
        elif command.move is Move.CLOSE:
            member.closed_at_ms = act.at_ms
        detail = {"to": command.to} if command.to else {}
        if member.id != command.incident_id:
            detail["with"] = command.incident_id
        write_log(session, member, command.move, act, stages=(before, after), version=version, detail=detail)

    def _timers(self, session: Session, incident: Incident, move: Move, at_ms: int) -> None:
        """An accepted incident is never escalated again; it is chased only when the feedback is overdue."""
        if move in (Move.ACCEPT, Move.FEED_BACK, Move.CLOSE):
            disarm(session, incident)
        if move is Move.REWORK:
            incident.round += 1
        if move in (Move.ACCEPT, Move.REWORK) and incident.parent_id is None:
            arm(session, incident, chase(self._placing.placement(incident), at_ms))


def _refuse_hiding(session: Session, incident: Incident) -> None:
    """Closing never hides a member that is still active or still being worked on."""
    active, unfinished = keep_open(session, incident)
    if active:
        raise StillActive(tuple(active))
    if unfinished:
        raise ChildrenOpen(f"cannot close: {', '.join(unfinished)} under it is still open; close that first")
