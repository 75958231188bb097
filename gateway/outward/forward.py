"""From the outbox to the cloud: incidents first, a window of unacknowledged messages, again until acknowledged.

Life safety is written to the line at once. All else waits its turn there (`Connection.turn`), so that on a slow line
little is under way before a fire.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from gateway.pulse.latency import CLOUD, CLOUD_HISTORY, QUEUE, QUEUE_HISTORY, Latency
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.outbox import URGENT, Message, Outbox, Priority
from gateway.store.quarantine import Quarantine
from gateway.store.writer import Writer
from protocol import acks, topics
from protocol.errors import PayloadError
from runtime.clock import Clock
from runtime.mqtt import Connection

log = structlog.get_logger()
URGENT_WINDOW = 256  # incidents do not wait behind the window of history
PATIENCE_CAP_S = 30.0  # a broker keeps every repetition for a cloud that is away: repeat less and less
HOPE_MS = 300_000  # default of ours: a picture waits so long for a line that is quick enough for it

Refused = Callable[[sqlite3.Connection, str], None]


def _nobody_minds(_db: sqlite3.Connection, _message_id: str) -> None:
    pass


@dataclass(slots=True)
class _Flight:
    """A message between its first read and its acknowledgement. The cloud's time begins when the broker has it."""

    priority: Priority
    sent_s: float | None = None
    taken_s: float | None = None

    @property
    def urgent(self) -> bool:
        """It waits for no history."""
        return self.priority <= URGENT


