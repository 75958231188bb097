"""Work at sites: what endpoints and workers reported, kept once, and what it does to incidents."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cloud.flow.command import Command
from cloud.flow.moves import Moves
from cloud.notices import handheld
from cloud.records import Act, DeskError, write_log
from cloud.sources.finds import Finds
from cloud.store.foresight import is_awaited
from cloud.store.models import FieldReport, Incident
from domain.field_work import ANSWERS, contradicts, moves_for
from domain.incidents import NEEDS_REASON, IncidentError, Move, Stage
from protocol import events

KEPT = 1_000_000  # a worker makes about a hundred on a shift
PRUNE_EVERY = 1_000
WAITING, DONE = "waiting", "done"
NO_REASON = "declined"  # the terminal did not say why


Noted = Callable[[Session, FieldReport], None]


class FieldWork:
    """Runs inside the caller's transaction. The same fact twice is one."""

    def __init__(self, moves: Moves, finds: Finds) -> None:
        self._moves = moves
        self._finds = finds
        self.noted: tuple[Noted, ...] = ()  # called with every report, in its transaction

    def take(self, session: Session, gateway: str, event: events.Event, at_ms: int) -> set[str]:
        """Keep a checked report or task; the ids of the incidents that changed."""
        data = event.data
        same = select(FieldReport.id).where(FieldReport.site == data["site"], FieldReport.fact == data["id"])
        if session.scalars(same.limit(1)).first() is not None:
            return set()
        row = _row(data, event.type, at_ms)
        session.add(row)
        session.flush()
        if row.id % PRUNE_EVERY == 0:
            session.execute(delete(FieldReport).where(FieldReport.id <= row.id - KEPT))
        for noted in self.noted:
            noted(session, row)
        heard = handheld.heard(session, row, at_ms)
        return heard | (self._finds.take(session, row, at_ms) or self._apply(session, row, gateway, at_ms))

    def catch_up(self, session: Session, incident_id: str, gateway: str, at_ms: int) -> set[str]:
        """An incident is known now: what was reported about it before counts."""
        if not is_awaited(session, incident_id):
            return set()
        waiting = select(FieldReport).where(FieldReport.incident_id == incident_id, FieldReport.state == WAITING)
        changed: set[str] = set()
        for row in session.scalars(waiting.order_by(FieldReport.id)).all():
            changed |= self._apply(session, row, gateway, at_ms)
        return changed

    def _apply(self, session: Session, row: FieldReport, gateway: str, at_ms: int) -> set[str]:
        if row.incident_id is None or row.what == "received":
            return set()
        incident = session.get(Incident, row.incident_id, with_for_update=True)
        if incident is None:
            row.state = WAITING  # its own message was overtaken; it comes
            return set()
        row.state = DONE
        if row.what not in ANSWERS:
            act = Act(actor=f"gateway:{gateway}", at_ms=at_ms)
            detail = _told(row) | {"people": [row.person or row.device], "why": row.details.get("why")}
            write_log(session, incident, f"task_{row.what}", act, detail=detail)
            return {incident.id}
        return self._answer(session, row, incident, at_ms)

    def _answer(self, session: Session, row: FieldReport, incident: Incident, at_ms: int) -> set[str]:
        """Put a worker's answer on record, and do what it stands for, in the worker's name, all of it or nothing."""
        actor = row.person or row.device
        note = str(row.details.get("note") or "")
        root = session.get_one(Incident, incident.parent_id) if incident.parent_id else incident
        stage, holds = Stage(root.stage), root.holder == actor
        wrong = not row.counts or contradicts(stage, row.what, holds=holds)
        detail = _told(row) | {"answer": row.what} | ({"contradicts": True} if wrong else {})
        act = Act(actor=actor, at_ms=at_ms, reason=note, source="handheld")
        moves = moves_for(stage, row.what, holds=holds) if row.counts else ()
        try:
            with session.begin_nested() if moves else nullcontext():
                write_log(session, incident, "answer", act, detail=detail)
                return {incident.id} | self._move(session, root, moves, act)
        except (DeskError, IncidentError) as error:  # whatever the desk refuses, the message is no worse for it
            refused = detail | {"contradicts": True, "refused": str(error)}
            write_log(session, incident, "answer", act, detail=refused)
            return {incident.id}

    def _move(self, session: Session, root: Incident, moves: tuple[Move, ...], act: Act) -> set[str]:
        changed: set[str] = set()
        for move in moves:
            command = Command(
                incident_id=root.id,
                move=move,
                actor=act.actor,
                expected_version=root.version,
                reason=(act.reason or NO_REASON) if move in NEEDS_REASON else act.reason,
                to=act.actor if move is Move.DISPATCH else None,
                source=act.source,
            )
            before = root.stage
            changed |= self._moves.apply(session, command, act.at_ms)
            if root.stage == before:
                break  # one more has to accept before anything else
        return changed


def answers_of(session: Session, incident_ids: list[str]) -> dict[str, int]:
    """How many answers of workers we have taken, by incident."""
    query = (
        select(FieldReport.incident_id, func.count())
        .where(FieldReport.incident_id.in_(incident_ids), FieldReport.what.in_(ANSWERS), FieldReport.state == DONE)
        .group_by(FieldReport.incident_id)
    )
    return {str(incident_id): int(count) for incident_id, count in session.execute(query)}


def _row(data: dict[str, Any], type: str, at_ms: int) -> FieldReport:
    task = type == events.TASK
    return FieldReport(
        site=data["site"],
        fact=data["id"],
        device=data["device"],
        person=data.get("person"),
        what=data["state"] if task else data["what"],
        incident_id=data.get("incident_id"),
        task=data.get("task"),
        counts=data.get("counts", True),
        at_ms=data["at_ms"],
        taken_ms=at_ms,
        state=DONE,
        details={"why": data["why"]} if task else data.get("details", {}),
    )


def _told(row: FieldReport) -> dict[str, Any]:
    return {"task": row.task, "event_at_ms": row.at_ms, "device": row.device}
