"""Shelves that people at the centre order: put up once, as if they stood here; the status says what became of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from domain.incidents import Kind
from domain.shelf_orders import left_ms
from domain.shelving import Shelf, ShelfError
from gateway.beliefs.site_book import shelves_in
from gateway.control import Refused
from gateway.desks.shelf_desk import ShelfDesk
from gateway.store.writer import Writer
from protocol import shelf_orders
from protocol.errors import PayloadError
from runtime.clock import Clock

log = structlog.get_logger()
KEPT = 1_000  # orders that are remembered; the list of the centre has at most shelf_orders.MAX_ORDERS
WHY_MAX = 300  # characters of a refusal
# in the order in which they came: ids carry a clock of the centre, which may have been wrong
_FORCE = "s.id IS NOT NULL AND s.ended_ms IS NULL"
_NEWEST = f"""
    SELECT o.id, o.state, o.why, s.id IS NOT NULL, s.ended_ms, s.ended_by
    FROM shelf_orders o LEFT JOIN shelves s ON s.id = o.id ORDER BY {_FORCE} DESC, o.rowid DESC LIMIT ?
"""  # noqa: S608 - our own words
_PRUNE = f"""
    DELETE FROM shelf_orders WHERE rowid IN (
        SELECT o.rowid FROM shelf_orders o LEFT JOIN shelves s ON s.id = o.id
        ORDER BY {_FORCE} DESC, o.rowid DESC LIMIT -1 OFFSET ?)
"""  # noqa: S608 - our own words


class ShelfOrders:
    """What the centre's list orders and this gateway has not done yet is done; everything else is left as it is."""

    def __init__(self, desk: ShelfDesk, writer: Writer, clock: Clock) -> None:
        self.desk = desk
        self._writer = writer
        self._clock = clock
        self.behind_ms = 0  # at least so far is our clock behind the centre's, by the last list: it was on its way
        self.told: Callable[[], None] = lambda: None  # called where the status has news

    async def hear(self, payload: bytes) -> None:
        """The list of the centre; one that cannot be read is kept in quarantine by who reads it for the tasks."""
        try:
            orders, told_ms = shelf_orders.of_list(payload), shelf_orders.told_ms(payload)
        except PayloadError:
            return
        now_ms = self._clock.now_ms()
        self.behind_ms = self.behind_ms if told_ms is None else max(0, told_ms - now_ms)
        if await self._writer.do(partial(self.take, orders=orders, now_ms=now_ms, told_ms=told_ms)):
            self.told()

    def take(
        self, db: sqlite3.Connection, orders: list[dict[str, Any]], now_ms: int, told_ms: int | None = None
    ) -> bool:
        """Inside a transaction. True where something was done. `told_ms`: the centre's clock, as its list tells it."""
        known = {order_id for (order_id,) in db.execute("SELECT id FROM shelf_orders")}
        done = [self._take_back(db, order) for order in orders if order["id"] in known and "taken_back_by" in order]
        done += [self.desk.end(db, shelf.id) for shelf in shelves_in(db) if shelf.id in known and _late(shelf, told_ms)]
        for order in orders:
            if order["id"] not in known:
                done.append(True)
                state, why = self._execute(db, order, now_ms, told_ms)
                db.execute("INSERT INTO shelf_orders VALUES (?, ?, ?)", (order["id"], state, why[:WHY_MAX]))
                log.warning("shelf_ordered", id=order["id"], device=order["device"], by=order["author"], state=state)
        db.execute(_PRUNE, (KEPT,))
        return True in done

    def _execute(
        self, db: sqlite3.Connection, order: dict[str, Any], now_ms: int, told_ms: int | None
    ) -> tuple[str, str]:
        """(state, why). Late by either clock is late: each ends the shelf as well."""
        if "taken_back_by" in order:
            return shelf_orders.ENDED, order["taken_back_by"]
        left = left_ms(order["until_ms"], order.get("for_ms"), told_ms)
        if now_ms >= order["until_ms"] or (left is not None and left <= 0):
            return shelf_orders.LATE, ""
        if db.execute("SELECT 1 FROM shelves WHERE id = ?", (order["id"],)).fetchone():  # our own table was lost
            return shelf_orders.IN_FORCE, ""
        try:
            shelf = _shelf(order, now_ms, left)
            self.desk.check(shelf)
            self.desk.put(db, shelf)
        except ShelfError as error:
            return shelf_orders.REFUSED, f"{error.zh} / {error}"
        except Refused as error:
            return shelf_orders.REFUSED, str(error)
        return shelf_orders.IN_FORCE, ""

    def _take_back(self, db: sqlite3.Connection, order: dict[str, Any]) -> bool:
        return self.desk.take_away(db, order["id"], order["taken_back_by"])

    def fields(self, db: sqlite3.Connection) -> dict[str, object]:
        """For the status of the gateway: those in force, then the newest, as they stand."""
        rows = db.execute(_NEWEST, (shelf_orders.MAX_ORDERS,)).fetchall()
        return {"shelf_orders": [_row(*row) for row in rows], "clock_behind_ms": self.behind_ms}


def _row(order_id: str, state: str, why: str, there: int, ended_ms: int | None, ended_by: str | None) -> dict[str, str]:
    if state == shelf_orders.IN_FORCE and (not there or ended_ms is not None):
        state, why = shelf_orders.ENDED, ended_by or ""
    return {"id": order_id, "state": state, "why": why}


def _late(shelf: Shelf, told_ms: int | None) -> bool:
    return told_ms is not None and told_ms >= shelf.until_ms


def _shelf(order: dict[str, Any], now_ms: int, left: int | None) -> Shelf:
    """Raises ShelfError."""
    known = set(Kind)
    if unknown := [kind for kind in order["kinds"] if kind not in known]:
        raise ShelfError(f"this gateway knows no kind {unknown[0]}; update it", f"网关不认识 {unknown[0]}，请先升级")
    return Shelf(
        id=order["id"],
        device=order["device"],
        via=None,
        kinds=tuple(dict.fromkeys(Kind(kind) for kind in order["kinds"])),
        rule=None,
        author=order["author"],
        reason=order["reason"],
        from_ms=now_ms,
        until_ms=order["until_ms"],
        longest_ms=left,
    )
