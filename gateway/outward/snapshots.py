"""Snapshots of video endpoints, put together from pieces that may come over many connections."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any

from gateway.store.counters import Counters
from protocol import pieces, reports
from protocol.errors import PayloadError
from protocol.fields import text

MAX_BYTES = 256_000_000  # about a thousand pictures of 1600 x 1200; drops of the oldest are counted
MAX_ID = 128

Finished = Callable[[sqlite3.Connection, str, str, int], None]


def _nobody_waits(_db: sqlite3.Connection, _device: str, _id: str, _now_ms: int) -> None:
    pass


class Snapshots:
    """Runs in the writer's thread, inside a transaction. A picture is whole when its digest says so."""

    def __init__(self, counters: Counters, max_bytes: int = MAX_BYTES) -> None:
        self._counters = counters
        self._max_bytes = max_bytes
        self.finished: Finished = _nobody_waits  # called with each that is whole now: (device, id, now)

    def take(self, db: sqlite3.Connection, device: str, payload: bytes, received_ms: int) -> bytes:
        """Keep a piece; the receipt says where to go on, once this is committed. Raises PayloadError."""
        head, data = pieces.decode(payload, pieces.MAX_SNAPSHOT)
        digest = text(head, "sha256")
        if not head["id"].startswith(f"{device}-") or len(head["id"]) > MAX_ID:
            raise PayloadError("bad_id", "'id' must begin with the device")
        have = self._have(db, device, head, digest, received_ms)
        if head["offset"] == have:
            db.execute("INSERT INTO pieces VALUES (?, ?, ?, ?)", (device, head["id"], have, data))
            have += len(data)
            db.execute("UPDATE snapshots SET have = ? WHERE device = ? AND id = ?", (have, device, head["id"]))
            if have == head["size"]:
                have = self._finish(db, device, head["id"], digest, received_ms)
        else:
            self._counters.add("pieces.repeated")
        return reports.encode_piece_receipt(head["id"], have)

    def _have(self, db: sqlite3.Connection, device: str, head: dict[str, Any], digest: str, received_ms: int) -> int:
        """How many bytes are durable. One that says it is another picture now begins again."""
        row = db.execute(
            "SELECT have, size, sha256 FROM snapshots WHERE device = ? AND id = ?", (device, head["id"])
        ).fetchone()
        if row is not None and row[1:] == (head["size"], digest):
            return int(row[0])
        if row is not None:
            _forget(db, device, head["id"])
        at_ms = head.get("at_ms")
        db.execute(
            "INSERT INTO snapshots (device, id, size, sha256, at_ms, why, received_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                device,
                head["id"],
                head["size"],
                digest,
                at_ms if isinstance(at_ms, int) and 0 <= at_ms < 1 << 53 else None,
                str(head.get("why", ""))[:64],
                received_ms,
            ),
        )
        self._make_room(db)  # pictures that never become whole count, too
        return 0

    def _finish(self, db: sqlite3.Connection, device: str, id: str, digest: str, now_ms: int) -> int:
        whole = picture(db, device, id)
        if hashlib.sha256(whole).hexdigest() != digest:
            _forget(db, device, id)
            self._counters.add("snapshots.broken")
            return 0
        db.execute("UPDATE snapshots SET whole = 1 WHERE device = ? AND id = ?", (device, id))
        self._counters.add("snapshots.whole")
        self._make_room(db)
        self.finished(db, device, id, now_ms)
        return len(whole)

    def drop_oldest(self, db: sqlite3.Connection) -> bool:
        """Give up the oldest picture, counted; False where there is none."""
        row = db.execute("SELECT device, id FROM snapshots ORDER BY n LIMIT 1").fetchone()
        if row is not None:
            _forget(db, *row)
            self._counters.add("snapshots.dropped")
        return row is not None

    def _make_room(self, db: sqlite3.Connection) -> None:
        rows = db.execute("SELECT device, id, have FROM snapshots ORDER BY n DESC").fetchall()
        total = 0
        for device, snapshot, have in rows:
            total += have
            if total > self._max_bytes:
                _forget(db, device, snapshot)
                self._counters.add("snapshots.dropped")


def picture(db: sqlite3.Connection, device: str, id: str) -> bytes:
    """The bytes of a snapshot as far as they have come."""
    rows = db.execute("SELECT data FROM pieces WHERE device = ? AND id = ? ORDER BY offset", (device, id))
    return b"".join(data for (data,) in rows)


def _forget(db: sqlite3.Connection, device: str, id: str) -> None:
    db.execute("DELETE FROM pieces WHERE device = ? AND id = ?", (device, id))
    db.execute("DELETE FROM snapshots WHERE device = ? AND id = ?", (device, id))
