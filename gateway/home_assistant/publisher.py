"""Tells Home Assistant over the site's broker: descriptions after every restart of either, values as they come."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from functools import partial

from gateway.adapters import Number
from gateway.home_assistant import discovery
from gateway.home_assistant.discovery import ALARM, OFFLINE, ONLINE, PROBLEM
from gateway.home_assistant.live import Live, Shown
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.site_file.home_assistant_section import HomeAssistant
from gateway.site_file.site import Site
from gateway.store.writer import Writer
from runtime.clock import Clock
from runtime.mqtt import Connection

LOOK_S = 1.0
AT_ONCE = 200  # descriptions; then the broker and its other guests have their turn


class Publisher:
    """One for a gateway; silent where the site file has no section for it."""

    def __init__(self, site: Site, live: Live, pipeline: Pipeline, writer: Writer, clock: Clock, software: str) -> None:
        self._site = site
        self._pipeline = pipeline
        self._live = live
        self._writer = writer
        self._clock = clock
        self._software = software
        self._again = asyncio.Event()  # somebody started anew and knows nothing
        self._numbers: dict[str, tuple[Number, ...]] = {}  # as they were described
        self._told: dict[str, tuple[object, ...]] = {}  # device -> what was urgent of it

    @property
    def _settings(self) -> HomeAssistant:
        return self._site.home_assistant

    def hears(self, topic: str) -> bool:
        """True for Home Assistant's own word that it has started."""
        return topic == discovery.birth_topic(self._settings)

    async def hear(self, payload: bytes) -> None:
        """It has started, or ends."""
        if payload.strip() == ONLINE.encode():
            self._again.set()

    async def run(self, link: Connection, alive: Round) -> None:
        """For ever. After every connection all is told anew: a broker may have lost what it kept."""
        while True:
            await alive.wait(link.wait_up)
            connects = link.connects
            self._again.set()
            sent_s = 0.0
            while link.is_up and link.connects == connects:
                alive()
                self._live.wanted = self._settings.enabled
                if self._again.is_set():
                    self._again.clear()
                    await self._describe(link)
                    sent_s = 0.0
                now_s = asyncio.get_running_loop().time()
                whole = now_s - sent_s >= self._settings.every_s / self._clock.speed
                sent_s = now_s if whole else sent_s
                await self._tell(link, whole=whole)
                await asyncio.sleep(LOOK_S / self._clock.speed)

    async def _describe(self, link: Connection) -> None:
        wanted = {}
        if self._settings.enabled:
            for member in (*self._site.endpoints.values(), *self._site.foreign.values()):
                topic = discovery.config_topic(self._settings, self._site.site, member.device)
                wanted[topic] = member
        gone = await self._writer.do(partial(_remember, wanted=list(wanted)))
        self._numbers = await self._writer.do(self._live.numbers)
        for topic in gone:
            link.publish(topic, b"", retain=True)  # what is not of the site any more must not stay as a ghost
        if wanted:
            link.publish(discovery.availability_topic(self._site.site), ONLINE.encode(), retain=True)
        self._told.clear()
        for number, (topic, member) in enumerate(wanted.items(), 1):
            numbers = self._numbers.get(member.device)
            found = discovery.config(
                self._settings, self._site.site, self._site.gateway, member, self._software, numbers
            )
            link.publish(topic, json.dumps(found, ensure_ascii=False).encode(), retain=True)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0.1)

    async def _tell(self, link: Connection, *, whole: bool) -> None:
        if not self._settings.enabled:
            return
        devices = [*(self._site.endpoints if whole else self._live.take_news()), *self._site.foreign]
        for part in _parts(devices):
            look = partial(self._live.shown, devices=part, watching=self._pipeline.watching)
            shown = await self._writer.do(look)
            for one in shown:
                self._tell_one(link, one, whole=whole)
                described = self._numbers.get(one.device)
                if described is not None and set(one.values) - {ALARM, PROBLEM} != {number.id for number in described}:
                    self._again.set()  # a component that has not measured before

    def _tell_one(self, link: Connection, shown: Shown, *, whole: bool) -> None:
        site, before = self._site.site, self._told.get(shown.device)
        if before is None or before[0] is not shown.online:
            said = ONLINE if shown.online else OFFLINE
            link.publish(discovery.availability_topic(site, shown.device), said.encode(), retain=True)
        if whole or before != shown.urgent:
            link.publish(discovery.state_topic(site, shown.device), json.dumps(dict(shown.values)).encode())
            self._told[shown.device] = shown.urgent


def _parts(devices: list[str]) -> Iterable[list[str]]:
    return (devices[at : at + AT_ONCE] for at in range(0, len(devices), AT_ONCE))


def _remember(db: sqlite3.Connection, wanted: list[str]) -> list[str]:
    """Note what stands on the broker from now on; what stood there before and is not wanted any more."""
    known = {topic for (topic,) in db.execute("SELECT topic FROM announced")}
    gone = sorted(known - set(wanted))
    db.executemany("DELETE FROM announced WHERE topic = ?", ((topic,) for topic in gone))
    db.executemany("INSERT OR IGNORE INTO announced VALUES (?)", ((topic,) for topic in wanted))
    return gone
