"""A line on which everything that can wait waits: what is said in its turn is true then, and a fire waits for none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

from gateway import app
from gateway.outward.forward import URGENT_WINDOW, Forward
from gateway.pulse.rounds import Round
from gateway.settings import Settings
from gateway.site_file.site import load
from gateway.store.counters import Counters
from gateway.store.outbox import Message, Outbox, Priority
from gateway.store.quarantine import Quarantine
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from runtime.clock import Clock
from runtime.mqtt import Connection
from runtime.mqtt_way import Way
from tests.gateway.peers import until
from tests.gateway.site import write_site


class Line:
    """A link to the centre. The test says when it is free, and when it is lost."""

    is_up = True

    def __init__(self) -> None:
        self.way = Way()
        self.free, self.lost = asyncio.Event(), asyncio.Event()
        self.sent: list[bytes] = []

    async def wait_up(self) -> None:
        """It is."""

    async def wait_lost(self) -> None:
        """As the test says."""
        await self.lost.wait()

    def publish(
        self, _topic: str, payload: bytes, retain: bool = False, taken: Callable[[], None] | None = None
    ) -> None:
        """On its way; nobody has it yet."""
        self.sent.append(payload)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """As the test says."""
        await self.free.wait()
        yield


@asynccontextmanager
async def _reporting(folder: Path, line: Line) -> AsyncIterator[app.Gateway]:
    settings = Settings(data_dir=folder / "data", status_every_ms=100, http_port=0)
    settings.data_dir.mkdir()
    gateway = app.Gateway(load(write_site(folder, 1)), settings, Clock())
    link = cast(Connection, line)
    report = gateway.health.report(link, link, Round(lambda _name, _within_s: None, "report"))
    tasks = [asyncio.create_task(gateway.writer.run()), asyncio.create_task(report)]
    try:
        yield gateway
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        gateway.writer.close()


async def test_a_status_says_how_it_is_when_its_turn_has_come(tmp_path: Path) -> None:
    """After a cut of hours the first one is not of before the cut."""
    line = Line()
    async with _reporting(tmp_path, line) as gateway:
        for _ in range(20):  # it waits for its turn
            await gateway.writer.do(lambda _db: None)
            await asyncio.sleep(0.01)
        mended_ms = Clock().now_ms()
        line.free.set()
        await until(lambda: line.sent)
        assert json.loads(line.sent[0])["at_ms"] >= mended_ms


async def test_a_new_connection_hears_of_us_at_once(tmp_path: Path) -> None:
    """However long the last status took on the one before: the broker holds our last will against us."""
    line = Line()
    async with _reporting(tmp_path, line) as gateway:
        gateway.health._took(1e6)
        line.free.set()
        await until(lambda: line.sent)
        line.lost.set()
        async with asyncio.timeout(5):
            await until(lambda: len(line.sent) > 1)


async def test_a_fire_waits_for_none_of_those_that_wait_for_their_turn(tmp_path: Path) -> None:
    """More incidents than we hold at once stand before it, and not one of them has gone."""
    counters, line = Counters(), Line()
    outbox, writer = Outbox(10**9, counters), Writer(tmp_path / DATABASE)
    writer.keep_with(counters)
    site = load(write_site(tmp_path, 1))
    forward = Forward(
        site, outbox, Quarantine(1000, counters), counters, writer, Clock(), window=1, ack_timeout_ms=1000
    )

    async def owe(priority: Priority, *ids: str) -> None:
        rows = [Message(id=one, priority=priority, kind="incident", created_ms=0, payload=one.encode()) for one in ids]
        await writer.do(lambda db: [outbox.add(db, row) for row in rows], soon=True)

    tasks = [asyncio.create_task(writer.run()), asyncio.create_task(forward.run(cast(Connection, line)))]
    try:
        await owe(Priority.INCIDENT, *(f"i{number}" for number in range(URGENT_WINDOW + 10)))
        await until(lambda: forward.in_flight == URGENT_WINDOW)
        await owe(Priority.LIFE_SAFETY, "fire")
        await until(lambda: line.sent)
        assert line.sent == [b"fire"]
        line.free.set()
        await until(lambda: len(line.sent) == 1 + URGENT_WINDOW)
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()
