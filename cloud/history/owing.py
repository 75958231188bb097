"""What retention waits for: readings around incidents that were not frozen yet. It waits, but not for ever."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import exists, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cloud.history.plots import BEFORE_MS
from cloud.history.port import DAY_MS, Keep, Level
from cloud.store.engine import Store
from cloud.store.models import Incident
from cloud.store.models_history import Freezing as Row

log = structlog.get_logger()
WAIT_MS = 7 * DAY_MS  # so long at most, or a disk fills because of one incident that cannot be kept; a default of ours
Owing = Callable[[int, Keep], int]  # by how much later than `now_ms` says readings go


def reach_ms(keep: Keep, now_ms: int) -> int:
    """Readings since then may still be there."""
    days = keep.days.get(Level.RAW, 0)
    return 0 if days == 0 else now_ms - days * DAY_MS - WAIT_MS


def oldest_ms(session: Session, keep: Keep, now_ms: int) -> int | None:
    """The earliest time around an incident that nobody has looked at, or that is due; None where none waits."""
    since_ms = reach_ms(keep, now_ms)
    waits = or_(Row.looks == 0, Row.due_ms <= now_ms)
    booked = session.scalar(select(func.min(Row.from_ms)).where(waits, Row.from_ms >= since_ms))
    known = exists().where(Row.incident_id == Incident.id)
    strange = (~known, Incident.device != "", Incident.breach_at_ms >= since_ms)
    breach_ms = session.scalar(select(func.min(Incident.breach_at_ms)).where(*strange))
    found = [time for time in (booked, None if breach_ms is None else breach_ms - BEFORE_MS) if time is not None]
    return min(found, default=None)


def owing(store: Store) -> Owing:
    """For who keeps house: milliseconds by which retention has to hold back, at most WAIT_MS."""

    def wait_ms(now_ms: int, keep: Keep) -> int:
        days = keep.days.get(Level.RAW, 0)
        if days == 0:
            return 0
        try:
            with store.read() as session:
                oldest = oldest_ms(session, keep, now_ms)
        except SQLAlchemyError as error:  # nobody knows what was frozen
            log.warning("evidence_not_known", why=str(error), remedy="retention holds back; look at DATABASE_URL")
            return WAIT_MS
        return 0 if oldest is None else min(WAIT_MS, max(0, now_ms - days * DAY_MS - oldest))

    return wait_ms
