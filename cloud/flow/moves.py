"""People's moves on incidents: one transaction, the whole tree, nobody's click lost or counted twice."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.flow import links
from cloud.flow.closing import refuse_hiding
from cloud.flow.command import Command, Conflict, Incomplete, InsideAnother
from cloud.flow.joint import Joint
from cloud.flow.merging import Merging
from cloud.flow.pauses import Pauses
from cloud.flow.people import People
from cloud.flow.reopening import reopen
from cloud.flow.standing import standing
from cloud.flow.transfer import Transfer
from cloud.plan import Plan
from cloud.records import Act, children_of, incident_of, write_log
from cloud.routing.placing import Placing
from cloud.store.models import Incident, IncidentLog
from domain.evaluation import Grade
from domain.incidents import Condition, Move, Stage, move_stage
from domain.sources import OF_PEOPLE

# moves whose own state says whether they were done already: nobody else's click is in their way
FREE = (Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE, Move.LINK, Move.UNLINK)
# a member has no deadline of its own, and who is asked now is asked for the whole; what was asked before is answered
OF_THE_WHOLE = (Move.SUSPEND, Move.RESUME, Move.EXTEND, Move.TRANSFER_UP, Move.ASK)

Handler = Callable[[Session, Incident, Command, Act], set[str]]


class Moves:
    """The people's truth, written into the store inside the caller's transaction."""

    def __init__(self, placing: Placing, plan: Plan) -> None:
        self._placing = placing
        self._people = People(plan)
        self._pauses = Pauses(placing)
        self.merging = Merging(placing, self._pauses)
        joint, transfer = Joint(self._people), Transfer(placing, plan, self._pauses)
        self._beside: dict[Move, Handler] = {
            Move.SUSPEND: self._pauses.suspend,
            Move.RESUME: self._pauses.resume,
            Move.EXTEND: self._pauses.extend,
            Move.TRANSFER_UP: transfer.up,
            Move.MERGE: self.merging.by_hand,
            Move.SPLIT: self.merging.split,
            Move.LINK: links.link,
            Move.UNLINK: links.unlink,
            Move.REOPEN: self._reopen,
            Move.EVALUATE: self._evaluate,
            **dict.fromkeys((Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE), joint.move),
        }

    def apply(self, session: Session, command: Command, at_ms: int) -> set[str]:
        """Do it; the ids of what changed, empty where the very same click was done before.

        Raises what cloud/flow/command.py and domain/incidents refuse.
        """
        incident = incident_of(session, command.incident_id, lock=True)
        if command.move not in FREE and incident.version != command.expected_version:
            _same_click_or_conflict(session, incident, command)
            return set()
        if command.move not in self._beside:
            self._people.need(command.to)
        act = command.act(at_ms)
        move_stage(Stage(incident.stage), command.move, standing(incident), act.reason)
        if incident.parent_id is not None and command.move in OF_THE_WHOLE:
            raise InsideAnother(
                f"cannot {command.move}: it is part of {incident.parent_id}; do it there, or split it off"
            )
        refuse_hiding(session, incident, command.move)
        return self._beside.get(command.move, self._walk)(session, incident, command, act)

    def _walk(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """A change of stage, with the members that are at the same one."""
        move, before = command.move, Stage(incident.stage)
        after = move_stage(before, move, standing(incident), act.reason)
        if move is Move.ACCEPT and not self._enough(session, incident, act):
            return {incident.id}
        followers = [child for child in children_of(session, incident) if child.stage == before]
        self._pauses.end(session, incident, act, move)
        back_to = _accepted_by(session, incident) if move is Move.RETURN else None
        for member in (incident, *followers):
            self._move_one(session, member, after, command, act, back_to)
        if incident.parent_id is None:
            self._placing.clocks.moved(session, incident, move, act.at_ms)
        self._people.tell(session, incident, command, act)
        return {member.id for member in (incident, *followers)} | set(filter(None, [incident.parent_id]))

    def _enough(self, session: Session, incident: Incident, act: Act) -> bool:
        """Where two must accept, the first is on record and the calls go on. A member needs as many as the whole."""
        if incident.parent_id is None:
            enough = self._placing.clocks.enough_accepts(session, incident, act.actor, act.at_ms)
        else:
            root = session.get_one(Incident, incident.parent_id)
            wanted = max(self._placing.placement(one).accepts for one in (incident, root))
            enough = len({act.actor, *_accepting(session, incident)}) >= wanted
        if enough:
            return True
        stage, version = incident.stage, incident.version
        incident.version += 1
        write_log(session, incident, Move.ACCEPT, act, stages=(stage, stage), version=version, detail={"one_of": True})
        return False

    def _move_one(
        self, session: Session, member: Incident, after: Stage, command: Command, act: Act, back_to: str | None
    ) -> None:
        before, version = member.stage, member.version
        member.stage = after
        member.version += 1
        _effects(member, command, act, back_to)
        detail = {"to": command.to} if command.to else {}
        if member.id != command.incident_id:
            detail["with"] = command.incident_id
        if command.grade:
            detail["grade"] = command.grade
        write_log(session, member, command.move, act, stages=(before, after), version=version, detail=detail)

    def _reopen(self, session: Session, incident: Incident, _command: Command, act: Act) -> set[str]:
        reopen(session, self._placing, incident, act)
        return {incident.id}

    def _evaluate(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """What the reporter says when called back (回访); who is not satisfied has the incident again."""
        if command.grade not in tuple(Grade):
            raise Incomplete(command.move, "grade", f"one of {', '.join(Grade)}")
        if not Grade(command.grade).ends_it and not act.reason:
            raise Incomplete(command.move, "reason", "say what the reporter is not satisfied with")
        changed = self._walk(session, incident, command, act)
        if not Grade(command.grade).ends_it:
            reopen(session, self._placing, incident, act)
        return changed


def _effects(member: Incident, command: Command, act: Act, back_to: str | None) -> None:
    """What a move means for the row, beside its stage."""
    move = command.move
    if move is Move.ACCEPT:
        member.holder = act.actor
        member.handling_at_ms = act.at_ms
    elif move in (Move.DISPATCH, Move.RETURN):
        member.holder = command.to or back_to or act.actor
    elif move is Move.REWORK:
        member.handling_at_ms = act.at_ms
    elif move in (Move.CLOSE, Move.VOID):
        member.closed_at_ms = act.at_ms
    if member.source in OF_PEOPLE and move in (Move.VERIFY, Move.REWORK):  # no sensor says so
        gone = move is Move.VERIFY
        member.condition = Condition.CLEARED if gone else Condition.ACTIVE
        member.cleared_at_ms = act.at_ms if gone else None


def _accepting(session: Session, member: Incident) -> set[str]:
    """Who has accepted it since it was reported last; it has no deadline of its own that would know."""
    mine = IncidentLog.incident_id == member.id
    back = select(func.max(IncidentLog.id)).where(
        mine, IncidentLog.to_stage == Stage.REPORTED, IncidentLog.from_stage != Stage.REPORTED
    )
    since = session.scalar(back) or 0
    query = select(IncidentLog.actor).where(mine, IncidentLog.what == Move.ACCEPT, IncidentLog.id > since)
    return set(session.scalars(query))


def _accepted_by(session: Session, incident: Incident) -> str | None:
    """Who had accepted it: to them it comes back."""
    query = select(IncidentLog.actor).where(IncidentLog.incident_id == incident.id, IncidentLog.what == Move.ACCEPT)
    return session.scalars(query.order_by(IncidentLog.id.desc()).limit(1)).first()


def _same_click_or_conflict(session: Session, incident: Incident, command: Command) -> None:
    """Returns where this very click was done before. Raises Conflict."""
    query = select(IncidentLog).where(
        IncidentLog.incident_id == incident.id,
        IncidentLog.version >= command.expected_version,
        IncidentLog.to_stage.is_not(None),
    )
    first = session.scalars(query.order_by(IncidentLog.id).limit(1)).first()
    if first and (first.actor, first.what, first.version, first.detail.get("to")) == (
        command.actor,
        command.move,
        command.expected_version,
        command.to,
    ):
        return
    by, what = (first.actor, first.what) if first else ("somebody", "something")
    raise Conflict(incident, command.expected_version, by, what)
