"""Entry 12 of the failure catalogue: mass offline is one incident, its children suppressed, over any restart."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from protocol import status, topics
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from tests.broker import Mosquitto
from tests.cloud.test_process import Process as Centre
from tests.gateway.site import SITE, Process, sample, write_site

pytestmark = pytest.mark.mosquitto

BEHIND = tuple(f"fire-{n}" for n in range(4))
BESIDE = tuple(f"fire-{n}" for n in range(4, 8))
WAIT_S = 30.0


@pytest.fixture
def cloud_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """The centre's own."""
    folder = tmp_path / "cloud-broker"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def centre(tmp_path: Path, cloud_broker: Mosquitto) -> Iterator[Centre]:
    """The cloud process."""
    folder = tmp_path / "centre"
    folder.mkdir()
    centre = Centre(folder, cloud_broker.port)
    centre.start()
    yield centre
    if centre.running is not None:
        centre.end(signal.SIGTERM)


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, cloud_broker: Mosquitto) -> Iterator[Process]:
    """A gateway of eight endpoints, four of them behind one switch; not started."""
    path = write_site(tmp_path, mosquitto.port, (*BEHIND, *BESIDE))
    head, tail = path.read_text().split("[cloud_broker]")
    text = head + "[cloud_broker]" + tail.replace(str(mosquitto.port), str(cloud_broker.port))
    for device in BEHIND:
        text = text.replace(f'device = "{device}"', f'device = "{device}"\nvia = "switch-3"')
    path.write_text(text)
    process = Process(path, tmp_path / "data", ack_timeout_ms=500, silence_ms=600_000, status_every_ms=500)
    yield process
    process.kill()


@asynccontextmanager
async def field(port: int) -> AsyncIterator[Connection]:
    """All endpoints in one client."""

    async def hear(_topic: str, _payload: bytes) -> None:
        """Acknowledgements."""

    async with connected(Link(host="127.0.0.1", port=port, client_id="field", subscriptions=()), hear) as link:
        await link.wait_up()
        yield link


def speak(link: Connection, devices: tuple[str, ...], boot: int) -> None:
    """Birth and a sample of each."""
    birth = status.encode({"state": "online", "why": status.BIRTH, "boot": boot, "at_ms": None})
    for device in devices:
        link.publish(topics.build(SITE, device, "status"), birth, retain=True)
        payload = sample(device, 1, Clock().now_ms(), boot, smoke=0.0, temp=20.0)
        link.publish(topics.build(SITE, device, "readings"), payload)


def leave(link: Connection, devices: tuple[str, ...]) -> None:
    """Their last wills, which the broker sends when their switch has gone."""
    for device in devices:
        link.publish(topics.build(SITE, device, "status"), status.last_will(1), retain=True)


async def board(centre: Centre, *wanted: tuple[str, int]) -> list[dict[str, Any]]:
    """The open incidents, once they are these: (kind, how many)."""
    async with asyncio.timeout(WAIT_S):
        while True:
            rows: list[dict[str, Any]] = (await asyncio.to_thread(centre.get, "/api/board"))["open"]
            kinds = [row["kind"] for row in rows]
            if {kind: kinds.count(kind) for kind in kinds} == dict(wanted):
                return rows
            await asyncio.sleep(0.1)


async def online(centre: Centre, count: int, again: Callable[[], None] = lambda: None) -> None:
    """Return once the centre shows so many endpoints online; meanwhile they send `again`, as endpoints do."""
    async with asyncio.timeout(WAIT_S):
        while True:
            again()
            gateways = await asyncio.to_thread(centre.get, "/api/gateways")
            if sum(e["state"] == "online" for gateway in gateways for e in gateway["endpoints"]) == count:
                return
            await asyncio.sleep(0.1)


async def test_survives_12_mass_offline(centre: Centre, gateway: Process, mosquitto: Mosquitto) -> None:
    """A switch dies, gateway and centre are killed meanwhile: one whistle, four members. Then the gateway: one more."""
    gateway.start()
    async with field(mosquitto.port) as link:
        await online(centre, 8, lambda: speak(link, (*BEHIND, *BESIDE), 1))
        leave(link, BEHIND[:2])
        await board(centre, ("endpoints_offline", 1), ("endpoint_offline", 2))
        gateway.kill()
        centre.end(signal.SIGKILL)
        centre.start()
        gateway.start()
        leave(link, BEHIND[2:])
        open_now = ("endpoints_offline", 1), ("endpoint_offline", 4)
        rows = await board(centre, *open_now, ("gateway_offline", 1))

        (parent,) = [row["id"] for row in rows if row["kind"] == "endpoints_offline"]
        members = [row["id"] for row in rows if row["kind"] == "endpoint_offline"]
        assert {row["parent_id"] for row in rows if row["kind"] == "endpoint_offline"} == {parent}
        for member in members:
            log = centre.get(f"/api/incidents/{member}")["log"]
            assert not {entry["what"] for entry in log} & {"placed", "escalated", "notified"}
        gateway.kill()  # all endpoints are unseen now, and nobody is told of each
        await online(centre, 0)
        assert len(await board(centre, *open_now, ("gateway_offline", 1))) == len(rows)

        gateway.start()
        await online(centre, 8, lambda: speak(link, (*BEHIND, *BESIDE), 2))
        async with asyncio.timeout(WAIT_S):
            while any(row["condition"] == "active" for row in await board(centre, *open_now, ("gateway_offline", 1))):
                await asyncio.sleep(0.1)
