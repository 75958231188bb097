"""From the outbox to the cloud: incidents first, a window of unacknowledged messages, again until acknowledged."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from gateway.pulse.latency import CLOUD, CLOUD_HISTORY, QUEUE, QUEUE_HISTORY, Latency
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.outbox import URGENT, Message, Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.writer import Writer
from protocol import acks, topics
from protocol.errors import PayloadError
from runtime.clock import Clock
from runtime.mqtt import Connection

log = structlog.get_logger()
URGENT_WINDOW = 256  # incidents do not wait behind the window of history
PATIENCE_CAP_S = 30.0  # a broker keeps every repetition for a cloud that is away: repeat less and less

Refused = Callable[[sqlite3.Connection, str], None]


def _nobody_minds(_db: sqlite3.Connection, _message_id: str) -> None:
    pass


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
        self._flying: dict[str, tuple[float, bool]] = {}  # id -> (sent at, urgent), oldest first
        self._wake = asyncio.Event()
        self.refused: Refused = _nobody_minds  # called with what the cloud will never take
        self.latency = Latency()  # whoever wires a process puts its own here
        writer.after_commit(self._look)

    @property
    def in_flight(self) -> int:
        """Messages sent and not yet acknowledged."""
        return len(self._flying)

    def _look(self) -> None:
        if self._outbox.grew:
            self._outbox.grew = False
            self._wake.set()

    async def run(self, link: Connection) -> None:
        """Send, for ever. Whatever was flying when a connection was lost flies again on the next."""
        while True:
            await link.wait_up()
            self._flying.clear()
            self._unanswered = 0
            self._wake.set()
            sending = asyncio.create_task(self._send(link), name="send")
            lost = asyncio.create_task(link.wait_lost(), name="lost")
            try:
                await asyncio.wait((sending, lost), return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                sending.cancel()
                lost.cancel()
                await asyncio.gather(sending, lost, return_exceptions=True)

    async def _send(self, link: Connection) -> None:
        while True:
            self._wake.clear()
            now_s = asyncio.get_running_loop().time()
            overdue = self._overdue(now_s)
            self._unanswered += bool(overdue)
            for message_id in overdue:
                del self._flying[message_id]
            window = 1 if self._unanswered else self._window  # one batch is enough to find out
            urgent = sum(is_urgent for _, is_urgent in self._flying.values())
            room, history_room = URGENT_WINDOW - urgent, window - (len(self._flying) - urgent)
            if room > 0 or history_room > 0:
                job = partial(
                    self._next, flying=set(self._flying), urgent=room, history=history_room, overdue=len(overdue)
                )
                self._publish(link, await self._writer.do(job, soon=True))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s()):
                    await self._wake.wait()

    def _next(
        self, db: sqlite3.Connection, *, flying: set[str], urgent: int, history: int, overdue: int
    ) -> list[Message]:
        if overdue:
            self._counters.add("resent", overdue)
        return self._outbox.next(db, flying, urgent, history)

    def _publish(self, link: Connection, messages: list[Message]) -> None:
        now_s = asyncio.get_running_loop().time()
        for message in messages:
            link.publish(topics.build(self._site.site, self._site.gateway, message.kind), message.payload)
            urgent = message.priority <= URGENT
            self._flying[message.id] = (now_s, urgent)
            waited_s = (self._clock.now_ms() - message.created_ms) / 1000
            self.latency.observe(QUEUE if urgent else QUEUE_HISTORY, waited_s)

    def _overdue(self, now_s: float) -> list[str]:
        return [key for key, (sent_s, _) in self._flying.items() if now_s - sent_s >= self._timeout_s()]

    def _timeout_s(self) -> float:
        return min(PATIENCE_CAP_S, self._ack_timeout_s * 2.0 ** min(self._unanswered, 10))

    def _patience_s(self) -> float | None:
        if not self._flying:
            return None
        first_s = min(sent_s for sent_s, _ in self._flying.values())
        return max(0.05, first_s + self._timeout_s() - asyncio.get_running_loop().time())

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
            sent_s, urgent = self._flying.pop(message_id, (None, False))
            if sent_s is not None:
                self.latency.observe(CLOUD if urgent else CLOUD_HISTORY, now_s - sent_s)
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
