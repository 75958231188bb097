"""The interface: OpenAPI, moves, refusals as problem details in two languages, loopback only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cloud.live import Hub
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client


@pytest.fixture
async def client(centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    """The real application without a socket."""
    async with web_client(centre) as client:
        yield client


def click(move: str = "accept", version: int = 1, **more: Any) -> dict[str, Any]:
    """The body of a move."""
    return {"move": move, "actor": "zhou-mingyuan", "expected_version": version, **more}


async def test_board_detail_plot_and_readings(centre: Centre, client: httpx.AsyncClient) -> None:
    """What the page needs, as JSON."""
    incident_id = centre.take(1)
    centre.series.append(facts.rows("fire-a", 1, 3, 1_795_324_290_000))
    centre.status()
    board = (await client.get("/api/board")).json()
    detail = (await client.get(f"/api/incidents/{incident_id}")).json()
    plot = (await client.get(f"/api/incidents/{incident_id}/plot")).json()
    query = {"device": "fire-a", "channel": "smoke", "from_ms": 0, "to_ms": 1_795_324_291_000}
    readings = (await client.get("/api/readings", params=query)).json()

    assert board["open"][0]["id"] == detail["row"]["id"] == incident_id
    assert board["gateways"] == (await client.get("/api/gateways")).json()
    assert detail["moves"][0] == "accept"
    assert plot[0]["limit"] == 0.02
    assert [at_ms for at_ms, _ in readings["points"]] == [1_795_324_290_000, 1_795_324_291_000]
    assert (await client.get("/api/clock")).json()["now_ms"] == centre.clock.now_ms()


@pytest.mark.parametrize(("lang", "says"), [("zh", "存满后舍弃读数 8 条"), ("en", "8 readings given up")])
async def test_what_was_lost_and_refused(centre: Centre, client: httpx.AsyncClient, lang: str, says: str) -> None:
    """The console warns only where something was lost; refused messages can be read."""
    centre.status()
    assert says not in (await client.get(f"/?lang={lang}")).text
    centre.clock.go(5)
    centre.status(outbox={"pending": 0, "dropped": {"history": 8}})

    assert says in (await client.get(f"/?lang={lang}")).text
    assert (await client.get("/api/quarantine")).json() == []


async def test_a_move_and_its_repetition(centre: Centre, client: httpx.AsyncClient) -> None:
    """A click works once, a retried click is no error."""
    path = f"/api/incidents/{centre.take(1)}/moves"
    first, again = [await client.post(path, json=click()) for _ in range(2)]

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["row"] == again.json()["row"]
    assert first.json()["row"]["stage"] == "accepted"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (click(actor="shen-ruolan"), 409, "conflict"),
        (click("close", 2), 409, "illegal-move"),
        (click("dispatch", 2, to="elvis"), 422, "unknown-person"),
        (click("feed_back", 2, colour="red"), 422, "invalid-request"),
        (click("explode", 2), 422, "invalid-request"),
        ({}, 422, "invalid-request"),
    ],
)
async def test_refusals_are_problem_details(
    centre: Centre, client: httpx.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    """RFC 9457 with what happened and what to do next, in English and Chinese; nothing has changed."""
    incident_id = centre.take(1)
    path = f"/api/incidents/{incident_id}/moves"
    await client.post(path, json=click())
    before = centre.desk.detail(incident_id)
    answer = await client.post(path, json=body)
    problem = answer.json()

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["type"], problem["status"]) == (f"urn:gridwhistle:problem:{code}", status)
    assert problem["detail"]
    assert problem["detail_zh"].endswith("。")
    assert centre.desk.detail(incident_id) == before


async def test_unknown_things_are_problems_too(client: httpx.AsyncClient) -> None:
    """404 of ours and of the framework look alike."""
    for path in ("/api/incidents/nope", "/api/incidents/nope/plot", "/api/nowhere"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_interface_describes_itself(client: httpx.AsyncClient) -> None:
    """OpenAPI lists every route with its models."""
    document = (await client.get("/openapi.json")).json()

    assert "/api/incidents/{incident_id}/moves" in document["paths"]
    assert {"Board", "IncidentDetail", "MoveIn"} <= set(document["components"]["schemas"])


async def test_health(client: httpx.AsyncClient) -> None:
    """Alive and ready are two questions."""
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"ready": True, "broker": True}


async def test_a_name_that_points_here_is_not_enough(client: httpx.AsyncClient) -> None:
    """A page of another site cannot use its own name for 127.0.0.1 (DNS rebinding)."""
    answer = await client.get("/api/board", headers={"host": "evil.example"})

    assert answer.status_code == 400


class TestHub:
    """Hints for open pages."""

    async def test_events_fold_and_follow_the_last_id(self) -> None:
        """A slow page gets each name once; a page that comes back gets what it missed; strange ids do no harm."""
        from cloud.changes import Changed

        hub = Hub(asyncio.get_running_loop(), first_id=100)
        stream = hub.stream(None, beat_s=0.05)
        assert "id: 100\nevent: board" in await anext(stream)
        for _ in range(50):
            hub.changed(Changed(incidents=frozenset(["x"])))
        await asyncio.sleep(0)
        assert [(await anext(stream)).splitlines()[1] for _ in range(2)] == ["event: board", "event: incident:x"]
        assert await anext(stream) == ": beat\n\n"
        for strange in ("198", "7", "999999", "-1", "x", "９"):
            late = hub.stream(strange, beat_s=0.05)
            await anext(late)
            events = [(await anext(late)).splitlines() for _ in range(2)]
            missed = strange in ("198", "7", "999999")
            assert any("event: incident:x" in event for event in events) == missed
            await late.aclose()
        hub.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
