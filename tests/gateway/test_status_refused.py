"""The centre refuses a status: the gateway notices, says it where it stands, and is told of less, but never silent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.intake.checks import decode_status
from gateway.health.acceptance import AGAIN_S, GOOD, NEEDED, REMEMBERED, Acceptance, clean
from protocol import acks, status, topics
from tests.broker import Mosquitto
from tests.gateway.ops.manager import Listener
from tests.gateway.ops.test_web import Served
from tests.gateway.peers import Cloud, cloud, endpoint, until
from tests.gateway.site import GATEWAY, SITE, write_site

FULL = {"state": "online", "why": "heartbeat", "boot": 1, "at_ms": 1, "endpoints": [{"device": "a\ud800"}], "more": {}}
SHORTER = [{*FULL}, {*FULL}, {*FULL} - {"more"}, {*FULL} & NEEDED]


def names(fields: dict[str, Any]) -> set[str]:
    """What is told, the id aside."""
    return {*fields} - {"id"}


def test_each_refusal_makes_it_shorter_and_after_a_while_all_of_it_is_tried() -> None:
    """Down to how the gateway is; and the whole of it again until it is taken."""
    one = Acceptance()
    for step, expected in enumerate(SHORTER):
        assert names(one.fit(FULL, f"s{step}", step)) == expected
        assert one.refused(f"s{step}", "bad_text", step) is (step < 3)
    assert names(one.fit(FULL, "s4", 4)) == SHORTER[3]
    assert [problem.reason for problem in one.problems()] == ["bad_text"]
    for turn in range(GOOD):
        assert names(one.fit(FULL, f"whole{turn}", 3 + AGAIN_S)) == names(FULL)
        assert one.problems()
    one.fit(FULL, "last", 3 + AGAIN_S)
    assert not one.problems()


def test_what_is_no_status_of_ours_or_an_old_one_changes_nothing() -> None:
    """Refusals of incidents come the same way; two statuses may be on their way when the first is refused."""
    one = Acceptance()
    one.fit(FULL, "a", 0)
    one.fit(FULL, "b", 0)
    assert not one.refused("an incident", "bad_text", 0)
    assert one.problems() == []
    assert one.refused("a", "\ud800" * 1000, 0)
    assert [problem.reason for problem in one.problems()] == ["?" * 64]
    assert not one.refused("a", "bad_text", 0)  # told again
    assert not one.refused("b", "", 0) or names(one.fit(FULL, "c", 0)) == SHORTER[1]
    assert names(one.fit(FULL, "c", 0)) == SHORTER[1]
    for number in range(2 * REMEMBERED):
        one.fit(FULL, str(number), 0)
    assert not one.refused("c", "bad_text", 0)


NUL = b"\\u0000"
TEXT = st.text(st.sampled_from("a火\0\ud800\udc00\U0001f525"), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(value=JSON)
def test_what_is_cleaned_is_taken(value: object) -> None:
    """Whatever an endpoint or a host name smuggles in; and what was clean stays as it is."""
    told = clean({"state": "online", "more": value})
    assert decode_status(json.dumps(told).encode())["state"] == "online"
    assert NUL not in json.dumps(told).encode()
    assert clean(told) == told


class Picky(Cloud):
    """A centre of now; it refuses what `takes` says no to, and names it as the intake does."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.dislikes = "nothing"

    async def handle(self, topic: str, payload: bytes) -> None:
        """A status is judged, and the rest taken."""
        if topic.endswith("/status") and (self.dislikes in json.loads(payload) or NUL in payload):
            self.refused.append("not_storable")
            answer = acks.encode([], [(json.loads(payload)["id"], "not_storable")])
            assert self.link is not None
            self.link.publish(topics.build(SITE, GATEWAY, "ack"), answer)
        else:
            await super().handle(topic, payload)


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, free_port: int) -> Iterator[Served]:
    """With its page; not yet started."""
    manager = Listener()
    process = Served(write_site(tmp_path, mosquitto.port), tmp_path / "data", manager, free_port)
    process.env |= {"GRIDWHISTLE_GATEWAY_STATUS_EVERY_MS": "300"}
    yield process
    process.kill()
    manager.close()


@pytest.mark.mosquitto
async def test_what_an_endpoint_says_does_not_silence_its_gateway(gateway: Served, mosquitto: Mosquitto) -> None:
    """Its board has a name that PostgreSQL does not take: the status is refused, then told without that, whole."""
    await asyncio.to_thread(gateway.start)
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port, Picky) as centre:
        assert isinstance(centre, Picky)
        await until(centre.hears_a_listening_gateway)
        fields = {"state": status.ONLINE, "why": status.BIRTH, "boot": 1, "at_ms": None, "kind": "fire"}
        fire.send("status", status.encode(fields | {"board": "esp\0", "firmware": "1.0"}))
        await until(lambda: centre.refused, 40)
        centre.statuses.clear()
        await until(lambda: any("counters" in said for said in centre.statuses))
        assert all(said["counters"] for said in centre.statuses)


@pytest.mark.mosquitto
async def test_a_centre_that_cannot_take_it_is_told_less(gateway: Served, mosquitto: Mosquitto) -> None:
    """Down to what it takes; an incident, the page and the metrics say why."""
    await asyncio.to_thread(gateway.start)
    async with cloud(mosquitto.port, Picky) as centre:
        assert isinstance(centre, Picky)
        await until(centre.hears_a_listening_gateway)
        centre.dislikes = "endpoints"
        await until(lambda: len(centre.refused) >= 3, 40)
        centre.statuses.clear()
        await until(lambda: centre.statuses)
        assert {*centre.statuses[-1]} <= NEEDED | {"id"}
        fault = await until(lambda: [data for data in centre.incidents() if data["kind"] == "gateway_fault"])
        assert [(signal["rule"], signal["reason"]) for signal in fault[0]["signals"]] == [
            ("status_refused", "not_storable")
        ]
    ready = (await gateway.wait_for("/readyz", 200)).json()
    assert ready["status_refused"] == "not_storable"
    assert "拒收本网关的状态" in (await gateway.get("/?lang=zh")).text
    assert "gridwhistle_gateway_status_refused 1.0" in (await gateway.get("/metrics")).text
