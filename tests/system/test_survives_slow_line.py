"""A line of 6 kB/s to the centre, with much to send and the status of a large site: a fire is there in time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import Clock
from runtime.mqtt_way import LONGEST_S, SLOWEST_BYTES_S
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import Process, write_site
from tests.system.relay import relay

NOW_MS = Clock().now_ms()
FASTER = 5  # than the slowest line, and the bound as many times shorter
ENDPOINTS = 150
BACKLOG = 1_500  # samples: some 300 kB, ten seconds of the line of the test


def _through(site_file: Path, port: int, wire: int) -> Path:
    """The centre's broker behind a wire."""
    before, after = site_file.read_text().split("[cloud_broker]")
    site_file.write_text(before + "[cloud_broker]" + after.replace(f"port = {port}", f"port = {wire}"))
    return site_file


@pytest.mark.slow
async def test_a_fire_on_a_slow_line(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Behind one packet at most; and everything else arrives as well, over one connection."""
    devices = ("fire-a", *(f"fire-{n:03}" for n in range(ENDPOINTS)))
    async with relay(mosquitto.port, FASTER * SLOWEST_BYTES_S) as wire:
        site_file = _through(write_site(tmp_path, mosquitto.port, devices), mosquitto.port, wire.port)
        gateway = Process(site_file, tmp_path / "data", ack_timeout_ms=1_000)
        gateway.start()
        try:
            async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
                await until(centre.hears_a_listening_gateway)
                for seq in range(BACKLOG):
                    fire.sample(seq, NOW_MS - 10_000_000 + seq * 1000, late=True, temp=20.0, smoke=0.0)
                await until(lambda: any("rows" in event.data for event in centre.events))
                begun_s = time.monotonic()
                seq = BACKLOG
                while not (fires := [data for data in centre.incidents() if data["kind"] == "fire"]):
                    fire.sample(seq, NOW_MS + (seq - BACKLOG) * 3_000, smoke=0.3, temp=80.0)
                    seq += 1
                    await asyncio.sleep(0.05)
                took_s = time.monotonic() - begun_s
                await fire.deliver()
                await until(lambda: len(_samples(centre.events)) == seq, 40)
                await until(lambda: _endpoints(centre.statuses) == set(devices), 40)
        finally:
            gateway.kill()
    assert fires
    assert took_s < (LONGEST_S + 1) / FASTER + 4, took_s  # on a busy machine; three samples make a fire
    assert len([event for event in centre.events if "rows" in event.data]) < 1.5 * len(_messages(centre.events))


def _samples(heard: list[Any]) -> set[int]:
    return {row["seq"] for event in heard for row in event.data.get("rows", [])}


def _messages(heard: list[Any]) -> set[str]:
    return {event.id for event in heard if "rows" in event.data}


def _endpoints(statuses: list[dict[str, Any]]) -> set[str]:
    return {row["device"] for status in statuses for row in status.get("endpoints", [])}
