"""The map without a browser: what its API tells whom, how much that is, tiles, and the page with its parts."""

from __future__ import annotations

import gzip
import json
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from cloud.changes import Changed
from cloud.history.series import DuckSeries
from cloud.maps.desk import Seen
from cloud.maps.features import CLUSTER_PX, Anchors, clustered
from cloud.maps.frame import Frame, FrameError, read_box
from cloud.maps.rows import EndpointState
from cloud.maps.shapes import simplified
from cloud.maps.tiles import open_tiles
from cloud.maps.whereabouts import Spot
from runtime.settings import SettingsError
from tests.cloud import facts
from tests.cloud.conftest import Centre, HandClock
from tests.cloud.test_areas_page import sampled, unbounded
from tests.cloud.test_sources import called, found
from tests.cloud.web import web_client

PNG = bytes.fromhex("89504e470d0a1a0a") + b"rest"
LEADER = "pei-xingzhou"  # of one grid of another community


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """The sample district on SQLite, one for all: a fire, a call, a find, and two patrols, one of them long ago."""
    folder = tmp_path_factory.mktemp("district")
    centre = sampled(Centre(folder, HandClock(), DuckSeries(folder / "series.duckdb")))
    centre.take(device="fire-0001", place="1 号楼")
    centre.desk.sources.report(called(centre, grid="110105001002003", place="楼梯间"))
    lat, lon = at(centre, "heping-2")
    found(centre, device="handheld-0003", lat_udeg=lat, lon_udeg=lon)
    lat, lon = at(centre, "chunfeng-1")
    now_ms = centre.clock.now_ms()
    found(centre, 1, "patrol_started", device="handheld-0001")
    found(centre, 2, "track", device="handheld-0001", points=[[now_ms - 9000, lat, lon], [now_ms - 5000, lat, lon]])
    found(centre, 3, "patrol_started", device="handheld-0002")
    found(centre, 4, "track", device="handheld-0002", points=[[now_ms - 2 * 86_400_000, lat, lon]])
    yield centre
    centre.store.close()
    centre.series.close()


def at(centre: Centre, area: str) -> tuple[int, int]:
    """The middle of an area, as terminals say it."""
    spot = centre.desk.maps.whereabouts.of_area(area)
    assert spot is not None
    return round(spot.at[1] * 1e6), round(spot.at[0] * 1e6)


