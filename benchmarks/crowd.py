"""Ten thousand endpoints from one process: each a real MQTT connection, fire samples at a steady pace, QoS 1.

Run as `python -m benchmarks.crowd PORT SITE COUNT EVERY_S RUN_S PRESSES`; prints one JSON line with its figures.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import dataclass, field

from benchmarks.report import distribution
from protocol import mqtt_packets, sample_acks, senml, topics
from runtime.clock import Clock

KEEPALIVE_S = 60
CONNECTS_PER_S = 400
SEED = 20261122
SETTLE_S = 30


def name_of(number: int) -> str:
    """The id of one endpoint."""
    return f"fire-{number:05d}"


@dataclass(slots=True)
class Crowd:
    """What all endpoints share."""

    site: str
    every_s: float
    clock: Clock = field(default_factory=Clock)
    delays_ms: list[float] = field(default_factory=list)
    pressed_ms: dict[str, int] = field(default_factory=dict)  # whose call point is pressed, since when
    sent: int = 0
    lost: int = 0
    ready: int = 0


class Device(asyncio.Protocol):
    """One endpoint on one connection."""

    def __init__(self, crowd: Crowd, name: str, rng: random.Random) -> None:
        self._crowd = crowd
        self.name = name
        self._rng = rng
        self._reader = mqtt_packets.Reader()
        self._sent_s: dict[int, float] = {}
        self._seq = -1
        self._transport: asyncio.Transport | None = None
        self._topic = topics.build(crowd.site, name, "readings")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the broker."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(mqtt_packets.connect(self.name, KEEPALIVE_S))

    def connection_lost(self, exc: Exception | None) -> None:
        """Counted: none may be lost."""
        self._crowd.lost += 1
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Whatever the broker says."""
        for packet in self._reader.feed(data):
            if packet.kind == mqtt_packets.CONNACK:
                self._write(mqtt_packets.subscribe(1, topics.build(self._crowd.site, self.name, "ack")))
            elif packet.kind == mqtt_packets.SUBACK:
                self._crowd.ready += 1
            elif packet.kind == mqtt_packets.PUBLISH:
                self._acknowledged(packet)

    def _acknowledged(self, packet: mqtt_packets.Packet) -> None:
        if packet.qos:
            self._write(mqtt_packets.puback(packet.mid))
        now_s = asyncio.get_running_loop().time()
        for first, last in sample_acks.decode_samples(packet.payload)[1]:
            for seq in range(first, last + 1):
                if seq in self._sent_s:
                    self._crowd.delays_ms.append((now_s - self._sent_s.pop(seq)) * 1000)

    def sample(self) -> None:
        """Measure and send."""
        self._seq += 1
        pressed = self.name in self._crowd.pressed_ms
        rng = self._rng
        values = {
            "smoke": round(rng.gauss(0.001, 0.0004), 4),
            "temp": round(rng.gauss(22.0, 0.05), 2),
            "co": round(rng.gauss(1.0, 0.3), 1),
            "battery": 97.0,
            "hydrant_pressure": round(rng.gauss(420.0, 2.0), 1),
            "sprinkler_pressure": round(rng.gauss(610.0, 2.0), 1),
            "call_point": pressed,
            "escape_door": False,
            "extinguisher_removed": False,
            "tamper": False,
            "mains": True,
            "local_alarm": pressed,
        }
        pack = senml.Pack(self.name, 1, self._seq, self._crowd.clock.now_ms(), values=values)
        self._sent_s[self._seq] = asyncio.get_running_loop().time()
        self._crowd.sent += 1
        self._write(mqtt_packets.publish(self._topic, senml.encode(pack), mqtt_packets.next_mid(self._seq % 60_000)))

    def _write(self, packet: bytes) -> None:
        if self._transport is not None:
            self._transport.write(packet)

    @property
    def unacknowledged(self) -> int:
        """Samples that the gateway has not confirmed."""
        return len(self._sent_s)


async def _connect(crowd: Crowd, port: int, count: int) -> list[Device]:
    loop, rng = asyncio.get_running_loop(), random.Random(SEED)
    devices = []
    for number in range(count):
        device = Device(crowd, name_of(number), rng)
        await loop.create_connection(lambda device=device: device, "127.0.0.1", port)  # type: ignore[misc]
        devices.append(device)
        if number % (CONNECTS_PER_S // 10) == 0:
            await asyncio.sleep(0.1)
    while crowd.ready < count:  # noqa: ASYNC110 - a benchmark may look ten times a second
        await asyncio.sleep(0.1)
    return devices


async def _pace(crowd: Crowd, devices: list[Device], run_s: float, presses: int) -> None:
    loop, rng = asyncio.get_running_loop(), random.Random(SEED + 1)
    victims = {rng.randrange(int(run_s * 0.9)): device for device in rng.sample(devices, presses)}
    begin_s, sent = loop.time(), 0
    while (at_s := loop.time() - begin_s) < run_s:
        victim = victims.pop(int(at_s), None)
        if victim is not None:
            crowd.pressed_ms[victim.name] = crowd.clock.now_ms()
            victim.sample()
        due = int(at_s * len(devices) / crowd.every_s)
        for number in range(sent, due):
            devices[number % len(devices)].sample()
        sent = due
        await asyncio.sleep(0.005)


async def _run(port: int, site: str, count: int, every_s: float, run_s: float, presses: int) -> dict[str, object]:
    crowd = Crowd(site=site, every_s=every_s)
    devices = await _connect(crowd, port, count)
    print(json.dumps({"connected": count}), flush=True)
    await _pace(crowd, devices, run_s, presses)
    for _ in range(SETTLE_S):
        if any(device.unacknowledged for device in devices):
            await asyncio.sleep(1)
    return {
        "sent": crowd.sent,
        "unacknowledged": sum(device.unacknowledged for device in devices),
        "connections_lost": crowd.lost,
        "sample_to_durable_ms": distribution(crowd.delays_ms),
        "pressed_ms": crowd.pressed_ms,
    }


def main() -> int:
    """Figures of one run on standard output."""
    port, site, count, every_s, run_s, presses = sys.argv[1:]
    figures = asyncio.run(_run(int(port), site, int(count), float(every_s), float(run_s), int(presses)))
    print(json.dumps(figures), flush=True)
    sys.stdin.read()  # whoever started us looks at what we have used
    return 0


if __name__ == "__main__":
    sys.exit(main())
