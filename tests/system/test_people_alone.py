"""A cut site with real firmware: a worker with a terminal goes to a fire that the centre has never heard of."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from protocol import events
from runtime.clock import Clock
from simulators.environments.handheld import Worker
from simulators.stack import GRID, Room, Stack, StackSpec
from simulators.virtual_board import BoardSpec, VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import Room as Air
from tests.firmware.handheld.gateway import SETTINGS
from tests.firmware.handheld.reading import Reader
from tests.firmware.handheld.test_board import LOG_ON, Bench, eventually, screen_file
from tests.gateway.peers import endpoint
from tests.gateway.site import SITE, Process, outbox, write_site

pytestmark = pytest.mark.mosquitto
assert screen_file  # the fixture of that module

PLACE = "3号楼2单元"
LIN = "lin-zhixia"
SPEED = 4
SITE_MORE = f"""
[[people]]
id = "{LIN}"
name = "林知夏"
device = "hand-07"
grid = "{GRID}"

[[sirens]]
device = "fire-b"

[tasks]
alone_s = 6
life_s = 6
"""


def inline(value: Any) -> str:
    """As TOML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {inline(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


class House:
    """A burning room, a room with a siren, a worker; and the stack around them."""

    def __init__(self, folder: Path, screen: Path) -> None:
        self.air, self.worker = Air(), Worker()
        rooms = (
            Room(device="fire-a", place=PLACE, physics=self.air),
            Room(device="fire-b", place="楼道", physics=Air()),
            Room(
                device="hand-07",
                place="林知夏",
                kind="handheld",
                physics=self.worker,
                files={"/screen.bin": screen.read_bytes()},
                flash_kib=1024,
                settings=inline(SETTINGS),
            ),
        )
        self.stack = Stack(
            StackSpec(rooms=rooms, work_dir=folder, speed=SPEED, broker="mosquitto", site_more=SITE_MORE)
        )
        self.worker.start_ms = self.stack.clock.now_ms()
        stack: Any = self.stack  # its clock is all that the bench asks of a gateway
        broker: Any = None
        self.terminal = Bench(self.stack.boards["hand-07"], self.worker, stack, broker, Reader(screen))

    async def until(self, path: str, true: Any, timeout_s: float = 60) -> Any:
        """The centre's JSON, once it is so."""
        seen: list[Any] = []

        async def look() -> bool:
            seen[:] = [await self.stack.get(path)]
            return bool(true(seen[0]))

        async def poll() -> None:
            while not await look():
                await self.terminal.pause(200)

        async with asyncio.timeout(timeout_s):
            await poll()
        return seen[0]

    def siren(self) -> bool:
        """fire-b was heard in the last five seconds."""
        now_ms = self.stack.clock.now_ms()
        moves = self.stack.boards["fire-b"].outputs
        return any(net == "sounder" and now_ms - at_ms < 5000 for at_ms, net, _ in moves)

    def settled(self) -> bool:
        """The terminal has its settings."""
        data = self.stack.spec.work_dir / "gateway"
        return read(data, "SELECT state FROM settings WHERE device = 'hand-07'") == [("applied",)]


async def test_a_terminal_takes_its_task_from_a_gateway_alone(
    tmp_path: Path, screen_file: Path, mosquitto: Mosquitto, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short one: one board, and no centre has ever been there. What the worker answers is owed to it."""
    clock = Clock.starting_now(SPEED)
    for name, value in clock.to_env().items():
        monkeypatch.setenv(name, value)
    path = write_site(tmp_path, mosquitto.port, ("fire-a",))
    before, after = path.read_text().split("[cloud_broker]")
    handheld = f'[[endpoints]]\ndevice = "hand-07"\nkind = "handheld"\nplace = "07"\ngrid = "{GRID}"\n'
    more = f"{handheld}settings = {inline(SETTINGS)}\n{SITE_MORE.replace('fire-b', 'fire-a')}"
    path.write_text(f"{before}[cloud_broker]{after.replace(str(mosquitto.port), str(free_port))}\n{more}")
    gateway = Process(path, tmp_path / "gateway")
    gateway.start()
    worker = Worker(start_ms=clock.now_ms())
    spec = BoardSpec(
        device="hand-07", site=SITE, broker_host="127.0.0.1", broker_port=mosquitto.port, kind="handheld",
        flash_kib=1024, files={"/screen.bin": screen_file.read_bytes()},
    )  # fmt: skip
    board = VirtualBoard(spec, worker, clock, tmp_path / "boards")
    stub: Any = SimpleNamespace(clock=clock)  # all that the bench asks of a gateway
    terminal = Bench(board, worker, stub, mosquitto, Reader(screen_file))
    try:
        async with board, endpoint(mosquitto.port) as room:
            await eventually(lambda: read(gateway.data, "SELECT 1 FROM settings WHERE state = 'applied'"), str, 30)
            await terminal.press(LOG_ON)
            room.sample(1, clock.now_ms(), sos=True)
            await room.deliver()
            await eventually(terminal.sounding, lambda: str(terminal.lines()), 30)
            await terminal.press("ok ok")
            await terminal.shows("Room fire-a")
            await terminal.press("ok ok")
            await eventually(lambda: read(gateway.data, "SELECT 1 FROM tasks WHERE state = 'accepted'"), str, 30)
    finally:
        gateway.kill()
    assert [e.data["what"] for e in outbox(gateway.data) if e.type == events.REPORT][-1] == "accepted"


def read(data: Path, query: str) -> list[Any]:
    """From the database of a running gateway."""
    db = sqlite3.connect(f"file:{data / 'gateway.sqlite'}?mode=ro", uri=True)
    rows = db.execute(query).fetchall()
    db.close()
    return rows


def fire_at(stage: str) -> Any:
    """True where the board of the centre has a fire of this worker at a stage."""

    def true(board: Any) -> bool:
        return any((row["kind"], row["stage"], row["holder"]) == ("fire", stage, LIN) for row in board["open"])

    return true


@pytest.mark.endurance
@pytest.mark.slow
async def test_a_worker_goes_to_a_fire_while_the_site_is_cut_off(tmp_path: Path, screen_file: Path) -> None:
    """Siren next door, task on the display, steps by keys; then the centre has them all, in the worker's name."""
    house = House(tmp_path, screen_file)
    terminal = house.terminal
    async with house.stack as stack:
        await stack.wait_online()
        await eventually(house.settled, lambda: "settings", 30)
        await terminal.press(LOG_ON + " down*3 ok")
        await house.until(
            "/api/reports?site=chunfeng&device=hand-07", lambda rows: rows[:1] and rows[0]["what"] == "duty_on"
        )
        await stack.cloud_broker.kill()
        house.air.change(smoke_per_m=0.3, temp_c=80.0)
        await eventually(house.siren, lambda: "no siren", 40)
        await eventually(terminal.sounding, lambda: str(terminal.lines()), 40)
        await terminal.press("up*3 ok ok")
        await terminal.shows(PLACE)
        terminal.picture("alone")
        await terminal.press("ok ok")  # accepted
        await terminal.press("ok ok ok")  # on the way

        await stack.cloud_broker.start()
        await house.until("/api/board", fire_at("dispatched"))
        await terminal.press("ok ok ok")  # on site
        await terminal.press("ok ok ok ok")  # done, with the first note
        board = await house.until("/api/board", fire_at("fed_back"))
        (fire,) = [row["id"] for row in board["open"] if row["kind"] == "fire"]
        log = (await stack.get(f"/api/incidents/{fire}"))["log"]
        await eventually(lambda: not house.siren(), lambda: "the siren goes on", 40)

    assert [e["what"] for e in log if e["actor"] == LIN and e["to_stage"]] == ["accept", "dispatch", "feed_back"]
    steps = [e["detail"]["answer"] for e in log if e["what"] == "answer"]
    assert steps == ["accepted", "on_the_way", "on_site", "done"]
    assert [e["reason"] for e in log if e["what"] == "feed_back"] == [SETTINGS["notes"][0]]
    assert not [e for e in log if e["detail"].get("contradicts")]
