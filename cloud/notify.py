"""Delivers what people are owed: each notice has its own state, a failure of one never holds another back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import select

from cloud.desk import Changed
from cloud.store.engine import Store
from cloud.store.models import Notice
from runtime.clock import Clock

log = structlog.get_logger()
BATCH = 200
AGAIN_S = 5.0  # between attempts on what could not be delivered; it stays owed and visible until it could


class NotDelivered(Exception):
    """The channel could not deliver now; trying again may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One message to one person. The text is made from the incident when it is sent, so it is never an old one."""

    id: int
    incident_id: str
    person: str
    tier: str
    step: str


class Channel(Protocol):
    """A way to reach people."""

    def send(self, owed: Owed) -> None:
        """Deliver or raise NotDelivered."""


class ConsoleChannel:
    """The page itself: whoever has it open sees the notice in the log of the incident."""

    def send(self, owed: Owed) -> None:
        """Say it in the process log as well."""
        log.info("notice", person=owed.person, incident=owed.incident_id, step=owed.step, tier=owed.tier)


class Notifier:
    """Works off the owed notices; at least once, because the state is written after the delivery."""

    def __init__(self, store: Store, clock: Clock, channels: dict[str, Channel]) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    def changed(self, _change: Changed) -> None:
        """A listener of the desk: somebody may be owed something."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver and wait, for ever."""
        while True:
            self._wake.clear()
            if await asyncio.to_thread(self.deliver) == BATCH:
                continue
            try:
                async with asyncio.timeout(AGAIN_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def deliver(self) -> int:
        """Try what is owed; how many were delivered."""
        with self._store.read() as session:
            query = select(Notice).where(Notice.state == "owed").order_by(Notice.attempts, Notice.id).limit(BATCH)
            owed = [(notice.channel, _owed(notice)) for notice in session.scalars(query)]
        outcome = {message.id: self._send(channel, message) for channel, message in owed}
        if not outcome:
            return 0
        with self._store.write() as session:
            for notice in session.scalars(select(Notice).where(Notice.id.in_(list(outcome)))):
                notice.attempts += 1
                if outcome[notice.id]:
                    notice.state, notice.delivered_at_ms = "delivered", self._clock.now_ms()
        return sum(outcome.values())

    def _send(self, channel: str, message: Owed) -> bool:
        try:
            self._channels[channel].send(message)
        except NotDelivered as error:
            log.warning("notice_not_delivered", channel=channel, person=message.person, why=str(error))
            return False
        return True


def _owed(notice: Notice) -> Owed:
    return Owed(id=notice.id, incident_id=notice.incident_id, person=notice.person, tier=notice.tier, step=notice.step)
