"""From the broker into the stores: batches, each durable before anybody is told so, every message counted once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cloud.desk import Desk
from cloud.history.port import NotStored, Series
from cloud.intake.accept import Verdict, accept_history, accept_urgent
from cloud.intake.lanes import LIFE_SAFETY, OTHERS, is_last_word, lane
from protocol import acks, topics
from protocol.errors import TopicError

log = structlog.get_logger()

BATCH = 200
BATCH_BYTES = 1_000_000  # some twenty full history messages: bounds the memory of one append
# Defaults of ours. What waits beyond this is not held: its gateway owes it until we acknowledge it, and sends it again
HELD_MAX = 256_000_000  # bytes: a thousand messages of the largest size that brokers of ours let pass
LIVES_MORE = 64_000_000  # beyond it, for life safety, and for what nobody sends again
RETRY_S = 1.0  # a full disk or a locked file: try again, the broker keeps the rest back meanwhile
URGENT = ("incident", "status", "report")  # topics of one session; BULK has its own, the broker would hand out in order
BULK = ("history",)
COUNTED = (*URGENT, *BULK, "life_safety", "accepted", "put_off", "store_failed", "foreign_topic")

FULL = "look at the store and at this gateway; what is put off is sent again by its gateway, nothing is lost"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """One payload on its way."""

    topic: str
    site: str
    gateway: str
    kind: str
    payload: bytes
    number: int

    @property
    def same(self) -> tuple[str, bytes, int]:
        """Equal ones are one message. Not of states, which have no id: offline, online, offline is offline."""
        return self.topic, self.payload, self.number if self.kind == "status" else 0


Publish = Callable[[str, bytes], None]
Queue = asyncio.PriorityQueue[tuple[int, int, Message]]  # lane, number, what


class Intake:
    """Incidents and status in one queue, life safety before all, history in another: nothing delays a whistle."""

    def __init__(self, desk: Desk, series: Series) -> None:
        self._desk = desk
        self._series = series
        self.publish: Publish = _nowhere  # until there is a connection
        self._urgent: Queue = asyncio.PriorityQueue()  # bounded by the broker: so many unacknowledged messages
        self._bulk: Queue = asyncio.PriorityQueue()
        self._number = itertools.count()
        self._held_bytes = 0
        # of what waits or is being stored: who is told, once it is durable or refused for good
        self._stored: dict[tuple[str, bytes, int], asyncio.Future[None]] = {}
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self.refused: Counter[str] = Counter()  # by reason
        self.heard: dict[str, float] = {}  # gateway -> loop time of its last message

    async def handle(self, topic: str, payload: bytes) -> None:
        """Returns when the message is durable, refused for good or put off; the MQTT acknowledgement follows."""
        loop = asyncio.get_running_loop()
        try:
            site, gateway, kind = topics.parse(topic)
        except TopicError as error:
            self.counters["foreign_topic"] += 1
            log.warning("foreign_topic", topic=topic, why=str(error))
            return
        self.heard[gateway] = loop.time()
        self.counters[kind] += 1
        message, stored = Message(topic, site, gateway, kind, payload, next(self._number)), loop.create_future()
        older = self._stored.get(message.same)
        if older is None and not self._has_room(message):
            return
        self._stored[message.same] = stored
        if older is None:
            self._held_bytes += len(payload)
            self._put(message)
        elif not older.done():  # sent again: it waits once, and the broker owes us the newer one until it is stored
            older.set_result(None)
        await stored

    def health(self) -> dict[str, object]:
        """For /readyz: what came, and what waits for the store now."""
        waiting = {"urgent": self._urgent.qsize(), "bulk": self._bulk.qsize()}
        held = {"held": len(self._stored), "held_bytes": self._held_bytes, "held_bytes_max": HELD_MAX}
        return {**self.counters, **held, "waiting": waiting, "refused": dict(self.refused)}

    def _has_room(self, message: Message) -> bool:
        """False where too much waits already: memory is bounded whatever gateways send. Counted, and said."""
        wanted = self._held_bytes + len(message.payload)
        if wanted <= HELD_MAX:
            return True
        if wanted <= HELD_MAX + LIVES_MORE and (
            is_last_word(message.kind, message.payload) or lane(message.kind, message.payload) == LIFE_SAFETY
        ):
            return True
        if not self.counters["put_off"]:
            log.error("intake_full", held_bytes=self._held_bytes, gateway=message.gateway, remedy=FULL)
        self.counters["put_off"] += 1
        return False

    def _put(self, message: Message) -> None:
        bulk = message.kind in BULK
        first = OTHERS if bulk else lane(message.kind, message.payload)
        self.counters["life_safety"] += first == LIFE_SAFETY
        (self._bulk if bulk else self._urgent).put_nowait((first, message.number, message))

    async def run_urgent(self) -> None:
        """Commit incidents and status as they come, everything that waits in one transaction."""
        while True:
            await self._settle(await _batch(self._urgent), self._store_urgent)

    async def run_bulk(self) -> None:
        """Commit history rows as they come, everything that waits in one transaction."""
        while True:
            await self._settle(await _batch(self._bulk), self._store_history)

    def _store_urgent(self, batch: list[Message]) -> list[Verdict]:
        verdicts, changed = accept_urgent(self._desk, batch)
        self._desk.tell(changed)
        return verdicts

    def _store_history(self, batch: list[Message]) -> list[Verdict]:
        return accept_history(self._desk, self._series, batch)

    async def _settle(self, batch: list[Message], store: Callable[[list[Message]], list[Verdict]]) -> None:
        try:
            verdicts = await self._until_durable(lambda: asyncio.to_thread(store, batch))
        except BaseException:
            for message in batch:  # no acknowledgement: the broker and the gateway keep them and send again
                self._release(message).cancel()
            raise
        try:
            self._acknowledge(verdicts)
        finally:  # it is durable, whoever could be told so: else these would be held for ever
            for message in batch:
                stored = self._release(message)
                if not stored.done():
                    stored.set_result(None)

    def _release(self, message: Message) -> asyncio.Future[None]:
        self._held_bytes -= len(message.payload)
        return self._stored.pop(message.same)

    async def _until_durable(self, attempt: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await attempt()
            except (OperationalError, PoolTimeout, duckdb.OperationalError, duckdb.FatalException, NotStored) as error:
                self.counters["store_failed"] += 1
                log.error("store_failed", why=str(error), remedy="free disk space or mend the file; nothing is lost")  # noqa: TRY400
                await asyncio.sleep(RETRY_S)

    def _acknowledge(self, verdicts: list[Verdict]) -> None:
        """One ack per gateway, after the commit; a message without an id cannot be named in one."""
        ids: dict[tuple[str, str], list[str]] = {}
        rejected: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for verdict in verdicts:
            sender = (verdict.site, verdict.gateway)
            if verdict.reason:
                self.refused[verdict.reason] += 1
            else:
                self.counters["accepted"] += 1
            if verdict.message_id and verdict.reason:
                rejected.setdefault(sender, []).append((verdict.message_id, verdict.reason))
            elif verdict.message_id:
                ids.setdefault(sender, []).append(verdict.message_id)
        for sender in {**ids, **rejected}:
            payload = acks.encode(ids.get(sender, []), rejected.get(sender, []))
            self.publish(topics.build(*sender, "ack"), payload)


def _nowhere(topic: str, _payload: bytes) -> None:
    log.warning("no_link_for_ack", topic=topic)


async def _batch(queue: Queue) -> list[Message]:
    batch = [(await queue.get())[2]]
    size = len(batch[0].payload)
    while len(batch) < BATCH and size < BATCH_BYTES and not queue.empty():
        batch.append(queue.get_nowait()[2])
        size += len(batch[-1].payload)
    return batch