async def told(web: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await web.get(f"/api/map/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_level_is_drawn_and_small(district: Centre) -> None:
    """140 grids far below 100 KB; a box cuts; what is asked wrongly is told."""
    async with web_client(district) as web:
        grids = await web.get("/api/map/areas?level=grid&zoom=15", headers={"Accept-Encoding": "gzip"})
        corner = await told(web, "areas", level="grid", bbox="116.48,39.918,116.4815,39.92")
        wrong = [
            (await web.get("/api/map/areas", params=query)).status_code
            for query in ({"level": "none"}, {"level": "grid", "bbox": "1,2,0,3"}, {"level": "grid", "bbox": "x"}, {})
        ]
    body = grids.json()
    packed = len(gzip.compress(grids.content, 5))
    print(f"140 grids: {len(grids.content)} bytes, {packed} compressed")

    assert len(body["features"]) == 140
    assert packed < 100_000
    assert {"chunfeng-1"} <= {one["id"] for one in corner["features"]} < {one["id"] for one in body["features"]}
    assert wrong == [422, 422, 422, 422]


async def test_nothing_new_is_told_in_no_words(district: Centre) -> None:
    """304 for the tag that one has; another one after something happened. Nobody keeps a copy."""
    async with web_client(district) as web:
        first = await web.get("/api/map/incidents")
        tag = {"If-None-Match": first.headers["etag"]}
        again = await web.get("/api/map/incidents", headers=tag)
        district.take(2, device="fire-0002", place="2 号楼", raised_at_ms=district.clock.now_ms() + 1)
        new = await web.get("/api/map/incidents", headers=tag)

    assert (first.status_code, again.status_code, new.status_code) == (200, 304, 200)
    assert again.content == b""
    assert first.headers["cache-control"] == "no-store"
    assert [one["properties"]["place"] for one in new.json()["features"]][:2] == ["1 号楼", "2 号楼"]


async def test_an_incident_stands_where_it_is_known_to_be(district: Centre) -> None:
    """At its device's building, where its report says, in the middle of its grid; counts rise through the levels."""
    async with web_client(district) as web:
        body = await told(web, "incidents")
    exact = {one["properties"]["place"]: one["properties"]["exact"] for one in body["features"]}
    counts = body["counts"]

    assert (exact["1 号楼"], exact["楼梯间"], exact["3号楼2单元楼梯间"]) == ("point", "area", "told")
    assert counts["heping-3"] == {"open": 1, "life": 0, "worst": "major"}
    assert counts["xiangyang"]["open"] == counts["chunfeng"]["open"] + counts["heping"]["open"] == len(exact)
    assert counts["chunfeng-1"]["life"] == counts["xiangyang"]["life"] >= 1
    assert body["features"][0]["properties"]["life_safety"], "what concerns lives comes first"


async def test_everybody_sees_what_is_open_in_his_areas_only(district: Centre) -> None:
    """Boundaries are the team's, incidents, devices and people are not; positions need their own right, on record."""
    async with web_client(district, LEADER) as web:
        areas = await told(web, "areas", level="community")
        incidents = await told(web, "incidents")
        endpoints = await told(web, "endpoints", bbox="116.47,39.90,116.483,39.93", zoom=19)
        around = await told(web, "around", at="chunfeng-1")
        other = await web.get("/api/map/around?incident_id=01935000-0000-7000-8000-000000000001")
        panel = await web.get("/parts/map/panel?show=incident:01935000-0000-7000-8000-000000000001")
        search = await web.get("/parts/map/search?q=fire-0001")

    assert len(areas["features"]) == 18
    assert incidents["features"] == []
    assert incidents["counts"] == {}
    assert endpoints["features"] == []
    assert around["incidents"]["features"] == []
    assert other.status_code == 403
    assert "无权查看" in panel.text
    assert "没有与" in search.text


async def test_a_map_that_stays_open_is_one_look_on_record(district: Centre) -> None:
    """Polls of ten minutes are one row; another person, and a track, have rows of their own."""
    async with web_client(district, "qin-yue") as web, web_client(district) as other:
        for _ in range(3):
            for path in ("/api/map/people", "/parts/map/people"):
                assert (await web.get(path)).status_code == 200
        now_ms = district.clock.now_ms()
        patrols = (await web.get(f"/api/tracks?from_ms=0&to_ms={now_ms}")).json()
        for _ in range(2):
            await web.get(f"/api/map/tracks/{patrols[0]['id']}")
        rows = (await other.get("/api/audit?actor=qin-yue")).json()
    told = [row["target"] for row in rows if row["action"] == "track_read"]
    assert sum(target.endswith("/map/people") for target in told) == 1
    assert sum("/map/tracks/" in target for target in told) >= 2


async def test_positions_of_people_are_told_to_few_and_with_their_age(district: Centre) -> None:
    """The newest of patrol and report, by time; older than a day is nowhere; a worker sees none."""
    now_ms = district.clock.now_ms()
    async with web_client(district) as web:
        people = await told(web, "people")
        (patrol, *_) = (await web.get(f"/api/tracks?from_ms=0&to_ms={now_ms}")).json()
        track = await told(web, f"tracks/{patrol['id']}")
        day = await web.get("/parts/map/patrols")
        listed = await web.get("/parts/map/people")
        audit = (await web.get("/api/audit")).text
    async with web_client(district, "lin-zhixia") as web:
        refused = [(await web.get(path)).status_code for path in ("/api/map/people", "/parts/map/people")]
        page = await web.get("/map")

    assert {one["properties"]["device"]: one["properties"]["at_ms"] for one in people["features"]} == {
        "handheld-0001": now_ms - 5000, "handheld-0003": now_ms - 60_000,
    }  # fmt: skip
    assert track["properties"]["times_ms"]
    assert len(track["properties"]["times_ms"]) == len(track["geometry"]["coordinates"])
    assert f'data-track="{patrol["id"]}"' in day.text
    assert "林知夏" in listed.text
    assert "/api/map/people" in audit
    assert refused == [403, 403]
    assert 'value="people"' not in page.text


async def test_the_page_and_its_list_say_the_same_without_scripts(district: Centre) -> None:
    """In both languages; `show` opens something at once; boundaries that are missing are said to be."""
    async with web_client(district) as web:
        page = (await web.get("/map", params={"show": "area:chunfeng-1"})).text
        english = (await web.get("/parts/map/list?lang=en")).text
        device = (await web.get("/parts/map/panel?show=device:lift-0002")).text
        here = (await web.get("/parts/map/panel?show=here:116.48,39.918,116.4815,39.92")).text
        gone = [(await web.get("/parts/map/panel", params={"show": show})).status_code for show in ("x", "here:1", "")]
        hits = (await web.get("/parts/map/search?q=春风第一")).text

    assert all(word in page for word in ("1 号楼", "春风第一网格", "data-fit="))
    assert "Open incidents: " in english
    assert "客梯" in device
    assert "fire-0001" in here
    assert gone == [200, 200, 200]
    assert 'data-show="area:chunfeng-1"' in hits


async def test_the_first_picture_comes_with_the_page(district: Centre) -> None:
    """Boundaries and what is open, as the interface tells them, cut to whoever asks."""
    for who in ("shen-ruolan", LEADER):
        async with web_client(district, who) as web:
            page = (await web.get("/map")).text
            sent = json.loads(page.partition('id="map-sent">')[2].partition("</script>")[0])
            areas = await told(web, "areas", level=sent["level"], zoom=sent["zoom"])
            incidents = await told(web, "incidents")

        assert sent["areas"] == areas
        assert sent["incidents"] == incidents
        assert sent["above"]["features"]


async def test_an_endpoint_outside_of_the_plan_is_found(sqlite_centre: Centre) -> None:
    """By name or place, by whom it concerns; a sign of SQL is only a sign."""
    sampled(sqlite_centre).status()
    found = []
    for who in ("zhou-mingyuan", LEADER):
        async with web_client(sqlite_centre, who) as web:
            found += [
                (await web.get("/parts/map/search", params={"q": q})).text for q in ("FIRE-A", "room a", "fire_a")
            ]

    assert ['data-show="device:fire-a"' in one for one in found] == [True, True, False, False, False, False]


async def test_without_boundaries_the_list_stays(sqlite_centre: Centre) -> None:
    """As a district begins; nobody has written down where the endpoint is."""
    unbounded(sqlite_centre).take(1, device="fire-x")
    async with web_client(sqlite_centre) as web:
        page = (await web.get("/map")).text
        around = await told(web, "around", incident_id="01935000-0000-7000-8000-000000000001")

    assert "还没有边界" in page
    assert "其中 1 件没有位置" in page
    assert around["bounds"] is None


async def test_a_map_for_shifted_tiles_is_shifted(district: Centre) -> None:
    """All of it by the same amount; a box in that datum finds the same things."""
    async with web_client(district) as web:
        plain, moved = [await told(web, "incidents", datum=datum) for datum in ("wgs84", "gcj02")]
        lon, lat = moved["features"][0]["geometry"]["coordinates"]
        box = f"{lon - 1e-4:.6f},{lat - 1e-4:.6f},{lon + 1e-4:.6f},{lat + 1e-4:.6f}"
        inside = await told(web, "incidents", datum="gcj02", bbox=box)
        outside = await told(web, "incidents", bbox=box)

    shift = np.subtract((lon, lat), plain["features"][0]["geometry"]["coordinates"])
    assert 300 < math.hypot(shift[0] * 85_000, shift[1] * 111_000) < 900
    assert moved["features"][0]["id"] in {one["id"] for one in inside["features"]}
    assert outside["features"] == []


@pytest.mark.parametrize("zoom", [8, 12, 14, 16, 18])
def test_seams_stay_seams_at_every_zoom(zoom: int) -> None:
    """Simplified together: no gap and no overlap, although the boundary has a point every metre or so."""
    rng = np.random.default_rng(4)
    shapes = wobbly(rng)
    before = shapely.coverage_is_valid(shapes)
    after = simplified(list(shapes), zoom)

    assert before
    assert shapely.coverage_is_valid(np.array(after))
    assert all(one.is_valid and one.area > 0 for one in after)
    if zoom < 16:
        assert sum(map(shapely.get_num_coordinates, after)) < sum(map(shapely.get_num_coordinates, shapes)) / 2


def wobbly(rng: np.random.Generator, cells: int = 4, per_edge: int = 60) -> Any:
    """A lattice whose edges wobble, shared by neighbours point by point."""
    step = 0.002
    corner = {(x, y): (116.4 + step * x, 39.9 + step * y) for x in range(cells + 1) for y in range(cells + 1)}

    def edge(one: tuple[int, int], other: tuple[int, int]) -> list[tuple[float, float]]:
        if (one, other) not in edges:
            (x0, y0), (x1, y1) = corner[one], corner[other]
            t = np.linspace(0, 1, per_edge)[1:-1]
            aside = rng.normal(0, 4e-5, len(t)) * np.sin(np.pi * t)  # across the edge, nothing at its ends
            across = (0, 1) if y0 == y1 else (1, 0)
            xs, ys = (
                begin + (end - begin) * t + aside * way
                for begin, end, way in ((x0, x1, across[0]), (y0, y1, across[1]))
            )
            line = list(zip(xs, ys, strict=True))
            edges[one, other], edges[other, one] = line, line[::-1]
        return edges[one, other]

    edges: dict[Any, list[tuple[float, float]]] = {}
    found = []
    for x in range(cells):
        for y in range(cells):
            loop = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
            ring = [p for a, b in zip(loop, loop[1:] + loop[:1], strict=True) for p in (corner[a], *edge(a, b))]
            found.append(shapely.Polygon(ring))
    return np.array(found)


async def test_drawn_grids_fit_together(district: Centre) -> None:
    """Also after rounding, as the answer has them."""
    async with web_client(district) as web:
        body = await told(web, "areas", level="grid", zoom=14)

    assert shapely.coverage_is_valid(np.array([shape(one["geometry"]) for one in body["features"]]))


def test_twenty_thousand_endpoints_are_few_marks() -> None:
    """Whole counts, marks that do not cover each other, below 100 KB at every zoom."""
    rng = np.random.default_rng(7)
    places = rng.uniform((116.48, 39.90), (116.53, 39.92), (20_000, 2))
    things = [
        (
            EndpointState(
                device=f"d-{index}", kind="fire", place="", grid="g", site="s", gateway="w",
                state="offline" if index % 50 == 0 else "online", last_seen_ms=1,
            ),
            Spot(at=(float(lon), float(lat)), exact="point"),
        )
        for index, (lon, lat) in enumerate(places)
    ]  # fmt: skip
    for zoom, half in ((14, 0.03), (18, 0.003)):
        frame = Frame(box=(116.50 - half, 39.91 - half, 116.50 + half, 39.91 + half), zoom=zoom)
        anchors = Anchors(zoom, (spot.at for _, spot in things))
        marks = clustered(things, frame, anchors)
        every = clustered(things, Frame(zoom=zoom), anchors)
        aside = clustered(things, replace(frame, box=(116.49, 39.90, 116.60, 39.92)), anchors)
        inside = sum(frame.holds(spot.at) for _, spot in things)
        size = len(gzip.compress(json.dumps(marks).encode(), 5))
        pixels = np.array([frame.pixel(tuple(one["geometry"]["coordinates"])) for one in marks])
        gaps = np.hypot(*(pixels[:, None] - pixels[None, :]).transpose(2, 0, 1)) + np.eye(len(marks)) * 999

        assert sum(one["properties"]["count"] for one in every) == len(things)
        assert inside <= sum(one["properties"]["count"] for one in marks) < inside * 1.4 + 40, "those at its edge whole"
        assert {one["id"] for one in marks} <= {one["id"] for one in every}, "a moved map has the same marks"
        assert {one["id"] for one in aside} <= {one["id"] for one in every}
        assert size < 100_000
        assert gaps.min() > CLUSTER_PX - 1
    assert any(one["properties"]["state"] == "offline" for one in marks) == any(
        thing.state == "offline" and frame.holds(spot.at) for thing, spot in things
    )


def test_a_planned_device_is_on_the_map_before_it_is_heard(district: Centre) -> None:
    """And stands once when it is heard."""
    seen = Seen(sees=lambda _grid, _site: True, reaches=lambda _site: True)
    before = {one.device: one.state for one, _ in district.desk.maps.devices(seen)}
    now_ms = district.clock.now_ms()
    heard = {**facts.status(now_ms)["endpoints"][0], "device": "fire-0001", "channels": {"smoke": "fault:noise"}}
    district.status(endpoints=[heard])
    district.desk.tell(Changed(gateways=True))
    after = [(one.device, one.state) for one, _ in district.desk.maps.devices(seen)]

    assert before["fire-0001"] == "unheard"
    assert [state for device, state in after if device == "fire-0001"] == ["fault"]
    assert len(after) == len(before), "the gateway and the endpoint stood in the plan"


def test_tiles_of_a_folder_and_of_a_file(tmp_path: Path) -> None:
    """Nothing but pictures inside; a row of MBTiles counts from the south."""
    folder = tmp_path / "tiles"
    (folder / "3" / "1").mkdir(parents=True)
    (folder / "3" / "1" / "2.png").write_bytes(PNG)
    (folder / "3" / "1" / "3.png").write_text("<script>")
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "3" / "1" / "4.png").symlink_to(tmp_path / "secret.png")
    file = tmp_path / "map.mbtiles"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        db.execute("INSERT INTO tiles VALUES (3, 1, ?, ?)", (2**3 - 1 - 2, PNG))
    db.close()
    for path in (folder, file):
        tiles = open_tiles(path, "gcj02", "某图商")
        assert tiles is not None
        tile = tiles.get(3, 1, 2)
        assert (tile.body, tile.media) == (PNG, "image/png") if tile else False
        assert tiles.source.zooms == (3, 3)
        assert all(
            tiles.get(*at) is None for at in ((3, 1, 3), (3, 1, 4), (3, 1, 9), (3, 9, 1), (-1, 0, 0), (99, 0, 0))
        )
        getattr(tiles.source, "close", lambda: None)()


@pytest.mark.parametrize("wrong", ["missing", "empty", "vector.mbtiles", "text.mbtiles"])
def test_tiles_that_cannot_be_used_stop_the_start(tmp_path: Path, wrong: str) -> None:
    """With what to do about it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mbtiles").write_text("no database at all, and long enough for a header of one")
    with sqlite3.connect(tmp_path / "vector.mbtiles") as db:
        db.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        db.execute("INSERT INTO tiles VALUES (0, 0, 0, ?)", (b"\x1f\x8bprotobuf",))
    db.close()
    with pytest.raises(SettingsError):
        open_tiles(tmp_path / wrong, "wgs84", "")
    with pytest.raises(SettingsError, match="wgs84"):
        open_tiles(None, "bd09", "")


async def test_tiles_are_served_to_who_is_logged_in(
    district: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept by the browser for a while; a missing one is a transparent picture; no path leads out."""
    (tmp_path / "tiles" / "3" / "1").mkdir(parents=True)
    (tmp_path / "tiles" / "3" / "1" / "2.png").write_bytes(PNG)
    monkeypatch.setattr(district.desk.maps, "tiles", open_tiles(tmp_path / "tiles", "wgs84", "<某图商>"))
    async with web_client(district) as web:
        tile, none = [await web.get(f"/tiles/3/1/{y}") for y in (2, 3)]
        again = await web.get("/tiles/3/1/2", headers={"If-None-Match": tile.headers["etag"]})
        paths = ("/tiles/3/1/..%2f..%2fkeys.json", "/tiles/3/../../keys.json", "/tiles/3/1/-2", "/tiles/3/1/2.png")
        odd = [(await web.get(path)).status_code for path in paths]
        page = (await web.get("/map")).text
    async with web_client(district, "nobody") as web:
        stranger = (await web.get("/tiles/3/1/2")).status_code

    assert (tile.status_code, tile.headers["content-type"], tile.content) == (200, "image/png", PNG)
    assert "max-age" in tile.headers["cache-control"]
    assert again.status_code == 304
    assert (none.status_code, none.headers["content-type"], none.content[:4]) == (404, "image/png", b"\x89PNG")
    assert all(status in (404, 422) for status in odd)
    assert stranger in (303, 401)
    assert "\\u003c某图商>" in page


def test_a_box_is_read_with_care() -> None:
    """Whatever a browser sends."""
    assert read_box("1,2,3,4") == (1, 2, 3, 4)
    assert read_box("")[0] == -180
    for text in ("1,2,3", "a,b,c,d", "3,2,1,4", "nan,0,1,1"):
        with pytest.raises(FrameError):
            read_box(text)
