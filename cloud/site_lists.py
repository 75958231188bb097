"""Tells each gateway what the centre knows of its incidents: the whole list, retained, again until it has it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.desk import Changed
from cloud.reports import answers_of
from cloud.store.engine import Store
from cloud.store.models import Gateway, Incident, IncidentLog
from domain.incidents import Condition, Kind, Stage
from protocol import desk, topics
from runtime.clock import Clock

LOOK_S = 2.0
GATHER_S = 0.1  # a click and what follows from it make one list
AGAIN_S = 10.0  # to a gateway whose status still names another list; its status comes every 5 s
LIFE = [kind for kind in Kind if kind.life_safety]
RECENT_MS = 7 * 86_400_000  # closed so long ago it is off every handheld


class Up(Protocol):
    """The connection to the broker."""

    connects: int

    @property
    def is_up(self) -> bool: ...

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None: ...


@dataclass(slots=True)
class _Sent:
    number: int
    rows: list[dict[str, Any]]
    at_s: float


class SiteLists:
    """Publishes what changed; who has which list is known from the status of the gateways."""

    def __init__(self, store: Store, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._clock = clock
        self._loop = loop
        self._wake = asyncio.Event()
        self._sent: dict[str, _Sent] = {}
        self._connects = -1

    def changed(self, change: Changed) -> None:
        """A listener of the desk."""
        if change.incidents and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, link: Up) -> None:
        """For ever."""
        while True:
            self._wake.clear()
            if link.is_up:
                await self.look(link)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            await asyncio.sleep(GATHER_S)

    async def look(self, link: Up) -> None:
        """Send every list that is new, or that its gateway does not have."""
        if link.connects != self._connects:  # what was sent into the old connection may be lost
            self._connects = link.connects
            self._sent.clear()
        for site, gateway, has, number, rows in await asyncio.to_thread(self._read):
            before = self._sent.get(gateway)
            if before is None or before.rows != rows:
                before = _Sent(number, rows, 0.0)
            elif has == before.number or self._loop.time() - before.at_s < AGAIN_S:
                continue
            link.publish(topics.build(site, gateway, "task"), desk.encode(before.number, before.rows), retain=True)
            before.at_s = self._loop.time()
            self._sent[gateway] = before

    def _read(self) -> list[tuple[str, str, object, int, list[dict[str, Any]]]]:
        with self._store.read() as session:
            gateways = session.execute(select(Gateway.site, Gateway.id, Gateway.status)).all()
            number = (session.scalar(select(func.max(IncidentLog.id))) or 0) + 1  # 0: a gateway has none
            since_ms = self._clock.now_ms() - RECENT_MS
            found = {site: rows_of(session, site, since_ms) for site in {site for site, _, _ in gateways}}
        return [(site, gateway, (status or {}).get("desk"), number, found[site]) for site, gateway, status in gateways]


def rows_of(session: Session, site: str, since_ms: int) -> list[dict[str, Any]]:
    """What a gateway is told: open incidents of its site, and those closed since; bounded."""
    worst = (Incident.kind.in_(LIFE).desc(), Incident.reported_at_ms.desc())
    open_ones = session.scalars(
        select(Incident)
        .where(Incident.site == site, Incident.stage != Stage.CLOSED)
        .order_by(*worst)
        .limit(desk.MAX_ROWS)
    )
    closed = session.scalars(
        select(Incident)
        .where(Incident.site == site, Incident.closed_at_ms >= since_ms)
        .order_by(*worst)
        .limit(desk.MAX_ROWS)
    )
    found = [incident for incident in (*open_ones, *closed) if incident.kind != Kind.GATEWAY_OFFLINE]
    found.sort(key=lambda i: (i.stage == Stage.CLOSED, not Kind(i.kind).life_safety, -i.reported_at_ms, i.id))
    found = found[: desk.MAX_ROWS]
    answers = answers_of(session, [incident.id for incident in found])
    return [
        {
            "id": incident.id,
            "stage": incident.stage,
            "holder": incident.holder,
            "version": incident.version,
            "answers": answers.get(incident.id, 0),
            "revision": incident.revision,
            "active": incident.condition == Condition.ACTIVE,
        }
        for incident in found
    ]
