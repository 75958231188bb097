"""A site that is cut off works on by itself; when the link is back, both sides agree without a person.

Real mosquitto, real gateway, real centre; terminals that speak the contract. The same with real firmware stands in
tests/system/test_people_alone.py.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from protocol import reports, status, tasks
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.cloud.test_process import Process as Cloud
from tests.gateway.peers import Endpoint, endpoint, until
from tests.gateway.site import Process
from tests.gateway.workers import SIRENS, WORKERS, write_workers

QUICK = "\n[tasks]\nalone_s = 2\nlife_s = 2\nreceive_s = 2\naccept_s = 3\n"
LIN, HE, OPERATOR = "lin-zhixia", "he-anping", "zhou-mingyuan"
FIRE = {"smoke": 0.3, "temp": 80.0}


class House:
    """Two brokers, a gateway, a centre, two rooms, three terminals."""

    def __init__(self, folder: Path, site_broker: Mosquitto) -> None:
        self.site_broker = site_broker
        cloud_folder = folder / "cloud-broker"
        cloud_folder.mkdir()
        self.cloud_broker = Mosquitto(cloud_folder)
        self.cloud_broker.start()
        path = write_workers(folder, site_broker.port, self.cloud_broker.port, SIRENS + QUICK)
        text = path.read_text()
        for short, name in (("lin", LIN), ("he", HE), ("tian", "tian-shiqi")):
            text = text.replace(f'id = "{short}"', f'id = "{name}"')
        path.write_text(text)
        self.cloud = Cloud(folder, self.cloud_broker.port)
        self.gateway = Process(path, folder / "gateway-data", status_every_ms=500)
        self.peers: dict[str, Endpoint] = {}
        self._numbers = count(1)
        self._seq = count(1)

    async def start(self, exit_stack: AsyncExitStack) -> None:
        """Everything, until the centre hears the gateway."""
        await asyncio.to_thread(self.cloud.start)
        await asyncio.to_thread(self.gateway.start)
        for device in ("fire-a", "fire-b", *WORKERS):
            self.peers[device] = await exit_stack.enter_async_context(endpoint(self.site_broker.port, device))
        await until(self.linked)

    def end(self) -> None:
        """Everything."""
        self.gateway.kill()
        if self.cloud.running is not None:
            self.cloud.end(9)  # type: ignore[arg-type]
        self.cloud_broker.stop()

    def linked(self) -> bool:
        """The centre hears the gateway, and the gateway has the centre's list."""
        rows = self.get("/api/gateways")
        return bool(rows) and rows[0]["state"] == "online"

    def get(self, path: str) -> Any:
        """JSON of the centre."""
        return self.cloud.get(path)

    def fires(self) -> list[dict[str, Any]]:
        """Incidents of kind fire that the centre shows."""
        return [row for row in self.get("/api/board")["open"] if row["kind"] == "fire"]

    def fire(self) -> dict[str, Any]:
        """The only one, whole."""
        (row,) = self.fires()
        found: dict[str, Any] = self.get(f"/api/incidents/{row['id']}")
        return found

    def move(self, move: str, actor: str = OPERATOR, **more: Any) -> None:
        """A click at the centre."""
        row = self.fire()["row"]
        click = {"move": move, "actor": actor, "expected_version": row["version"], **more}
        url, headers = f"{self.cloud.url}/api/incidents/{row['id']}/moves", self.cloud.headers()
        httpx.post(url, json=click, timeout=10, headers=headers).raise_for_status()

    async def burn(self, device: str = "fire-a") -> None:
        """Five seconds of a confirmed fire."""
        now_ms = Clock().now_ms()
        for second in range(5):
            self.peers[device].sample(next(self._seq), now_ms - 5_000 + second * 1000, **FIRE)
        await self.peers[device].deliver()

    def report(self, device: str, what: str, **fields: Any) -> None:
        """A terminal reports."""
        report = {"id": f"{device}-1-{next(self._numbers)}", "boot": 1, "at_ms": Clock().now_ms(), "what": what}
        self.peers[device].send("report", reports.encode(report | fields))

    def come(self, device: str) -> None:
        """A terminal connects."""
        birth = {"state": status.ONLINE, "why": status.BIRTH, "boot": 1, "at_ms": None}
        self.peers[device].send("status", status.encode(birth))

    def tasks(self, device: str) -> list[dict[str, Any]]:
        """What came to a terminal."""
        return [tasks.decode(payload) for payload in self.peers[device].mail["task"]]

    async def task(self, device: str, state: str = "offered") -> dict[str, Any]:
        """The newest one, once it is in this state."""
        await until(lambda: [task for task in self.tasks(device)[-1:] if task["state"] == state])
        return self.tasks(device)[-1]

    def answer(self, device: str, what: str, task: dict[str, Any], **fields: Any) -> None:
        """The worker answers."""
        self.report(device, what, task=task["id"], revision=task["revision"], **fields)

    async def settled(self) -> None:
        """Both sides agree: the gateway owes nothing of its work, and has the centre's newest list."""
        await until(lambda: self.stage_here() == self.stage_there(), 30)

    def stage_there(self) -> tuple[str, str | None]:
        """(stage, holder) at the centre."""
        row = self.fire()["row"]
        return row["stage"], row["holder"]

    def stage_here(self) -> tuple[str, str | None]:
        """(stage, holder) as the gateway knows it."""
        db = sqlite3.connect(f"file:{self.gateway.data / 'gateway.sqlite'}?mode=ro", uri=True)
        (found,) = db.execute("SELECT stage, holder FROM cases WHERE kind = 'fire'").fetchall()
        db.close()
        return found[0] or "reported", found[1]


