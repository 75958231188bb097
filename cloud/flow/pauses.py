"""Suspending (挂账), resuming and extending (延期): recorded intervals and deadlines beside the stage."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.flow.command import BadTime, Command, Incomplete
from cloud.records import Act, write_log
from cloud.routing.placing import Placing
from cloud.store.models import Incident
from cloud.store.models_flow import Extension, Pause
from domain.incidents import Condition, Severity, is_grave

DAY_MS = 86_400_000
ASK_AFTER_MS = 30 * DAY_MS  # suspended without a time: whether it still waits; default of ours
ASK_DAYS = (0, 7, 30)  # after the time that was thought: asked three times; default of ours
EXTENSIONS_MAX = 3  # of one incident; default of ours
EXTEND_MAX_MS = 90 * 86_400_000  # from now; default of ours


class Pauses:
    """Runs inside the caller's transaction."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing

    def suspend(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """Its deadlines stand still from now on. Raises BadTime."""
        if command.until_ms is not None and command.until_ms <= act.at_ms:
            raise BadTime("until_ms: suspended until a time that is over; name a later one, or none")
        pause = Pause(
            incident_id=incident.id, from_ms=act.at_ms, until_ms=None, planned_ms=command.until_ms, who=act.actor,
            why=act.reason, ended_by=None, ended_with=None,
        )  # fmt: skip
        session.add(pause)
        incident.paused_at_ms = act.at_ms
        _log(session, incident, command, act, {"until_ms": command.until_ms} if command.until_ms else {})
        self._placing.clocks.paused(session, incident, act.at_ms)
        times = _reminders(act.at_ms, command.until_ms)
        self._placing.clocks.remind(session, incident, f"paused:{incident.version}", times)
        return {incident.id}

    def resume(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """Its deadlines run again."""
        _log(session, incident, command, act, {"paused_ms": act.at_ms - (incident.paused_at_ms or act.at_ms)})
        self.end(session, incident, act, command.move)
        return {incident.id}

    def end(self, session: Session, incident: Incident, act: Act, what: str) -> None:
        """Whoever changes the stage, and a cause that comes back, ends the pause; nothing where there is none."""
        if incident.paused_at_ms is None:
            return
        query = select(Pause).where(Pause.incident_id == incident.id, Pause.until_ms.is_(None))
        for pause in session.scalars(query):
            pause.until_ms, pause.ended_by, pause.ended_with = act.at_ms, act.actor, what
        incident.paused_at_ms = None
        session.flush()
        self._placing.clocks.resumed(session, incident, act.at_ms)

    def joined(self, session: Session, incident: Incident, newcomer: Incident, act: Act) -> None:
        """What takes in somebody in danger, or what is worse than itself, waits for nothing any more."""
        worse = Severity(newcomer.severity).rank > Severity(incident.placed_as).rank
        if newcomer.condition == Condition.ACTIVE and (worse or is_grave(newcomer.kind, newcomer.severity)):
            self.end(session, incident, act, "joined")

    def extend(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """A later deadline. Raises Incomplete, BadTime."""
        if command.until_ms is None:
            raise Incomplete(command.move, "until_ms", "the new deadline")
        due = self._placing.clocks.due(session, incident)
        if due is None:
            raise BadTime("nothing is due now, so nothing can be extended")
        name, due_ms = due
        _check(session, incident, command.until_ms, due_ms, act.at_ms)
        extension = Extension(
            incident_id=incident.id, at_ms=act.at_ms, who=act.actor, why=act.reason, deadline=name, was_due_ms=due_ms,
            until_ms=command.until_ms,
        )  # fmt: skip
        session.add(extension)
        _log(session, incident, command, act, {"deadline": name, "was_due_ms": due_ms, "until_ms": command.until_ms})
        self._placing.clocks.extended(session, incident, name, command.until_ms, act.at_ms)
        return {incident.id}


def _reminders(from_ms: int, planned_ms: int | None) -> list[int]:
    """When whoever has it is asked whether it still waits."""
    first_ms = from_ms + ASK_AFTER_MS if planned_ms is None else planned_ms
    return [first_ms + later * DAY_MS for later in ASK_DAYS]


def _check(session: Session, incident: Incident, until_ms: int, due_ms: int, now_ms: int) -> None:
    if now_ms > due_ms:
        raise BadTime("the deadline is over: an extension is asked for before it; go on, and say why it was late")
    if not due_ms < until_ms <= now_ms + EXTEND_MAX_MS:
        raise BadTime(
            f"until_ms: later than the present deadline, and at most {EXTEND_MAX_MS // 86_400_000} days from now"
        )
    made = session.scalar(select(func.count()).where(Extension.incident_id == incident.id)) or 0
    if made >= EXTENSIONS_MAX:
        raise BadTime(f"it was extended {made} times already; suspend it, pass it up, or solve it")


def _log(session: Session, incident: Incident, command: Command, act: Act, detail: dict[str, object]) -> None:
    """The stage stays; the version grows, so that the same click twice is one."""
    version = incident.version
    incident.version += 1
    write_log(
        session, incident, command.move, act, stages=(incident.stage, incident.stage), version=version, detail=detail
    )
