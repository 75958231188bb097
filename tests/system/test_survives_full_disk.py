"""Anchor 5: the disk is really full. What is judged, told and acknowledged, and that nothing is lost after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.disks import SmallDisk, small_disk
from tests.gateway.peers import Cloud, cloud, endpoint, until
from tests.gateway.site import Process, samples_in, write_site

NOW_MS = Clock().now_ms()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Thirty megabytes."""
    with small_disk(tmp_path / "disk", 30_000) as made:
        yield made


@pytest.fixture
def gateway(tmp_path: Path, disk: SmallDisk, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway whose data are on that disk, with hardly any reserve."""
    site_file = write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b"))
    process = Process(site_file, disk.data, ack_timeout_ms=500, reserve_mb=0)
    yield process
    process.kill()


def faults(centre: Cloud) -> list[tuple[str, str]]:
    """(condition, rule) of what the gateway said about itself."""
    told = [data for data in centre.incidents() if data["kind"] == "gateway_fault"]
    return [(data["condition"], signal["rule"]) for data in told for signal in data["signals"]]


def fires(centre: Cloud) -> set[str]:
    """Ids of fires the centre heard of."""
    return {data["incident_id"] for data in centre.incidents() if data["kind"] == "fire"}


async def test_a_fire_while_the_disk_is_full(gateway: Process, disk: SmallDisk, mosquitto: Mosquitto) -> None:
    """The fire and the fault reach the centre, no sample is acknowledged; with room again all is durable, once."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        fire.sample(0, NOW_MS, temp=20.0)
        await fire.deliver()
        disk.fill()
        for seq in range(1, 60):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if seq >= 20 else 0.0, temp=20.0)
        await until(lambda: ("active", "disk_full") in faults(centre))
        await until(lambda: fires(centre))
        owed = len(fire.owed)
        fire.sample(60, NOW_MS + 60_000, smoke=0.05, temp=20.0)
        await asyncio.sleep(1.0)
        assert len(fire.owed) == owed + 1  # taken, judged, and still the endpoint's
        disk.free()
        await fire.deliver()
        await until(lambda: ("cleared", "disk_full") in faults(centre) or ("cleared", "disk_low") in faults(centre) or
                    ("active", "disk_low") in faults(centre))  # fmt: skip
        await until(lambda: len(set(samples_in(centre.events))) == 61)
        assert len(fires(centre)) == 1
    assert await asyncio.to_thread(gateway.stop) == 0


async def test_killed_while_the_disk_is_full(gateway: Process, disk: SmallDisk, mosquitto: Mosquitto) -> None:
    """Started again on the full disk, and later with room: endpoints still had every sample, none is missing."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        fire.sample(0, NOW_MS, temp=20.0)
        await fire.deliver()
        disk.fill()
        for seq in range(1, 40):
            fire.sample(seq, NOW_MS + seq * 1000, temp=20.0)
        await until(lambda: ("active", "disk_full") in faults(centre))
        gateway.kill()
        await asyncio.to_thread(gateway.start)
        fire.sample(40, NOW_MS + 40_000, call_point=True, temp=20.0)
        await until(lambda: fires(centre))
        disk.free()
        await fire.deliver()
        await until(lambda: len(set(samples_in(centre.events))) == 41)


async def test_a_read_only_disk_at_the_start(gateway: Process, disk: SmallDisk, mosquitto: Mosquitto) -> None:
    """It serves all the same, says so, and takes the file back into use when it can be written."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        fire.sample(0, NOW_MS, call_point=True, temp=20.0)
        await fire.deliver()
        gateway.kill()
        disk.read_only(True)
        await asyncio.to_thread(gateway.start)
        fire.sample(1, NOW_MS + 1000, temp=20.0, call_point=True)
        await until(lambda: ("active", "disk_full") in faults(centre))
        assert 1 in fire.owed
        disk.read_only(False)
        await fire.deliver()
        await until(lambda: len(set(samples_in(centre.events))) == 2)
        assert len(fires(centre)) == 1
