"""Life safety is stored before whatever else waits."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from cloud.arrivals.intake import BATCH, Intake
from cloud.arrivals.lanes import LIFE_SAFETY, OTHERS, lane
from domain.incidents import Kind
from protocol import acks, topics
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
