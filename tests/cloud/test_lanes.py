"""Life safety is stored before whatever else waits."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from cloud.intake.intake import BATCH, Intake
from cloud.intake.lanes import LIFE_SAFETY, OTHERS, is_last_word, lane
from domain.incidents import Kind
from protocol import acks, status, topics
from tests.cloud import facts
from tests.cloud.conftest import Centre

TOPIC = topics.build(facts.SITE, facts.GATEWAY, "incident")
WAITING = BATCH + 20


def test_every_kind_has_its_lane() -> None:
    for kind in Kind:
        payload = facts.event(1, facts.incident(1, kind=str(kind)))
        expected = LIFE_SAFETY if kind.life_safety else OTHERS
        assert lane("incident", payload) == lane("incident", json.dumps(json.loads(payload)).encode()) == expected
    assert lane("report", facts.event(1, facts.incident(1))) == OTHERS
    assert lane("incident", b"\xff{") == OTHERS


async def stored_together(intake: Intake, topic: str, payloads: list[bytes]) -> None:
    """All of them wait before the first one is stored; returns when each was answered."""
    waiting = [asyncio.create_task(intake.handle(topic, payload)) for payload in payloads]
    await asyncio.sleep(0)
    running = asyncio.create_task(intake.run_urgent())
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_fire_waits_behind_one_batch_at_the_most(sqlite_centre: Centre) -> None:
    """Hundreds of alarms stand before it, of the same gateway or another."""
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)
    acknowledged: list[str] = []
    intake.publish = lambda _topic, payload: acknowledged.extend(acks.decode(payload)[0])
    alarms = [
        facts.event(number, facts.incident(number, device=f"d{number}", kind="power", severity="minor"))
        for number in range(2, WAITING + 2)
    ]
    fires = [facts.event(1, facts.incident(1)), facts.event(9000, facts.incident(1, revision=2, severity="critical"))]
    waiting = [asyncio.create_task(intake.handle(TOPIC, payload)) for payload in [*alarms, *fires]]
    await asyncio.sleep(0)
    running = asyncio.create_task(intake.run_urgent())
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert acknowledged[:2] == [json.loads(payload)["id"] for payload in fires], "in the order of their revisions"
    assert len(acknowledged) == WAITING + 2
    assert intake.counters["life_safety"] == 2


async def test_what_is_stored_is_not_held_for_ever_where_nobody_can_be_told_so(sqlite_centre: Centre) -> None:
    """An acknowledgement that fails: the broker hears that it is stored all the same, its place is free again."""
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)

    def full(_topic: str, _payload: bytes) -> None:
        raise OverflowError("no more packet ids")

    intake.publish = full
    waiting = asyncio.create_task(intake.handle(TOPIC, facts.event(1, facts.incident(1))))
    await asyncio.sleep(0)
    running = asyncio.create_task(intake.run_urgent())
    async with asyncio.timeout(10):
        await waiting
    with suppress(OverflowError):
        await running
    assert len(sqlite_centre.desk.board().open) == 1


async def test_what_is_delivered_again_waits_once(sqlite_centre: Centre) -> None:
    """The store stands still, the link is lost again and again: the last delivery is acknowledged when it is stored."""
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)
    acknowledged: list[str] = []
    intake.publish = lambda _topic, payload: acknowledged.extend(acks.decode(payload)[0])
    payload, other = facts.event(1, facts.incident(1)), facts.event(2, facts.incident(1, revision=2))
    first = asyncio.create_task(intake.handle(TOPIC, payload))
    await asyncio.sleep(0)
    after = asyncio.create_task(intake.handle(TOPIC, other))
    await asyncio.sleep(0)
    again = asyncio.create_task(intake.handle(TOPIC, payload))
    await first  # lets go of what it held
    running = asyncio.create_task(intake.run_urgent())
    assert not again.done()
    async with asyncio.timeout(10):
        await asyncio.gather(again, after)
        await intake.handle(TOPIC, payload)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    first_id, other_id = (json.loads(one)["id"] for one in (payload, other))
    assert acknowledged == [first_id, other_id, first_id]


async def test_a_state_that_comes_back_is_not_the_one_before(sqlite_centre: Centre) -> None:
    """Offline, online, offline, all waiting: it is offline."""
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)
    topic, now_ms = topics.build(facts.SITE, facts.GATEWAY, "status"), sqlite_centre.clock.now_ms()
    off = b'{"state": "offline", "why": "link_lost"}'
    states = [off, json.dumps(facts.status(now_ms)).encode(), off]
    await stored_together(intake, topic, states)
    assert [row.state for row in sqlite_centre.desk.gateway_rows()] == ["offline"]


async def test_what_waits_is_bounded_in_bytes(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound it is put off, a fire later than others; what is sent again afterwards is stored."""
    alarms = [facts.event(n, facts.incident(n, device=f"d{n}", kind="power", severity="minor")) for n in range(2, 6)]
    fires = [facts.event(1, facts.incident(1)), facts.event(9, facts.incident(9, device="fire-b"))]
    monkeypatch.setattr("cloud.intake.intake.HELD_MAX", sum(map(len, alarms[:2])))
    monkeypatch.setattr("cloud.intake.intake.LIVES_MORE", len(fires[0]))
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)
    acknowledged: list[str] = []
    intake.publish = lambda _topic, payload: acknowledged.extend(acks.decode(payload)[0])
    waiting = [asyncio.create_task(intake.handle(TOPIC, payload)) for payload in [*alarms, *fires]]
    await asyncio.sleep(0)
    put_off = [task for task in waiting if task.done()]
    health = intake.health()
    assert (len(put_off), health["put_off"], health["held"]) == (3, 3, 3)
    assert health["held_bytes"] == sum(map(len, [*alarms[:2], fires[0]]))
    again = asyncio.create_task(intake.handle(TOPIC, alarms[0]))  # of what waits already: it costs nothing more
    running = asyncio.create_task(intake.run_urgent())
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting, again)
        await asyncio.gather(*(intake.handle(TOPIC, payload) for payload in (alarms[2], fires[1])))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert set(acknowledged) == {json.loads(payload)["id"] for payload in [*alarms[:3], *fires]}
    assert (intake.health()["held"], intake.health()["held_bytes"]) == (0, 0)


async def test_a_last_will_is_not_put_off(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody says it again; what its gateway said before waits already and would say that it is there."""
    topic, now_ms = topics.build(facts.SITE, facts.GATEWAY, "status"), sqlite_centre.clock.now_ms()
    states = [json.dumps(facts.status(now_ms)).encode(), status.last_will(1)]
    monkeypatch.setattr("cloud.intake.intake.HELD_MAX", len(states[0]))
    intake = Intake(sqlite_centre.desk, sqlite_centre.series)
    await stored_together(intake, topic, states)
    assert [row.state for row in sqlite_centre.desk.gateway_rows()] == ["offline"]
    assert not is_last_word("incident", states[1])
    assert not is_last_word("status", states[0])
