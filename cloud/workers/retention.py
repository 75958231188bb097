"""Keeps the tables small: incidents that ended long ago go, with everything that hangs on them, a few at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Column, Select, Table, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from cloud.history.belief import AHEAD_MS, Belief
from cloud.review.facts.writing import remake
from cloud.store.engine import Store
from cloud.store.models import Evidence, FieldReport, Incident, IncidentLog
from cloud.store.models_assessment import PastPatrol
from cloud.store.models_history import Freezing, FrozenReadings
from cloud.store.models_people import ShiftHandover, StandInRow
from cloud.store.models_pictures import Picture
from cloud.store.models_sources import Patrol
from cloud.store.tables import METADATA
from domain.incidents import OVER
from runtime.clock import Clock

log = structlog.get_logger()
BATCH = 100  # rows per transaction: nobody waits long behind it
EVERY_S = 3600.0
BETWEEN_S = 0.2  # others write meanwhile
DAY_MS = 86_400_000
STRAY_DAYS = 1  # default of ours: a picture whose incident has not come by then was refused


class Retention:
    """What is deleted is counted; 0 days keep for ever."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        closed_days: int,
        evidence_days: int,
        report_days: int,
        track_days: int,
        belief: Belief | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._belief = belief or Belief()  # a clock that leaps ahead deletes nothing for a day
        self._closed_days = closed_days
        self._evidence_days = evidence_days
        self._report_days = report_days
        self._track_days = track_days
        self.deleted: Counter[str] = Counter()

    async def run(self) -> None:
        """Look once an hour, for ever."""
        while True:
            gone = await asyncio.to_thread(self.prune)
            await asyncio.sleep(BETWEEN_S if gone else EVERY_S)

    def prune(self) -> int:
        """One batch of each; how many rows went, 0 when nothing is old enough."""
        now_ms = self._clock.now_ms()
        until_ms = self._belief.look(now_ms, self._clock.steady_ms(), now_ms)
        if self._belief.ahead_ms > AHEAD_MS:
            log.warning("clock_in_doubt", ahead_ms=self._belief.ahead_ms, remedy="check this machine's date and time")
        ways = (
            ("evidence", self._evidence, self._evidence_days),
            ("field_reports", self._reports, self._report_days),
            ("pictures", self._pictures, STRAY_DAYS),
            ("patrols", self._patrols, self._track_days),
            ("duty", self._duty, self._closed_days),
            ("incidents", self._incidents, self._closed_days),
        )
        gone = {name: self._prune(how, until_ms, days) for name, how, days in ways}
        self.deleted.update(gone)
        if any(gone.values()):
            log.info("pruned", **gone)
        return sum(gone.values())

    def _prune(self, how: Any, until_ms: int, days: int) -> int:
        if days == 0:
            return 0
        return self._store.run(lambda session: int(how(session, until_ms - days * DAY_MS)))

    @staticmethod
    def _evidence(session: Session, before_ms: int) -> int:
        """The frozen readings are the largest part of an incident: where room is short they may go before it."""
        gone = 0
        for table in (Evidence, FrozenReadings):
            old = _ended(before_ms).join(table, table.incident_id == Incident.id)
            ids = list(session.scalars(old.distinct().limit(BATCH)))
            gone += _rows(session.execute(delete(table).where(table.incident_id.in_(ids))))
            session.execute(update(Freezing).where(Freezing.incident_id.in_(ids)).values(due_ms=None))
        return gone

    @staticmethod
    def _reports(session: Session, before_ms: int) -> int:
        """What workers and endpoints reported; what still waits for its incident was overtaken for ever.

        Those of open incidents stay: a gateway counts how many answers the centre has.
        """
        ended = FieldReport.incident_id.is_(None) | FieldReport.incident_id.not_in(_open())
        old = select(FieldReport.id).where(FieldReport.taken_ms < before_ms, ended).order_by(FieldReport.id)
        old = old.limit(BATCH)
        return _rows(session.execute(delete(FieldReport).where(FieldReport.id.in_(list(session.scalars(old))))))

    @staticmethod
    def _pictures(session: Session, before_ms: int) -> int:
        """The others go with their incidents."""
        stray = select(Picture.id).where(Picture.incident_id.is_(None), Picture.received_ms < before_ms).limit(BATCH)
        return _rows(session.execute(delete(Picture).where(Picture.id.in_(list(session.scalars(stray))))))

    @staticmethod
    def _patrols(session: Session, before_ms: int) -> int:
        """Where workers went is personal: it goes. That they went stays, without a position, for assessments."""
        old = list(session.scalars(select(Patrol).where(Patrol.started_ms < before_ms).limit(BATCH)))
        ids = [patrol.id for patrol in old]
        session.add_all(
            PastPatrol(person=one.person, area=one.area, started_ms=one.started_ms, tracked=one.points > 0)
            for one in old
            if one.person is not None
        )
        session.flush()
        session.expunge_all()
        delete_with_dependants(session, Patrol.__table__, ids)  # type: ignore[arg-type]
        return len(ids)

    @staticmethod
    def _duty(session: Session, before_ms: int) -> int:
        """Stand-ins, hand-overs of a shift and past patrols, as long as the incidents that they explain."""
        away = list(session.scalars(select(StandInRow.id).where(StandInRow.to_ms < before_ms).limit(BATCH)))
        delete_with_dependants(session, StandInRow.__table__, away)  # type: ignore[arg-type]
        old = select(ShiftHandover.id).where(ShiftHandover.decided_at_ms < before_ms).limit(BATCH)
        ids = list(session.scalars(old))
        delete_with_dependants(session, ShiftHandover.__table__, ids)  # type: ignore[arg-type]
        walked = list(session.scalars(select(PastPatrol.id).where(PastPatrol.started_ms < before_ms).limit(BATCH)))
        delete_with_dependants(session, PastPatrol.__table__, walked)  # type: ignore[arg-type]
        return len(away) + len(ids) + len(walked)

    @staticmethod
    def _incidents(session: Session, before_ms: int) -> int:
        """Members before their parents: one that has a member waits for the next batch.

        The one with the newest entry of the log stays until there is a newer entry: SQLite would give the number of
        that entry once more, and whoever follows the log by its numbers would miss the next one.
        """
        member = aliased(Incident)
        childless = ~select(member.id).where(member.parent_id == Incident.id).exists()
        newest = session.scalar(select(IncidentLog.incident_id).order_by(IncidentLog.id.desc()).limit(1))
        old = _ended(before_ms).where(childless, Incident.id != (newest or ""))
        ids = list(session.scalars(old.limit(BATCH)))
        above = select(Incident.parent_id).where(Incident.id.in_(ids), Incident.parent_id.is_not(None)).distinct()
        parents = list(session.scalars(above))
        delete_with_dependants(session, Incident.__table__, ids)  # type: ignore[arg-type]
        remake(session, (parent for parent in parents if parent is not None))  # their facts count their members
        return len(ids)


