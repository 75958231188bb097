"""Tells each gateway what the centre knows of its incidents: the whole list, retained, again until it has it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.arrivals.reports import answers_of
from cloud.changes import Changed
from cloud.equipment.orders import on_the_wire, open_orders
from cloud.notices import handheld
from cloud.plan import Plan
from cloud.sources.site_rows import beside, listed
from cloud.store.engine import Store
from cloud.store.models import Gateway, Incident, IncidentLog
from cloud.store.models_equipment import ShelfOrder
from domain.incidents import OVER, Kind, Stage
from domain.roster import Roster
from protocol import desk, topics
from runtime.clock import Clock

LOOK_S = 2.0
GATHER_S = 0.1  # a click and what follows from it make one list
AGAIN_S = 10.0  # to a gateway whose status still names another list; its status comes every 5 s
LIFE = [kind for kind in Kind if kind.life_safety]
ALL_S = 60.0  # every list anew now and then: what was closed long ago leaves it without a word
TOUCHED_MAX = 500  # incidents; beyond, every site is looked at
FAR_MS = 1 << 53
RECENT_MS = 7 * 86_400_000  # closed so long ago it is off every handheld

# sites know the stages that matter to them, and every gateway of any age knows these
SAID = {Stage.HANDLING: Stage.DISPATCHED, Stage.EVALUATED: Stage.CLOSED, Stage.VOID: Stage.CLOSED}


class Up(Protocol):
    """The connection to the broker."""

    connects: int

    @property
    def is_up(self) -> bool: ...

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None: ...


Rows = list[dict[str, Any]]


@dataclass(slots=True)
class _Sent:
    number: int
    rows: Rows
    orders: Rows
    at_s: float


@dataclass(frozen=True, slots=True)
class _Home:
    """A gateway, what its status says that it has, and what it is to do."""

    site: str
    gateway: str
    number: object
    answered: object  # of orders, as its status says it; None: it knows of none
    orders: Rows

    def misses(self, sent: _Sent) -> bool:
        """True where the list has not arrived there."""
        if self.number != sent.number:
            return True
        if not isinstance(self.answered, list):
            return False
        named = {row.get("id") for row in self.answered if isinstance(row, dict)}
        return any(order["id"] not in named for order in sent.orders)


class SiteLists:
    """Publishes what changed; who has which list is known from the status of the gateways."""

    def __init__(
        self, store: Store, clock: Clock, loop: asyncio.AbstractEventLoop, plan: Plan | None = None
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._loop = loop
        self._plan = plan
        self._wake = asyncio.Event()
        self._touched: frozenset[str] = frozenset()  # incidents since the last look
        self._rows: dict[str, Rows] = {}  # by site, as of the last look
        self._sent: dict[str, _Sent] = {}  # by gateway
        self._all_s = -ALL_S
        self._connects = -1

    def changed(self, change: Changed) -> None:
        """A listener of the desk."""
        if change.incidents and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._touch, change.incidents)

    def _touch(self, incidents: frozenset[str]) -> None:
        if len(self._touched) <= TOUCHED_MAX:  # whoever has not the lease of this job looks at nothing, for long
            self._touched |= incidents
        self._wake.set()

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
        now_s = self._loop.time()
        if now_s - self._all_s >= ALL_S:
            self._all_s = now_s
            self._rows = {}
        touched, self._touched = self._touched, frozenset()
        try:
            gateways, number, rows = await asyncio.to_thread(self._read, touched, frozenset(self._rows))
        except BaseException:
            self._touched |= touched
            raise
        self._rows |= rows
        for home in gateways:
            self._send(link, home, number)

    def _send(self, link: Up, home: _Home, number: int) -> None:
        sent, rows, now_s = self._sent.get(home.gateway), self._rows[home.site], self._loop.time()
        if sent is None or sent.rows != rows or sent.orders != home.orders:
            sent = _Sent(number, rows, home.orders, 0.0)
        elif not home.misses(sent) or now_s - sent.at_s < AGAIN_S:
            return
        payload = payload_of(sent.number, sent.rows, sent.orders, self._clock.now_ms())
        link.publish(topics.build(home.site, home.gateway, "task"), payload, retain=True)
        sent.at_s = now_s
        self._sent[home.gateway] = sent

    def _read(self, touched: frozenset[str], known: frozenset[str]) -> tuple[list[_Home], int, dict[str, Rows]]:
        """Every gateway with its orders; a new number; rows of sites that may have changed."""
        with self._store.read() as session:
            found = session.execute(select(Gateway.site, Gateway.id, Gateway.status)).all()
            number = (session.scalar(select(func.max(IncidentLog.id))) or 0) + 1  # 0: a gateway has none
            now_ms = self._clock.now_ms()
            sites = {site for site, _, _ in found}
            moved = sites if len(touched) > TOUCHED_MAX else _sites_of(session, touched) | (sites - known)
            roster = self._plan.roster if self._plan else None
            rows = {site: rows_of(session, site, now_ms - RECENT_MS, now_ms, roster) for site in sites & moved}
            orders = open_orders(session, now_ms)
        homes = [_home(site, gateway, status or {}, orders.get(gateway, [])) for site, gateway, status in found]
        return homes, number, rows


def _home(site: str, gateway: str, status: dict[str, Any], orders: list[ShelfOrder]) -> _Home:
    wire = [on_the_wire(order) for order in orders]
    return _Home(site, gateway, status.get("desk"), status.get("shelf_orders"), wire)


def _sites_of(session: Session, incidents: frozenset[str]) -> set[str]:
    if not incidents:
        return set()
    return set(session.scalars(select(Incident.site).where(Incident.id.in_(incidents)).distinct()))


def payload_of(number: int, rows: Rows, orders: Rows | None = None, at_ms: int = 0) -> bytes:
    """The list on the wire; what matters least is left out where it were too long for it."""
    shelves = tuple(orders or ())
    payload = desk.encode(number, rows, shelves, at_ms)
    while len(payload) > desk.MAX_BYTES:
        rows = rows[: len(rows) * 9 // 10]
        payload = desk.encode(number, rows, shelves, at_ms)
    return payload


def rows_of(
    session: Session, site: str, since_ms: int, now_ms: int = FAR_MS, roster: Roster | None = None
) -> Rows:  # fmt: skip
    """What a gateway is told: open incidents of its site, and those closed since; bounded."""
    worst = (Incident.kind.in_(LIFE).desc(), Incident.reported_at_ms.desc())
    open_ones = session.scalars(
        select(Incident).where(Incident.site == site, Incident.stage.not_in(OVER)).order_by(*worst).limit(desk.MAX_ROWS)
    )
    closed = session.scalars(
        select(Incident)
        .where(Incident.site == site, Incident.closed_at_ms >= since_ms)
        .order_by(*worst)
        .limit(desk.MAX_ROWS)
    )
    found = [one for one in (*open_ones, *closed) if one.kind != Kind.GATEWAY_OFFLINE and listed(one)]
    found.sort(key=lambda i: (i.stage in OVER, not Kind(i.kind).life_safety, -i.reported_at_ms, i.id))
    found = found[: desk.MAX_ROWS]
    answers = answers_of(session, [incident.id for incident in found])
    called = handheld.called(session, [incident.id for incident in found], now_ms, roster)
    more = beside(session, found, called)
    return [
        {
            "id": incident.id,
            "stage": SAID.get(Stage(incident.stage), incident.stage),
            "holder": incident.holder,
            "version": incident.version,
            "answers": answers.get(incident.id, 0),
            **more[incident.id],
            **({"called": called[incident.id]} if incident.id in called else {}),
        }
        for incident in found
    ]
