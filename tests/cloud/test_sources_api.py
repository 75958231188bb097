"""Reports, hand-overs and tracks over HTTP: parsed, judged by area, refused with what to do next."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cloud.workers.retention import Retention
from domain.people import Role
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.test_doors import as_token
from tests.cloud.test_facts import keeper_of
from tests.cloud.test_sources import HERE, found
from tests.cloud.web import web_client

TOLD: dict[str, Any] = {
    "matter": "escape_blocked", "urgency": "urgent", "place": "3号楼", "text": "电动车", "area": facts.GRID,
}  # fmt: skip
HANDED: dict[str, Any] = {**TOLD, "line": "12345", "number": "GD-1"}


async def test_an_incident_is_reported_once(sqlite_centre: Centre) -> None:
    """201 with everything about it; the same key is the same incident, the key for something else is refused."""
    async with web_client(sqlite_centre) as web:
        key = {"Idempotency-Key": "k1"}
        first = await web.post("/api/incidents", json=TOLD, headers=key)
        again = await web.post("/api/incidents", json=TOLD, headers=key)
        other = await web.post("/api/incidents", json={**TOLD, "text": "?"}, headers=key)
        reports = await web.get(f"/api/incidents/{first.json()['row']['id']}/reports")
        matters = await web.get("/api/matters")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["row"]["id"] == again.json()["row"]["id"]
    assert other.json()["type"] == "urn:gridwhistle:problem:key-reused"
    assert [(one["matter_zh"], one["source"], one["first"]) for one in reports.json()] == [
        ("疏散通道堵塞", "operator", True)
    ]
    assert TOLD["matter"] in {one["code"] for one in matters.json()["matters"]}


async def test_a_hand_over_is_taken_and_read_back(sqlite_centre: Centre) -> None:
    """201, then 200 for the same number; a number nobody gave is not found."""
    async with web_client(sqlite_centre) as web:
        answers = [await web.post("/api/handovers", json=HANDED) for _ in range(2)]
        status = await web.get("/api/handovers/12345/GD-1")
        none = await web.get("/api/handovers/12345/GD-2")

    assert [answer.status_code for answer in answers] == [201, 200]
    assert status.json()["stage_zh"] == "已上报"
    assert status.json()["incident_id"] == answers[0].json()["incident_id"]
    assert (none.status_code, none.json()["title_zh"]) == (404, "没有这条记录")


async def test_a_token_of_another_line_is_refused(sqlite_centre: Centre) -> None:
    """Neither handing over nor reading back; nothing has happened."""
    read = sqlite_centre.desk.plan.read
    lines = tuple(replace(line, tokens=("hotline",)) for line in read.matters.lines)
    sqlite_centre.desk.plan.use(replace(read, matters=replace(read.matters, lines=lines)))
    async with web_client(sqlite_centre) as web:
        answers = [await web.post("/api/handovers", json=HANDED), await web.get("/api/handovers/12345/GD-1")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert sqlite_centre.desk.board().open == ()


async def test_what_stands_elsewhere_is_refused(sqlite_centre: Centre) -> None:
    """The place in the body is judged as one in the address is; nothing has happened."""
    async with as_token(sqlite_centre, Role.OPERATOR, "heping") as web:
        answers = [await web.post("/api/incidents", json=TOLD), await web.post("/api/handovers", json=HANDED)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert sqlite_centre.desk.board().open == ()


async def test_a_number_of_another_area_is_not_told_nor_written_on(sqlite_centre: Centre) -> None:
    """Whatever place the same number comes with the second time."""
    async with as_token(sqlite_centre, Role.OPERATOR, "chunfeng") as web:
        first = await web.post("/api/handovers", json=HANDED)
    async with as_token(sqlite_centre, Role.OPERATOR, "heping", name="other") as web:
        answer = await web.post("/api/handovers", json={**HANDED, "area": "110105001002001", "text": "?"})

    assert (first.status_code, answer.status_code) == (201, 403)
    log = sqlite_centre.desk.detail(first.json()["incident_id"]).log
    assert "told_again" not in {entry.what for entry in log}


REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "unknown_matter": ({"matter": "x"}, 422),
    "unknown_area": ({"area": "999"}, 422),
    "unknown_line": ({"line": "119"}, 422),
    "bad_number": ({"number": "a b"}, 422),
    "half_a_pair": ({"text": "\ud800"}, 422),
    "zero": ({"place": "\0"}, 422),
    "off_earth": ({"lat": 91, "lon": 0}, 422),
    "more": ({"colour": "red"}, 422),
    "long_ago": ({"at_ms": -1}, 422),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
async def test_what_is_refused_changes_nothing(sqlite_centre: Centre, name: str) -> None:
    """And says so in both languages."""
    changes, status = REFUSED[name]
    async with web_client(sqlite_centre) as web:
        answer = await web.post("/api/handovers", content=json.dumps({**HANDED, **changes}))

    assert answer.status_code == status
    assert answer.json()["detail_zh"]
    assert sqlite_centre.desk.board().open == ()


async def test_the_place_is_where_it_was_seen(sqlite_centre: Centre) -> None:
    """A time of tomorrow is now; half a position is none; without a place of any kind the top of the tree hears."""
    now_ms = sqlite_centre.clock.now_ms()
    where = {"area": "", "lat": 1.5, "at_ms": now_ms + 86_400_000}
    async with web_client(sqlite_centre) as web:
        answer = (await web.post("/api/incidents", json={**TOLD, **where})).json()

    assert answer["row"]["raised_at_ms"] == now_ms
    assert answer["row"]["grid"] == ""
    assert any(entry["what"] == "placed" and entry["detail"]["people"] for entry in answer["log"])


async def test_tracks_are_read_one_by_one(centre: Centre) -> None:
    """The list has no positions; one patrol has its own, in order of time."""
    now_ms = centre.clock.now_ms()
    points = [[now_ms - 50_000 + 10_000 * n, HERE.lat_udeg + n, HERE.lon_udeg] for n in range(4)]
    found(centre, 1, "patrol_started")
    found(centre, 2, "track", points=points[:2])
    found(centre, 3, "track", points=[*points[2:], [1], ["x", 1, 2], [now_ms, 10**9, 0], None])
    found(centre, 4, "patrol_finished", points=4, length_m=31)
    async with web_client(centre) as web:
        period = {"from_ms": now_ms - 3_600_000, "to_ms": now_ms}
        (patrol,) = (await web.get("/api/tracks", params=period)).json()
        one = (await web.get(f"/api/tracks/{patrol['id']}")).json()
        none = await web.get("/api/tracks/9999")
        nobody = await web.get("/api/tracks", params={**period, "person": "he-anping"})

    assert (patrol["track"], patrol["points"], patrol["length_m"]) == ([], 4, 31)
    assert (patrol["person_name"], patrol["area"]) == ("林知夏", facts.GRID)
    assert one["track"] == points
    assert (none.status_code, nobody.json()) == (404, [])
    assert "points" not in str(centre.desk.reports(facts.SITE, "hand-07")[0].details.get("points", ""))


def test_a_track_is_of_the_patrol_under_way(sqlite_centre: Centre) -> None:
    """A second start, and a track whose start never came."""
    now_ms = sqlite_centre.clock.now_ms()
    found(sqlite_centre, 1, "track", points=[[now_ms - 100_000, 1, 2]])
    found(sqlite_centre, 2, "patrol_finished", length_m="far")
    found(sqlite_centre, 3, "patrol_started")
    found(sqlite_centre, 4, "track", points=[[now_ms, 3, 4]])
    second, first = sqlite_centre.desk.sources.patrols(0, now_ms)

    assert (first.points, first.length_m, first.finished_ms) == (1, 0, now_ms - 60_000)
    assert (second.points, second.finished_ms) == (1, None)
    assert sqlite_centre.desk.sources.patrol(first.id).track == ((now_ms - 100_000, 1, 2),)


def test_tracks_are_forgotten(centre: Centre) -> None:
    """After so many days nobody can read where a worker went, whatever else is kept for ever."""
    now_ms = centre.clock.now_ms()
    found(centre, 1, "patrol_started")
    found(centre, 2, "track", points=[[now_ms, 3, 4]])
    retention = Retention(centre.store, centre.clock, closed_days=0, evidence_days=0, report_days=0, track_days=90)
    centre.clock.go(89 * 86_400)
    assert retention.prune() == 0
    centre.clock.go(86_401)
    assert retention.prune() == 1
    assert centre.desk.sources.patrols(0, centre.clock.now_ms()) == ()


async def test_what_is_near_and_missed_is_read(sqlite_centre: Centre) -> None:
    """Both over HTTP."""
    async with web_client(sqlite_centre) as web:
        one = (await web.post("/api/handovers", json=HANDED)).json()["incident_id"]
        two = (await web.post("/api/incidents", json={**TOLD, "matter": "noise"})).json()["row"]["id"]
        near = (await web.get(f"/api/incidents/{one}/near")).json()
        callers = (await web.get(f"/api/incidents/{one}/callers")).json()
        period = {"from_ms": 0, "to_ms": sqlite_centre.clock.now_ms()}
        year = await web.get("/api/missed", params=period)
        keeper_of(sqlite_centre)
        period["from_ms"] = period["to_ms"] - 60_000
        (missed,) = (await web.get("/api/missed", params=period)).json()
        unknown = [await web.get(f"/api/incidents/none/{what}") for what in ("near", "reports", "callers")]

    assert [other["incident_id"] for other in near] == [two]
    assert callers == []
    assert year.status_code == 422
    assert (missed["by_others"], missed["missed"]) == (1, 1)
    assert [answer.status_code for answer in unknown] == [404] * 3
