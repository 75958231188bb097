"""What we owe the cloud, on disk, most important first. A row leaves only on the cloud's own acknowledgement."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum

import structlog

from gateway.store.counters import Counters
from protocol import events

log = structlog.get_logger()
DROP_AT_ONCE = 32  # rows per step while making room
PICTURES_AT_ONCE = 16  # looked at for one that is short enough


class Priority(IntEnum):
    """How much it matters; incidents, and what people did about them, are never dropped. A number is kept on disk."""

    LIFE_SAFETY = 0
    INCIDENT = 1  # and the answers of workers
    STATUS = 2  # what endpoints report
    LIVE = 3
    BACKFILL = 4
    PICTURE = 5  # of an incident: goes before readings, and gives way to all of them


URGENT = Priority.INCIDENT  # up to here nothing is ever dropped or made to wait for history
AFTER_URGENT = (Priority.STATUS, Priority.PICTURE, Priority.LIVE, Priority.BACKFILL)  # sent in this order
DROPPABLE = (Priority.PICTURE, Priority.BACKFILL, Priority.LIVE, Priority.STATUS)  # in this order


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row on its way out."""

    id: str
    priority: Priority
    kind: str  # topic kind: incident, report, history
    created_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """How much we owe."""

    pending: int
    bytes: int
    oldest_ms: int | None


class Outbox:
    """The queue in the database; `max_bytes` bounds its payloads, incidents not counted out."""

    def __init__(self, max_bytes: int, counters: Counters) -> None:
        self._max_bytes = max_bytes
        self._counters = counters
        self.grew = False  # set with every new row; whoever sends takes it back

    def add(self, db: sqlite3.Connection, message: Message) -> None:
        """Owe one more message. Making room drops history, the least important and oldest first, and counts it."""
        db.execute(
            "INSERT INTO outbox (id, priority, kind, created_ms, payload) VALUES (?, ?, ?, ?, ?)",
            (message.id, message.priority, message.kind, message.created_ms, message.payload),
        )
        self.grew = True
        for priority in DROPPABLE:
            while _bytes(db) > self._max_bytes and self._drop(db, priority):
                pass

    def _drop(self, db: sqlite3.Connection, priority: Priority) -> bool:
        rows = db.execute(
            "SELECT n, length(payload) FROM outbox WHERE priority = ? ORDER BY n LIMIT ?", (priority, DROP_AT_ONCE)
        ).fetchall()
        excess = _bytes(db) - self._max_bytes
        for n, size in rows:
            if excess <= 0:
                break
            db.execute("DELETE FROM outbox WHERE n = ?", (n,))
            excess -= size
            self._counters.add(f"outbox.dropped.{priority.name.lower()}")
        return bool(rows)

    def drop_oldest(self, db: sqlite3.Connection) -> bool:
        """Give up a few of the least important messages, counted; False where there are only such as must be kept."""
        for priority in DROPPABLE:
            rows = db.execute(
                "SELECT n FROM outbox WHERE priority = ? ORDER BY n LIMIT ?", (priority, DROP_AT_ONCE)
            ).fetchall()
            if rows:
                db.executemany("DELETE FROM outbox WHERE n = ?", rows)
                self._counters.add(f"outbox.dropped.{priority.name.lower()}", len(rows))
                return True
        return False

    def next(
        self,
        db: sqlite3.Connection,
        flying: Collection[str],
        urgent: int,
        history: int,
        longest: int = events.MAX_BYTES,
        lives: int = 0,
    ) -> list[Message]:
        """What to send now: at most so many urgent and history messages that are not in `flying`, in order.

        `lives`: so many of life safety in any case. A picture above `longest` bytes stays where it is.
        """
        wanted = _ids(db, (Priority.LIFE_SAFETY,), flying, max(urgent, lives), longest)
        wanted += _ids(db, (Priority.INCIDENT,), flying, max(0, urgent - len(wanted)), longest)
        wanted += _ids(db, AFTER_URGENT, flying, history, longest)
        messages = []
        for n in wanted:
            row = db.execute("SELECT id, priority, kind, created_ms, payload FROM outbox WHERE n = ?", (n,)).fetchone()
            messages.append(_message(row))
        return messages

    def pictures_beyond(self, db: sqlite3.Connection, longest: int) -> list[tuple[str, int]]:
        """(id, created_ms) of the first pictures that are too long to be sent."""
        return [(key, created_ms) for _, key, size, created_ms in _pictures(db) if size > longest]

    def get(self, db: sqlite3.Connection, id: str) -> Message | None:
        """One message, None where we do not owe it (any more)."""
        row = db.execute("SELECT id, priority, kind, created_ms, payload FROM outbox WHERE id = ?", (id,)).fetchone()
        return None if row is None else _message(row)

    def remove(self, db: sqlite3.Connection, ids: Iterable[str]) -> int:
        """Forget what the cloud has; ids we do not owe are fine. How many were removed."""
        return sum(db.execute("DELETE FROM outbox WHERE id = ?", (message_id,)).rowcount for message_id in ids)


def debt(db: sqlite3.Connection) -> Debt:
    """How much we owe; quick even with a million rows."""
    totals = dict(db.execute("SELECT name, n FROM totals"))
    oldest = [
        db.execute("SELECT created_ms FROM outbox WHERE priority = ? ORDER BY n LIMIT 1", (priority,)).fetchone()
        for priority in Priority
    ]
    return Debt(
        pending=totals["outbox_rows"],
        bytes=totals["outbox_bytes"],
        oldest_ms=min((row[0] for row in oldest if row is not None), default=None),
    )


def _message(row: tuple[str, int, str, int, bytes]) -> Message:
    message_id, priority, kind, created_ms, payload = row
    return Message(id=message_id, priority=Priority(priority), kind=kind, created_ms=created_ms, payload=payload)


def _bytes(db: sqlite3.Connection) -> int:
    (size,) = db.execute("SELECT n FROM totals WHERE name = 'outbox_bytes'").fetchone()
    return int(size)


def _pictures(db: sqlite3.Connection) -> list[tuple[int, str, int, int]]:
    query = "SELECT n, id, length(payload), created_ms FROM outbox WHERE priority = ? ORDER BY n LIMIT ?"
    return db.execute(query, (Priority.PICTURE, PICTURES_AT_ONCE)).fetchall()


def _ids(
    db: sqlite3.Connection, priorities: tuple[Priority, ...], flying: Collection[str], count: int, longest: int
) -> list[int]:
    found: list[int] = []
    for priority in priorities:
        if priority is Priority.PICTURE:  # one at a time: however slow the line, it is soon free for an incident
            first = [(n, key) for n, key, size, _ in _pictures(db) if size <= longest or key in flying][:1]
            found += [n for n, key in first if key not in flying]
        elif len(found) < count:
            # what is flying is among the first rows, so so many more are enough
            look_at = count + len(flying)
            rows = db.execute("SELECT n, id FROM outbox WHERE priority = ? ORDER BY n LIMIT ?", (priority, look_at))
            found += [n for n, message_id in rows if message_id not in flying]
    return found[:count]