class Forward:
    """Sends what the outbox owes over one connection, and handles the cloud's acknowledgements."""

    def __init__(
        self,
        site: Site,
        outbox: Outbox,
        quarantine: Quarantine,
        counters: Counters,
        writer: Writer,
        clock: Clock,
        *,
        window: int,
        ack_timeout_ms: int,
    ) -> None:
        self._site = site
        self._outbox = outbox
        self._quarantine = quarantine
        self._counters = counters
        self._writer = writer
        self._clock = clock
        self._window = window
        self._ack_timeout_s = ack_timeout_ms / 1000
        self._unanswered = 0  # time-outs since the last acknowledgement
        self._flying: dict[str, _Flight] = {}  # by id, oldest first
        self._ready: tuple[deque[Message], deque[Message]] = (deque(), deque())  # wait for their turn: urgent, others
        self._held_back = 0
        self._wake, self._more = asyncio.Event(), asyncio.Event()
        self.refused: Refused = _nobody_minds  # called with what the cloud will never take
        self.refused_other: Callable[[str, str], None] = lambda _id, _reason: None  # ... of any message, and why
        self.latency = Latency()  # whoever wires a process puts its own here
        writer.after_commit(self._look)

    @property
    def in_flight(self) -> int:
        """Messages on their way and not yet acknowledged, and pictures that wait for a better line."""
        return len(self._flying) + self._held_back

    def _look(self) -> None:
        if self._outbox.grew:
            self._outbox.grew = False
            self._wake.set()

    async def run(self, link: Connection) -> None:
        """Send, for ever. Whatever was flying when a connection was lost flies again on the next."""
        while True:
            await link.wait_up()
            self._flying.clear()
            for ready in self._ready:
                ready.clear()
            self._unanswered = 0
            self._wake.set()
            doing = [asyncio.create_task(do(link), name=do.__name__) for do in (self._send, self._carry)]
            lost = asyncio.create_task(link.wait_lost(), name="lost")
            try:
                await asyncio.wait((*doing, lost), return_when=asyncio.FIRST_COMPLETED)
                for task in doing:
                    if task.done():
                        task.result()
            finally:
                for task in (*doing, lost):
                    task.cancel()
                await asyncio.gather(*doing, lost, return_exceptions=True)

    async def _send(self, link: Connection) -> None:
        while True:
            self._wake.clear()
            now_s = asyncio.get_running_loop().time()
            overdue = self._overdue(now_s)
            self._unanswered += bool(overdue)
            for message_id in overdue:
                del self._flying[message_id]
            window = 1 if self._unanswered else self._window  # one batch is enough to find out
            urgent = sum(flight.urgent for flight in self._flying.values())
            room, history_room = URGENT_WINDOW - urgent, window - (len(self._flying) - urgent)
            # a flood of others that wait for their turn takes no room from it
            lives = URGENT_WINDOW - sum(flight.priority is Priority.LIFE_SAFETY for flight in self._flying.values())
            if max(room, history_room, lives) > 0:
                job = partial(self._next, flying=set(self._flying), urgent=room, history=history_room, lives=lives)
                job = partial(job, overdue=len(overdue), longest=link.way.longest)
                self._take(link, await self._writer.do(job, soon=True))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s()):
                    await self._wake.wait()

    def _next(
        self, db: sqlite3.Connection, *, flying: set[str], overdue: int, longest: int, **room: int
    ) -> list[Message]:
        if overdue:
            self._counters.add("resent", overdue)
        beyond = self._outbox.pictures_beyond(db, longest)
        given_up = [key for key, created_ms in beyond if created_ms < self._clock.now_ms() - HOPE_MS]
        if given_up:
            self._counters.add("pictures.line_too_slow", self._outbox.remove(db, given_up))
        self._held_back = len(beyond) - len(given_up)
        return self._outbox.next(db, flying, longest=longest, **room)

    def _take(self, link: Connection, messages: list[Message]) -> None:
        for message in messages:
            self._flying[message.id] = _Flight(message.priority)
            if message.priority is Priority.LIFE_SAFETY:
                self._publish(link, message)
            else:
                self._ready[message.priority > URGENT].append(message)
                self._more.set()

    async def _carry(self, link: Connection) -> None:
        """One after the other of what can wait, each in its turn."""
        while True:
            await self._more.wait()
            async with link.turn():
                ready = next(filter(None, self._ready), None)
                if ready is None:
                    self._more.clear()
                elif ready[0].id in self._flying:
                    self._publish(link, ready.popleft())
                else:
                    ready.popleft()  # acknowledged meanwhile: it was sent over the connection before

    def _publish(self, link: Connection, message: Message) -> None:
        flight = self._flying[message.id]
        flight.sent_s = asyncio.get_running_loop().time()

        def taken() -> None:
            flight.taken_s = asyncio.get_running_loop().time()

        link.publish(topics.build(self._site.site, self._site.gateway, message.kind), message.payload, taken=taken)
        waited_s = (self._clock.now_ms() - message.created_ms) / 1000
        self.latency.observe(QUEUE if flight.urgent else QUEUE_HISTORY, waited_s)

    def _overdue(self, now_s: float) -> list[str]:
        return [
            key for key, flight in self._flying.items()
            if flight.taken_s is not None and now_s - flight.taken_s >= self._timeout_s()
        ]  # fmt: skip

    def _timeout_s(self) -> float:
        return min(PATIENCE_CAP_S, self._ack_timeout_s * 2.0 ** min(self._unanswered, 10))

    def _patience_s(self) -> float | None:
        if not self._flying:
            return None
        now_s = asyncio.get_running_loop().time()
        first_s = min((flight.taken_s for flight in self._flying.values() if flight.taken_s is not None), default=now_s)
        return max(0.05, first_s + self._timeout_s() - now_s)

    async def handle_ack(self, topic: str, payload: bytes) -> None:
        """Forget what the cloud has, and keep aside what it will never take."""
        try:
            ids, rejected = acks.decode(payload)
        except PayloadError as error:
            reason = error.reason
            await self._writer.do(lambda db: self._quarantine.add(db, self._clock.now_ms(), reason, topic, payload))
            return
        await self._writer.do(lambda db: self._settle(db, ids, rejected), soon=True)
        now_s = asyncio.get_running_loop().time()
        for message_id in [*ids, *(message_id for message_id, _ in rejected)]:
            flight = self._flying.pop(message_id, None)
            if flight is not None and flight.sent_s is not None:
                self.latency.observe(CLOUD if flight.urgent else CLOUD_HISTORY, now_s - flight.sent_s)
        for message_id, reason in rejected:
            self.refused_other(message_id, reason)
        self._unanswered = 0
        self._wake.set()

    def _settle(self, db: sqlite3.Connection, ids: list[str], rejected: list[tuple[str, str]]) -> None:
        self._counters.add("acknowledged", self._outbox.remove(db, ids))
        for message_id, reason in rejected:
            message = self._outbox.get(db, message_id)
            if message is None:
                continue
            topic = topics.build(self._site.site, self._site.gateway, message.kind)
            self._quarantine.add(db, self._clock.now_ms(), f"cloud:{reason}", topic, message.payload)
            self._outbox.remove(db, [message_id])
            self.refused(db, message_id)
