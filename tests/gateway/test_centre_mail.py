"""What comes from the centre and cannot be worked in: kept aside, and the link stands."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings
from gateway.site_file.site import load
from gateway.store.quarantine import by_reason
from gateway.wiring import Gateway
from protocol import desk, topics
from runtime.clock import Clock
from tests.gateway.workers import write_workers

ROW: dict[str, Any] = {"id": "a", "stage": "accepted", "version": 1, "answers": 0}
TOLD = {"kind": "hazard", "severity": "major", "place": "p", "grid": "1", "at_ms": 1, "active": True, "text": "t"}
HALF = "\ud83d"  # half a character: JSON can say it, a database cannot keep it
HUGE = 1 << 70  # nor this
LISTS = {
    "a whole number that no database holds": [ROW | {"version": HUGE}],
    "half a character in a name": [ROW | {"holder": HALF, "stage": "dispatched"}],
    "half a character in an id": [ROW | {"id": HALF}],
    "half a character in who is called": [ROW | {"called": {HALF: 1}}],
    "called too often": [ROW | {"called": {"lin": HUGE}}],
    "a revision that no database holds": [ROW | {"revision": HUGE, "active": True}],
    "a find with half a character": [ROW | {"by": "people", "told": TOLD | {"text": HALF}}],
    "a find of a time that no database holds": [ROW | {"by": "people", "told": TOLD | {"at_ms": HUGE}}],
    "a find of a kind that is not known here": [ROW | {"by": "people", "told": TOLD | {"kind": "of-tomorrow"}}],
    "the same twice": [ROW, ROW],
}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """All of it but its connections."""
    site = load(write_workers(tmp_path, 1883))
    gateway = Gateway(site, Settings(data_dir=tmp_path / "data", commit_every_ms=0, reserve_mb=0), Clock())
    writing = asyncio.create_task(gateway.writer.run())
    yield gateway
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    gateway.writer.close()


async def looks(gateway: Gateway) -> None:
    """What follows from what was heard: the rounds go on."""
    now_ms = Clock().now_ms()
    await gateway.writer.do(lambda db: gateway.pipeline.office.step(db, now_ms, 1.0, 99.0))
    await gateway.writer.do(lambda db: gateway.pipeline.let_time_pass(db, now_ms, 1))


async def test_a_list_that_breaks_something_does_not_break_the_link(gateway: Gateway) -> None:
    """It is retained: whoever raises over it hears it again with the next connection, for ever."""
    topic = topics.build("chunfeng", "gw-chunfeng", "task")
    for number, rows in enumerate(LISTS.values()):
        await gateway.hear_cloud(topic, desk.encode(2 * number, rows))
        await looks(gateway)
        await gateway.hear_cloud(topic, desk.encode(2 * number + 1, [ROW]))
        await looks(gateway)
        found = await gateway.writer.do(lambda db: db.execute("SELECT number FROM desk").fetchone())
        assert found == (2 * number + 1,)


async def test_rubbish_is_put_aside(gateway: Gateway) -> None:
    """Under every name."""
    for kind in ("task", "ack", "status"):
        for payload in (b"", b"\xff", b"null", b"[]", b"{}", b"[" * 5_000, b'{"instance": []}'):
            await gateway.hear_cloud(topics.build("chunfeng", "gw-chunfeng", kind), payload)
    await looks(gateway)


async def test_an_acknowledgement_that_breaks_something_is_kept(gateway: Gateway) -> None:
    """With its reason, for whoever looks."""
    payload = json.dumps({"ids": [HALF], "rejected": []}).encode()
    await gateway.hear_cloud(topics.build("chunfeng", "gw-chunfeng", "ack"), payload)
    reasons = await gateway.writer.do(by_reason)
    assert reasons == {"internal_error": 1}


async def test_what_the_disk_refuses_comes_again(gateway: Gateway) -> None:
    """That is no fault of the message."""
    await gateway.writer.do(lambda db: db.execute("DROP TABLE desk"))
    with pytest.raises(sqlite3.OperationalError):
        await gateway.hear_cloud(topics.build("chunfeng", "gw-chunfeng", "task"), desk.encode(1, [ROW]))
