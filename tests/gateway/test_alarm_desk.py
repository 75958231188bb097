"""Somebody beside the gateway sees, acknowledges and resets alarms: through the socket, in the running writer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.shelving import Shelf
from gateway.beliefs.memory import Memory
from gateway.control import ANSWER_S, Control, ask
from gateway.desks.alarm_cli import app
from gateway.desks.alarm_desk import AlarmDesk
from gateway.desks.shelf_desk import ShelfDesk
from gateway.pipeline.arrivals import Arrival
from gateway.pipeline.pipeline import Pipeline
from gateway.site_file.site import load
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from runtime.clock import Clock
from tests.gateway.site import START_MS, outbox, sample, write_site

LATCHING = '\n[[rules.change]]\nrule = "housing_open"\nlatch = true\n'


class Gateway:
    """Writer, pipeline and desk of one site on one folder."""

    def __init__(self, folder: Path) -> None:
        path = write_site(folder, 1883)
        path.write_text(path.read_text() + LATCHING)
        site, counters = load(path), Counters()
        self.folder = folder
        self.memory = Memory(site)
        self.writer = Writer(folder / DATABASE, (self.memory, counters))
        self.pipeline = Pipeline(site, self.memory, Outbox(10**9, counters), Quarantine(9, counters), counters)
        self.writer.keep_with(self.pipeline.batch, first=True)
        self.writer.keep_with(self.pipeline.book)
        self.control = Control(folder)
        AlarmDesk(site, self.memory, self.pipeline, self.writer, Clock()).serve(self.control)
        ShelfDesk(site, self.memory, self.pipeline, self.writer, Clock()).serve(self.control)

    async def tamper(self, first: int, seconds: int, *, opened: bool) -> None:
        """Samples of an open or shut housing, at 1 Hz."""
        for second in range(first, first + seconds):
            at_ms = START_MS + second * 1000
            arrival = Arrival(
                device="fire-a",
                kind="readings",
                topic="gw/1/chunfeng/fire-a/readings",
                payload=sample("fire-a", second, at_ms, tamper=opened),
                received_ms=at_ms,
                received_s=second,
            )
            await self.writer.do(lambda db, arrival=arrival: self.pipeline.take(db, arrival))  # type: ignore[misc]

    async def say(self, *words: str) -> tuple[int, list[dict[str, Any]], str]:
        """A command of a person: exit status, JSON lines, everything that it said."""
        arguments = [*words, "--data-dir", str(self.folder)]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        lines = [
            line for line in result.stdout.splitlines() if line.startswith("{")
        ]  # the rest is the log of the gateway
        return result.exit_code, [json.loads(line) for line in lines], result.output


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Gateway]:
    """A gateway whose socket is open."""
    gateway = Gateway(folder)
    tasks = [asyncio.create_task(gateway.writer.run()), asyncio.create_task(gateway.control.run())]
    while not (folder / "control.sock").exists():
        await asyncio.sleep(0)
    yield gateway
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gateway.writer.close()


async def test_a_latched_alarm_is_seen_known_and_reset_by_a_person(tmp_path: Path) -> None:
    """And only the reset ends it."""
    async with running(tmp_path) as gateway:
        await gateway.tamper(0, 5, opened=True)
        (status, rows, _) = await gateway.say("alarms", "--json")
        assert status == 0
        assert [(row["kind"], row["state"], row["severity"], row["rules"]) for row in rows] == [
            ("tamper", "unack", "minor", ["housing_open"])
        ]
        status, _, told = await gateway.say("acknowledge", "fire-a", "tamper", "--by", "王工")
        assert (status, "已确认 fire-a 的 tamper 报警" in told, "acknowledged by 王工" in told) == (0, True, True)
        assert (await gateway.say("reset", "fire-a", "tamper", "--by", "王工"))[0] == 3
        await gateway.tamper(5, 40, opened=False)
        assert (await gateway.say("alarms", "--json"))[1][0]["state"] == "latch_ack"
        status, _, told = await gateway.say("reset", "fire-a", "tamper", "--by", "王工")
        assert (status, "已复位 fire-a" in told, "is reset by 王工" in told) == (0, True, True)
        assert (await gateway.say("alarms", "--json"))[1] == []

    told = [event.data for event in outbox(tmp_path) if event.data.get("kind") == "tamper"]
    assert [data["condition"] for data in told] == ["active", "active", "cleared"]
    assert told[1]["signals"][0]["reason"] == "waits_for_reset"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("acknowledge", "fire-x", "tamper", "--by", "a"), "本站没有终端 fire-x"),
        (("acknowledge", "fire-a", "boredom", "--by", "a"), "there is no kind boredom"),
        (("acknowledge", "fire-a", "tamper", "--by", " "), "say who does it"),
        (("acknowledge", "fire-a", "tamper", "--by", "a"), "no tamper alarm that nobody knows of"),
        (("reset", "fire-a", "tamper", "--by", "a"), "waits for a reset"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_reason(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    """In both languages, and the exit status says so."""
    async with running(tmp_path) as gateway:
        status, _, errors = await gateway.say(*words)
    assert status == 3
    assert says in errors


async def test_without_a_gateway_it_says_so(tmp_path: Path) -> None:
    """Nothing is done behind its back."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["alarms", "--data-dir", str(tmp_path)])
    assert result.exit_code == 3
    assert "does not answer" in result.stderr


@pytest.mark.parametrize(("service", "state"), [(False, "shlvd"), (True, "oosrv")])
async def test_a_shelved_alarm_says_so(tmp_path: Path, service: bool, state: str) -> None:
    """Its ISA-18.2 state is that of a shelf while a person keeps it back; who takes it away by hand knows."""
    async with running(tmp_path) as gateway:
        shelf = Shelf(
            id="s", device="fire-a", via=None, kinds=(), rule=None, author="lin", reason="works",
            from_ms=START_MS, until_ms=START_MS + 3_600_000, service=service,
        )  # fmt: skip
        await gateway.writer.do(lambda db: gateway.pipeline.book.shelve(db, shelf))
        await gateway.tamper(0, 10, opened=True)
        _, rows, _ = await gateway.say("alarms", "--json")

        await asyncio.to_thread(ask, tmp_path, "unshelve", ANSWER_S, id="s", author="lin")
        _, _, words = await gateway.say("alarms")
        _, after, _ = await gateway.say("alarms", "--json")

    assert [row["state"] for row in rows] == [state]
    assert [row["state"] for row in after] == ["acked"]
    assert "fire-a  Room fire-a  tamper minor  acked  20" in words
