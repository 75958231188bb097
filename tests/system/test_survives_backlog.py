"""Anchor 6: started with a backlog that a week has left. Bounded memory, files and time; what is new goes first."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.outbox import Priority
from gateway.store.schema import DATABASE, open_database
from protocol import events
from runtime.clock import Clock
from runtime.ids import uuid7
from tests.broker import Mosquitto
from tests.gateway.peers import Cloud, cloud, endpoint, until
from tests.gateway.site import GATEWAY, Process, write_site

NOW_MS = Clock().now_ms()
MORE_MB = 25  # of memory than with an empty queue
MOST_FILES = 60
READY_S = 20.0  # on a busy machine; two seconds for a million rows on an idle one


def old_row(number: int) -> bytes:
    """A history batch of one sample, backfill of long ago."""
    at_ms = NOW_MS - 10**9 + number
    row = {"device": "fire-a", "boot": 1, "seq": number, "at_ms": at_ms, "received_ms": at_ms, "backfill": True,
           "quality": "good", "values": {"temp": 20.0}, "faults": {}}  # fmt: skip
    event = events.Event(uuid7(at_ms), "/x", events.READINGS, GATEWAY, "2026-11-22T00:00:00.000Z", {"rows": [row]})
    return events.encode(event)


def fill(data: Path, rows: int) -> None:
    """What waits: backfill, as a restored link leaves it."""
    data.mkdir()
    db, _ = open_database(data / DATABASE)
    template = old_row(0)
    old_id = events.decode(template).id
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO outbox (id, priority, kind, created_ms, payload) VALUES (?, ?, 'history', ?, ?)",
        (
            (f"{old_id[:24]}{n:012d}", Priority.BACKFILL, NOW_MS - 10**9 + n,
             template.replace(old_id.encode(), f"{old_id[:24]}{n:012d}".encode()))
            for n in range(rows)
        ),
    )  # fmt: skip
    db.execute("COMMIT")
    db.close()


def memory_mb(pid: int) -> float:
    """Resident set of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway, not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port), tmp_path / "data", ack_timeout_ms=5000)
    yield process
    process.kill()


async def _start(gateway: Process) -> tuple[float, float, int]:
    """(seconds to ready, memory in MB, open files)."""
    begun_s = time.monotonic()
    await asyncio.to_thread(gateway.start)
    took_s = time.monotonic() - begun_s
    assert gateway._process is not None
    pid = gateway._process.pid
    return took_s, memory_mb(pid), len(list(Path(f"/proc/{pid}/fd").iterdir()))


def first_live(centre: Cloud) -> int | None:
    """Where among all that came the first live reading stands."""
    batches = [(n, e) for n, e in enumerate(centre.events) if e.type == events.READINGS]
    return next((n for n, event in batches if not event.data["rows"][0]["backfill"]), None)


async def _backlog(gateway: Process, mosquitto: Mosquitto, rows: int) -> None:
    _, empty_mb, _ = await _start(gateway)
    await asyncio.to_thread(gateway.stop)
    for part in gateway.data.iterdir():
        if part.is_file() and part.name.startswith(DATABASE):
            part.unlink()
    (gateway.data.parent / "fresh").mkdir()
    fill(gateway.data.parent / "fresh" / "data", rows)
    for part in (gateway.data.parent / "fresh" / "data").iterdir():
        part.rename(gateway.data / part.name)
    ready_s, full_mb, files = await _start(gateway)
    assert gateway._process is not None
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(lambda: len(centre.events) > 100, 30)
        before = len(centre.events)
        fire.sample(1, Clock().now_ms(), call_point=True, temp=20.0)
        await until(lambda: any(data["kind"] == "fire" for data in centre.incidents()), 20)
        overtaken = [e.type for e in centre.events].index(events.RAISED)
        await until(lambda: first_live(centre) is not None and len(centre.events) > before + 500, 60)
        live = first_live(centre)
        draining_mb = memory_mb(gateway._process.pid)
        assert centre.statuses[-1]["outbox"]["pending"] > rows // 2  # most of it still waits
    print(f"{rows} rows: ready after {ready_s:.1f} s, {empty_mb:.0f} MB empty, {full_mb:.0f} MB started, "
          f"{draining_mb:.0f} MB draining, {files} files")  # fmt: skip
    assert ready_s < READY_S
    assert max(full_mb, draining_mb) < empty_mb + MORE_MB
    assert files < MOST_FILES
    assert overtaken < before + 1_000  # not behind the queue: only behind what was on its way
    assert live is not None
    assert live < before + 10_000  # in the second of its batch, whatever is on its way


@pytest.mark.slow
async def test_a_long_queue(gateway: Process, mosquitto: Mosquitto) -> None:
    """Sixty thousand rows."""
    await _backlog(gateway, mosquitto, 60_000)


@pytest.mark.endurance
async def test_a_million_rows(gateway: Process, mosquitto: Mosquitto) -> None:
    """The same with a million."""
    await _backlog(gateway, mosquitto, 1_000_000)
