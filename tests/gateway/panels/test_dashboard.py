"""Existing panels on a dashboard, and what their components measure in the history."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from domain.gb26875 import facts
from protocol import events
from tests.broker import Mosquitto
from tests.gateway.home_assistant.dashboard import SECTION, dashboard
from tests.gateway.panels.conftest import Site
from tests.gateway.peers import Cloud, cloud, until
from tests.gateway.site import REPOSITORY

CHANNEL = "1-3/97-00000002:pressure_kpa"


def history(site: Site) -> str:
    """What the technician reads on the spot."""
    front_door = [sys.executable, "-m", "gridwhistle"]
    command = [*front_door, "gateway", "history", "panel-a", "--data-dir", str(site.gateway.data)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout


def rows(centre: Cloud) -> list[dict[str, Any]]:
    """History as the centre hears it."""
    return [row for event in centre.events if event.type == events.READINGS for row in event.data["rows"]]


@pytest.mark.mosquitto
async def test_existing_panels_are_shown_too(panels: Callable[..., Site], mosquitto: Mosquitto) -> None:
    """A fire at a panel, what is out of order, and a component that measures appears once it has."""
    site = panels(mosquitto.port, names=("panel-a",))
    site.file.write_text(site.file.read_text() + SECTION)
    site.gateway.start()
    async with cloud(mosquitto.port) as centre, dashboard(mosquitto.port) as home, site.line() as line:
        await until(lambda: home.shows("panel-a", "alarm") == "OFF")
        pressure = facts.PartValue(system=1, system_address=3, part=97, part_address=2, analog=5, raw=4213)
        await line.tell(line.device.tell(3, pressure))
        await until(lambda: home.shows("panel-a", "part_1_3_97_00000002_pressure_kpa") == "421.3")
        await line.tell(line.device.part(0x600D9, 0x0002, "三层走廊"))
        await until(lambda: home.shows("panel-a", "alarm") == "ON")
        await until(lambda: home.shows("panel-a", "problem") == "ON")
        assert f"{CHANNEL} 421.3" in await asyncio.to_thread(history, site)
        await until(lambda: {CHANNEL: 421.3} in [row["values"] for row in rows(centre)])
