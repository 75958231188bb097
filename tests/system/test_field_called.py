"""A call by handheld with real firmware: it rings while nobody has accepted; accepting there is the acceptance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.firmware.handheld.test_board import eventually, screen_file
from tests.system.test_field_flow import LIN, Post

pytestmark = pytest.mark.mosquitto
assert screen_file  # the fixture of that module


async def with_handheld(post: Post) -> None:
    """The plan says that Lin carries hand-07."""
    shown = await post.stack.get("/api/plan/people")
    document = shown["document"]
    next(row for row in document["people"] if row["id"] == LIN)["device"] = "hand-07"
    body = {"document": document, "why": "terminal handed out"}
    answer = await post.stack.http.post("/api/plan/people", json=body)
    assert answer.status_code in (200, 201), answer.text


def states(rows: Any) -> set[str]:
    """Of the notices to Lin's terminal."""
    return {row["state"] for row in rows}


@pytest.mark.endurance
@pytest.mark.slow
async def test_a_call_rings_on_the_terminal_and_is_accepted_there(tmp_path: Path, screen_file: Path) -> None:
    """The short ones: tests/gateway/test_called.py, tests/cloud/test_notices_by_handheld.py."""
    post = Post(tmp_path, screen_file)
    async with post.stack:
        await post.on_duty()
        await with_handheld(post)
        called = await post.call()
        told = f"/api/notices?incident_id={called}&channel=handheld&person={LIN}"
        await eventually(post.terminal.sounding, lambda: str(post.terminal.lines()), 40)
        await post.until(told, lambda rows: states(rows) == {"delivered"})
        before = (await post.stack.get(f"/api/incidents/{called}"))["row"]
        await post.terminal.press("back*3 up*4 ok ok")
        await post.terminal.shows("3号楼")
        await post.terminal.press("ok ok")  # accepted
        after = await post.stage(called, "accepted")

    assert (before["stage"], before["holder"]) == ("reported", None)
    assert after["row"]["holder"] == LIN
    assert [entry["actor"] for entry in after["log"] if entry["what"] == "accept"] == [LIN]
