"""The worker's side of the flow with real firmware: finds, tasks, SOS and patrols, with and without a link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.environments.handheld import Worker
from simulators.stack import GRID, Room, Stack, StackSpec
from tests.firmware.handheld.gateway import SETTINGS
from tests.firmware.handheld.reading import Reader
from tests.firmware.handheld.test_board import LOG_ON, Bench, eventually, screen_file
from tests.system.test_people_alone import inline, read

pytestmark = pytest.mark.mosquitto
assert screen_file  # the fixture of that module

LIN, OPERATOR = "lin-zhixia", "zhou-mingyuan"
SPEED = 3
DUTY, REPORT = " down*3 ok", " up*2 ok"  # from the top of the menu; from there
ESCAPE_AT_P1 = " down ok down ok down ok up*8 ok ok ok"  # 通道堵塞, 东门, urgent, photo 7
SITE_MORE = f"""
[[people]]
id = "{LIN}"
name = "林知夏"
device = "hand-07"
grid = "{GRID}"
"""


class Post:
    """One worker with a terminal, a gateway, a centre and its operator."""

    def __init__(self, folder: Path, screen: Path) -> None:
        self.worker = Worker()
        room = Room(
            device="hand-07", place="林知夏", kind="handheld", physics=self.worker, flash_kib=1024,
            files={"/screen.bin": screen.read_bytes()}, settings=inline(SETTINGS),
        )  # fmt: skip
        spec = StackSpec(rooms=(room,), work_dir=folder, speed=SPEED, broker="mosquitto", site_more=SITE_MORE)
        self.stack = Stack(spec)
        self.worker.start_ms = self.stack.clock.now_ms()
        stack: Any = self.stack  # its clock is all that the bench asks of a gateway
        broker: Any = None
        self.terminal = Bench(self.stack.boards["hand-07"], self.worker, stack, broker, Reader(screen))

    async def on_duty(self) -> None:
        """Settings applied, logged on, on duty: the centre knows it."""
        await self.stack.wait_online()
        data = self.stack.spec.work_dir / "gateway"
        applied = [("applied",)]
        await eventually(lambda: read(data, "SELECT state FROM settings") == applied, lambda: "settings", 30)
        await self.terminal.press(LOG_ON + DUTY)
        await self.until("/api/reports?site=chunfeng", lambda rows: rows[:1] and rows[0]["what"] == "duty_on")

    async def until(self, path: str, true: Callable[[Any], object], tries: int = 300) -> Any:
        """The centre's JSON, once it is so."""
        for _ in range(tries):
            seen = await self.stack.get(path)
            if true(seen):
                return seen
            await self.terminal.pause(800)
        raise AssertionError(f"{path} is still {seen}; the terminal shows {self.terminal.lines()}")

    async def stage(self, incident_id: str, stage: str) -> Any:
        """The incident, once it is there."""
        return await self.until(f"/api/incidents/{incident_id}", lambda seen: seen["row"]["stage"] == stage)

    async def move(self, incident_id: str, move: str, **more: Any) -> None:
        """The operator clicks."""
        row = (await self.stack.get(f"/api/incidents/{incident_id}"))["row"]
        click = {"move": move, "actor": OPERATOR, "expected_version": row["version"], "reason": "同意", **more}
        answer = await self.stack.http.post(f"/api/incidents/{incident_id}/moves", json=click)
        assert answer.status_code == 200, answer.text

    async def call(self, **more: Any) -> str:
        """Somebody called the operator about a stair."""
        told = {"matter": "escape_blocked", "urgency": "urgent", "place": "3号楼", "text": "火灾通道堵塞", "area": GRID}
        answer = await self.stack.http.post("/api/incidents", json=told | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["row"]["id"])


def of_kind(board: Any, kind: str) -> list[Any]:
    """Open incidents; a busy machine may have missed an endpoint meanwhile, which is another matter."""
    return [row for row in board["open"] if row["kind"] == kind]


