"""Failure catalogue, entry 4: a pushed configuration or a reconnection never rebuilds the queue.

A real gateway with a full queue and the centre away gets one site file after the other, good ones and broken ones,
while samples keep coming: every row that waited still waits, in its place, and in the end the centre has each once.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.store.schema import DATABASE
from gridwhistle import app
from runtime.clock import Clock
from simulators.brokers import free_port
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import Process, samples_in, wait_for, write_site

NOW_MS = Clock().now_ms()
SAMPLES = 300


class Site:
    """The site file of a running gateway; the centre's broker may start later."""

    def __init__(self, folder: Path, port: int) -> None:
        self.cloud_port = free_port()
        self.file = write_site(folder, port, ("fire-a", "fire-b"))
        head, tail = self.file.read_text().split("[cloud_broker]")
        self.file.write_text(f"{head}[cloud_broker]{tail.replace(str(port), str(self.cloud_port))}")
        self.first = self.file.read_text()
        self.gateway = Process(self.file, folder / "data", ack_timeout_ms=500, history_batch_ms=50)

    def queue(self) -> list[tuple[int, str]]:
        """(n, id) of all that waits."""
        db = sqlite3.connect(f"file:{self.gateway.data / DATABASE}?mode=ro", uri=True)
        rows = db.execute("SELECT n, id FROM outbox ORDER BY n").fetchall()
        db.close()
        return rows

    def reload(self, *more: str) -> Result:
        """What a person calls."""
        return CliRunner().invoke(app, ["gateway", "reload", "--data-dir", str(self.gateway.data), *more])


@contextmanager
def _broker(folder: Path, site: Site) -> Iterator[Mosquitto]:
    store = folder / "centre"
    store.mkdir(exist_ok=True)
    broker = Mosquitto(store, site.cloud_port)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    """A gateway whose centre is away."""
    site = Site(tmp_path, mosquitto.port)
    site.gateway.start()
    yield site
    site.gateway.kill()


async def _reload_again_and_again(site: Site) -> list[int]:
    codes = []
    for turn in range(12):
        good = f'{site.first}\n[rules.fire]\nhold_ms = {turn}\n[[filters]]\nchannels = ["temp"]\nhigh = {90 + turn}\n'
        site.file.write_text(good.replace("hold", "hodl") if turn % 3 == 2 else good)
        before = site.queue()
        codes.append((await asyncio.to_thread(site.reload)).exit_code)
        assert site.queue()[: len(before)] == before
    return codes


async def test_reloads_with_a_full_queue(site: Site, tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Twelve site files while samples come; then the centre gets each sample once, and the one incident."""
    async with endpoint(mosquitto.port) as fire:
        for seq in range(SAMPLES):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if 100 <= seq < 200 else 0.0, temp=20.0)
            if seq == SAMPLES // 3:
                reloads = asyncio.create_task(_reload_again_and_again(site))
            await asyncio.sleep(0.005)
        await fire.deliver()
        assert await reloads == [0, 0, 2] * 4
    waited = site.queue()
    assert len(waited) > 5
    with _broker(tmp_path, site) as broker:
        async with cloud(broker.port) as centre:
            await until(lambda: not site.queue())
            assert sorted(set(samples_in(centre.events))) == [("fire-a", 1, seq) for seq in range(SAMPLES)]
            fires = [data for data in centre.incidents() if data["kind"] == "fire"]
            assert len({data["incident_id"] for data in fires}) == 1


async def test_a_reconnection_to_the_centre_rebuilds_nothing(site: Site, tmp_path: Path, mosquitto: Mosquitto) -> None:
    """The centre's broker comes and goes, and no word from the centre: the same rows wait, in their order."""
    async with endpoint(mosquitto.port) as fire:
        for seq in range(40):
            fire.sample(seq, NOW_MS + seq * 1000, temp=20.0)
        await fire.deliver()
    await until(lambda: len(site.queue()) >= 1)
    await asyncio.to_thread(site.gateway.stop)
    await asyncio.to_thread(site.gateway.start)
    waited = site.queue()
    for _ in range(3):
        with _broker(tmp_path, site) as broker:
            async with cloud(broker.port) as centre:
                centre.answering = False
                await until(lambda: samples_in(centre.events))
        assert site.queue()[: len(waited)] == waited


def test_a_signal_does_the_same(site: Site) -> None:
    """SIGHUP, before anybody else knows of the change; a broken file is told of in the log and changes nothing."""
    site.file.write_text(f"{site.first}\n[rules.fire]\nhold_ms = 2500\n")
    process = site.gateway._process
    assert process is not None
    log = site.gateway.data.parent / "gateway.log"
    os.kill(process.pid, signal.SIGHUP)
    wait_for(lambda: '"site_reloaded"' in log.read_text())
    assert site.reload().output == "没有变化 / Nothing has changed\n"
    site.file.write_text(f"{site.first}\n[rules.fire]\nhold_ms = -1\n")
    os.kill(process.pid, signal.SIGHUP)
    wait_for(lambda: '"site_not_reloaded"' in log.read_text())
    site.file.write_text(f"{site.first}\n[rules.fire]\nhold_ms = 2500\n")
    assert json.loads(site.reload("--json").output) == {"applied": True, "changes": [], "problems": []}


def test_what_a_person_is_told(site: Site) -> None:
    """What has changed; all that is wrong; and that nobody is there."""
    site.file.write_text(site.first.replace("Room fire-a", "北楼"))
    told = site.reload()
    assert (told.exit_code, told.output) == (
        0,
        "已生效 / Applied:\n  endpoints.fire-a.place: 'Room fire-a' -> '北楼'\n",
    )
    site.file.write_text(site.first + '\n[[filters]]\nchannels = ["temp"]\nhigh = 60\n')
    assert "+ filters" in site.reload().output
    shown = CliRunner().invoke(app, ["gateway", "filters", "fire-a", "--data-dir", str(site.gateway.data)])
    assert "fire-a" in shown.output
    assert "temp" in shown.output
    site.file.write_text(site.first.replace('grid = "1"', "grid = 1"))
    told = site.reload()
    assert told.exit_code == 2
    assert told.output.count("cannot be 1; write text in quotes") == 2
    site.gateway.stop()
    told = site.reload()
    assert told.exit_code == 3
    assert "is it running" in told.output
