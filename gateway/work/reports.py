"""Reports of endpoints: taken once, in a bounded store, and only then receipted."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from gateway.store.counters import Counters
from protocol import reports
from protocol.errors import PayloadError
from protocol.fields import load_object, text

MAX_REPORTS = 100_000  # a worker makes about 100 on a shift; drops of the oldest are counted
_LOOK_EVERY = 1_000  # counting the table for each report would cost more than the report


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The receipt that the endpoint may have once this is committed, and the report where it is a new one."""

    receipt: bytes
    report: dict[str, Any] | None


class Reports:
    """Runs in the writer's thread, inside a transaction."""

    def __init__(self, counters: Counters, limit: int = MAX_REPORTS) -> None:
        self._counters = counters
        self._limit = limit

    def take(self, db: sqlite3.Connection, device: str, payload: bytes, received_ms: int) -> Taken:
        """Keep a report, once. Raises PayloadError."""
        report = reports.decode(payload)
        if not report["id"].startswith(f"{device}-") or len(report["id"]) > len(device) + 32:
            raise PayloadError("bad_id", "'id' must be <device>-<boot>-<number>")
        taken = db.execute(
            "INSERT OR IGNORE INTO reports (device, id, received_ms, what, payload) VALUES (?, ?, ?, ?, ?)",
            (device, report["id"], received_ms, report["what"], payload),
        )
        if taken.rowcount == 0:
            self._counters.add("reports.repeated")
        else:
            self._counters.add(f"reports.{report['what']}")
            self._make_room(db, taken.lastrowid or 0)
        return Taken(receipt=reports.encode_receipt([report["id"]]), report=report if taken.rowcount else None)

    def refused(self, payload: bytes) -> bytes | None:
        """The receipt for a report that is in quarantine: sending it again would only hold up those behind it."""
        try:
            return reports.encode_receipt([text(load_object(payload, reports.MAX_BYTES), "id")])
        except PayloadError:
            return None

    def _make_room(self, db: sqlite3.Connection, newest: int) -> None:
        if newest % _LOOK_EVERY and self._limit >= _LOOK_EVERY:
            return
        dropped = db.execute("DELETE FROM reports WHERE n <= ?", (newest - self._limit,)).rowcount
        if dropped:
            self._counters.add("reports.dropped", dropped)