async def test_a_worker_finds_and_goes_where_the_centre_sends(tmp_path: Path, screen_file: Path) -> None:
    """Keys in, incident out; a call becomes a task on the display; its answers move the stage; SOS is one incident."""
    post = Post(tmp_path, screen_file)
    async with post.stack:
        await post.on_duty()
        await post.terminal.press(REPORT + ESCAPE_AT_P1)
        board = await post.until("/api/board", lambda board: of_kind(board, "hazard"))
        (found,) = of_kind(board, "hazard")
        (report,) = await post.stack.get(f"/api/incidents/{found['id']}/reports")

        called = await post.call()
        await post.move(called, "accept")
        await post.move(called, "dispatch", to=LIN)
        await eventually(post.terminal.sounding, lambda: str(post.terminal.lines()), 40)
        await post.terminal.press("back*3 up*4 ok ok")
        await post.terminal.shows("3号楼")
        post.terminal.picture("told")
        await post.terminal.press("ok ok")  # accepted
        await post.terminal.press("ok ok ok")  # on the way
        await post.terminal.press("ok ok ok")  # on site
        await post.stage(called, "handling")
        await post.terminal.press("ok ok ok ok")  # done, with the first note
        after = await post.stage(called, "fed_back")
        await post.move(called, "verify")
        await post.move(called, "close")

        await post.terminal.press("sos:2600")
        board = await post.until("/api/board", lambda board: of_kind(board, "sos"))

    assert (found["kind"], found["severity"], found["place"]) == ("hazard", "major", "东门")
    assert (report["reporter"], report["first"], report["photo"], report["text"]) == (LIN, True, 7, "通道堵塞")
    assert report["lat_udeg"] is not None
    moved = [(entry["what"], entry["actor"]) for entry in after["log"] if entry["to_stage"]]
    assert moved[-2:] == [("start_handling", LIN), ("feed_back", LIN)]
    assert [row["life_safety"] for row in of_kind(board, "sos")] == [True]


@pytest.mark.endurance
@pytest.mark.slow
async def test_a_task_is_worked_and_a_patrol_walked_without_a_link(tmp_path: Path, screen_file: Path) -> None:
    """The site's broker is gone: steps and points wait on the flash, with their own times, and then they are there."""
    post = Post(tmp_path, screen_file)
    async with post.stack as stack:
        await post.on_duty()
        await post.terminal.press("up ok ok back")  # patrol
        called = await post.call()
        await post.move(called, "accept")
        await post.move(called, "dispatch", to=LIN)
        await eventually(post.terminal.sounding, lambda: str(post.terminal.lines()), 40)
        await stack.site_broker.kill()
        begin_ms = stack.clock.now_ms()
        await post.terminal.press("up*4 ok ok ok ok")
        post.worker.walk((30.274600, 120.155150), stack.clock.now_ms(), kmh=9)
        for keys in ("ok ok ok", "ok ok ok", "ok ok ok ok"):
            await post.terminal.press(keys)
        await post.terminal.pause(40_000)
        end_ms = stack.clock.now_ms()
        assert (await stack.get(f"/api/incidents/{called}"))["row"]["stage"] == "dispatched"
        await stack.site_broker.start()
        after = await post.stage(called, "fed_back")
        await post.terminal.press("back*2 down*2 ok ok")  # the patrol ends
        period = f"from_ms={begin_ms - 600_000}&to_ms={end_ms + 600_000}"
        (patrol,) = await post.until(f"/api/tracks?{period}", lambda rows: rows and rows[0]["finished_ms"])
        track = (await stack.get(f"/api/tracks/{patrol['id']}"))["track"]

    answers = [entry["detail"] for entry in after["log"] if entry["what"] == "answer"]
    assert [detail["answer"] for detail in answers] == ["accepted", "on_the_way", "on_site", "done"]
    assert all(begin_ms <= detail["event_at_ms"] <= end_ms for detail in answers), "told late, with its own time"
    assert (patrol["person"], patrol["points"]) == (LIN, len(track))
    assert len(track) >= 2
    assert track == sorted(track)
    assert {abs(point[1] - 30_274_150) < 1000 for point in track} == {True}
