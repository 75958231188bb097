"""What the centre will never take: kept aside with its reason, and nobody relies on a centre that does not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.outward.forward import Forward
from gateway.store.counters import Counters, all_counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine, by_reason
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from protocol import acks
from runtime.clock import Clock
from tests.gateway.workers import SMOKE, WorkBench, read

LIFE_S = 10
CALLED = [("hand-07", "offered", 1), ("hand-08", "offered", 1)]


class Centre:
    """Answers what a site with a suspected fire has sent."""

    def __init__(self, bench: WorkBench, writer: Writer) -> None:
        counters = Counters()
        writer.keep_with(counters)
        self.bench = bench
        self.writer = writer
        self._forward = Forward(
            bench.site, Outbox(10**9, counters), Quarantine(1000, counters), counters, writer, Clock(),
            window=1, ack_timeout_ms=1000,
        )  # fmt: skip
        self._forward.refused = bench.pipeline.office.refused

    def owed(self) -> list[str]:
        """The ids of what is owed."""
        return [event.id for event in self.bench.events()]

    async def refuse(self) -> None:
        """It will never take any of it."""
        await self._answer(acks.encode([], [(message_id, "bad_text") for message_id in self.owed()]))

    async def take(self) -> None:
        """It has all of it."""
        await self._answer(acks.encode(self.owed()))

    async def _answer(self, payload: bytes) -> None:
        await self._forward.handle_ack("gw/1/chunfeng/gw/ack", payload)

    def list_it(self, *, active: bool) -> None:
        """It knows of the fire all the same."""
        row = {"id": self.bench.case(), "stage": "reported", "holder": None, "version": 1, "answers": 0}
        self.bench.centre(row | {"revision": 1, "active": active})


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    """The centre of a site with a suspected fire since second 5."""
    bench = WorkBench(tmp_path)
    bench.run(0, 5, SMOKE)
    writer = Writer(tmp_path / DATABASE)
    task = asyncio.create_task(writer.run())
    yield Centre(bench, writer)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    writer.close()
    bench.db.close()


async def test_a_fire_that_the_centre_took_is_the_centres(centre: Centre) -> None:
    """It calls people."""
    await centre.take()
    assert [centre.bench.step(second) for second in (6, 6 + LIFE_S, 600)] == [[], [], []]


async def test_a_fire_that_the_centre_refuses_is_the_sites(centre: Centre) -> None:
    """Nobody there knows of it: the site calls its people as if it had not been acknowledged, link or no link."""
    assert centre.bench.step(5) == []
    await centre.refuse()
    assert centre.owed() == []
    assert by_reason(centre.bench.db) == {"cloud:bad_text": 1}
    assert centre.bench.step(5 + LIFE_S - 1) == []
    assert all_counters(centre.bench.db)["cases.refused"] == 1
    assert read(centre.bench.step(5 + LIFE_S)) == CALLED


async def test_a_refusal_is_remembered_over_a_restart(centre: Centre) -> None:
    """As after kill -9."""
    await centre.refuse()
    centre.bench.restart()
    assert centre.bench.step(20) == []
    assert read(centre.bench.step(20 + LIFE_S)) == CALLED


@pytest.mark.parametrize(("active", "called"), [(True, []), (False, CALLED)])
async def test_a_centre_that_lists_the_fire_knows_of_it(
    centre: Centre, active: bool, called: list[tuple[str, str, int]]
) -> None:
    """Told again it took it; one that believes it cleared still knows of no fire."""
    assert centre.bench.step(5) == []
    await centre.refuse()
    centre.list_it(active=active)
    assert read(centre.bench.step(5 + LIFE_S)) == called
