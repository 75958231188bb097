"""Failure catalogue, entries 7 and 8, with a real broker and a gateway that is really killed.

7: two breaching readings a millisecond apart, or the same one twice, make one incident.
8: hysteresis, on-delay, clear after quiet, and a severity that climbs and descends in place survive every restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import Cloud, cloud, endpoint, until
from tests.gateway.site import Process, write_site

RULES = """
[[rules.change]]
rule = "hydrant_falling"
enabled = false
[[rules.change]]
rule = "hydrant_pressure"
minor = false
major = false
warning = {when = {channel = "hydrant_pressure", low = 100, clear = 132}, on_s = 0, off_s = 300}
critical = {when = {channel = "hydrant_pressure", low = 100, clear = 132}, on_s = 60, off_s = 120}
"""
LINE = [400.0, 99.0, *[131.0] * 79, *[132.5] * 310]  # in the band between the levels it is still too low
BEGIN_MS = Clock().now_ms() - len(LINE) * 1000
KILLS = (30, 100, 380)  # waiting to rise, high, waiting to clear


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway with the ladder of entry 8, not yet started."""
    file = write_site(tmp_path, mosquitto.port)
    file.write_text(file.read_text() + RULES)
    process = Process(file, tmp_path / "data", ack_timeout_ms=500)
    yield process
    process.kill()


def tale(centre: Cloud) -> list[tuple[int, int, str, str]]:
    """(revision, second, condition, severity) of the one incident about water."""
    rows = [data for data in centre.incidents() if data["kind"] == "water_pressure"]
    assert len({row["incident_id"] for row in rows}) <= 1
    told = {row["revision"]: (row["changed_at_ms"], row["condition"], row["severity"]) for row in rows}
    return [(revision, (at_ms - BEGIN_MS) // 1000, *rest) for revision, (at_ms, *rest) in sorted(told.items())]


async def test_entry_8_a_ladder_climbs_and_descends_in_place_over_kills(gateway: Process, mosquitto: Mosquitto) -> None:
    """Warn, critical after a minute, back after two quiet ones, clear after five: to the second."""
    gateway.start()
    async with endpoint(mosquitto.port) as hydrant, cloud(mosquitto.port) as centre:
        for second, pressure in enumerate(LINE):
            hydrant.sample(second, BEGIN_MS + second * 1000, hydrant_pressure=pressure)
            if second in KILLS:
                await hydrant.deliver()
                gateway.kill()
                await asyncio.to_thread(gateway.start)
        await hydrant.deliver()
        await until(lambda: len(tale(centre)) == 4)

    assert tale(centre) == [
        (1, 1, "active", "warning"),
        (2, 61, "active", "critical"),
        (3, 81 + 120, "active", "warning"),
        (4, 81 + 300, "cleared", "warning"),
    ]


async def test_entry_7_twins_make_one_incident(gateway: Process, mosquitto: Mosquitto) -> None:
    """A fire and a lack of water, each told twice in samples a millisecond apart, each sample sent three times."""
    gateway.start()
    async with endpoint(mosquitto.port) as twin, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        for seq in range(8):
            at_ms = BEGIN_MS + seq // 2 * 1000 + seq % 2
            for _ in range(3):
                twin.sample(seq, at_ms, hydrant_pressure=90.0, smoke=0.5, call_point=True)
        await twin.deliver()
        gateway.kill()
        gateway.start()
        for seq in range(8):
            twin.sample(seq, BEGIN_MS + seq // 2 * 1000 + seq % 2, hydrant_pressure=90.0, smoke=0.5, call_point=True)
        await twin.deliver()
        await until(lambda: len({data["kind"] for data in centre.incidents()}) == 2)

    raised = {(data["kind"], data["incident_id"]) for data in centre.incidents() if data["revision"] == 1}
    assert sorted(kind for kind, _ in raised) == ["fire", "water_pressure"]
