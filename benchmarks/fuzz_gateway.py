"""Broken input for a running gateway: real mosquitto, the real process, as much of it as it takes.

Half of it are MQTT messages of every kind from two endpoints and a stranger, half are bytes on the port for panels. It
must stay alive, must not grow, and must tell of a fire at an endpoint and of one at another panel afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz import rss_kb
from benchmarks.fuzz_inputs import Spoiler, framed, targets
from benchmarks.report import save
from protocol import acks, events, senml, status, topics
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from simulators.brokers import MosquittoBroker, free_port
from simulators.panels.device import Device
from simulators.panels.line import Line, Timing
from simulators.panels.sins import Sins
from simulators.process import OurProcess

COUNT = 20_000  # of each half
SEED = 20261122
TENTHS = 10
SITE, GATEWAY = "fuzz", "gw-fuzz"
DEVICES = ("fire-a", "lift-a", "stranger")
AT_ONCE = 500  # messages between two looks how far the gateway is
AHEAD = 5_000  # messages that may wait at the broker
MAX_GROWTH_KB = 20_000
DRAIN_S = 60.0
SITE_FILE = """
site = "{site}"
gateway = "{gateway}"
[site_broker]
host = "127.0.0.1"
port = {broker}
[cloud_broker]
host = "127.0.0.1"
port = {broker}
[[endpoints]]
device = "fire-a"
kind = "fire"
place = "A"
grid = "1"
[[endpoints]]
device = "lift-a"
kind = "lift"
place = "B"
grid = "1"
[[adapters]]
kind = "gb26875"
host = "127.0.0.1"
tcp_port = {panels}
[[adapters.panels]]
device = "panel-a"
place = "C"
grid = "1"
address = 889
[[adapters.panels]]
device = "panel-b"
place = "D"
grid = "1"
address = 890
"""
# kinds of topics, and the inputs that are sent there
KINDS = {"readings": "samples", "status": "status", "report": "reports", "piece": "pieces", "answer": "answers"}


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    messages: int = 0
    frames: int = 0
    seconds: float = 0.0
    rss_kb: list[int] = field(default_factory=list)  # of the gateway, after each tenth
    cpu_s: float = 0.0
    fire_told: bool = False
    panel_fire_told: bool = False
    restarted_tasks: int = 0

    @property
    def growth_kb(self) -> int:
        """Between the middle of the run, when every cache is full, and its end."""
        return self.rss_kb[-1] - self.rss_kb[TENTHS // 2 - 1]

    @property
    def is_well(self) -> bool:
        """True where nothing broke."""
        told = self.fire_told and self.panel_fire_told
        return told and self.growth_kb <= MAX_GROWTH_KB and self.restarted_tasks == 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Ear:
    """What the centre hears."""

    def __init__(self) -> None:
        self.fires: set[str] = set()
        self.status: dict[str, Any] = {}
        self.link: Connection | None = None

    async def hear(self, topic: str, payload: bytes) -> None:
        """A status or an event, which is acknowledged at once."""
        if topic.endswith("/status"):
            self.status = status.decode(payload)
            return
        event = events.decode(payload)
        if self.link is not None:
            self.link.publish(topics.build(SITE, GATEWAY, "ack"), acks.encode([event.id]))
        if event.data.get("kind") == "fire" and event.data["condition"] == "active":
            self.fires.add(event.data["device"])

    def received(self) -> int:
        """Messages that the gateway has taken or refused."""
        counters = self.status.get("counters", {})
        return sum(n for name, n in counters.items() if name.startswith("received."))


async def _until(condition: Callable[[], object], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        await asyncio.sleep(0.05)
    return True


async def _messages(link: Connection, ear: Ear, count: int, seed: int) -> None:
    """Spoiled messages; the gateway's own count says how far it is."""
    spoiler, rand = Spoiler(seed), random.Random(seed)
    known = {target.name: target for target in targets()}
    first = ear.received()
    for sent in range(1, count + 1):
        kind = rand.choice(list(KINDS))
        link.publish(topics.build(SITE, rand.choice(DEVICES), kind), spoiler.spoil(known[KINDS[kind]]))
        if sent % AT_ONCE == 0 or sent == count:
            await _until(lambda sent=sent: ear.received() - first >= sent - AHEAD, DRAIN_S)  # type: ignore[misc]
    await _until(lambda: ear.received() - first >= count, DRAIN_S)


