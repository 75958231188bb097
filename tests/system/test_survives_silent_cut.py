"""Anchor 1: the wire is cut without a sign, during live and during drain: nothing lost, order kept, nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import Cloud, Endpoint, cloud, endpoint, until
from tests.gateway.site import Process, write_site
from tests.system.relay import Relay, relay

NOW_MS = Clock().now_ms()
SHORT_S = 2.0  # TCP bridges it
LONG_S = 24.0  # both sides have given up the connection before: keepalive is 10 s
SAMPLES_PER_S = 50


@pytest.fixture
async def wire(mosquitto: Mosquitto) -> AsyncIterator[Relay]:
    """The wire to the broker."""
    async with relay(mosquitto.port) as made:
        yield made


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, wire: Relay, link: str) -> Iterator[Process]:
    """A gateway with one of its two links on the wire."""
    site_file = write_site(tmp_path, mosquitto.port)
    broker, other = f"[{link}_broker]", f'host = "127.0.0.1"\nport = {mosquitto.port}'
    site_file.write_text(site_file.read_text().replace(f"{broker}\n{other}", f"{broker}\n{other}".replace(
        str(mosquitto.port), str(wire.port))))  # fmt: skip
    process = Process(site_file, tmp_path / "data", ack_timeout_ms=500)
    yield process
    process.kill()


async def talk(fire: Endpoint, stop: asyncio.Event) -> int:
    """Samples all the time, with a fire in the middle of them; how many."""
    seq = 0
    while not stop.is_set():
        fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if seq % 300 > 60 else 0.0, temp=20.0)
        seq += 1
        await asyncio.sleep(1 / SAMPLES_PER_S)
    return seq


def firsts(centre: Cloud) -> list[int]:
    """Sequence numbers in the order in which the centre heard of them first."""
    heard: dict[int, None] = {}
    for event in centre.events:
        heard.update(dict.fromkeys(row["seq"] for row in event.data.get("rows", [])))
    return list(heard)


async def _cut(gateway: Process, wire: Relay, port: int, link: str, cuts_s: tuple[float, ...]) -> None:
    """Cut while live, and once more in the middle of what is sent after it."""
    gateway.start()
    stop = asyncio.Event()
    async with endpoint(port) as fire, cloud(port) as centre:
        await until(centre.hears_a_listening_gateway)
        talking = asyncio.create_task(talk(fire, stop))
        await until(lambda: len(firsts(centre)) > 40)
        for cut_s in cuts_s:
            wire.cut()
            await asyncio.sleep(cut_s)
            wire.mend()
            known = len(firsts(centre))
            await until(lambda known=known: len(firsts(centre)) > known, 40)
        stop.set()
        sent = await talking
        await fire.deliver(60)
        await until(lambda: len(firsts(centre)) == sent, 60)
        fires = [data for data in centre.incidents() if data["kind"] == "fire"]
    assert sorted(firsts(centre)) == list(range(sent))
    if link == "cloud":
        assert firsts(centre) == list(range(sent))  # in the endpoint's order; its own link was never cut
    assert fires
    for incident in {data["incident_id"] for data in fires}:
        revisions = {data["revision"] for data in fires if data["incident_id"] == incident}
        assert revisions == set(range(1, max(revisions) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("link", ["cloud", "site"])
async def test_a_silent_cut(gateway: Process, wire: Relay, mosquitto: Mosquitto, link: str) -> None:
    """So short that TCP bridges it, while our own patience for an acknowledgement is over."""
    await _cut(gateway, wire, mosquitto.port, link, (SHORT_S, 0.5))


@pytest.mark.endurance
@pytest.mark.parametrize("link", ["cloud", "site"])
async def test_a_long_silent_cut(gateway: Process, wire: Relay, mosquitto: Mosquitto, link: str) -> None:
    """So long that both sides have given up the connection, and cut again in the middle of the drain."""
    await _cut(gateway, wire, mosquitto.port, link, (SHORT_S, LONG_S, SHORT_S))
