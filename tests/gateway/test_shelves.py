"""A person shelves at the running gateway: checked, durable, effective at once, listed, taken away again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Kind
from gateway.beliefs.memory import Memory
from gateway.control import Refused
from gateway.desks.shelf_cli import NOT_DONE
from gateway.desks.shelf_desk import HOUR_MS, MAX_SHELVES, ShelfDesk
from gateway.pipeline.pipeline import Pipeline
from gateway.site_file.site import load
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from runtime.clock import VARIABLE, Clock
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import REPOSITORY, Process, write_site

PEOPLE = """
[[people]]
id = "lin-zhixia"
name = "林知夏"
role = "grid_worker"
grid = "1"
duty = ["00:00-24:00"]
device = "hand-07"
"""
BY = ("--author", "lin-zhixia")
SHELVE = {"device": "fire-a", "author": "zhou", "reason": "换门磁", "hours": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk beside a running writer."""

    desk: ShelfDesk
    pipeline: Pipeline
    writer: Writer

    async def ask(self, word: str, **fields: Any) -> dict[str, Any]:
        """As the control socket does."""
        return await self.desk.words()[word](fields)


@asynccontextmanager
async def opened(folder: Path, more: str = "", change: Callable[[str], str] = str) -> AsyncIterator[Desk]:
    """On the database of this folder."""
    path = write_site(folder, 1883, ("fire-a", "fire-b"))
    path.write_text(change(path.read_text()) + more)
    site, counters = load(path), Counters()
    memory = Memory(site)
    writer = Writer(folder / DATABASE, (memory, counters))
    pipeline = Pipeline(site, memory, Outbox(10**9, counters), Quarantine(1000, counters), counters)
    writer.keep_with(pipeline.book)
    running = asyncio.create_task(writer.run())
    try:
        yield Desk(desk=ShelfDesk(site, memory, pipeline, writer, Clock()), pipeline=pipeline, writer=writer)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        writer.close()


