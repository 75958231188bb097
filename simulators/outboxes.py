"""The outboxes of many gateways over one connection: what they owe is sent until the centre has acknowledged it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from protocol import acks, filters, topics
from runtime.mqtt import Connection, Link, connected

AGAIN_S = 5.0  # as gateways do: gateway.settings.ack_timeout_ms
PATIENCE_CAP_S = 30.0  # as gateway.forward: repeat less and less
LOOK_S = 0.1
WINDOW = 2000  # unacknowledged messages of all together; a real gateway has 256


@dataclass(slots=True)
class Owed:
    """One message on its way."""

    topic: str
    payload: bytes
    owed_s: float
    sent_s: float = -1e9
    times: int = 0


@dataclass(slots=True)
class Outboxes:
    """Messages by id; an acknowledgement of the centre takes them out."""

    connection: Connection
    again_s: float = AGAIN_S
    owed: OrderedDict[str, Owed] = field(default_factory=OrderedDict)
    waited_s: dict[str, float] = field(default_factory=dict)  # id -> from owed to acknowledged
    rejected: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def owe(self, site: str, gateway: str, kind: str, message_id: str, payload: bytes) -> None:
        """Put a message into an outbox and send it."""
        now_s = asyncio.get_running_loop().time()
        self.owed[message_id] = Owed(topics.build(site, gateway, kind), payload, now_s)
        if len(self.owed) <= WINDOW:
            self._send(self.owed[message_id], now_s)

    def _send(self, message: Owed, now_s: float) -> None:
        message.sent_s = now_s
        message.times += 1
        self.sent += 1
        self.connection.publish(message.topic, message.payload)

    async def heard(self, _topic: str, payload: bytes) -> None:
        """An acknowledgement of the centre."""
        now_s = asyncio.get_running_loop().time()
        ids, rejected = acks.decode(payload)
        self.rejected |= dict(rejected)
        for message_id in (*ids, *dict(rejected)):
            message = self.owed.pop(message_id, None)
            if message is not None:
                self.waited_s[message_id] = now_s - message.owed_s

    async def run(self) -> None:
        """Send the oldest of what is owed, again and again, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            now_s = loop.time()
            for message in list(self.owed.values())[:WINDOW]:
                if now_s - message.sent_s >= min(PATIENCE_CAP_S, self.again_s * 2.0 ** max(0, message.times - 1)):
                    self._send(message, now_s)

    async def settled(self) -> None:
        """Return once nothing is owed."""
        while self.owed:  # noqa: ASYNC110 - a look now and then is what run() does as well
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def outboxes(port: int, *, again_s: float = AGAIN_S) -> AsyncIterator[Outboxes]:
    """The gateways' side of the centre's broker."""
    box: Outboxes

    async def handle(topic: str, payload: bytes) -> None:
        await box.heard(topic, payload)

    link = Link(
        host="127.0.0.1", port=port, client_id="outboxes", subscriptions=(filters.every_site("ack"),), clean=True
    )
    async with connected(link, handle) as connection:
        box = Outboxes(connection, again_s)
        await connection.wait_up()
        sender = asyncio.create_task(box.run(), name="outboxes")
        try:
            yield box
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
