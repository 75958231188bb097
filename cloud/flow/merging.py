"""The same thing told twice (合并): one goes into the other, both are kept, and they can be taken apart again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.flow.command import Command, Incomplete, InsideAnother, NotMergeable, NotMerged
from cloud.flow.pauses import Pauses
from cloud.notices.owe import STEP_MAX
from cloud.records import Act, children_of, incident_of, write_log
from cloud.routing.placing import Placing
from cloud.store.models import Incident
from cloud.store.models_flow import Merge
from domain.incidents import JOINABLE, OVER, Condition, Kind, Move, Severity, Stage, is_grave


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """An incident as it was before it was merged."""

    stage: str
    holder: str | None
    tiers: list[str]
    handling_at_ms: int | None
    placed_as: str
    members: list[str] = field(default_factory=list)  # they went along


class Merging:
    """Runs inside the caller's transaction."""

    def __init__(self, placing: Placing, pauses: Pauses) -> None:
        self._placing = placing
        self._pauses = pauses

    def by_hand(self, session: Session, child: Incident, command: Command, act: Act) -> set[str]:
        """Somebody says that both are one. Raises Incomplete, UnknownIncident, NotMergeable, InsideAnother."""
        if not command.to:
            raise Incomplete(command.move, "to", "the number of the incident that it goes into")
        return self.merge(session, incident_of(session, command.to, lock=True), child, act)

    def merge(self, session: Session, into: Incident, child: Incident, act: Act) -> set[str]:
        """Put one into the other; the ids of what changed. Raises NotMergeable, InsideAnother."""
        if into.parent_id is not None:
            raise InsideAnother(f"{into.id} is part of {into.parent_id}; merge into that one")
        _check(session, into, child)
        worst = Severity(child.placed_as)
        self.join(session, into, child, act)
        self._placing.worsen(session, into, worst, act.at_ms)
        if child.condition == Condition.ACTIVE:
            self._placing.again(session, into, act)
        return {into.id, child.id, *(member.id for member in children_of(session, into))}

    def join(self, session: Session, into: Incident, child: Incident, act: Act) -> None:
        """Put `child` under `into`, checked already: it shares its fate, and nobody is called for it any more."""
        self._pauses.end(session, child, act, Move.MERGE)
        self._pauses.joined(session, into, child, act)
        members = children_of(session, child)
        before = Before(
            stage=child.stage, holder=child.holder, tiers=list(child.tiers), handling_at_ms=child.handling_at_ms,
            placed_as=child.placed_as, members=[member.id for member in members],
        )  # fmt: skip
        version = child.version
        self._placing.clocks.stop(session, child, act.at_ms)
        for member in (child, *members):
            _follow(member, into)
        session.flush()
        merge = Merge(
            child_id=child.id, parent_id=into.id, at_ms=act.at_ms, who=act.actor, why=act.reason, before=asdict(before),
            undone_at_ms=None, undone_by=None, undone_why="",
        )  # fmt: skip
        session.add(merge)
        detail = {"to": into.id, "into": into.id, "place": into.place}
        write_log(session, child, Move.MERGE, act, stages=(before.stage, child.stage), version=version, detail=detail)
        write_log(session, into, "told_again", act, detail={"child": child.id, "place": child.place})
        if before.holder and before.holder not in (into.holder, act.actor):
            self._placing.tell_one(session, into, before.holder, act, f"merged:{child.id}"[:STEP_MAX])

    def split(self, session: Session, child: Incident, _command: Command, act: Act) -> set[str]:
        """Each its own way again: the stage and the holder from before the merge. Raises NotMerged."""
        merge = merge_of(session, child.id)
        if merge is None:
            raise NotMerged(f"{child.id} was not merged; there is nothing to take apart")
        into = session.get_one(Incident, merge.parent_id)
        before = Before(**merge.before)
        stage, version = child.stage, child.version
        end_merge(session, child.id, act)
        members = [m for m in children_of(session, into) if m.id in before.members]
        for member in (child, *members):
            self._restore(member, before, into)
        for member in members:
            member.parent_id = child.id
        child.parent_id = None
        child.round += 1
        session.flush()
        write_log(
            session, child, Move.SPLIT, act, stages=(stage, child.stage), version=version, detail={"left": into.id}
        )
        write_log(session, into, "taken_apart", act, detail={"child": child.id, "place": child.place})
        self._go_on(session, child, act)
        return {into.id, child.id, *before.members}

    def _restore(self, member: Incident, before: Before, into: Incident) -> None:
        member.stage = before.stage
        member.holder, member.handling_at_ms = before.holder, before.handling_at_ms
        member.tiers, member.placed_as = before.tiers, before.placed_as
        member.closed_at_ms = None
        member.version += 1

    def _go_on(self, session: Session, child: Incident, act: Act) -> None:
        """Its people and its clocks begin where they were; nobody's silence counts from before the split."""
        if child.stage == Stage.REPORTED:
            self._placing.start(session, child, act.at_ms)
            return
        self._placing.clocks.moved(session, child, Move.SPLIT, act.at_ms)
        self._placing.tell_holder(session, child, act, f"split:{child.version}")


def merge_of(session: Session, child_id: str) -> Merge | None:
    """The merge that holds now."""
    query = select(Merge).where(Merge.child_id == child_id, Merge.undone_at_ms.is_(None))
    return session.scalars(query.order_by(Merge.id.desc()).limit(1)).first()


def end_merge(session: Session, child_id: str, act: Act) -> None:
    """It holds no longer: somebody took them apart, or the cause of this one came back by itself."""
    merge = merge_of(session, child_id)
    if merge is not None:
        merge.undone_at_ms, merge.undone_by, merge.undone_why = act.at_ms, act.actor, act.reason


def _follow(member: Incident, into: Incident) -> None:
    member.parent_id = into.id
    member.tiers, member.stage, member.holder = into.tiers, into.stage, into.holder
    member.accept_due_ms, member.handling_at_ms = into.accept_due_ms, into.handling_at_ms
    member.version += 1


def _check(session: Session, into: Incident, child: Incident) -> None:
    """Raises NotMergeable, InsideAnother."""
    if into.id == child.id:
        raise NotMergeable("it is the same incident; name another one")
    if child.parent_id is not None:
        raise InsideAnother(f"{child.id} is part of {child.parent_id} already; split it off first")
    if into.stage not in JOINABLE:
        raise NotMergeable(f"{into.id} is {into.stage}: what is told now deserves its own attention; link them instead")
    if JOINABLE.index(Stage(child.stage)) > JOINABLE.index(Stage(into.stage)):
        raise NotMergeable(f"{child.id} is further on than {into.id}; merge that one into this")
    for one in (child, *children_of(session, child)):  # its members go along
        if one.stage not in OVER and is_grave(one.kind, one.severity):
            _check_grave(session, into, one)


def _check_grave(session: Session, into: Incident, child: Incident) -> None:
    """Where lives are at stake, only what sounds as loud takes it in."""
    if Kind(child.kind).life_safety and into.kind != child.kind:
        raise NotMergeable(f"{child.kind} concerns lives and {into.kind} is another matter; link them instead")
    active = any(member.condition == Condition.ACTIVE for member in (into, *children_of(session, into)))
    if child.condition == Condition.ACTIVE and not active:
        raise NotMergeable(f"{into.id} is out, {child.id} is not: nobody would hear of it; link them instead")
    if (into.site, into.grid) != (child.site, child.grid):
        raise NotMergeable(f"{into.id} is elsewhere: nobody at {child.place} would be called; link them instead")