def _open() -> Select[Any]:
    return select(Incident.id).where(Incident.stage.not_in(OVER))


def _ended(before_ms: int) -> Select[Any]:
    ended_ms = func.coalesce(Incident.closed_at_ms, Incident.changed_at_ms)
    return select(Incident.id).where(Incident.stage.in_(OVER), ended_ms < before_ms)


def delete_with_dependants(session: Session, table: Table, ids: Sequence[Any]) -> None:
    """Delete rows of a table with one key, after whatever refers to them, whichever room that belongs to."""
    if not ids:
        return
    (key,) = table.primary_key.columns
    for other, column in _referring(table):
        if len(other.primary_key.columns) == 1 and other is not table:
            (other_key,) = other.primary_key.columns
            below = list(session.scalars(select(other_key).where(column.in_(ids))))
            delete_with_dependants(session, other, below)
        elif other is not table:
            session.execute(delete(other).where(column.in_(ids)))
    session.execute(delete(table).where(key.in_(ids)))


def _referring(table: Table) -> list[tuple[Table, Column[Any]]]:
    return [
        (other, foreign.parent)
        for other in METADATA.sorted_tables
        for foreign in other.foreign_keys
        if foreign.column.table is table
    ]


def _rows(result: Any) -> int:
    return int(result.rowcount)