@pytest.fixture
async def house(tmp_path: Path, mosquitto: Mosquitto) -> AsyncIterator[House]:
    """Running, and heard by the centre."""
    house = House(tmp_path, mosquitto)
    async with AsyncExitStack() as exit_stack:
        exit_stack.callback(house.end)
        await house.start(exit_stack)
        yield house


async def test_a_cut_site_works_on_and_both_sides_agree_afterwards(house: House) -> None:
    """Anchor 7.12 and the contract: fire, siren, task, answers without a centre; then the centre has it all, once."""
    house.cloud_broker.kill()
    await house.burn()
    siren = await until(lambda: house.peers["fire-b"].mail["command"])
    assert b'"sound"' in siren[0]
    offer = await house.task("hand-07")
    assert (offer["severity"], offer["place"]) == ("critical", "Room fire-a")
    assert house.tasks("hand-08"), "life safety: everybody on duty in the grid"
    house.answer("hand-07", "received", offer)
    house.answer("hand-07", "accepted", offer)
    house.answer("hand-07", "on_the_way", offer)
    await house.task("hand-08", "withdrawn")

    house.cloud_broker.start()
    await until(lambda: house.fires() and house.stage_there() == ("dispatched", LIN), 40)
    await house.settled()
    log = house.fire()["log"]
    assert [(e["what"], e["actor"]) for e in log if e["what"] in ("accept", "dispatch")] == [
        ("accept", LIN),
        ("dispatch", LIN),
    ]
    assert [e["detail"]["answer"] for e in log if e["what"] == "answer"] == ["accepted", "on_the_way"]
    assert not [e for e in log if e["detail"].get("contradicts")]
    house.answer("hand-07", "on_site", offer)
    house.answer("hand-07", "done", offer, note="已灭火")
    await until(lambda: house.stage_there() == ("fed_back", LIN))
    await house.settled()
    told = [row["what"] for row in house.get("/api/reports?site=chunfeng&device=hand-07")]
    assert [what for what in told if what in ("done", "on_site")] == ["done", "on_site"]


async def test_the_centres_dispatch_is_a_task_on_the_handheld(house: House) -> None:
    """With the link up the site calls nobody by itself; taken back where the centre takes it back."""
    await house.burn()
    await until(house.fires)
    house.move("accept")
    house.move("dispatch", to=HE)
    offer = await house.task("hand-08")
    assert not house.tasks("hand-07")
    house.answer("hand-08", "received", offer)
    house.answer("hand-08", "declined", offer, note="需其他单位处理")
    await until(lambda: house.stage_there() == ("accepted", OPERATOR))
    house.move("dispatch", to=LIN)
    second = await house.task("hand-07")
    house.answer("hand-07", "received", second)
    house.move("feed_back")
    await house.task("hand-07", "withdrawn")
    await house.settled()


async def test_both_sides_worked_while_the_link_was_cut(house: House) -> None:
    """The centre sent somebody else: that stands, the worker's answers are on record, and the task is taken off."""
    await house.burn()
    await until(house.fires)
    house.cloud_broker.kill()
    offer = await house.task("hand-07")
    house.answer("hand-07", "received", offer)
    house.answer("hand-07", "accepted", offer)
    await house.task("hand-08", "withdrawn")
    house.move("accept")
    house.move("dispatch", to=HE)

    house.cloud_broker.start()
    await until(lambda: [e for e in house.fire()["log"] if e["detail"].get("contradicts")], 40)
    assert house.stage_there() == ("dispatched", HE)
    await house.task("hand-07", "withdrawn")
    await house.task("hand-08", "offered")
    await house.settled()


@pytest.mark.endurance  # the short versions: tests/cloud/test_field_work.py, tests/system/test_agreement.py
async def test_who_goes_beats_who_accepted_at_a_desk(house: House) -> None:
    """The same cut, but the centre has only accepted: the worker is on the way already."""
    await house.burn()
    await until(house.fires)
    house.cloud_broker.kill()
    offer = await house.task("hand-07")
    house.answer("hand-07", "received", offer)
    house.answer("hand-07", "accepted", offer)
    await house.task("hand-08", "withdrawn")
    house.move("accept")
    house.cloud_broker.start()
    await until(lambda: house.stage_there() == ("dispatched", LIN), 40)
    await house.settled()
    assert house.tasks("hand-07")[-1]["state"] != "withdrawn"


async def test_killed_while_it_is_alone(house: House) -> None:
    """Kill -9 of the gateway between offer and answer: the same task goes on, the answer counts once."""
    house.cloud_broker.kill()
    await house.burn()
    offer = await house.task("hand-07")
    house.gateway.kill()
    house.answer("hand-07", "received", offer)
    house.answer("hand-07", "accepted", offer)
    await asyncio.to_thread(house.gateway.start)
    await house.task("hand-08", "withdrawn")
    house.cloud_broker.start()
    await until(lambda: house.fires() and house.stage_there() == ("accepted", LIN), 40)
    await house.settled()
    assert [e["what"] for e in house.fire()["log"]].count("accept") == 1


async def test_revoked_terminals_get_nothing(house: House) -> None:
    """Anchor 7.17: whom the centre sends, a wiped terminal gets no task; somebody else's does."""
    house.report("hand-07", "wiped")
    await until(lambda: house.peers["hand-07"].mail["receipt"])
    await house.burn()
    await until(house.fires)
    house.move("accept")
    house.move("dispatch", to=LIN)
    house.come("hand-07")
    await house.settled()
    house.move("return", reason="终端已停用")
    house.move("dispatch", to=HE)
    await house.task("hand-08")
    assert house.tasks("hand-07") == []
