"""Anchor 2: kill -9 and power cuts at every step of taking, sending and acknowledging; torn logs and pages."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.counters import Counters
from gateway.store.outbox import Message, Outbox, Priority
from gateway.store.schema import DATABASE, open_database
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import Process, outbox, samples_in, write_site

NOW_MS = Clock().now_ms()
COMMITS = 40


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a power cut finds it: all commits are in its log, none in the file itself."""
    folder = tmp_path_factory.mktemp("written")
    db, _ = open_database(folder / DATABASE)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    queue = Outbox(10**9, Counters())
    for number in range(COMMITS):
        db.execute("BEGIN")
        payload = bytes([number]) * random.Random(number).randrange(100, 9_000)
        queue.add(db, Message(id=f"m{number}", priority=Priority.LIVE, kind="x", created_ms=number, payload=payload))
        db.execute("COMMIT")
    copy = tmp_path_factory.mktemp("cut")
    for part in folder.iterdir():
        shutil.copyfile(part, copy / part.name)
    db.close()
    return copy


def _opened(folder: Path) -> int:
    """How many commits it holds; they are the first ones, whole, and the file had not to be replaced."""
    db, moved = open_database(folder / DATABASE)
    rows = db.execute("SELECT id, payload FROM outbox ORDER BY n").fetchall()
    totals = dict(db.execute("SELECT name, n FROM totals"))
    db.close()
    assert moved is None
    assert [row[0] for row in rows] == [f"m{number}" for number in range(len(rows))]
    assert all(set(payload) == {number} for number, (_, payload) in enumerate(rows))
    assert (totals["outbox_rows"], totals["outbox_bytes"]) == (len(rows), sum(len(row[1]) for row in rows))
    return len(rows)


@pytest.mark.parametrize("damage", ["cut", "zeros", "noise"])
def test_a_log_that_ends_anywhere(written: Path, tmp_path: Path, damage: str) -> None:
    """Cut at any byte, or its last page torn: the store opens by itself, and at worst the tail is missing."""
    log = (written / f"{DATABASE}-wal").read_bytes()
    rand = random.Random(5)
    held = []
    for number, end in enumerate([0, *sorted(rand.sample(range(len(log)), 40)), len(log)]):
        folder = tmp_path / str(number)
        shutil.copytree(written, folder)
        (folder / f"{DATABASE}-shm").unlink(missing_ok=True)
        torn = min(4_096, len(log) - end)
        tail = {"cut": b"", "zeros": bytes(torn), "noise": rand.randbytes(torn)}[damage]
        (folder / f"{DATABASE}-wal").write_bytes(log[:end] + tail)
        held.append(_opened(folder))
    assert held == sorted(held)
    assert (held[0], held[-1]) == (0, COMMITS)
    assert len(set(held)) > 10


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway, not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port), tmp_path / "data", ack_timeout_ms=500)
    yield process
    process.kill()


@pytest.mark.endurance  # the short one: tests/gateway/test_process.py
async def test_killed_at_random_moments_of_sending(gateway: Process, mosquitto: Mosquitto) -> None:
    """Samples come, batches go, acknowledgements come back; three kills in the middle: nothing lost, one incident."""
    rand = random.Random(11)
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        kills = sorted(rand.sample(range(20, 150), 3))
        for seq in range(160):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if 30 <= seq < 90 else 0.0, temp=20.0)
            await asyncio.sleep(rand.random() * 0.01)
            if seq in kills:
                await asyncio.sleep(rand.random() * 0.3)
                gateway.kill()
                await asyncio.to_thread(gateway.start)
        await fire.deliver(60)
        await until(lambda: len(set(samples_in(centre.events))) == 160, 60)
        await until(lambda: not outbox(gateway.data))
        fires = [data for data in centre.incidents() if data["kind"] == "fire"]
    assert {data["revision"] for data in fires} == {1, 2, 3}
    assert len({data["incident_id"] for data in fires}) == 1
