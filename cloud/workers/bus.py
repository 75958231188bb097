"""What one worker changed, told to the others by PostgreSQL's LISTEN and NOTIFY. A hint: the truth is in the tables.

A hint may be lost, when a worker dies between its commit and the hint, or when a connection is cut. So each worker also
looks now and then at how far the log of incidents has come, and wakes everybody where it moved without a hint.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import psycopg
import structlog
from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from cloud.changes import Changed, Listener
from cloud.store.engine import Store
from cloud.store.models import IncidentLog

log = structlog.get_logger()
CHANNEL = "gridwhistle_changes"
IDS_PER_HINT = 100  # a notification has 8,000 bytes; an id at most 64
LOOK_S = 5.0
LATE_ROWS = 200  # a row may be committed after rows with higher numbers
MOVED_MAX = 501  # more than cloud.site_lists.TOUCHED_MAX: then every site is looked at
_NOTIFY = text("SELECT pg_notify(:channel, :hint)")


class Bus:
    """Carries changes between workers; alone it carries nothing."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = run
        self._listeners: list[Listener] = []
        self._seen = 0  # the newest row of the log that we know of

    def listen(self, listener: Listener) -> None:
        """Call `listener` in the event loop with what other workers changed."""
        self._listeners.append(listener)

    def changed(self, change: Changed) -> None:
        """A listener of our own desk: tell the others."""
        if not self._store.shared:
            return
        try:
            with self._store.engine.begin() as connection:
                for hint in hints(self._run, change):
                    connection.execute(_NOTIFY, {"channel": CHANNEL, "hint": hint})
        except DBAPIError as error:  # committed all the same; the others find it by looking
            log.warning("hint_not_sent", why=str(error.orig))

    async def run(self) -> None:
        """Hear the others, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(), name="bus_look")
            await self._hear()

    async def _hear(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            _conninfo(self._store), autocommit=True, keepalives_idle=10, keepalives_interval=5, keepalives_count=3
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            async for notice in connection.notifies():
                self._heard(notice.payload)
        raise ConnectionError("the database has closed the connection that hears of changes")

    def _heard(self, payload: str) -> None:
        run, change = understood(payload)
        if run != self._run:
            self._tell(change)

    async def _look(self) -> None:
        while True:
            incidents = await asyncio.to_thread(self.moved)
            if incidents:
                self._tell(Changed(incidents=incidents, gateways=True))
            await asyncio.sleep(LOOK_S)

    def moved(self) -> frozenset[str]:
        """Incidents on which something was put on record since the last look, perhaps some more; bounded.

        Numbers of the log only grow: retention never deletes its newest entry.
        """
        with self._store.read() as session:
            newest = session.scalar(select(func.max(IncidentLog.id))) or 0
            before, self._seen = self._seen, newest
            if newest == before:
                return frozenset()
            rows = select(IncidentLog.incident_id).where(IncidentLog.id > before - LATE_ROWS)
            return frozenset(session.scalars(rows.distinct().limit(MOVED_MAX)))

    def _tell(self, change: Changed) -> None:
        for listener in self._listeners:
            listener(change)


def hints(run: str, change: Changed) -> Iterator[str]:
    """What changed as texts that fit into notifications."""
    incidents = sorted(change.incidents)
    for start in range(0, max(1, len(incidents)), IDS_PER_HINT):
        part = incidents[start : start + IDS_PER_HINT]
        hint = {"run": run, "incidents": part, "gateways": change.gateways}
        if change.watched:  # one at a time
            hint["watched"] = sorted(change.watched)[:IDS_PER_HINT]
        yield json.dumps(hint)


def understood(payload: str) -> tuple[str, Changed]:
    """Who says what. What cannot be read, from a newer or an older program, means: something."""
    try:
        hint = json.loads(payload)
        return str(hint["run"]), Changed(
            incidents=frozenset(hint["incidents"]),
            gateways=bool(hint["gateways"]),
            watched=frozenset(hint.get("watched", ())),
        )
    except (ValueError, KeyError, TypeError):
        return "", Changed(gateways=True)


def _conninfo(store: Store) -> str:
    url = make_url(store.engine.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
