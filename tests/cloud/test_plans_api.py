"""The plan over HTTP: looked at, tried, stored, taken back; places on it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cloud.plans.writing import Wish
from cloud.settings import SAMPLES
from tests.cloud.conftest import Centre
from tests.cloud.test_plans import bare, square
from tests.cloud.web import web_client


@pytest.fixture
def started(sqlite_centre: Centre) -> Centre:
    """A centre whose plan is stored."""
    sqlite_centre.desk.plans.start(SAMPLES)
    return sqlite_centre


def bounded(centre: Centre, **where: float) -> dict[str, Any]:
    """The areas with boundaries of two grids."""
    document = bare(centre)
    for row in document["areas"]:
        if row["id"] in where:
            row["boundary"] = square(where[row["id"]], 39.90)
    return document


async def test_a_section_is_looked_at_tried_stored_and_taken_back(started: Centre) -> None:
    """The way of a change, with who and why in the history."""
    document = copy.deepcopy(started.desk.plan.document("areas"))
    document["areas"][0]["name"] = "新区"
    async with web_client(started) as client:
        tried = (await client.post("/api/plan/areas/preview", json={"document": document})).json()
        stored = await client.post(
            "/api/plan/areas", json={"document": document, "why": "区划调整", "expected_number": tried["number"]}
        )
        late = await client.post("/api/plan/areas", json={"document": document, "why": "x", "expected_number": 1})
        changed = (await client.get("/api/plan/areas/differences", params={"before": 1, "after": 2})).json()
        back = await client.post("/api/plan/back", json={"numbers": {"areas": 1}, "why": "误改"})
        history = (await client.get("/api/plan/areas/history")).json()
        overview = (await client.get("/api/plan")).json()

    assert [change["fields"]["name"] for change in tried["changes"]] == [["示例区", "新区"]]
    assert (stored.status_code, late.status_code, back.status_code) == (200, 409, 200)
    assert late.json()["type"] == "urn:gridwhistle:problem:plan-conflict"
    assert changed == tried["changes"]
    assert [(row["number"], row["why"]) for row in history] == [(3, "误改"), (2, "区划调整"), (1, "areas.toml")]
    assert {row["section"]: row["number"] for row in overview}["areas"] == 3


REFUSED: tuple[tuple[str, str, object, int], ...] = (
    ("GET", "/api/plan/areas?number=9", None, 404),
    ("GET", "/api/plan/nothing", None, 422),
    ("GET", "/api/areas/at?lon=nan&lat=0", None, 422),
    ("GET", "/api/areas/at?lon=181&lat=0", None, 422),
    ("GET", "/api/facilities?within=nowhere", None, 404),
    ("POST", "/api/plan/areas", {"document": {}, "why": "x"}, 422),
    ("POST", "/api/plan/areas", {"document": {}, "why": ""}, 422),
    ("POST", "/api/plan/areas", {"document": {}, "why": "a\x00b"}, 422),
    ("POST", "/api/plan/areas", {"document": {"levels": ["\x00"]}, "why": "x"}, 422),
    ("POST", "/api/plan/areas", {"document": {"levels": ["\ud800"]}, "why": "x"}, 422),
    ("POST", "/api/plan/back", {"numbers": {"areas": 9}, "why": "x"}, 404),
    ("POST", "/api/areas.geojson/preview", {"document": {"features": [1]}}, 422),
)


async def test_what_is_wrong_is_told_as_a_problem(started: Centre) -> None:
    """Every refusal says what to do next, in both languages."""
    async with web_client(started) as client:
        for method, path, body, status in REFUSED:
            content = None if body is None else json.dumps(body)
            answer = await client.request(method, path, content=content, headers={"content-type": "application/json"})
            assert answer.status_code == status, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail_zh"]


async def test_boundaries_that_overlap_are_told_with_their_area(started: Centre) -> None:
    """422 with every finding; accepted by name it is stored."""
    document = bounded(started, **{"chunfeng-1": 116.50, "chunfeng-2": 116.505})
    wish = {"document": document, "why": "测绘"}
    async with web_client(started) as client:
        refused = await client.post("/api/plan/areas", json=wish)
        stored = await client.post("/api/plan/areas", json={**wish, "accept_findings": True})

    assert refused.status_code == 422
    assert "m²" in refused.json()["findings"][0]
    assert stored.json()["findings"][0]["what"] == "overlap"


async def test_a_point_finds_its_grid_and_boundaries_go_out_and_in(started: Centre) -> None:
    """What is exported can be imported: nothing changes."""
    wish = {"document": bounded(started, **{"chunfeng-1": 116.50, "chunfeng-2": 116.51}), "why": "测绘"}
    async with web_client(started) as client:
        await client.post("/api/plan/areas", json=wish)
        grid = (await client.get("/api/areas/at", params={"lon": 116.505, "lat": 39.905})).json()
        nowhere = (await client.get("/api/areas/at", params={"lon": 0, "lat": 0})).json()
        exported = (await client.get("/api/areas.geojson")).json()
        again = (await client.post("/api/areas.geojson/preview", json={"document": exported})).json()
        rows = (await client.get("/api/areas")).json()

    assert (grid["id"], nowhere) == ("chunfeng-1", None)
    assert again["changes_count"] == 0
    assert sum(row["has_boundary"] for row in rows) == 2


async def test_facilities_of_an_area_and_below(started: Centre) -> None:
    """By the area's id or its code."""
    document = {
        "buildings": [{"id": "b1", "name": "1 号楼", "area": "chunfeng-1", "storeys": 18}],
        "facilities": [{"id": "f1", "name": "室内消火栓", "kind": "hydrant", "area": "chunfeng-1", "building": "b1"}],
    }
    async with web_client(started) as client:
        stored = await client.post("/api/plan/facilities", json={"document": document, "why": "登记"})
        found = (await client.get("/api/facilities", params={"within": "110105001001"})).json()
        other = (await client.get("/api/facilities", params={"within": "heping"})).json()

    assert stored.status_code == 200
    assert [one["id"] for one in found["buildings"] + found["facilities"]] == ["b1", "f1"]
    assert other == {"buildings": [], "facilities": []}


async def test_people_are_shown_to_whom_they_concern(started: Centre) -> None:
    """A grid worker reads the people of his grid, in whatever form the plan goes out; who writes them reads all."""
    everybody = started.desk.plan.roster.people
    document = copy.deepcopy(started.desk.plan.document("people"))
    document["people"] = [{**row, "name": f"{row['name']}二"} for row in document["people"]]
    started.desk.plans.apply(Wish(section="people", document=document, who="boss", why="x"))
    looks = ("/api/plan/people", "/api/plan/people?number=1", "/api/plan/people/differences?before=1&after=2",
             "/plan/people/export", "/plan/people/history", "/api/tables/people")  # fmt: skip
    tried: dict[str, Any] = {"document": {"people": []}}
    async with web_client(started, "lin-zhixia") as client:
        for look in looks:
            shown = await client.get(look)
            names = {person.name for person in everybody if person.name in shown.text}
            assert (shown.status_code, names) == (200, {"林知夏", "何安平"}), look
        assert (await client.post("/api/plan/people/preview", json=tried)).status_code == 403
    async with web_client(started) as client:
        for look in looks:
            text = (await client.get(look)).text
            assert all(person.name in text for person in everybody), look
        assert (await client.post("/api/plan/people/preview", json=tried)).status_code in (200, 422)