async def test_a_shelf_survives_a_restart_and_is_taken_away(tmp_path: Path) -> None:
    """Put up, listed after a restart, taken away by another person."""
    async with opened(tmp_path) as desk:
        made = await desk.ask("shelve", **SHELVE, kinds=["escape_door"])
    async with opened(tmp_path) as desk:
        (row,) = (await desk.ask("shelved"))["shelved"]
        assert (row["id"], row["until_ms"] - row["from_ms"], row["waiting"]) == (made["id"], 7_200_000, 0)
        await desk.ask("unshelve", id=made["id"], author="chen")
        assert (await desk.ask("shelved"))["shelved"] == []
        with pytest.raises(Refused, match="no shelf"):
            await desk.ask("unshelve", id=made["id"], author="chen")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"device": "fire-z"}, "no device fire-z"),
        ({"device": None}, "one endpoint"),
        ({"device": None, "via": "switch-9"}, "hangs on switch-9"),
        ({"device": 3}, "device is text"),
        ({"author": ""}, "author"),
        ({"reason": " "}, "reason"),
        ({"hours": 0}, "--hours"),
        ({"hours": "2"}, "--hours"),
        ({"hours": 721}, "at most 720 hours"),
        ({"kinds": ["smoke"]}, "kinds: fire"),
        ({"kinds": "fire"}, "kinds: fire"),
        ({"kinds": ["fire"], "hours": 13}, "at most 12 hours"),
    ],
)
async def test_what_cannot_be_shelved_says_why(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    """And nothing is kept back."""
    async with opened(tmp_path) as desk:
        with pytest.raises(Refused, match=why):
            await desk.ask("shelve", **{**SHELVE, **changes})
        assert (await desk.ask("shelved"))["shelved"] == []


async def test_lives_are_shelved_by_somebody_of_the_roster(tmp_path: Path) -> None:
    """Where a site names its people, no other name will do; for anything else it will."""
    terminal = '[[endpoints]]\ndevice = "hand-07"\nkind = "handheld"\nplace = "x"\ngrid = "1"\n'
    async with opened(tmp_path, f"\n{terminal}{PEOPLE}") as desk:
        with pytest.raises(Refused, match="roster: lin-zhixia"):
            await desk.ask("shelve", **SHELVE, kinds=[str(Kind.FIRE)])
        await desk.ask("shelve", **SHELVE)
        await desk.ask("shelve", **{**SHELVE, "author": "lin-zhixia"}, kinds=[str(Kind.FIRE)])
        assert len((await desk.ask("shelved"))["shelved"]) == 2


async def test_all_that_hangs_on_a_switch(tmp_path: Path) -> None:
    """A planned power cut."""

    def on_switch(text: str) -> str:
        return text.replace('device = "fire-a"', 'device = "fire-a"\nvia = "switch-3"')

    async with opened(tmp_path, change=on_switch) as desk:
        await desk.ask("shelve", **{**SHELVE, "device": None}, via="switch-3", kinds=["endpoint_offline"])
        (row,) = (await desk.ask("shelved"))["shelved"]

    assert (row["device"], row["via"], list(row["kinds"])) == (None, "switch-3", ["endpoint_offline"])


async def test_there_is_an_end_to_shelves(tmp_path: Path) -> None:
    """Who needs more than these changes the site file."""
    async with opened(tmp_path) as desk:
        for _ in range(MAX_SHELVES):
            await desk.ask("shelve", **SHELVE)
        with pytest.raises(Refused, match="take some away"):
            await desk.ask("shelve", **SHELVE)


async def test_a_person_shelves_at_the_running_gateway(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """The command itself: smoke is kept back, the status says so, and it is told when the shelf is taken away."""
    gateway = Process(write_site(tmp_path, mosquitto.port, ("fire-a",)), tmp_path / "data", status_every_ms=500)
    gateway.start()
    try:
        async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
            await until(centre.hears_a_listening_gateway)
            printed = await said(gateway, "shelve", "fire-a", "--kind", "fire", "--hours", "1", *BY, "--reason", "电焊")
            made = await said(gateway, "shelved", "--json")
            assert printed.startswith(f"{made['id']}  到 20")
            now_ms = Clock().now_ms()
            for second in range(10):
                fire.sample(second, now_ms - 10_000 + second * 1000, smoke=0.06, temp=20.0)
            await until(lambda: not fire.owed)
            await until(lambda: [row["waiting"] for row in centre.statuses[-1]["shelved"]] == [1])
            assert centre.incidents() == []
            told = await said(gateway, "shelved")
            end = datetime.fromtimestamp(made["until_ms"] / 1000, timezone(timedelta(hours=8))).strftime(
                "%Y-%m-%dT%H:%M"
            )
            assert f"→ {end}+08:00  lin-zhixia: 电焊；1 个事件在等 / 1 incidents wait" in told
            assert (await said(gateway, "shelved", "--json"))["until_ms"] == made["until_ms"]
            assert f"Shelf {made['id']} is taken away by lin-zhixia" in await said(gateway, "unshelve", made["id"], *BY)
            assert "Nothing is shelved" in await said(gateway, "shelved")
            await until(centre.incidents)
            assert [data["kind"] for data in centre.incidents()] == ["fire"]
            await until(lambda: centre.statuses[-1]["shelved"] == [])
    finally:
        gateway.kill()


def left_ms(gateway: Process) -> int:
    """What is written as left of its one shelf; all of it until then."""
    db = sqlite3.connect(f"file:{gateway.data / DATABASE}?mode=ro", uri=True)
    ((left,),) = db.execute("SELECT left_ms FROM shelves").fetchall()
    db.close()
    return 12 * HOUR_MS if left is None else int(left)


async def test_power_cuts_and_a_clock_that_is_set_back_prolong_no_shelf(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of twelve hours two minutes are left when the power goes; then the clock stands where it once was."""
    gateway = Process(write_site(tmp_path, mosquitto.port, ("fire-a",)), tmp_path / "data", status_every_ms=500)
    began_ms = Clock().now_ms()
    nearly = Clock(wall_origin_ms=began_ms, sim_origin_ms=began_ms + 12 * HOUR_MS - 120_000)
    try:
        gateway.start()
        await said(gateway, "shelve", "fire-a", "--kind", "fire", "--hours", "12", *BY, "--reason", "电焊")
        gateway.kill()
        monkeypatch.setenv(VARIABLE, nearly.to_env()[VARIABLE])
        gateway.start()
        async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
            await until(centre.hears_a_listening_gateway)
            for second in range(10):
                fire.sample(second, nearly.now_ms() - 10_000 + second * 1000, smoke=0.06, temp=20.0)
            await until(lambda: [row["waiting"] for row in centre.statuses[-1]["shelved"]] == [1])
            await until(lambda: left_ms(gateway) < 60_000)
            gateway.kill()
            assert [data for data in centre.incidents() if data["kind"] == "fire"] == []
            back = Clock(wall_origin_ms=Clock().now_ms(), sim_origin_ms=began_ms + 60_000, speed=20.0)
            monkeypatch.setenv(VARIABLE, back.to_env()[VARIABLE])
            gateway.start()
            await until(lambda: [data for data in centre.incidents() if data["kind"] == "fire"])
            assert back.now_ms() < began_ms + HOUR_MS  # by its clock eleven hours are left
            assert (await said(gateway, "shelved")).startswith("没有被搁置的报警")
    finally:
        gateway.kill()


async def test_a_gateway_that_is_not_there_shelves_nothing(tmp_path: Path) -> None:
    """Said plainly, with an exit status."""
    command = [sys.executable, "-m", "gridwhistle", "gateway", "shelved", "--data-dir", str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, cwd=REPOSITORY, check=False)

    assert done.returncode == NOT_DONE
    assert "is it running" in done.stderr


async def said(gateway: Process, *words: str) -> Any:
    """What a command of the front door prints."""
    command = [sys.executable, "-m", "gridwhistle", "gateway", *words, "--data-dir", str(gateway.data)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout
