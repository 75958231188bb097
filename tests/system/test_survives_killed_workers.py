"""Several workers on PostgreSQL, killed at random under load: nothing is lost, doubled or stuck."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulators.outboxes import outboxes
from tests.broker import Mosquitto
from tests.system.workers import workers

pytestmark = [pytest.mark.postgres, pytest.mark.mosquitto]


async def _storm(count: int, incidents: int, kills: int, folder: Path, url: str, mosquitto: Mosquitto) -> None:
    crew_of = workers(count, folder, url, mosquitto, seed=20261122)
    async with crew_of as crew, outboxes(mosquitto.port, again_s=1.0) as box:
        killing = asyncio.create_task(crew.kill_and_restart(kills, 2.0))
        ids = await crew.tell(box, incidents, pause_s=kills * 2.0 / incidents)
        await crew.click(ids[::4])
        await killing
        async with asyncio.timeout(60):
            await box.settled()
        await crew.calm()
        crew.check(ids)

        assert (crew.kills, box.rejected, len(crew.clicked)) == (kills, {}, len(ids[::4]))


async def test_two_workers_killed_at_random(tmp_path: Path, postgres_url: str, mosquitto: Mosquitto) -> None:
    """One dies, the other goes on; it comes back, the other dies."""
    await _storm(2, 60, 2, tmp_path, postgres_url, mosquitto)


@pytest.mark.endurance
@pytest.mark.parametrize("count", [2, 4])
async def test_workers_killed_for_minutes(count: int, tmp_path: Path, postgres_url: str, mosquitto: Mosquitto) -> None:
    """The same, longer."""
    await _storm(count, 2000, 40, tmp_path, postgres_url, mosquitto)
