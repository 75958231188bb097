"""The desk: every use case on incidents, each in one transaction. Safe to call from several threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.arrivals.conditions import Conditions
from cloud.arrivals.gateways import Gateways
from cloud.arrivals.reports import FieldWork
from cloud.board.around import Around
from cloud.board.boards import Boards
from cloud.board.choosing import Sees, everything
from cloud.board.queries import Queries
from cloud.board.views import Board, GatewayRow, IncidentDetail, QuarantineRow, ReportRow
from cloud.changes import Changed, Listener
from cloud.equipment.desk import Equipment
from cloud.flow.command import Command, More, NobodyNamed
from cloud.flow.kin import sites_above
from cloud.flow.moves import Moves
from cloud.history.desk import History
from cloud.history.port import Point, Series
from cloud.history.views import PlotView
from cloud.maps.desk import Maps
from cloud.notices.desk import Notices
from cloud.notices.webhooks.desk import Webhooks
from cloud.people.desk import People
from cloud.people.preferences import Preferences
from cloud.pictures.desk import Pictures
from cloud.pictures.gallery import Galleries
from cloud.pictures.photos import Photos
from cloud.plan import Plan
from cloud.plans.desk import Plans
from cloud.presence.desk import Presence
from cloud.records import incident_of
from cloud.review.alarms.reading import AlarmReview
from cloud.review.assessing.reading import Assessing
from cloud.review.cases.places import Places
from cloud.review.facts.keeper import FactKeeper
from cloud.review.figures.reading import Review
from cloud.review.heavy import Heavy
from cloud.routing import timers
from cloud.routing.placing import Placing
from cloud.sources.wiring import open_sources
from cloud.store.engine import Store
from cloud.store.models import Gateway
from cloud.tables.exchange import Exchange
from domain.clock_steps import Lag
from domain.incidents import Move
from runtime.clock import Clock


class Desk:
    """What people, gateways and the clock may do with incidents."""

    def __init__(self, store: Store, series: Series, plan: Plan, clock: Clock) -> None:
        self._store = store
        self.history = History(store, series, plan, clock)
        self._plan = plan
        self._clock = clock
        self._placing = Placing(plan)
        self._firing = timers.Firing(store, self._placing)
        self._moves = Moves(self._placing, plan)
        self._queries = Queries(plan)
        self.boards = Boards(store, self._queries, clock, plan)
        self.sources, finds = open_sources(
            store, plan, self._placing, self._moves.merging, clock,
            lambda ids: self.tell(Changed(incidents=ids)),
        )  # fmt: skip
        self.field_work = FieldWork(self._moves, finds)
        self._listeners: list[Listener] = [self.outdated]  # before anybody hears of it
        self.plans = Plans(store, plan, clock)
        self.preferences = Preferences(store, clock)
        self.pictures = Pictures(store)
        self.photos = Photos(store, clock, lambda ids: self.tell(Changed(incidents=ids)))
        self.galleries = Galleries(store, plan)
        self.people = People(store, plan, clock, lambda ids: self.tell(Changed(incidents=ids)))
        self.maps = Maps(store, plan, clock)
        self.tables = Exchange(self.plans, plan, store, clock)
        self.notices, self.webhooks = Notices(store, plan, clock), Webhooks(store, plan, clock)
        self.equipment = Equipment(store, plan, clock, lambda: self.tell(Changed(gateways=True)))
        self.field_work.noted = (self.people.noted, self.equipment.noted)
        self.presence = Presence(store, plan, clock, lambda one: self.tell(Changed(watched=frozenset({one}))))
        self.around = Around(store, plan, clock, self.people)
        self.facts, heavy = FactKeeper(store, clock), Heavy()
        past = (store, plan, clock, heavy, Places())
        self.review, self.assessing, self.alarms = Review(*past), Assessing(*past), AlarmReview(*past)
        self.conditions = Conditions(self._placing)
        self.gateways = Gateways(plan, self.conditions)

    @property
    def store(self) -> Store:
        """The store, for the use cases of other rooms."""
        return self._store

    @property
    def plan(self) -> Plan:
        """The plan of the district."""
        return self._plan

    @property
    def clock(self) -> Clock:
        """The clock of this run."""
        return self._clock

    def listen(self, listener: Listener) -> None:
        """Call `listener` after every commit that changed something, in whatever thread committed."""
        self._listeners.append(listener)

    def outdated(self, changed: Changed) -> None:
        """What was read of it before, here, is old now; also where another process changed it."""
        self.boards.changed(changed)
        self.maps.changed(changed)

    def tell(self, changed: Changed) -> None:
        """Tell the listeners, after the commit."""
        if changed.incidents or changed.gateways or changed.watched:
            for listener in self._listeners:
                listener(changed)

    @property
    def shared(self) -> bool:
        """True where other processes may use the same store."""
        return self._store.shared

    @contextmanager
    def transaction(self, sites: Iterable[str] | None = None) -> Iterator[Session]:
        """A write transaction for the intake, of `sites` only where named; tell() what it changed afterwards.

        Where one of them has a member in another site's incident, it is that site's transaction as well.
        """
        wanted = set(sites) if sites is not None else None
        while wanted is not None and self._store.shared:
            with self._store.write(wanted) as session:
                above = sites_above(session, wanted)
                if not above:
                    yield session
                    return
            wanted |= above
        with self._store.write(wanted) as session:
            yield session

    def move(
        self,
        incident_id: str,
        move: Move | str,
        *,
        actor: str,
        expected_version: int,
        **more: Unpack[More],
    ) -> IncidentDetail:
        """A person moves an incident and sees the outcome; the same click twice is one move.

        Raises what cloud/flow/command.py and domain/incidents refuse.
        """
        if not self._plan.roster.knows(actor):
            raise NobodyNamed(f"nobody called {actor} is in the roster; choose somebody from the list")
        command = Command(
            incident_id=incident_id,
            move=Move(move),
            actor=actor,
            expected_version=expected_version,
            **more,
        )
        with self._store.write() as session:
            changed = self._moves.apply(session, command, self._clock.now_ms())
        self.tell(Changed(incidents=frozenset(changed)))
        return self.detail(incident_id)

    def board(self, sees: Sees = everything) -> Board:
        """The board now, of the places (grid, site) that one sees; the most urgent rows of it. Read afresh."""
        return Boards(self._store, self._queries, self._clock, self._plan).look("", sees).board

    def gateway_rows(self) -> tuple[GatewayRow, ...]:
        """Gateways and their endpoints as last heard."""
        with self._store.read() as session:
            return self._queries.gateways(session)

    def quarantine(self) -> tuple[QuarantineRow, ...]:
        """The messages refused last, newest first."""
        with self._store.read() as session:
            return self._queries.quarantine(session)

    def reports(self, site: str, device: str | None = None) -> tuple[ReportRow, ...]:
        """What the endpoints and workers of a site reported last, newest first."""
        with self._store.read() as session:
            return self._queries.reports(session, site, device)

    def detail(self, incident_id: str) -> IncidentDetail:
        """Everything about one incident. Raises UnknownIncident."""
        with self._store.read() as session:
            return self._queries.detail(session, incident_of(session, incident_id), self._clock.now_ms())

    def plot(self, incident_id: str, *, near: bool = False) -> tuple[PlotView, ...]:
        """Readings around the breach, a curve per channel with its limit, or those nearby. Raises UnknownIncident."""
        return self.history.plot(incident_id, near=near)

    def readings(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Readings of one channel between two times; None marks a gap."""
        return self.history.window(device, channel, from_ms, to_ms)

    def gateways_seen(self) -> dict[str, int]:
        """When each gateway was heard last."""
        with self._store.read() as session:
            rows = session.execute(select(Gateway.id, Gateway.last_seen_ms))
            return {gateway: last_ms for gateway, last_ms in rows}  # noqa: C416 - a row is no tuple for mypy

    def gateway_silent(self, gateway_id: str) -> None:
        """A gateway has said nothing for too long."""
        with self._store.write() as session:
            changed = self.gateways.silent(session, gateway_id, self._clock.now_ms())
        self.tell(Changed(incidents=frozenset(changed), gateways=True))

    def next_due_ms(self) -> int | None:
        """When the dispatcher has something to do."""
        with self._store.read() as session:
            return timers.next_due_ms(session)

    def adopt_deadlines(self) -> int:
        """Give deadlines to open incidents of an older version; how many."""
        with self._store.write() as session:
            found = self._placing.clocks.adopt(session, self._clock.now_ms())
        self.tell(Changed(incidents=frozenset(found)))
        return len(found)

    def last_timer_id(self) -> int:
        """The youngest timer: which ones a clock that was set concerns."""
        with self._store.read() as session:
            return timers.last_id(session)

    def fire_due(self, lags: Sequence[Lag] = ()) -> int:
        """Fire every timer whose time has come; how many that were."""
        fired = 0
        for count, touched in self._firing.fire_due(self._clock.now_ms(), lags):
            fired += count
            self.tell(Changed(incidents=touched))
        return fired

    def timer_health(self) -> dict[str, int]:
        """For /readyz: how late the oldest waiting timer is, and how many have failed."""
        with self._store.read() as session:
            due_ms, failed = timers.next_due_ms(session), timers.count_failed(session)
        late_ms = 0 if due_ms is None else max(0, self._clock.now_ms() - due_ms)
        return {"late_ms": late_ms, "failed": failed}
