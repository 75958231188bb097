"""History on its way out: accepted samples are staged as they come and leave in batches, one blob each."""

from __future__ import annotations

import sqlite3

import msgspec

from domain.readings import Reading
from gateway.outward.envelopes import Envelopes
from gateway.store.outbox import Outbox

BATCH_ROWS = 200


def stage(db: sqlite3.Connection, reading: Reading) -> None:
    """Keep a sample until the next batch."""
    row = msgspec.json.encode(reading.row())
    db.execute("INSERT INTO staged (backfill, row) VALUES (?, ?)", (reading.backfill, row))


def send_staged(db: sqlite3.Connection, outbox: Outbox, envelopes: Envelopes, now_ms: int) -> None:
    """Put everything staged into the outbox, live and backfill apart."""
    for backfill in (False, True):
        while rows := db.execute(
            "SELECT n, row FROM staged WHERE backfill = ? ORDER BY n LIMIT ?", (backfill, BATCH_ROWS)
        ).fetchall():
            outbox.add(db, envelopes.history([row for _, row in rows], now_ms, backfill=backfill))
            db.executemany("DELETE FROM staged WHERE n = ?", [(n,) for n, _ in rows])
