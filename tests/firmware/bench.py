"""The workbench of the firmware tests: a room that can be changed, and a gateway that listens and tells the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from protocol import commands, configuration, reports, sample_acks, senml, status, topics
from protocol import mqtt_packets as mqtt
from protocol.errors import ProtocolError
from runtime.clock import Clock
from simulators.physics import FireEnvironment

SITE = "chunfeng"


class Room:
    """Clean air until a test changes it."""

    def __init__(self) -> None:
        self.now = FireEnvironment(smoke_per_m=0.001, temp_c=21.5, co_ppm=2.0, battery_pct=80.0)

    def change(self, **fields: Any) -> None:
        """From here on."""
        self.now = replace(self.now, **fields)

    def at(self, sim_ms: int) -> FireEnvironment:
        """For the virtual board."""
        return self.now


@dataclass
class Recorder:
    """Subscribes with a lasting session, as the gateway does; comes back when the broker does."""

    port: int
    clock: Clock = field(default_factory=Clock)
    packs: list[senml.Pack] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    answers: list[tuple[str, bool, dict[str, Any]]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    acknowledges: bool = True  # False: a gateway that hears and cannot store
    batch_s: float = 0.0  # how long samples are collected before they are acknowledged, as a gateway does

    def __post_init__(self) -> None:
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._stored: dict[tuple[str, str, int], list[int]] = {}

    async def __aenter__(self) -> Recorder:
        self._task = asyncio.create_task(self._run(), name="recorder")
        await asyncio.wait_for(self._subscribed.wait(), 5)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, true: Callable[[], object], timeout_s: float = 40.0) -> None:
        """Return once it holds. Fails with what was seen so far."""
        try:
            async with asyncio.timeout(timeout_s):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {timeout_s} s: {self.summary()}") from None

    def summary(self) -> str:
        """For messages of failing tests."""
        last = self.statuses[-1] if self.statuses else None
        return f"{len(self.packs)} packs {self.order()[-40:]}, last status {last}, rejected {self.rejected}"

    def order(self) -> list[tuple[int, int]]:
        """(boot, seq) in order of arrival."""
        return [(pack.boot, pack.seq) for pack in self.packs]

    def seqs(self, boot: int) -> list[int]:
        """Sequence numbers of a boot without duplicates, sorted."""
        return sorted({pack.seq for pack in self.packs if pack.boot == boot})

    def whys(self) -> list[str]:
        """Why each status was sent."""
        return [message["why"] for message in self.statuses]

    def order_to(self, device: str, cmd: str, id: str, **details: Any) -> None:
        """Give a command."""
        self.send(device, "command", commands.encode_command(cmd, id, **details))

    def configure(self, device: str, version: int, **settings: Any) -> None:
        """Push settings."""
        self.send(device, "config", configuration.encode({"version": version, **settings}))

    def send(self, device: str, kind: str, payload: bytes) -> None:
        """As the gateway would, at QoS 1."""
        assert self._writer is not None
        self._writer.write(mqtt.publish(topics.build(SITE, device, kind), payload, 7))

    async def _run(self) -> None:
        while True:
            try:
                await self._connection()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer = writer
        try:
            writer.write(mqtt.connect("recorder", 60, clean=False) + mqtt.subscribe(1, f"gw/1/{SITE}/#"))
            packets = mqtt.Reader()
            while data := await reader.read(65536):
                for packet in packets.feed(data):
                    self._take(packet, writer)
        finally:
            writer.close()

    def _take(self, packet: Any, writer: asyncio.StreamWriter) -> None:
        if packet.kind == mqtt.SUBACK:
            self._subscribed.set()
        if packet.kind != mqtt.PUBLISH:
            return
        site, device, kind = topics.parse(packet.topic)
        try:
            self._keep(kind, packet.payload)
        except ProtocolError as error:
            self.rejected.append(f"{kind}: {error}")
        if kind == "clock":
            boot, ticks_ms = commands.decode_clock_request(packet.payload)
            answer = commands.encode_clock(boot, ticks_ms, self.clock.now_ms())
            writer.write(mqtt.publish(topics.build(site, device, "command"), answer))
        if kind == "report" and self.acknowledges:
            receipt = reports.encode_receipt([self.reports[-1]["id"]])
            writer.write(mqtt.publish(topics.build(site, device, "receipt"), receipt))
        if kind == "readings" and self.acknowledges:
            self._acknowledge(site, device, self.packs[-1])
        if packet.qos:
            writer.write(mqtt.puback(packet.mid))
        self._news.set()

    def _acknowledge(self, site: str, device: str, pack: senml.Pack) -> None:
        waiting = self._stored.setdefault((site, device, pack.boot), [])
        waiting.append(pack.seq)
        if len(waiting) > 1:
            return
        if self.batch_s:
            asyncio.get_running_loop().call_later(self.batch_s, self._commit, site, device, pack.boot)
        else:
            self._commit(site, device, pack.boot)

    def _commit(self, site: str, device: str, boot: int) -> None:
        seqs = self._stored.pop((site, device, boot))
        answer = sample_acks.encode_samples(boot, [(seq, seq) for seq in seqs])
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(mqtt.publish(topics.build(site, device, "ack"), answer))

    def _keep(self, kind: str, payload: bytes) -> None:
        if kind == "readings":
            self.packs.append(senml.decode(payload))
        elif kind == "status":
            self.statuses.append(status.decode(payload))
        elif kind == "answer":
            self.answers.append(commands.decode_answer(payload))
        elif kind == "report":
            self.reports.append(reports.decode(payload))
