"""What the gateway says about itself and its endpoints, and its ear for silence."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

from gateway.health.acceptance import Acceptance
from gateway.health.fitting import BESIDE_ROWS, fitted
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.settings import Settings
from gateway.site_file.site import Site
from gateway.store.counters import all_counters
from gateway.store.outbox import debt
from gateway.store.quarantine import by_reason
from gateway.store.writer import Writer
from protocol import status, topics
from runtime.clock import Clock
from runtime.ids import uuid7
from runtime.mqtt import Connection
from runtime.mqtt_way import LONGEST_S
from runtime.release import software

LOOK_S = 1.0
NOT_OFTENER_S = 0.5
Tells = Callable[[sqlite3.Connection], dict[str, Any]]
PATIENCE_S = 5  # real; in a fast replay `silence_ms` alone would be shorter than a hiccup of the machine


class Health:
    """Watches for silence and publishes the gateway's retained status."""

    def __init__(
        self, site: Site, settings: Settings, clock: Clock, pipeline: Pipeline, writer: Writer, boot: int
    ) -> None:
        self._site = site
        self._settings = settings
        self._clock = clock
        self._pipeline = pipeline
        self._writer = writer
        self._boot = boot
        self.instance = ""  # of this process: two gateways with one id differ in it
        self._news = asyncio.Event()
        self._took_s = 0.0  # the last one, on its way to the broker: a slow line must not be busy with nothing else
        self.topic = topics.build(site.site, site.gateway, "status")
        self.acceptance = Acceptance()
        self.failures: Counter[str] = Counter()  # of supervised tasks
        self.tells: tuple[Tells, ...] = ()  # what others add to the status, in the writer's thread
        writer.after_commit(self._look)

    def _look(self) -> None:
        if self._pipeline.rows.moved:
            self._news.set()

    def refused(self, id: str, reason: str) -> None:
        """The centre refuses a message of this id, of whatever kind."""
        if self.acceptance.refused(id, reason, asyncio.get_running_loop().time()):
            self._news.set()

    def hurry(self) -> None:
        """There is something to tell."""
        self._news.set()

    async def listen_for_silence(self, link: Connection, alive: Round) -> None:
        """While the link to the site's broker stands. While it is down their silence is ours, not theirs."""
        silence_s = self._silence_s()
        loop = asyncio.get_running_loop()
        while True:
            await alive.wait(link.wait_up)
            self._news.set()
            connects, up_s = link.connects, loop.time()
            while link.is_up and link.connects == connects:
                alive()
                now_ms = self._clock.now_ms()
                find = partial(self._pipeline.find_silent, now_ms=now_ms, now_s=loop.time())
                await self._writer.do(partial(find, up_s=up_s, silence_s=silence_s))
                await asyncio.sleep(LOOK_S)
            self._news.set()

    def _silence_s(self) -> float:
        return max(self._clock.real_s(self._settings.silence_ms), PATIENCE_S)

    async def watch_site_link(self, link: Connection, alive: Round) -> None:
        """Note when the link to the site's broker has been down for longer than an endpoint may be silent."""
        loop = asyncio.get_running_loop()
        up_s, noted = loop.time(), None
        while True:
            alive()
            now_s = loop.time()
            up_s = now_s if link.is_up else up_s
            up = link.is_up
            if up is not noted and (up or now_s - up_s > self._silence_s()):
                now_ms = self._clock.now_ms()
                up_ms = now_ms - round((now_s - up_s) * 1000 * self._clock.speed)
                await self._writer.do(partial(self._pipeline.note_site_link, now_ms=now_ms, up_ms=up_ms))
                noted = up
            await asyncio.sleep(LOOK_S)

    async def report(self, site_link: Connection, cloud_link: Connection, alive: Round) -> None:
        """Publish the status every few seconds and when something changed."""
        while True:
            await alive.wait(cloud_link.wait_up)
            async with AsyncExitStack() as turn:
                await alive.wait(partial(turn.enter_async_context, cloud_link.turn()))
                await self._say(site_link, cloud_link)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(NOT_OFTENER_S, self._took_s), LONGEST_S)):
                    await cloud_link.wait_lost()  # the next connection hears of us at once
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.status_every_ms / 1000):
                    await self._news.wait()

    async def _say(self, site_link: Connection, link: Connection) -> None:
        """How we are now that it is our turn: after a cut, what was true before it would be told as the truth."""
        loop = asyncio.get_running_loop()
        self._news.clear()
        fields = await self._writer.do(partial(self._durable_fields, longest=link.way.longest))
        fields |= self._live_fields(site_link)
        said_s = loop.time()
        payload = status.encode(self.acceptance.fit(fields, uuid7(self._clock.now_ms()), said_s))
        link.publish(self.topic, payload, retain=True, taken=lambda: self._took(loop.time() - said_s))

    def _took(self, took_s: float) -> None:
        self._took_s = took_s

    async def announce(self, cloud_link: Connection, alive: Round) -> None:
        """After every reconnection the broker holds our last will: contradict it at once."""
        while True:
            await alive.wait(cloud_link.wait_up)
            self._news.set()
            await alive.wait(cloud_link.wait_lost)
            await asyncio.sleep(NOT_OFTENER_S)

    def _durable_fields(self, db: sqlite3.Connection, longest: int) -> dict[str, Any]:
        counters = all_counters(db)
        owed = debt(db)
        reasons = by_reason(db)
        dropped = {name.rsplit(".", 1)[-1]: n for name, n in counters.items() if name.startswith("outbox.dropped.")}
        more = {name: value for tell in self.tells for name, value in tell(db).items()}
        beside = {
            **more,
            "outbox": {
                "pending": owed.pending,
                "bytes": owed.bytes,
                "oldest_ms": owed.oldest_ms,
                "dropped": dropped,
            },
            "shelved": self._pipeline.book.shelved(db, self._clock.now_ms()),
            "quarantine": {"count": sum(reasons.values()), "by_reason": reasons},
            "counters": counters,
            **self._pipeline.office.fields(db),
            **self._pipeline.agreement.fields(db),
        }
        rows = longest // 4  # on a quick line both bounds are those of the contract
        return fitted(beside, min(BESIDE_ROWS, longest - rows)) | self._pipeline.endpoints(db, room=rows)

    def _live_fields(self, site_link: Connection) -> dict[str, Any]:
        return {
            "state": status.ONLINE,
            "why": status.HEARTBEAT,
            "boot": self._boot,
            "at_ms": self._clock.now_ms(),
            "gateway": self._site.gateway,
            "instance": self.instance,
            "site": self._site.site,
            "software": software(),
            "site_link": "up" if site_link.is_up else "down",
            "databases_torn": self._writer.torn,
            "failures": dict(self.failures),
        }

    def farewell(self, why: str) -> bytes:
        """The status of a clean exit, or the last will (which cannot know its time)."""
        at_ms = None if why == status.LAST_WILL else self._clock.now_ms()
        fields = {"state": status.OFFLINE, "why": why, "boot": self._boot, "at_ms": at_ms}
        return status.encode({**fields, "gateway": self._site.gateway, "instance": self.instance})
