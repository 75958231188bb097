"""Shelves ordered at the centre: made, taken back, sent with the list of a site until their gateway has answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cloud.equipment.errors import EquipmentError, TooLate, UnknownThing
from cloud.equipment.views import OrderView
from cloud.store.models_equipment import ShelfOrder
from domain.incidents import Kind
from domain.shelf_orders import OPEN, State, Word, moved, seen
from domain.shelving import Shelf, ShelfError
from protocol.shelf_orders import MAX_ORDERS

KEPT_MS = 400 * 86_400_000  # after their end; default of ours: over a year, as the minutes of readings
SHOWN = 20
_LIVES = frozenset(str(kind) for kind in Kind if kind.life_safety)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants kept back. `id`: of the form, so that the same click twice is one order."""

    id: str
    device: str
    kinds: tuple[str, ...]  # empty: all but life safety
    reason: str
    hours: float


def make(session: Session, wish: Wish, gateway_id: str, site: str, person: str, now_ms: int) -> ShelfOrder:
    """A new order, or the one that was made by this form before. Raises EquipmentError."""
    known = session.get(ShelfOrder, wish.id)
    if known is not None:
        if (known.device, known.person) != (wish.device, person):
            raise EquipmentError("这张表单已经用过，请重新打开页面 / this form was used before; open the page again")
        return known
    waiting = (ShelfOrder.gateway_id == gateway_id, ShelfOrder.state.in_(OPEN), ShelfOrder.until_ms > now_ms)
    if (session.scalar(select(func.count()).select_from(ShelfOrder).where(*waiting)) or 0) >= MAX_ORDERS:
        raise EquipmentError(
            f"该网关已有 {MAX_ORDERS} 项搁置，请先取消一些 / {MAX_ORDERS} orders hold at this gateway; take some back"
        )
    shelf = _checked(wish, person, now_ms)
    session.execute(delete(ShelfOrder).where(ShelfOrder.until_ms < now_ms - KEPT_MS))
    order = ShelfOrder(
        id=wish.id, gateway_id=gateway_id, site=site, device=wish.device, kinds=[str(kind) for kind in shelf.kinds],
        person=person, reason=shelf.reason, made_ms=now_ms, until_ms=shelf.until_ms, state=str(State.ORDERED),
        state_ms=now_ms, why="",
    )  # fmt: skip
    session.add(order)
    return order


def _checked(wish: Wish, person: str, now_ms: int) -> Shelf:
    """By the same rules as at the site. Raises EquipmentError."""
    known = {str(kind): kind for kind in Kind}
    if unknown := [kind for kind in wish.kinds if kind not in known]:
        raise EquipmentError(f"没有这种事件：{unknown[0]} / there is no kind {unknown[0]}; choose one of the list")
    if not 0 < wish.hours < 1e6:
        raise EquipmentError("请选择多长时间 / say for how long")
    try:
        return Shelf(
            id=wish.id, device=wish.device, via=None, kinds=tuple(known[kind] for kind in wish.kinds), rule=None,
            author=person, reason=wish.reason.strip(), from_ms=now_ms, until_ms=now_ms + round(wish.hours * 3_600_000),
        )  # fmt: skip
    except ShelfError as error:
        raise EquipmentError(f"{error.zh} / {error}") from None


def take_back(session: Session, order_id: str, device: str, person: str, now_ms: int) -> ShelfOrder:
    """Somebody wants it back before its end; twice is once. Raises UnknownThing, TooLate."""
    order = session.get(ShelfOrder, order_id, with_for_update=True)
    if order is None or order.device != device:
        raise UnknownThing("没有这项搁置 / there is no such order")
    state = seen(State(order.state), order.until_ms, now_ms)
    if state is State.TAKING_BACK:
        return order
    if state not in OPEN:
        raise TooLate("这项搁置已经结束，无需取消 / it is over already; there is nothing to take back")
    order.state, order.state_ms = str(moved(state, Word.TAKE_BACK)), now_ms
    order.taken_back_by = person
    return order


def open_orders(session: Session, now_ms: int) -> dict[str, list[ShelfOrder]]:
    """By gateway: what is to stand in its list now, oldest first."""
    query = select(ShelfOrder).where(ShelfOrder.until_ms > now_ms, ShelfOrder.state.in_(OPEN)).order_by(ShelfOrder.id)
    found: dict[str, list[ShelfOrder]] = {}
    for order in session.scalars(query):
        found.setdefault(order.gateway_id, []).append(order)
    return {gateway_id: orders[:MAX_ORDERS] for gateway_id, orders in found.items()}


def on_the_wire(order: ShelfOrder) -> dict[str, Any]:
    """As the list says it."""
    row = {
        "id": order.id, "device": order.device, "kinds": order.kinds, "author": order.person, "reason": order.reason,
        "until_ms": order.until_ms, "for_ms": order.until_ms - order.made_ms,
    }  # fmt: skip
    taken_back = order.state == State.TAKING_BACK and order.taken_back_by
    return row | ({"taken_back_by": order.taken_back_by} if taken_back else {})


def views(session: Session, gateway_id: str, now_ms: int, device: str | None = None) -> tuple[OrderView, ...]:
    """The newest first, as they are now."""
    query = select(ShelfOrder).where(ShelfOrder.gateway_id == gateway_id).order_by(ShelfOrder.made_ms.desc())
    if device is not None:
        query = query.where(ShelfOrder.device == device)
    return tuple(_view(order, now_ms) for order in session.scalars(query.limit(SHOWN)))


def _view(order: ShelfOrder, now_ms: int) -> OrderView:
    return OrderView(
        id=order.id, device=order.device, kinds=tuple(order.kinds), life_safety=bool(_LIVES & set(order.kinds)),
        person=order.person, reason=order.reason, made_ms=order.made_ms, until_ms=order.until_ms,
        state=str(seen(State(order.state), order.until_ms, now_ms)), state_ms=order.state_ms, why=order.why,
        taken_back_by=order.taken_back_by,
    )  # fmt: skip
