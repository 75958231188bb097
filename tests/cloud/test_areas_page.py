"""The page of areas: map, people on duty, what is open where, in both languages."""

from __future__ import annotations

import copy
import re

from cloud.console.area_map import WIDTH, draw
from cloud.plan.sections import areas_of
from cloud.plans import sample
from cloud.plans.writing import Wish
from cloud.settings import SAMPLES
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client


def sampled(centre: Centre) -> Centre:
    """The centre with the sample district."""
    centre.desk.plans.start(SAMPLES)
    documents = sample.district().items()
    centre.desk.plans.apply_all([Wish(section=name, document=doc, who="x", why="示例") for name, doc in documents])
    return centre


def unbounded(centre: Centre) -> Centre:
    """The centre with the areas of the small sample, before anybody has drawn their boundaries."""
    centre.desk.plans.start(SAMPLES)
    document = copy.deepcopy(centre.desk.plan.document("areas"))
    for row in document["areas"]:
        del row["boundary"]
    centre.desk.plans.apply(Wish(section="areas", document=document, who="x", why="还没有边界"))
    return centre


async def test_from_the_street_to_a_grid(sqlite_centre: Centre) -> None:
    """Each area of the map is a link with its name and what is open; the page of a grid shows its people."""
    centre = sampled(sqlite_centre)
    centre.take(device="fire-0001")
    async with web_client(centre) as client:
        street = (await client.get("/areas")).text
        grid = (await client.get("/areas", params={"at": "chunfeng-1"})).text
        english = (await client.get("/areas", params={"at": "110105001003", "lang": "en"})).text

    assert street.split('class="map"')[1].split("</svg>")[0].count("<path") == 18
    assert 'class="life"' in street
    assert "<title>春风社区 · 未结 1 件</title>" in street
    assert all(word in grid for word in ("林知夏", "何安平", "楼道消防终端", "fire-0001", "春风社区</a> ›"))
    assert all(word in english for word in ("exclusive grid", "Below it: 8", "On duty now"))


async def test_somebody_of_a_grid_sees_what_is_open_there_only(sqlite_centre: Centre) -> None:
    """The map is public among the team; incidents are not."""
    centre = sampled(sqlite_centre)
    centre.take(device="fire-0001")
    async with web_client(centre, "pei-xingzhou") as client:
        page = await client.get("/areas")

    assert page.status_code == 200
    assert "未结 1 件" not in page.text


async def test_without_boundaries_it_is_a_list(sqlite_centre: Centre) -> None:
    """As a district begins; an unknown area leads to the beginning."""
    async with web_client(unbounded(sqlite_centre)) as client:
        page = (await client.get("/areas", params={"at": "nowhere"})).text

    assert 'class="map"' not in page
    assert "还没有边界" in page
    assert "和平社区" in page


def test_a_drawing_has_north_up_and_the_proportions_of_the_ground() -> None:
    """A street of 3.9 km by 1.3 km, communities in three rows, every name inside its boundary."""
    tree = areas_of(sample.district()["areas"])
    drawn = draw(tree.shapes, [area.id for area in tree.areas if area.level == "community"])

    assert drawn is not None
    assert drawn.width == WIDTH
    assert 0.3 < drawn.height / drawn.width < 0.42
    by_id = {outline.id: outline for outline in drawn.outlines}
    assert by_id["chunfeng"].y < by_id["yinxing"].y < by_id["jingui"].y
    assert by_id["chunfeng"].x < by_id["heping"].x
    for outline in drawn.outlines:
        xs = [float(x) for x in re.findall(r"[ML](\S+) ", outline.path)]
        assert min(xs) < outline.x < max(xs)
    assert draw(tree.shapes, ["nowhere"]) is None
