"""Due timers: claim and effects in one transaction, so that each fires exactly once, whatever crashes."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from cloud.placing import Placing
from cloud.records import CLOCK, Act
from cloud.store.models import Incident, IncidentLog, Timer
from domain.incidents import WORKED, Stage

UNACCEPTED = (Stage.REPORTED,)
WHY_MAX = 500
# what one broken incident can raise; a full disk is nobody's fault and is tried again
BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    DataError,
    IntegrityError,
    NoResultFound,
)


def next_due_ms(session: Session) -> int | None:
    """When the next waiting timer is due."""
    return session.scalar(select(func.min(Timer.due_ms)).where(Timer.state == "waiting"))


def due_ids(session: Session, now_ms: int) -> list[int]:
    """Waiting timers whose time has come, in their order."""
    query = select(Timer.id).where(Timer.state == "waiting", Timer.due_ms <= now_ms)
    return list(session.scalars(query.order_by(Timer.due_ms, Timer.id)))


def fire(session: Session, placing: Placing, timer_id: int, now_ms: int) -> str | None:
    """Claim one timer and do what it stands for; the incident it touched, or None where it is not ours to fire."""
    claim = update(Timer).where(Timer.id == timer_id, Timer.state == "waiting", Timer.due_ms <= now_ms)
    claimed = session.execute(claim.values(state="done", fired_at_ms=now_ms))
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    timer = session.get_one(Timer, timer_id)
    incident = session.get_one(Incident, timer.incident_id, with_for_update=True)
    wanted = WORKED if timer.step.startswith("chase:") else UNACCEPTED
    if incident.stage not in wanted:
        timer.state = "stopped"  # a person was faster; disarming should have taken it already
        return None
    _act(session, placing, incident, timer.step, Act(actor=CLOCK, at_ms=now_ms))
    return incident.id


def fail(session: Session, timer_id: int, now_ms: int, why: str) -> str:
    """Put on record that a timer could not do its work, without reading what may be broken; the incident's id."""
    session.execute(update(Timer).where(Timer.id == timer_id).values(state="failed", fired_at_ms=now_ms))
    timer = session.get_one(Timer, timer_id)
    version = session.scalar(select(Incident.version).where(Incident.id == timer.incident_id)) or 0
    session.add(
        IncidentLog(
            incident_id=timer.incident_id,
            at_ms=now_ms,
            what="step_failed",
            actor=CLOCK,
            reason=why[:WHY_MAX],
            version=version,
            detail={"step": timer.step},
        )
    )
    return timer.incident_id


def count_failed(session: Session) -> int:
    """How many timers could not do their work."""
    return session.scalar(select(func.count()).where(Timer.state == "failed")) or 0


def _act(session: Session, placing: Placing, incident: Incident, step: str, act: Act) -> None:
    what, _, argument = step.partition(":")
    if what == "escalate":
        placing.call_tier(session, incident, argument, act, step)
    elif what == "repeat":
        placing.call_again(session, incident, act, step)
    else:
        placing.chase(session, incident, act, step)
