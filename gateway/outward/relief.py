"""What gives way when the database may not grow, in this order: named, counted, and never an incident."""

from __future__ import annotations

import sqlite3

from gateway.outward.snapshots import Snapshots
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.store.schema import used_pages
from gateway.telemetry.telemetry import drop_oldest


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
        samples, _ = drop_oldest(db)
        if samples:
            self._counters.add("telemetry.dropped", samples)
        return samples > 0
