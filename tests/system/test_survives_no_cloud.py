"""Anchors 3 and 5: started without the centre, and without it for longer than the disk may hold."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.store.schema import DATABASE
from runtime.clock import Clock
from simulators.brokers import free_port
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import Process, outbox, samples_in, write_site

NOW_MS = Clock().now_ms()
CAP_MB = 1
SAMPLES = 5_000
# as sensors say it, not round: a row of some 260 bytes, so that all of them are a quarter more than may be kept
# however full the batches are (with round values they came to 0.98 to 1.1 MB, as busy as the machine was)
VALUES = {"temp": 20.123456, "smoke": 0.00123456, "co": 1.234567, "battery": 90.12345}


@pytest.fixture
def far_port() -> int:
    """Where the centre's broker will listen, some day."""
    return free_port()


def far_site(folder: Path, near: int, far: int) -> Path:
    """A site whose centre is elsewhere."""
    site_file = write_site(folder, near)
    head, tail = site_file.read_text().split("[cloud_broker]")
    site_file.write_text(f"{head}[cloud_broker]{tail.replace(str(near), str(far), 1)}")
    return site_file


def owed_bytes(data: Path) -> tuple[int, dict[str, int]]:
    """(payload bytes that wait, counters), as another process sees them."""
    db = sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)
    (size,) = db.execute("SELECT COALESCE(SUM(length(payload)), 0) FROM outbox").fetchone()
    counters = dict(db.execute("SELECT name, n FROM counters"))
    db.close()
    return size, counters


def staged(data: Path) -> int:
    """Samples that are in no batch yet."""
    db = sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)
    (rows,) = db.execute("SELECT COUNT(*) FROM staged").fetchone()
    db.close()
    return int(rows)


async def test_booted_without_the_centre(tmp_path: Path, mosquitto: Mosquitto, far_port: int) -> None:
    """Rules judge from the first sample, endpoints are acknowledged, all of it arrives on the centre's first day."""
    gateway = Process(far_site(tmp_path, mosquitto.port, far_port), tmp_path / "data", ack_timeout_ms=500)
    gateway.start()
    async with endpoint(mosquitto.port) as fire:
        for seq in range(30):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if seq >= 5 else 0.0, temp=20.0)
        await fire.deliver()
        owed = [event.data for event in outbox(gateway.data) if event.data.get("kind") == "fire"]
        assert [data["revision"] for data in owed] == [1]
        (tmp_path / "far").mkdir()
        centre_broker = Mosquitto(tmp_path / "far", far_port)
        centre_broker.start()
        async with cloud(far_port) as centre:
            await until(lambda: len(set(samples_in(centre.events))) == 30, 40)
            await until(lambda: any(data["kind"] == "fire" for data in centre.incidents()))
        assert await asyncio.to_thread(gateway.stop) == 0
        centre_broker.stop()


@pytest.mark.slow
async def test_without_the_centre_for_longer_than_the_disk_may_hold(
    tmp_path: Path, mosquitto: Mosquitto, far_port: int
) -> None:
    """The bound holds at every moment; the oldest history goes, counted; the incident of the first minute is there."""
    gateway = Process(far_site(tmp_path, mosquitto.port, far_port), tmp_path / "data", outbox_max_mb=CAP_MB)
    gateway.start()
    most = 0
    async with endpoint(mosquitto.port) as fire:
        fire.sample(0, NOW_MS, **VALUES)
        # it listens now: what came before would be lost, sent again at the end, and new to it
        await fire.deliver()
        for seq in range(1, SAMPLES):
            fire.sample(seq, NOW_MS + seq * 1000, call_point=5 <= seq < 9, **VALUES)
            if seq % 100 == 99:
                await asyncio.sleep(0.05)
                most = max(most, owed_bytes(gateway.data)[0])
        await fire.deliver(60)
        await until(lambda: owed_bytes(gateway.data)[1].get("outbox.dropped.live", 0) > 0)
        await until(lambda: not staged(gateway.data))  # the last batch is owed
        size, counters = owed_bytes(gateway.data)
        kept = [seq for _, _, seq in samples_in(outbox(gateway.data))]
        kinds = [event.data.get("kind") for event in outbox(gateway.data)]
        gateway.kill()
    assert max(size, most) <= CAP_MB * 1_000_000
    assert counters["outbox.dropped.live"] > 0
    # the last that came, without a hole
    assert sorted(kept) == list(range(SAMPLES - len(kept), SAMPLES))
    assert 500 < len(kept) < SAMPLES
    assert "fire" in kinds
    file_mb = sum(p.stat().st_size for p in gateway.data.glob(f"{DATABASE}*")) / 1e6
    assert file_mb < CAP_MB + 12  # beside it: 4 to 8 MB of log, telemetry of the last minutes, evidence
