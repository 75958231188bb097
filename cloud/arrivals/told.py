"""What a status tells of equipment and of shelves that we ordered; a gateway of another version tells less."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cloud.store.models import Endpoint, Gateway
from cloud.store.models_equipment import EndpointFacts, GatewayPage, ShelfOrder
from domain.shelf_orders import State, Word, moved
from protocol import inventory, shelf_orders
from protocol.errors import PayloadError

KEPT = {"battery"}  # the last one known is better than none
WORDS = frozenset(shelf_orders.STATES)
WHY_MAX = 400
DEVICE_MAX = 64


def take_told(session: Session, gateway: Gateway, status: dict[str, Any], at_ms: int) -> None:
    """Runs in the transaction of the status, after its endpoints were stored."""
    _take_orders(session, gateway.id, status.get("shelf_orders"), at_ms)
    try:
        page = inventory.check(status["inventory"]) if isinstance(status.get("inventory"), dict) else None
    except PayloadError:  # of another version: then it was not told
        return
    if page is None:
        return
    if page["part"] == inventory.ENDPOINTS:
        _take_endpoints(session, gateway, page, at_ms)
        return
    row = session.get(GatewayPage, (gateway.id, page["part"]))
    if row is None:
        session.add(GatewayPage(gateway_id=gateway.id, part=page["part"], told_ms=at_ms, rows=page["rows"]))
    else:
        row.told_ms, row.rows = at_ms, page["rows"]


def _take_endpoints(session: Session, gateway: Gateway, page: dict[str, Any], at_ms: int) -> None:
    told = {row["device"]: row for row in page["rows"] if _is_device(row.get("device"))}
    query = select(EndpointFacts).where(EndpointFacts.gateway_id == gateway.id, EndpointFacts.device.in_(told))
    known = {row.device: row for row in session.scalars(query)}
    for device, row in told.items():
        facts = {name: value for name, value in row.items() if name != "device"}
        have = known.get(device)
        if have is None:
            session.add(EndpointFacts(gateway_id=gateway.id, device=device, told_ms=at_ms, facts=facts))
            continue
        facts = {name: have.facts[name] for name in KEPT & have.facts.keys()} | facts
        if facts != have.facts:
            have.facts, have.told_ms = facts, at_ms
    if page["page"] == 0:
        _prune(session, gateway)


def _is_device(device: object) -> bool:
    return isinstance(device, str) and 0 < len(device) <= DEVICE_MAX


def _prune(session: Session, gateway: Gateway) -> None:
    """Forget who has left the site, once all pages of its endpoints are here."""
    listed = select(Endpoint.device).where(Endpoint.gateway_id == gateway.id)
    count = session.scalar(select(func.count()).select_from(listed.subquery())) or 0
    total = gateway.status.get("endpoints_total", count)
    if not isinstance(total, int) or count >= total:
        gone = EndpointFacts.gateway_id == gateway.id, EndpointFacts.device.not_in(listed)
        session.execute(delete(EndpointFacts).where(*gone).execution_options(synchronize_session=False))


def _take_orders(session: Session, gateway_id: str, said: Any, at_ms: int) -> None:
    rows = said[: shelf_orders.MAX_ORDERS] if isinstance(said, list) else []
    told = {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
    query = select(ShelfOrder).where(ShelfOrder.gateway_id == gateway_id, ShelfOrder.id.in_(told))
    for order in session.scalars(query) if told else ():
        word, why = told[order.id].get("state"), told[order.id].get("why")
        to = moved(State(order.state), Word(word)) if word in WORDS else State(order.state)
        if to != order.state:
            order.state, order.state_ms = str(to), at_ms
            order.why = why[:WHY_MAX] if isinstance(why, str) else ""
