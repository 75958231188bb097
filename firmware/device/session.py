"""One MQTT connection to its end: a reading, a writing and a watching task, none of which blocks another."""

import asyncio
from time import ticks_diff, ticks_ms

from firmware.device import const
from protocol import mqtt_packets as mqtt

KEEPALIVE_S = 10
_SILENCE_MS = const(15_000)  # MQTT 3.1.1, 3.1.2.10: a broker waits one and a half times as long; so do we
_PING_AFTER_MS = const(5_000)
_ACK_TIMEOUT_MS = const(20_000)  # a broker that answers pings but not messages is of no use
_WINDOW = const(8)  # in-flight messages; mosquitto's default limit is 20
_BUFFER = const(256)


class LinkLost(Exception):
    """The connection is of no more use; a new one may be."""


class Session:
    """`source.next_message()`: (topic, payload, retain, token) or None; `source.arrived(topic, payload)` takes one;
    `source.delivered(token)` where the broker has a message whose token is not None.
    """

    def __init__(self, stream, source) -> None:
        self._stream = stream
        self._source = source
        self._reader = mqtt.Reader()
        self._buffer = bytearray(_BUFFER)
        self._control: list = []  # acknowledgements and pings, ahead of everything
        self._flying: dict = {}  # mid -> (sent at, token)
        self._mid = 0
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._heard_ms = self._said_ms = ticks_ms()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def greet(self, connect: bytes, filters: tuple) -> None:
        """CONNECT, CONNACK, SUBSCRIBE. Raises LinkLost; its text is "refused_<code>" where the broker said no."""
        await self._send(connect)
        while True:
            packets = await self._receive()
            if packets:
                break
        if packets[0].kind != mqtt.CONNACK:
            raise LinkLost("no_connack")
        if packets[0].code:
            raise LinkLost("refused_%d" % packets[0].code)
        for topic_filter in filters:
            self._mid = mqtt.next_mid(self._mid)
            await self._send(mqtt.subscribe(self._mid, topic_filter))
        for packet in packets[1:]:
            self._take(packet)

    async def serve(self) -> None:
        """Until the connection is lost, which is always raised, as LinkLost or OSError or PacketError."""
        tasks = [asyncio.create_task(self._watch(work)) for work in (self._read(), self._write(), self._keep())]
        try:
            await self._over.wait()
        finally:
            for task in tasks:
                task.cancel()
        for task in tasks:
            try:
                await task
            except asyncio.CancelledError:
                pass

    async def leave(self, topic: str, payload: list) -> None:
        """One last retained message, and goodbye, so that the broker does not publish the last will."""
        self._mid = mqtt.next_mid(self._mid)
        self._stream.write(mqtt.publish(topic, payload, self._mid, True))
        await self._send(mqtt.BYE)

    async def close(self) -> None:
        """Free the socket, whatever state it is in."""
        try:
            self._stream.close()
            await self._stream.wait_closed()
        except OSError:
            pass

    async def _watch(self, work) -> None:
        try:
            await work
        finally:
            self._over.set()

    async def _receive(self) -> list:
        count = await self._stream.readinto(self._buffer)
        if count is None:
            return []
        if count == 0:
            raise LinkLost("closed_by_broker")
        self._heard_ms = ticks_ms()
        return self._reader.feed(memoryview(self._buffer)[:count])

    async def _send(self, data: bytes) -> None:
        self._stream.write(data)
        await self._stream.drain()
        self._said_ms = ticks_ms()

    async def _read(self) -> None:
        while True:
            for packet in await self._receive():
                self._take(packet)

    def _take(self, packet) -> None:
        if packet.kind == mqtt.PUBACK:
            _, token = self._flying.pop(packet.mid, (0, None))
            if token is not None:
                self._source.delivered(token)
        elif packet.kind == mqtt.PUBLISH:
            self._source.arrived(packet.topic, packet.payload)
            if packet.qos:
                self._control.append(mqtt.puback(packet.mid))
        elif packet.kind == mqtt.SUBACK and mqtt.SUBACK_FAILURE in packet.codes:
            raise LinkLost("subscription_refused")
        self._wake.set()

    async def _write(self) -> None:
        while True:
            self._wake.clear()
            data = self._next_bytes()
            if data is None:
                await self._wake.wait()
            else:
                await self._send(data)

    def _next_bytes(self) -> bytes | None:
        if self._control:
            return self._control.pop(0)
        if len(self._flying) >= _WINDOW:
            return None
        message = self._source.next_message()
        if message is None:
            return None
        topic, payload, retain, token = message
        self._mid = mqtt.next_mid(self._mid)
        self._flying[self._mid] = (ticks_ms(), token)
        return mqtt.publish(topic, payload, self._mid, retain)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep_ms(1000)
            self._source.second_passed()
            now = ticks_ms()
            quiet_ms = ticks_diff(now, self._heard_ms)
            if quiet_ms > _SILENCE_MS:
                raise LinkLost("silent")
            if any([ticks_diff(now, sent) > _ACK_TIMEOUT_MS for sent, _ in self._flying.values()]):
                raise LinkLost("not_acknowledged")
            if max(quiet_ms, ticks_diff(now, self._said_ms)) > _PING_AFTER_MS and mqtt.PING not in self._control:
                self._control.append(mqtt.PING)
                self._wake.set()
