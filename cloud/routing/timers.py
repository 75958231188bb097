"""Due timers: claim and effects in one transaction, so that each fires exactly once, whatever crashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import DataError, IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from cloud.records import Act
from cloud.routing.placing import Placing
from cloud.store.engine import Store
from cloud.store.models import Incident, IncidentLog, Timer
from domain.clock_steps import Lag, due_until
from domain.deadlines import RUNNING
from domain.incidents import Stage
from domain.incidents.log_words import CLOCK

log = structlog.get_logger()
WHY_MAX = 500
LOOK_MAX = 1000  # timers of one look; what is left comes with the next one, at once
TOGETHER_MAX = 50  # of one site in one transaction: people's clicks wait for no longer than these take
WAITING = Timer.state == "waiting"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer whose time has come."""

    id: int
    site: str


class Firing:
    """Fires what is due. Safe to run in several threads and processes: whoever claims a timer first has it."""

    def __init__(self, store: Store, placing: Placing) -> None:
        self._store = store
        self._placing = placing

    def fire_due(self, now_ms: int, lags: Sequence[Lag] = ()) -> Iterator[tuple[int, frozenset[str]]]:
        """Fire them, a few of one site per transaction: how many each fired, and which incidents that touched.

        An incident that cannot be escalated is put on record and holds no other one back.
        """
        with self._store.read() as session:
            due = due_timers(session, now_ms, lags)
        by_site: dict[str, list[int]] = {}
        for timer in due:
            by_site.setdefault(timer.site, []).append(timer.id)
        for site, ids in by_site.items():
            for first in range(0, len(ids), TOGETHER_MAX):
                some = ids[first : first + TOGETHER_MAX]
                touched = self._store.run(lambda s, some=some: self._fire(s, some, now_ms, lags), sites=[site])  # type: ignore[misc]
                if touched:
                    yield len(touched), frozenset(touched)

    def _fire(self, session: Session, ids: list[int], now_ms: int, lags: Sequence[Lag]) -> list[str]:
        touched = []
        for timer_id in ids:
            try:
                with session.begin_nested():
                    found = fire(session, self._placing, timer_id, now_ms, due_until(lags, timer_id, now_ms))
            except BROKEN as error:
                log.exception("timer_failed", timer=timer_id, remedy="look after this incident by hand; see its log")
                found = fail(session, timer_id, now_ms, repr(error))
            touched += [found] if found else []
        return touched


def next_due_ms(session: Session) -> int | None:
    """When the next waiting timer is due."""
    return session.scalar(select(func.min(Timer.due_ms)).where(WAITING))


def last_id(session: Session) -> int:
    """The youngest timer."""
    return session.scalar(select(func.max(Timer.id))) or 0


def due_timers(session: Session, now_ms: int, lags: Iterable[Lag] = ()) -> list[Due]:
    """Waiting timers whose time has come, in their order."""
    early = (and_(Timer.id <= lag.up_to, Timer.due_ms <= now_ms + lag.ms) for lag in lags)
    query = (
        select(Timer.id, Incident.site)
        .join(Incident, Incident.id == Timer.incident_id)
        .where(WAITING, or_(Timer.due_ms <= now_ms, *early))
        .order_by(Timer.due_ms, Timer.id)
        .limit(LOOK_MAX)
    )
    return [Due(id=row[0], site=row[1]) for row in session.execute(query)]


def fire(session: Session, placing: Placing, timer_id: int, now_ms: int, until_ms: int) -> str | None:
    """Claim one timer and do what it stands for; the incident it touched, or None where it is not ours to fire.

    The incident is locked before its timer, as every move of people does.
    """
    timer = session.get_one(Timer, timer_id)
    incident = session.get_one(Incident, timer.incident_id, with_for_update=True)
    claim = update(Timer).where(Timer.id == timer_id, WAITING, Timer.due_ms <= until_ms)
    claimed = session.execute(claim.values(state="done", fired_at_ms=now_ms))
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    if timer.deadline not in RUNNING[Stage(incident.stage)]:
        timer.state = "stopped"  # a person was faster; the move should have stopped it already
        return None
    _act(session, placing, incident, timer, Act(actor=CLOCK, at_ms=now_ms))
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
    session.flush()
    return timer.incident_id


def count_failed(session: Session) -> int:
    """How many timers could not do their work."""
    return session.scalar(select(func.count()).where(Timer.state == "failed")) or 0


def _act(session: Session, placing: Placing, incident: Incident, timer: Timer, act: Act) -> None:
    what, _, argument = timer.step.partition(":")
    if what == "escalate":
        placing.call_tier(session, incident, argument, act, timer.step)
    elif what == "repeat":
        placing.call_again(session, incident, act, timer.step)
    elif what == "call":
        placing.notify(session, incident, timer.target, act, timer.step)
    elif what == "yellow":
        placing.tell_holder(session, incident, act, timer.step, "yellow")
    elif what == "red":
        placing.chase(session, incident, act, timer.step, "overdue")
    elif what == "supervise":
        placing.supervise(session, incident, argument, act, timer.step)
    else:
        placing.chase(session, incident, act, timer.step)
