"""A program that holds an old view of the database: its log grows, the centre hears of it, and when it is over."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from gateway.health.self_check import LOG_BYTES
from gateway.settings import Settings
from gateway.site_file.site import load
from gateway.store.schema import DATABASE
from gateway.wiring import Gateway
from protocol import events
from runtime.clock import Clock
from tests.gateway.site import write_site


def fill(db: sqlite3.Connection, size: int = LOG_BYTES) -> None:
    """So many bytes go through the log."""
    db.execute("CREATE TABLE IF NOT EXISTS filling (n INTEGER PRIMARY KEY, data BLOB)")
    db.execute("INSERT OR REPLACE INTO filling VALUES (1, zeroblob(?))", (size,))


def told(db: sqlite3.Connection) -> list[tuple[list[str], str]]:
    """(rules, condition) of every message about the gateway itself."""
    found = [events.decode(payload).data for (payload,) in db.execute("SELECT payload FROM outbox ORDER BY n")]
    return [([signal["rule"] for signal in data["signals"]], data["condition"]) for data in found]


async def test_a_log_that_is_held_is_told(tmp_path: Path) -> None:
    """Somebody forgot his sqlite3; without a word the disk would be full one night."""
    site = load(write_site(tmp_path, 1883, ("fire-a",)))
    gateway = Gateway(site, Settings(data_dir=tmp_path / "data", commit_every_ms=0, reserve_mb=0), Clock())
    writing = asyncio.create_task(gateway.writer.run())
    reader = sqlite3.connect(tmp_path / "data" / DATABASE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM totals").fetchall()
    await gateway.writer.do(fill)
    await gateway.self_check.look(0.0)
    ((rules, condition),) = await gateway.writer.do(told)
    assert ("log_held" in rules, condition) == (True, "active")

    reader.close()
    for _ in range(3):
        await gateway.writer.do(lambda db: fill(db, 100_000))
    await gateway.self_check.look(1.0)
    rules, condition = (await gateway.writer.do(told))[-1]
    assert condition == "cleared" or "log_held" not in rules
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    gateway.writer.close()
