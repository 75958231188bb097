"""What is being sent over a connection: in order, what can wait in turn, and what the broker has not acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gmqtt import Client, Message
from gmqtt.storage import PersistentStorage

from runtime.mqtt_way import Way
from runtime.paced import Paced

Then = Callable[[], None]


class Sent(PersistentStorage):  # type: ignore[misc]  # of a library without types
    """What the broker has not acknowledged. `then` is called once it has the next message that is sent."""

    def __init__(self, way: Way, moved: Then) -> None:
        super().__init__()
        self._way = way
        self._moved = moved
        self._thens: dict[int, Then] = {}
        self.then: Then | None = None

    @property
    def oldest(self) -> bytes | None:
        """The first packet of them."""
        return next(iter(self._messages.values()), None)

    def push_message(self, mid: int, raw_package: bytes) -> None:
        """A packet was written."""
        super().push_message(mid, raw_package)
        if self.then is not None:
            self._thens[mid], self.then = self.then, None
        self._way.sent(mid, len(raw_package), time.monotonic())
        self._moved()

    def remove_message_by_mid(self, mid: int) -> None:
        """The broker has it."""
        super().remove_message_by_mid(mid)
        self._way.taken(mid, time.monotonic())
        then = self._thens.pop(mid, None)
        if then is not None:
            then()
        self._moved()

    def clear(self) -> None:
        """Nothing is owed any more."""
        self._thens.clear()
        super().clear()


class Sending:
    """Of one connection after the other."""

    def __init__(self) -> None:
        self._turn, self._free = asyncio.Lock(), asyncio.Event()
        self._outgoing: Paced[tuple[Message, Then | None]] = Paced(lambda _: None)
        self._first: tuple[bytes | None, float] = (None, 0.0)
        self.begin()

    def begin(self) -> Sent:
        """A client is made; what it keeps of what it sends."""
        self.way = Way()
        self._sent = Sent(self.way, self._moved)
        return self._sent

    def up(self, client: Client) -> None:
        """It is connected."""

        def send(one: tuple[Message, Then | None]) -> None:
            message, self._sent.then = one
            client.publish(message)

        self._outgoing = Paced(send)  # a broker of MQTT 5 takes so many at once
        self._moved()

    def down(self) -> None:
        """It is not, any more: nothing is sent, and nobody's turn comes."""
        self._free.clear()
        self._outgoing.end()

    def still_s(self) -> float:
        """For how long the first of what the broker has not acknowledged has been the same, as often as it is asked."""
        oldest, now_s = self._sent.oldest, time.monotonic()
        if oldest is None or oldest is not self._first[0]:
            self._first = (oldest, now_s)
        return now_s - self._first[1]

    def put(self, message: Message, then: Then | None) -> None:
        """Send it after all that were put before; `then` is called once the broker has it."""
        self._outgoing.put((message, then))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One after the other, while little is on its way."""
        async with self._turn:
            await self._free.wait()
            yield

    def _moved(self) -> None:
        (self._free.set if self.way.is_free else self._free.clear)()