async def _frames(port: int, count: int, seed: int) -> None:
    """Spoiled frames, and good ones around spoiled units, on connections that are closed and opened again."""
    spoiler, rand = Spoiler(seed + 1), random.Random(seed)
    known = {target.name: target for target in targets()}
    sent = 0
    while sent < count:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = asyncio.create_task(_drain(reader), name="answers")
        for _ in range(min(rand.randint(100, 2000), count - sent)):
            unit = framed(spoiler.spoil(known["panel units"]), rand.randrange(1 << 16))
            writer.write(unit if sent % 2 else spoiler.spoil(known["panel frames"]))
            await writer.drain()
            sent += 1
        writer.write_eof()
        await asyncio.wait_for(answers, DRAIN_S)
        writer.close()


async def _drain(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass


async def _fires_are_told(link: Connection, panels: int, ear: Ear, outcome: Outcome) -> None:
    now_ms = Clock().now_ms()
    for number in range(10):
        pack = senml.Pack("fire-a", 1 << 40, number, now_ms + number * 1000, values={"call_point": True, "temp": 20.0})
        link.publish(topics.build(SITE, "fire-a", "readings"), senml.encode(pack))
    device = Device(address=890, centre=1, now_ms=Clock().now_ms, sins=Sins())
    async with Line(device, "127.0.0.1", panels, timing=Timing(again_s=0.2)) as line:
        await line.tell(device.part(0xFFFF, 0x0003, "走廊", part=23))
        outcome.panel_fire_told = await _until(lambda: "panel-b" in ear.fires, DRAIN_S)
    outcome.fire_told = await _until(lambda: "fire-a" in ear.fires, DRAIN_S)


async def _spoil(broker: int, panels: int, gateway: OurProcess, count: int, seed: int) -> Outcome:
    outcome, ear = Outcome(messages=count, frames=count), Ear()
    own = tuple(topics.build(SITE, GATEWAY, kind) for kind in ("incident", "history", "status"))
    hearing = Link(host="127.0.0.1", port=broker, client_id="centre", subscriptions=own)
    speaking = Link(host="127.0.0.1", port=broker, client_id="endpoints", subscriptions=())
    async with connected(hearing, ear.hear) as ear.link, connected(speaking, ear.hear) as link:
        await _until(lambda: ear.status.get("site_link") == "up", DRAIN_S)
        started_s = time.monotonic()
        for part in range(TENTHS):
            share = count // TENTHS
            await asyncio.gather(_messages(link, ear, share, seed + part), _frames(panels, share, seed + part))
            outcome.rss_kb.append(rss_kb(gateway.pid))
        outcome.cpu_s = _cpu_s(gateway.pid)
        outcome.seconds = time.monotonic() - started_s
        await _fires_are_told(link, panels, ear, outcome)
        outcome.restarted_tasks = sum(ear.status.get("failures", {}).values())
    return outcome


async def run(count: int, folder: Path, seed: int = SEED) -> Outcome:
    """A broker and a gateway of their own, `count` messages and as many frames."""
    broker, panels = MosquittoBroker(folder / "broker"), free_port()
    file = folder / "site.toml"
    file.write_text(SITE_FILE.format(site=SITE, gateway=GATEWAY, broker=broker.port, panels=panels), encoding="utf-8")
    env = {"DATA_DIR": str(folder / "gateway"), "STATUS_EVERY_MS": "200", "LOG_LEVEL": "error"}
    settings = {f"GRIDWHISTLE_GATEWAY_{name}": value for name, value in env.items()}
    gateway = OurProcess("gateway", ["gateway", "run", "--site", str(file)], settings, folder / "gateway.log")
    await broker.start()
    try:
        await gateway.start()
        try:
            return await _spoil(broker.port, panels, gateway, count, seed)
        finally:
            await gateway.stop()
    finally:
        await broker.stop()


def main() -> int:
    """Run, print and keep the figures; 1 where anything broke."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(run(parser.parse_args().count, Path(folder)))
    figures = asdict(outcome) | {"growth_kb": outcome.growth_kb, "well": outcome.is_well}
    save("fuzz_gateway", "spoiled MQTT messages and panel frames to a running gateway, then a fire at each", figures)
    return 0 if outcome.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
