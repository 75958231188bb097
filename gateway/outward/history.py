"""History on its way out: accepted samples are staged as they come and leave in batches, one blob each."""

from __future__ import annotations

import sqlite3

import msgspec

from domain.readings import Reading
from gateway.outward.envelopes import Envelopes
from gateway.store.outbox import Outbox

BATCH_ROWS = 200
BATCH_BYTES = 21_000  # default of ours: some 24 kB on the wire, four seconds of the slowest line that we serve


def stage(db: sqlite3.Connection, reading: Reading) -> None:
    """Keep a sample until the next batch."""
    row = msgspec.json.encode(reading.row())
    db.execute("INSERT INTO staged (backfill, row) VALUES (?, ?)", (reading.backfill, row))


def send_staged(db: sqlite3.Connection, outbox: Outbox, envelopes: Envelopes, now_ms: int) -> None:
    """Put everything staged into the outbox, live and backfill apart."""
    for backfill in (False, True):
        while rows := _some(db, backfill):
            outbox.add(db, envelopes.history([row for _, row in rows], now_ms, backfill=backfill))
            db.executemany("DELETE FROM staged WHERE n = ?", [(n,) for n, _ in rows])


def _some(db: sqlite3.Connection, backfill: bool) -> list[tuple[int, bytes]]:
    """The first rows, as many as a batch holds; one at least."""
    found: list[tuple[int, bytes]] = []
    size = 0
    query = "SELECT n, row FROM staged WHERE backfill = ? ORDER BY n LIMIT ?"
    for n, row in db.execute(query, (backfill, BATCH_ROWS)).fetchall():
        size += len(row)
        if found and size > BATCH_BYTES:
            break
        found.append((n, row))
    return found
