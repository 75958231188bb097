"""The whole service over forty days: what was measured around an incident is there after single readings have gone."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.history.memory import NAME
from cloud.history.port import DAY_MS, MINUTE_MS
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.test_process import Process, gateway, ready

ROWS = 120


def at(later_ms: int) -> dict[str, str]:
    """A clock that is so much later than ours."""
    wall_ms = time.time_ns() // 1_000_000
    return Clock(wall_origin_ms=wall_ms, sim_origin_ms=wall_ms + later_ms).to_env()


async def until(process: Process, true: Callable[[dict[str, Any]], bool]) -> None:
    """What /readyz says of the history."""
    async with asyncio.timeout(60):
        while not true((await asyncio.to_thread(process.get, "/readyz"))["history"]):
            await asyncio.sleep(0.1)


async def go_on(process: Process, later_ms: int) -> None:
    """The same centre, later; it has forgotten what it believed of the time, as one of an older program has."""
    if process.running is not None:
        assert await asyncio.to_thread(process.end, signal.SIGTERM) == 0
    (process.folder / "data" / NAME).unlink(missing_ok=True)
    process.clock = at(later_ms)
    await asyncio.to_thread(process.start)
    await ready(process)


async def tell(process: Process, *messages: tuple[str, bytes]) -> None:
    """A gateway's messages, acknowledged."""
    async with gateway(process.port) as box:
        for kind, payload in messages:
            box.owe(kind, payload)
        await box.settle()


@pytest.mark.endurance
async def test_evidence_outlives_readings(tmp_path: Path, mosquitto: Mosquitto, database_url: str) -> None:
    """Frozen, raw readings forgotten by retention, and the page, the plot and the file still have every one."""
    extra = {"KEEP_RAW_DAYS": "1"} | ({"DATABASE_URL": database_url} if "postgres" in database_url else {})
    process = Process(tmp_path, mosquitto.port, extra=extra)
    begin_ms = time.time_ns() // 1_000_000 - 10 * MINUTE_MS
    breach = facts.incident(1, at_ms=begin_ms + 60_000)
    cleared = {**breach, "revision": 2, "condition": "cleared", "cleared_at_ms": begin_ms + 90_000}
    try:
        await go_on(process, 0)
        rows = facts.history(3, facts.rows("fire-a", 1, ROWS, begin_ms))
        both = [("incident", facts.event(1, breach)), ("incident", facts.event(2, cleared))]
        await tell(process, *both, ("history", rows))
        await go_on(process, 20 * MINUTE_MS)
        await until(process, lambda told: told.get("incidents", 0) >= 1 and not told["owed"])
        await go_on(process, 40 * DAY_MS)
        later = facts.rows("fire-a", 900, 5, begin_ms + 40 * DAY_MS)
        await tell(process, ("history", facts.history(4, later)))
        await go_on(process, 40 * DAY_MS + MINUTE_MS)
        await asyncio.to_thread(_check, process, breach["incident_id"], begin_ms)
    finally:
        if process.running is not None:
            process.end(signal.SIGTERM)


def _check(process: Process, incident: str, begin_ms: int) -> None:
    span = f"device=fire-a&channel=smoke&from_ms={begin_ms}&to_ms={begin_ms + 10 * MINUTE_MS}"
    deadline = time.monotonic() + 30
    while points := process.get(f"/api/history?{span}&level=raw")["curves"][0]["points"]:
        assert time.monotonic() < deadline, len(points)
        time.sleep(0.2)
    assert len(process.get(f"/api/history?{span}&level=1m")["curves"][0]["points"]) >= 2
    smoke = next(one for one in process.get(f"/api/incidents/{incident}/plot") if one["channel"] == "smoke")
    assert len(smoke["points"]) >= ROWS
    with httpx.Client(base_url=process.url, headers=process.headers(), timeout=20) as web:
        assert web.get(f"/incidents/{incident}").status_code == 200
        file = web.get(f"/api/history/incidents/{incident}/export?format=csv&lang=en")
    told = [line for line in file.text.splitlines()[1:] if line.split(",")[1].strip('"') == "smoke"]
    assert len(told) == ROWS, file.text[:500]
