"""The use cases on equipment, each in one transaction. Safe to call from several threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.board.gateway_rows import gateway_row
from cloud.board.queries import Queries
from cloud.board.shelf_rows import shelf_rows
from cloud.board.views import QuarantineRow, ShelfRow
from cloud.equipment import orders, rows, told
from cloud.equipment.errors import EquipmentError, UnknownThing
from cloud.equipment.maintenance import Maintenance
from cloud.equipment.orders import Wish
from cloud.equipment.upkeep_rows import note_own_test
from cloud.equipment.views import EndpointView, GatewayView, OrderView, Thing
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Endpoint, FieldReport, Gateway
from runtime.clock import Clock


class Equipment:
    """Lists, pages and shelves. One per process."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, tell: Callable[[], None]) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._tell = tell
        self._queries = Queries(plan)
        self.maintenance = Maintenance(store, clock)

    def noted(self, session: Session, row: FieldReport) -> None:
        """A report has come in, in its transaction."""
        note_own_test(session, row)

    def things(self) -> list[Thing]:
        """Every endpoint of the district."""
        with self._store.read() as session:
            return rows.things(session, self._clock.now_ms(), self.maintenance.intervals)

    def gateways(self) -> list[GatewayView]:
        """Every gateway, without the orders for it and what of it was refused here."""
        with self._store.read() as session:
            found = session.scalars(select(Gateway).order_by(Gateway.id)).all()
            return [_view(session, gateway) for gateway in found]

    def gateway(self, gateway_id: str) -> GatewayView:
        """Everything about one. Raises UnknownThing."""
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            gateway = session.get(Gateway, gateway_id)
            if gateway is None:
                raise UnknownThing(f"没有网关 {gateway_id} / no gateway {gateway_id} has been heard of")
            refused = tuple(
                QuarantineRow(at_ms=row.at_ms, topic=row.topic, reason=row.reason, text=row.text, payload=row.payload)
                for row in rows.refused_here(session, gateway.site, gateway.id)
            )
            return _view(session, gateway, orders.views(session, gateway.id, now_ms), refused)

    def endpoint(self, device: str) -> EndpointView:
        """Everything about one but its readings. Raises UnknownThing."""
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            found = rows.things(session, now_ms, self.maintenance.intervals, device)
            if not found:
                raise UnknownThing(f"没有设备 {device} / no gateway has told of an endpoint {device}")
            thing = max(found, key=lambda one: one.last_seen_ms or 0)  # it moved: where it was heard last
            return self._endpoint(session, thing, session.get_one(Gateway, thing.gateway), now_ms)

    def _endpoint(self, session: Session, thing: Thing, gateway: Gateway, now_ms: int) -> EndpointView:
        page = rows.pages(session, gateway.id).get("rules")
        every = told.rules(page.rows if page else [])
        rules = tuple(rule for rule in every if rule.judges(thing.kind, thing.device))
        kinds, life_kinds = rows.kinds_of(thing, rules)
        ordered = orders.views(session, gateway.id, now_ms, thing.device)
        return EndpointView(
            thing=thing,
            gateway=gateway_row(gateway, []),
            takes_orders=isinstance(gateway.status.get("shelf_orders"), list),
            rules=rules,
            rules_told=page is not None,
            orders=ordered,
            shelves=_at_the_site(gateway, thing, {order.id for order in ordered}, now_ms),
            kinds=kinds,
            life_kinds=life_kinds,
            reports=self._queries.reports(session, thing.site, thing.device)[:20],
            incidents=rows.incidents(session, thing.site, thing.device),
            facility=self._plan.facilities.told(thing.device),
            history=self.maintenance.history(session, thing.site, thing.device, thing.place),
            dues=self.maintenance.dues(session, thing.site, thing.device, thing.kind),
        )

    def shelve(self, wish: Wish, person: str) -> None:
        """Order a shelf; it holds once its gateway says so. Raises EquipmentError."""
        now_ms = self._clock.now_ms()
        with self._store.write() as session:
            gateway = _home(session, wish.device)
            if not isinstance(gateway.status.get("shelf_orders"), list) and gateway.status:
                raise EquipmentError(
                    "该网关的程序较旧，收不到中心的搁置，请在现场办理或先升级 / "
                    "the program of this gateway takes no orders; shelve at the site, or update it first"
                )
            orders.make(session, wish, gateway.id, gateway.site, person, now_ms)
        self._tell()

    def take_back(self, device: str, order_id: str, person: str) -> None:
        """End an order before its time. Raises EquipmentError."""
        with self._store.write() as session:
            orders.take_back(session, order_id, device, person, self._clock.now_ms())
        self._tell()


def _home(session: Session, device: str) -> Gateway:
    """The gateway that an endpoint hangs on; where it was heard last. Raises UnknownThing."""
    query = select(Gateway).join(Endpoint, Endpoint.gateway_id == Gateway.id).where(Endpoint.device == device)
    gateway = session.scalars(query.order_by(Endpoint.last_seen_ms.desc().nulls_last()).limit(1)).first()
    if gateway is None:
        raise UnknownThing(f"没有设备 {device} / no gateway has told of an endpoint {device}")
    return gateway


def _view(
    session: Session, gateway: Gateway, ordered: tuple[OrderView, ...] = (), refused: tuple[QuarantineRow, ...] = ()
) -> GatewayView:
    found = rows.pages(session, gateway.id)
    return GatewayView(
        row=gateway_row(gateway, []),
        said_at_ms=gateway.said_at_ms,
        status=gateway.status or {},
        parts={part: told.objects(page.rows) for part, page in found.items()},
        told_ms={part: page.told_ms for part, page in found.items()},
        orders=ordered,
        refused=refused,
    )


def _at_the_site(gateway: Gateway, thing: Thing, ordered: set[str], now_ms: int) -> tuple[ShelfRow, ...]:
    """Shelves of one endpoint that nobody ordered from here."""
    said: Any = gateway.status.get("shelved")
    mine = [
        entry for entry in (said if isinstance(said, list) else ())
        if isinstance(entry, dict) and entry.get("device") == thing.device and entry.get("id") not in ordered
    ]  # fmt: skip
    found = shelf_rows(mine, {thing.device: thing.place})
    return tuple(row for row in found if row.until_ms > now_ms)
