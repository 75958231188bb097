"""Looks every second, and at once where something came, at what the site's people must be told; sends it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import structlog

from gateway.pulse.rounds import Round
from gateway.site_file.site import Site
from gateway.store.quarantine import Quarantine
from gateway.store.writer import Writer
from gateway.work.office import Office
from protocol import topics
from protocol.errors import PayloadError
from runtime.clock import Clock
from runtime.mqtt import Connection

log = structlog.get_logger()
STEP_S = 1.0


class Dispatch:
    """The office's clock and its post."""

    def __init__(self, site: Site, office: Office, quarantine: Quarantine, writer: Writer, clock: Clock) -> None:
        self._site = site
        self._office = office
        self._quarantine = quarantine
        self._writer = writer
        self._clock = clock
        self._wake = asyncio.Event()
        writer.after_commit(self._look)

    def _look(self) -> None:
        if self._office.news:
            self._wake.set()

    async def run(self, site_link: Connection, cloud_link: Connection, alive: Round) -> None:
        """For ever. Without the site's link nothing is lost: what nobody confirms is sent again."""
        loop = asyncio.get_running_loop()
        heard_s = loop.time()
        while True:
            alive()
            self._wake.clear()
            now_s = loop.time()
            heard_s = now_s if cloud_link.is_up else heard_s
            down_s = (now_s - heard_s) * self._clock.speed
            step = partial(
                self._office.step, now_ms=self._clock.now_ms(), now_s=now_s * self._clock.speed, down_s=down_s
            )
            for mail in await self._writer.do(step):
                site_link.publish(topics.build(self._site.site, mail.device, mail.kind), mail.payload)
            with suppress(TimeoutError):
                async with asyncio.timeout(STEP_S / self._clock.speed):
                    await self._wake.wait()

    async def handle_desk(self, topic: str, payload: bytes) -> None:
        """The list of the centre: returns once it is durable."""
        try:
            await self._writer.do(lambda db: self._office.desk(db, payload))
        except PayloadError as error:
            reason = error.reason
            log.warning("desk_refused", reason=reason)
            now_ms = self._clock.now_ms()
            await self._writer.do(lambda db: self._quarantine.add(db, now_ms, reason, topic, payload))
