"""What people ask of panels: rows, so that a restart forgets neither the question nor the answer."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.gb26875 import facts, units
from domain.gb26875.exchanges import Order, Phase
from domain.gb26875.facts import Fact
from domain.gb26875.frames import Command

DUTY_CHECK = "duty-check"
KEPT = 1_000  # orders; the oldest that are through go first
GRACE_MS = 15_000  # for the way of an answer that was given in the last second
# state of an order: new, sent, acknowledged (a duty check that waits for a person), and then one of the last
LAST = ("done", "answered", "unanswered", "denied", "failed")


class OrderError(ValueError):
    """An order cannot be given; the text says why, in both languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that can be asked: type of its unit, and which details it needs."""

    type: int
    needs: tuple[str, ...] = ()

    @property
    def command(self) -> Command:
        """Units 89 and above are commands, those below are requests."""
        return Command.CONTROL if self.type >= 89 else Command.REQUEST


QUESTIONS = {
    DUTY_CHECK: Question(type=91, needs=("minutes",)),
    "set-clock": Question(type=90, needs=("tag",)),
    "initialise": Question(type=89),
    "read-state": Question(type=81),
    "read-operations": Question(type=84, needs=("count", "since")),
    "read-version": Question(type=85),
    "read-config": Question(type=86),
    "read-time": Question(type=88),
    "read-system-state": Question(type=61, needs=("system", "system_address")),
    "read-part-state": Question(type=62, needs=("system", "system_address", "part_address")),
    "read-part-value": Question(type=63, needs=("system", "system_address", "part_address")),
    "read-system-operations": Question(type=64, needs=("system", "system_address", "count", "since")),
    "read-system-version": Question(type=65, needs=("system", "system_address")),
    "read-system-config": Question(type=66, needs=("system", "system_address")),
    "read-part-config": Question(type=67, needs=("system", "system_address", "part_address")),
    "read-system-time": Question(type=68, needs=("system", "system_address")),
}
_LIMITS = {
    "minutes": (1, 255),
    "system": (0, 255),
    "system_address": (0, 255),
    "part_address": (0, 0xFFFFFFFF),
    "count": (1, 102),
}


def data_of(what: str, details: dict[str, Any]) -> bytes:
    """The unit of a question. Raises OrderError."""
    question = QUESTIONS.get(what)
    if question is None:
        raise OrderError(f"没有这个命令 / there is no {what!r}; known: {', '.join(QUESTIONS)}")
    values: dict[str, Any] = {}
    for name in question.needs:
        values[name] = _checked(what, name, details.get(name))
    fact: Fact = units.LAYOUTS[question.type].cls(**values)
    return units.encode(question.type, (fact,))


def _checked(what: str, name: str, value: object) -> object:
    if name in _LIMITS:
        low, high = _LIMITS[name]
        if not isinstance(value, int) or not low <= value <= high:
            raise OrderError(f"{what}: {name} 应为 {low} 到 {high} / must be from {low} to {high}, not {value!r}")
        return value
    tag = bytes.fromhex(value) if isinstance(value, str) else b""
    if len(tag) != units.TAG_BYTES:
        raise OrderError(f"{what}: {name} 应为时间 / must be a time, not {value!r}")
    return tag


def add(db: sqlite3.Connection, device: str, what: str, details: dict[str, Any], now_ms: int) -> int:
    """A new order; its number. Raises OrderError where it cannot be asked."""
    data_of(what, details)
    details = {name: details[name] for name in QUESTIONS[what].needs}
    insert = "INSERT INTO panel_orders (device, what, details, created_ms, state) VALUES (?, ?, ?, ?, 'new')"
    n = db.execute(insert, (device, what, msgspec.json.encode(details), now_ms)).lastrowid or 0
    db.execute("DELETE FROM panel_orders WHERE n <= ? AND state NOT IN ('new', 'sent', 'acknowledged')", (n - KEPT,))
    return n


def note(db: sqlite3.Connection, device: str, what: str, details: dict[str, Any], now_ms: int) -> None:
    """Keep what a person did that no device need know."""
    insert = "INSERT INTO panel_orders (device, what, details, created_ms, state) VALUES (?, ?, ?, ?, 'done')"
    db.execute(insert, (device, what, msgspec.json.encode(details), now_ms))


def start_anew(db: sqlite3.Connection) -> None:
    """After a restart: what was sent and not answered is asked again; asking twice is harmless."""
    db.execute("UPDATE panel_orders SET state = 'new' WHERE state = 'sent'")


def fetch(db: sqlite3.Connection) -> list[tuple[str, Order]]:
    """(device, order) of all new ones, which count as sent from here."""
    rows = db.execute("SELECT n, device, what, details FROM panel_orders WHERE state = 'new' ORDER BY n").fetchall()
    db.executemany("UPDATE panel_orders SET state = 'sent' WHERE n = ?", [(row[0],) for row in rows])
    found = []
    for n, device, what, details in rows:
        data = data_of(what, msgspec.json.decode(details))
        found.append((device, Order(id=n, command=QUESTIONS[what].command, data=data)))
    return found


def refuse(db: sqlite3.Connection, n: int, why: str) -> None:
    """It cannot be asked now."""
    db.execute("UPDATE panel_orders SET state = 'failed', answer = ? WHERE n = ?", (msgspec.json.encode(why), n))


def settle(db: sqlite3.Connection, n: int, phase: Phase, answer: bytes, now_ms: int) -> None:
    """An exchange ended. A duty check that arrived waits for a person now."""
    row = db.execute("SELECT what, details FROM panel_orders WHERE n = ?", (n,)).fetchone()
    if row is None:
        return
    if phase is Phase.DONE and row[0] == DUTY_CHECK:
        due_ms = now_ms + msgspec.json.decode(row[1])["minutes"] * 60_000 + GRACE_MS
        waits = "UPDATE panel_orders SET state = 'acknowledged', due_ms = ? WHERE n = ? AND state = 'sent'"
        db.execute(waits, (due_ms, n))
        return
    said = msgspec.json.encode(_said(answer))
    db.execute("UPDATE panel_orders SET state = ?, answer = ? WHERE n = ?", (str(phase), said, n))


def _said(answer: bytes) -> dict[str, Any]:
    try:
        unit = units.decode(answer)
    except units.UnitError:
        return {"data": answer.hex()} if answer else {}
    return {"type": unit.type, "facts": [facts.plain(fact) for fact in unit.facts]}


def answer_duty(db: sqlite3.Connection, device: str, operator: int, at_ms: int) -> None:
    """Somebody answered: every duty check of this device that waits is answered."""
    said = msgspec.json.encode({"operator": operator, "at_ms": at_ms})
    waiting = "device = ? AND what = ? AND state IN ('sent', 'acknowledged')"
    db.execute(
        f"UPDATE panel_orders SET state = 'answered', answer = ? WHERE {waiting}",  # noqa: S608 - text of our own
        (said, device, DUTY_CHECK),
    )


def miss_duties(db: sqlite3.Connection, now_ms: int) -> list[str]:
    """Devices whose duty check nobody answered in its time; each is told once."""
    rows = db.execute("SELECT n, device FROM panel_orders WHERE state = 'acknowledged' AND due_ms < ?", (now_ms,))
    missed = rows.fetchall()
    db.executemany("UPDATE panel_orders SET state = 'unanswered' WHERE n = ?", [(n,) for n, _ in missed])
    return [device for _, device in missed]


def state_of(db: sqlite3.Connection, n: int) -> dict[str, Any] | None:
    """An order as a person is told of it."""
    row = db.execute("SELECT device, what, state, answer FROM panel_orders WHERE n = ?", (n,)).fetchone()
    if row is None:
        return None
    device, what, state, answer = row
    return {
        "order": n,
        "device": device,
        "what": what,
        "state": state,
        "answer": None if answer is None else msgspec.json.decode(answer),
    }
