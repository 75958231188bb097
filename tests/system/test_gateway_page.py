"""What the pages say of a real gateway that is killed, cut off, full, and wrong about the time: the truth, soon."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from protocol import topics
from runtime.clock import VARIABLE, Clock
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.test_process import Process as Centre
from tests.gateway.disks import small_disk
from tests.gateway.peers import endpoint
from tests.gateway.site import GATEWAY, SITE, Process, write_site
from tests.system.relay import relay

pytestmark = pytest.mark.mosquitto
HERE = f"/equipment/gateways/{GATEWAY}"
THING = "/equipment/endpoints/fire-a"
BEHIND_MS = 300_000
ORDER = "01935000-2222-7000-8000-000000000009"
SOON_S = 30.0  # of a page for what a status tells: a status comes every half second here, an inventory of six in three
SILENT_S = 45.0  # cloud.workers.silence: thirty, looked at every two; the machine is slow


@pytest.fixture
def centre(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Centre]:
    """On the broker of its gateways."""
    process = Centre(tmp_path, mosquitto.port)
    process.start()
    yield process
    if process.running is not None:
        process.end(signal.SIGKILL)


def gateway_of(folder: Path, port: int, data: Path | None = None, **settings: Any) -> Process:
    """One with two endpoints, which tells every half second."""
    site_file = write_site(folder, port, ("fire-a", "fire-b"))
    site_file.write_text(site_file.read_text().replace('grid = "1"', f'grid = "{facts.GRID}"'))  # it is on the map
    return Process(site_file, data or folder / "gateway", status_every_ms=500, **settings)


def get(centre: Centre, path: str) -> str:
    """A page in Chinese; empty while there is none."""
    answer = httpx.get(centre.url + path, headers=centre.headers(), timeout=20)
    return answer.text if answer.status_code == 200 else ""


def findings(centre: Centre) -> set[str]:
    """What the gateway's page puts first."""
    return set(re.findall(r'data-finding="(\w+)"', get(centre, HERE)))


def looks(centre: Centre) -> dict[str, bool]:
    """Where the endpoint looks healthy: its page, the list, the map, the board."""
    marks = centre.get("/api/map/endpoints?zoom=18")["features"]
    states = [row for mark in marks for row in (mark["properties"].get("states") or [mark["properties"].get("state")])]
    tile = re.search(r'class="t-online[^"]*"[^>]*><b>(\d+)</b>', get(centre, "/equipment"))
    rows = [row for one in centre.get("/api/gateways") for row in one["endpoints"] if row["device"] == "fire-a"]
    return {
        "page": 'class="st st-online"' in get(centre, THING),
        "list": bool(tile and int(tile[1])),
        "map": "online" in states,
        "board": any(row["state"] == "online" for row in rows),
    }


def is_lost(centre: Centre) -> bool:
    """Nothing of it looks healthy, and its page says why."""
    return not any(looks(centre).values()) and "silent" in findings(centre)


async def seen(centre: Centre, condition: Any, timeout_s: float = SOON_S) -> float:
    """Seconds until a condition of the pages holds."""
    start = time.monotonic()
    await until_slow(condition, timeout_s)
    return time.monotonic() - start


async def until_slow(condition: Any, timeout_s: float) -> None:
    """Asks pages in a thread, ten times a second."""
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.1)


async def test_refused_killed_and_back(tmp_path: Path, mosquitto: Mosquitto, centre: Centre) -> None:
    """A refused message with its reason and sample; killed, nothing of it looks healthy; back, it says how it ended."""
    gateway = gateway_of(tmp_path, mosquitto.port)
    await asyncio.to_thread(gateway.start)
    try:
        async with endpoint(mosquitto.port) as fire:
            fire.sample(0, Clock().now_ms(), temp=20.0)
            await fire.deliver()  # again and again: the gateway may not listen yet
            await until_slow(lambda: all(looks(centre).values()), SOON_S)
            assert fire.link is not None
            fire.link.publish(topics.build(SITE, "fire-a", "readings"), b'{"broken')
            await until_slow(lambda: "{&#34;broken" in get(centre, HERE), SOON_S)
            assert "不是可读的 JSON" in get(centre, HERE)
            assert "refused" in findings(centre)
            gateway.kill()
            await seen(centre, lambda: is_lost(centre))
            await asyncio.to_thread(gateway.start)
            await seen(centre, lambda: "killed" in findings(centre) and "上一次断电或被终止" in get(centre, HERE))
    finally:
        gateway.kill()


async def test_a_clock_five_minutes_behind(
    tmp_path: Path, mosquitto: Mosquitto, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so in words and what to do; a shelf ends when it was ordered to end, not five minutes later."""
    now_ms = Clock().now_ms()
    monkeypatch.setenv(VARIABLE, f"{now_ms}:{now_ms - BEHIND_MS}:1.0")
    gateway = gateway_of(tmp_path, mosquitto.port)
    await asyncio.to_thread(gateway.start)
    monkeypatch.delenv(VARIABLE)
    try:
        await until_slow(lambda: "时钟慢 5 分钟" in get(centre, HERE), SOON_S)
        assert "clock_behind" in findings(centre)
        await until_slow(lambda: bool(get(centre, THING)), SOON_S)
        fields = {"order": ORDER, "kind": "tamper", "hours": str(8 / 3600), "reason": "换外壳"}
        answer = httpx.post(f"{centre.url}{THING}/shelve", data=fields, headers=centre.headers(), timeout=20)
        assert answer.status_code == 303, answer.text
        start = time.monotonic()
        await until_slow(lambda: shelved(centre) or time.monotonic() - start > 8, SOON_S)
        await until_slow(lambda: 'data-state="ended"' in get(centre, THING) and not shelved(centre), SOON_S)
        assert time.monotonic() - start < 60  # it would be 308
    finally:
        gateway.kill()


def shelved(centre: Centre) -> list[Any]:
    """What the gateway itself says that it keeps back."""
    return [row for one in centre.get("/api/gateways") for row in one["shelved"]]


@pytest.mark.endurance
async def test_cut_off_without_a_sign(tmp_path: Path, mosquitto: Mosquitto, centre: Centre) -> None:
    """Nobody hears the end of the link: within the time that is promised nothing of it looks healthy."""
    async with relay(mosquitto.port) as wire:
        gateway = gateway_of(tmp_path, wire.port)
        await asyncio.to_thread(gateway.start)
        try:
            await until_slow(lambda: bool(get(centre, THING)), SOON_S)
            wire.cut()
            took_s = await seen(centre, lambda: is_lost(centre), SILENT_S)
            print(f"\ncut off without a sign: unknown everywhere after {took_s:.1f} s")
            wire.mend()
            await seen(centre, lambda: "silent" not in findings(centre), SILENT_S)
        finally:
            gateway.kill()


@pytest.mark.endurance
async def test_a_full_disk(tmp_path: Path, mosquitto: Mosquitto, centre: Centre) -> None:
    """Thirty megabytes, full: the page says so while the gateway goes on."""
    with small_disk(tmp_path / "disk", 30_000) as disk:
        gateway = gateway_of(tmp_path, mosquitto.port, disk.data, reserve_mb=0)
        await asyncio.to_thread(gateway.start)
        try:
            await until_slow(lambda: "disk" in findings(centre), SOON_S)
            disk.fill()
            took_s = await seen(centre, lambda: "磁盘只剩 0 MB" in get(centre, HERE), SILENT_S)
            print(f"\nfull disk: on the page after {took_s:.1f} s; {os.statvfs(disk.data).f_bavail} blocks left")
            assert "silent" not in findings(centre)
        finally:
            gateway.kill()
