"""An older backup of the gateway is put back, the centre has gone on: both agree without a person."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.store.schema import DATABASE
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.cloud.test_process import Process as Centre
from tests.gateway.peers import endpoint, until
from tests.gateway.site import Process, write_site

NOW_MS = Clock().now_ms()


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway, not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port), tmp_path / "data", ack_timeout_ms=500, status_every_ms=500)
    yield process
    process.kill()


@pytest.fixture
def centre(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Centre]:
    """The real centre."""
    (tmp_path / "centre").mkdir()
    process = Centre(tmp_path / "centre", mosquitto.port)
    process.start()
    yield process
    process.end(signal.SIGTERM)


def backup(data: Path, to: Path) -> None:
    """A copy while it runs."""
    source, copy = sqlite3.connect(data / DATABASE), sqlite3.connect(to)
    with copy:
        source.backup(copy)
    source.close()
    copy.close()


async def fires(centre: Centre) -> list[dict[str, Any]]:
    """What its board shows."""
    found = await asyncio.to_thread(centre.get, "/api/board")
    return [row for row in (*found["open"], *found["recently_closed"]) if row["kind"] == "fire"]


async def becomes(centre: Centre, condition: str, timeout_s: float = 20.0) -> dict[str, Any]:
    """The one fire, once its condition is this."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = await fires(centre)
            if [row["condition"] for row in found] == [condition]:
                return found[0]
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_an_older_backup_of_the_gateway(gateway: Process, centre: Centre, mosquitto: Mosquitto) -> None:
    """The backup believes in a fire that is over and cleared: it is told again, clears again, and is the same one."""
    gateway.start()
    seq = 0
    async with endpoint(mosquitto.port) as fire:

        async def measure(seconds: int, smoke: float) -> None:
            nonlocal seq
            for _ in range(seconds):
                fire.sample(seq, NOW_MS + seq * 1000, smoke=smoke, temp=20.0)
                seq += 1
            await fire.deliver()

        await measure(10, 0.0)
        await measure(10, 0.05)
        first = await becomes(centre, "active")
        await until(lambda: not _owed(gateway.data))
        backup(gateway.data, gateway.data.parent / "backup")
        await measure(80, 0.0)
        await becomes(centre, "cleared")
        gateway.kill()
        for part in gateway.data.glob(f"{DATABASE}*"):
            part.unlink()
        (gateway.data.parent / "backup").rename(gateway.data / DATABASE)
        await asyncio.to_thread(gateway.start)
        await becomes(centre, "active")
        await measure(80, 0.0)
        last = await becomes(centre, "cleared")
    assert last["id"] == first["id"]


def _owed(data: Path) -> int:
    db = sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)
    (count,) = db.execute("SELECT COUNT(*) FROM outbox WHERE priority <= 1").fetchone()
    db.close()
    return int(count)
