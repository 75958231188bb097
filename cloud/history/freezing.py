"""Freezes the readings around every incident with it: whatever retention does, its plot stays what it was.

Looked at when the incident is over, and again at growing ages as long as raw readings are kept, because what an
endpoint kept on flash arrives late; what arrives late in this process is looked at within a minute.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from cloud.history import ice
from cloud.history.arriving import fit_name
from cloud.history.devices import neighbours
from cloud.history.ice import Frozen
from cloud.history.owing import reach_ms
from cloud.history.plots import AFTER_MS, LONGEST_MS, usual_of, window
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS, Keep, Known, Level, NotReadable, Series
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Incident
from cloud.store.models_history import Freezing as Row
from cloud.store.models_history import FrozenReadings
from domain.incidents import Kind
from protocol.channels import CHANNELS
from runtime.clock import Clock

log = structlog.get_logger()
EVERY_S = 60.0
BATCH = 50  # incidents at a time
SETTLE_MS = MINUTE_MS  # what was measured arrives within seconds; the gateway packs it once a second
AGES_MS = (0, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 28 * DAY_MS)
SPARE_MS = 2 * HOUR_MS  # before raw readings go
CHANNELS_MAX = 24  # of one device
WAITING_MAX = 10_000  # devices with late readings that were not looked at yet


class Freezing:
    """One worker runs it; what is counted: incidents looked at, channels and readings frozen."""

    def __init__(self, store: Store, series: Series, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._series = series
        self._plan = plan
        self._clock = clock
        self.keep = Keep()
        self._late: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self.counters: Counter[str] = Counter()

    async def run(self) -> None:
        """Once a minute, for ever."""
        while True:
            try:
                again = await asyncio.to_thread(self.look)
            except NotReadable as error:  # the server of the readings is away: what is due stays due
                log.warning("not_frozen", why=str(error))
                again = False
            await asyncio.sleep(0.2 if again else EVERY_S)

    def late(self, rows: Iterable[dict[str, Any]]) -> None:
        """Told of every row that the intake takes: what was measured long ago may belong to an incident."""
        with self._lock:
            for row in rows:
                if row.get("backfill") and (row["device"] in self._late or len(self._late) < WAITING_MAX):
                    first, last = self._late.get(row["device"], (row["at_ms"], row["at_ms"]))
                    self._late[row["device"]] = (min(first, row["at_ms"]), max(last, row["at_ms"]))

    def look(self) -> bool:
        """One batch of incidents that are due; True where there may be more."""
        now_ms = self._clock.now_ms()
        self._store.run(lambda session: self._adopt(session, now_ms))
        self._wake(now_ms)
        with self._store.read() as session:
            due = select(Row.incident_id).where(Row.due_ms <= now_ms).order_by(Row.due_ms).limit(BATCH)
            ids = list(session.scalars(due))
        for incident_id in ids:
            self._try(incident_id, now_ms)
        return len(ids) == BATCH

    def _try(self, incident_id: str, now_ms: int) -> None:
        """One whose readings cannot be kept must not stand in the way of all that come after it."""
        try:
            self.freeze(incident_id)
        except (DataError, IntegrityError, ValueError) as error:
            self.counters["not_frozen"] += 1
            log.warning("not_frozen", incident=incident_id, why=str(error), remedy="tried again in an hour; tell us")
            later = update(Row).where(Row.incident_id == incident_id).values(due_ms=now_ms + HOUR_MS)
            self._store.run(lambda session: session.execute(later))

    def freeze(self, incident_id: str) -> None:
        """Read what there is around an incident and join it to what was frozen before."""
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            incident = session.get(Incident, incident_id)
            if incident is None:
                return
            from_ms, to_ms = window(incident, now_ms)
            near = self._near(session, incident)
        fresh = {key: frozen for key, frozen in self._readings(incident, near, from_ms, to_ms) if frozen.readings}
        self._store.run(lambda session: self._keep_them(session, incident_id, fresh, incident.device))
        self._store.run(lambda session: self._next(session, incident_id, (from_ms, to_ms), now_ms))
        self.counters["incidents"] += 1

    def _adopt(self, session: Session, now_ms: int) -> None:
        """Incidents that are not in the book yet; those of older programs too, as far as raw readings reach."""
        known = exists().where(Row.incident_id == Incident.id)
        reach = Incident.breach_at_ms >= reach_ms(self.keep, now_ms)
        query = select(Incident).where(~known, Incident.device != "", reach)
        for incident in session.scalars(query.limit(BATCH * 10)):
            from_ms, to_ms = window(incident, now_ms)
            session.add(
                Row(
                    incident_id=incident.id, device=incident.device, from_ms=from_ms, to_ms=to_ms, looks=0,
                    due_ms=to_ms + SETTLE_MS,
                )
            )  # fmt: skip

    def _wake(self, now_ms: int) -> None:
        """Incidents are due whose time late readings belong to, and those that ended since they were looked at."""
        with self._lock:
            late, self._late = self._late, {}
        try:
            self._wake_for(late, now_ms)
        except BaseException:
            for device, times in late.items():  # at the next look, then
                self.late({"backfill": True, "device": device, "at_ms": at_ms} for at_ms in times)
            raise

    def _wake_for(self, late: dict[str, tuple[int, int]], now_ms: int) -> None:
        def work(session: Session) -> None:
            session.execute(update(Row).where(Row.incident_id.in_(_ended(now_ms))).values(due_ms=now_ms))
            for device, (first_ms, last_ms) in late.items():
                hit = (Row.from_ms <= last_ms, Row.to_ms >= first_ms)
                near = select(FrozenReadings.incident_id).where(FrozenReadings.device == device)
                mine = or_(Row.device == device, Row.incident_id.in_(near))
                session.execute(update(Row).where(mine, *hit).values(due_ms=now_ms))

        self._store.run(work)

    def _near(self, session: Session, incident: Incident) -> tuple[str, ...]:
        if not Kind(incident.kind).life_safety:
            return ()
        return tuple(one.device for one in neighbours(session, incident.device, self._plan.read.facilities))

    def _readings(
        self, incident: Incident, near: tuple[str, ...], from_ms: int, to_ms: int
    ) -> Iterable[tuple[tuple[str, str], Frozen]]:
        for device in (incident.device, *near):
            channels = self._channels(incident, device, from_ms, to_ms)
            curves = self._series.read(device, channels, from_ms, to_ms + 1, Level.RAW, ice.POINTS_MAX)
            for curve in curves:
                yield (device, curve.channel), ice.of_curve(curve)

    def _channels(self, incident: Incident, device: str, from_ms: int, to_ms: int) -> list[str]:
        """What speaks and belongs to the kind, what was measured then, what can be drawn; names that a row can hold."""
        first = {*(signal["channel"] for signal in incident.signals), *usual_of(incident)}
        known = [one for one in self._series.known(device) if fit_name(one.channel)]

        def place(one: Known) -> tuple[bool, bool, bool]:
            then = one.first_ms <= to_ms and one.last_ms >= from_ms
            return one.channel not in first, not then, one.channel not in CHANNELS

        return [one.channel for one in sorted(known, key=place)[:CHANNELS_MAX]]

    def _keep_them(self, session: Session, incident_id: str, fresh: dict[tuple[str, str], Frozen], own: str) -> None:
        if session.get(Incident, incident_id) is None:  # it was deleted meanwhile
            return
        for (device, channel), frozen in fresh.items():
            row = session.get(FrozenReadings, (incident_id, device, channel))
            if row is None:
                row = FrozenReadings(incident_id=incident_id, device=device, channel=channel, near=device != own)
                session.add(row)
                before = Frozen()
            else:
                before = ice.unpack(row.readings, row.cut)
            after = before.joined(frozen)
            if after != before:
                row.points, row.cut, row.readings = len(after.readings), after.cut, ice.pack(after)
                self.counters["readings"] += len(after.readings) - len(before.readings)

    def _next(self, session: Session, incident_id: str, span: tuple[int, int], now_ms: int) -> None:
        """When it is looked at again: at growing ages, never after raw readings of its time have gone."""
        row = session.get(Row, incident_id)
        if row is None:
            return
        row.from_ms, row.to_ms = span
        row.looks += 1
        end_ms = row.to_ms + SETTLE_MS
        days = self.keep.days.get(Level.RAW, 0)
        last_ms = end_ms + AGES_MS[-1] if days == 0 else row.from_ms + days * DAY_MS - SPARE_MS
        ages = [end_ms + age for age in AGES_MS if end_ms + age < last_ms]
        row.due_ms = next((due for due in [*ages, last_ms] if due > now_ms), None)


def _ended(now_ms: int) -> Select[str]:
    """Incidents that were cleared or closed, and were last looked at when that was not known."""
    end_ms = Incident.cleared_at_ms + AFTER_MS
    grown = (Row.to_ms < end_ms, Row.to_ms < Row.from_ms + LONGEST_MS, end_ms + SETTLE_MS <= now_ms)
    return select(Incident.id).join(Row, Row.incident_id == Incident.id).where(*grown)
