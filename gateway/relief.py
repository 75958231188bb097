"""What gives way when the database may not grow, in this order: named, counted, and never an incident."""

from __future__ import annotations

import sqlite3

from gateway.counters import Counters
from gateway.outbox import Outbox
from gateway.schema import used_pages
from gateway.snapshots import Snapshots

AT_ONCE = 64  # rows per step


class MakeRoom:
    """Local copies first (telemetry, pictures), then what the centre would miss least: backfill, live, reports."""

    def __init__(self, outbox: Outbox, snapshots: Snapshots, counters: Counters) -> None:
        self._steps = (self._telemetry, snapshots.drop_oldest, outbox.drop_oldest)
        self._counters = counters

    def __call__(self, db: sqlite3.Connection, pages: int) -> None:
        """Give up so many pages, or all that may be given up."""
        goal = used_pages(db) - pages
        for step in self._steps:
            while used_pages(db) > goal and step(db):
                pass

    def _telemetry(self, db: sqlite3.Connection) -> bool:
        rows = db.execute("SELECT n, samples FROM telemetry ORDER BY n LIMIT ?", (AT_ONCE,)).fetchall()
        if rows:
            db.execute("DELETE FROM telemetry WHERE n <= ?", (rows[-1][0],))
            self._counters.add("telemetry.dropped", sum(samples for _, samples in rows))
        return bool(rows)
