"""From a detector of an existing panel to the operator's page, within ten seconds: real brokers, gateway, centre."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import Clock
from simulators.brokers import free_port
from simulators.panels.device import Device
from simulators.panels.line import Line, Timing
from simulators.panels.sins import Sins
from simulators.stack import GRID, Stack, StackSpec

pytestmark = pytest.mark.mosquitto

STANDARD_S = 10.0  # GB 26875.1, 4.1.2.1: a fire alarm is at the centre within 10 s
SITE = """
[[endpoints]]
device = "fire-a"
kind = "fire"
place = "3号楼门厅"
grid = "{grid}"

[[adapters]]
kind = "gb26875"
host = "127.0.0.1"
tcp_port = {port}
clear_after_s = 1

[[adapters.panels]]
device = "panel-3"
place = "3号楼消控室"
grid = "{grid}"
address = 889
"""


async def _shown(stack: Stack, kind: str) -> list[dict[str, Any]]:
    board = await stack.get("/api/board")
    return [row for row in board["open"] if row["kind"] == kind]


async def _wait_shown(stack: Stack, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(STANDARD_S):
        while not (rows := await _shown(stack, kind)):
            await asyncio.sleep(0.05)
    return rows[0]


async def test_a_panels_fire_is_on_the_board_in_its_own_words(tmp_path: Path) -> None:
    """Fire and mains fault: in the grid of the panel, the place named as the panel names it, gone after a reset."""
    port = free_port()
    spec = StackSpec(rooms=(), work_dir=tmp_path, broker="mosquitto", site_more=SITE.format(port=port, grid=GRID))
    device = Device(address=889, centre=1, now_ms=Clock().now_ms, sins=Sins())
    async with Stack(spec) as stack, Line(device, "127.0.0.1", port, timing=Timing(again_s=0.2)) as line:
        await line.tell(device.part(0x600D9, 0x0002, "Ａ区１层呷哺走廊"))
        fire = await _wait_shown(stack, "fire")
        assert (fire["place"], fire["severity"], fire["grid"]) == ("3号楼消控室", "major", GRID)
        page = (await stack.http.get(f"/incidents/{fire['id']}")).text
        assert "Ａ区１层呷哺走廊 · 点型光电感烟火灾探测器" in page
        await line.tell(device.device(0x09))
        fault = await _wait_shown(stack, "facility_fault")
        assert fault["severity"] == "major"
        await line.tell(*device.reset())
        async with asyncio.timeout(STANDARD_S):
            while (await _shown(stack, "fire"))[0]["condition"] != "cleared":
                await asyncio.sleep(0.05)
