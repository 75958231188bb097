"""Pages and interface of the assessment: the same numbers for a worker and his leader, cut to areas, on record."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import openpyxl
import pytest

from cloud.console.texts import LANGUAGES
from domain.assessment.indicators import INDICATORS, Subject
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, WORKER
from tests.cloud.test_areas_page import sampled
from tests.cloud.test_assessing import HOUR, ended
from tests.cloud.test_facts import keeper_of
from tests.cloud.web import web_client, web_trust

LEADER = "he-anping"
WEEK = {"on": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def worked(sqlite_centre: Centre) -> Centre:
    """A worker with eight cases in time and two late ones."""
    for number in range(1, 11):
        ended(sqlite_centre, number, device=f"cam-{number}", wait_s=30 * HOUR if number > 8 else 60)
    keeper_of(sqlite_centre)
    return sqlite_centre


async def test_a_leader_reads_and_the_look_is_on_record(worked: Centre) -> None:
    """Her own area's people only, each number a link; who looked stands in the audit log."""
    async with web_client(worked, LEADER) as client:
        page = await client.get("/review/people", params=WEEK)
        one = await client.get(f"/review/people/{WORKER}", params=WEEK)
        other = await client.get("/review/people/tian-shiqi", params=WEEK)
        nobody = await client.get("/review/people/nobody", params=WEEK)
    assert (page.status_code, one.status_code, other.status_code, nobody.status_code) == (200, 200, 403, 404)
    assert "nobody" in nobody.text
    assert "in the roster" not in nobody.text  # in one language
    assert "8/10" in page.text
    assert "田拾七" not in page.text
    assert all(word in one.text for word in ("扣分最多的是", "有异议怎么办", "8/10", "indicator=handled_in_time"))
    actions = [(row.action, row.outcome) for row in web_trust(worked).trail.entries(50) if row.actor == LEADER]
    assert ("assess_read", "allowed") in actions
    assert ("assess_read", "refused") in actions


async def test_a_worker_reads_his_own_and_no_others(worked: Centre) -> None:
    """What his leader sees, number by number, and to whom to object; the list behind it as well."""
    behind = {**WEEK, "indicator": "handled_in_time", "part": "misses"}
    async with web_client(worked, LEADER) as client:
        hers = (await client.get(f"/review/people/{WORKER}", params=WEEK)).text
    async with web_client(worked, WORKER) as client:
        mine = await client.get("/review/mine", params=WEEK)
        late = await client.get("/review/mine/behind", params=behind)
        refused = [
            (await client.get(path, params={**behind, "subject": "person", "who": WORKER})).status_code
            for path in ("/review/people", f"/review/people/{LEADER}", "/review/behind", "/review/grids")
        ]
    assert refused == [403] * 4
    assert "何安平" in mine.text
    rows = [text.split("<tbody>")[1].split("</tbody>")[0].count("8/10") for text in (hers, mine.text)]
    assert rows[0] == rows[1] == 1
    assert late.text.count('href="/incidents/') >= 2


async def test_who_is_not_in_the_roster_has_no_results(sqlite_centre: Centre) -> None:
    """And is told so."""
    async with web_client(sqlite_centre) as client:
        page = await client.get("/review/mine")
    assert "不在网格队伍名册" in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_table_in_both_languages(worked: Centre, lang: str) -> None:
    """With the way it is reckoned; sorted and filtered; nothing is left unworded."""
    words = LANGUAGES[lang]
    async with web_client(worked) as client:
        for path, more in (
            ("/review/people", {"sort": "points"}), ("/review/people", {"sort": "handled_in_time", "grade": "none"}),
            ("/review/grids", {}), ("/review/grids", {"level": "street"}), ("/review/departments", {}),
            ("/review/people", {"at": "chunfeng"}),
            (f"/review/people/{WORKER}", {}),
        ):  # fmt: skip
            page = await client.get(path, params={**WEEK, "lang": lang, **more})
            assert page.status_code == 200
            assert words["assess.how"] in page.text


async def test_the_arrow_stands_where_a_table_is_sorted(worked: Centre) -> None:
    """By area as it comes, by name as names are spoken; all rows on one page for who prints them."""
    sampled(worked)
    async with web_client(worked, "supervisor") as client:
        by = {sort: (await client.get("/review/people", params={**WEEK, "sort": sort})).text for sort in ("", "name")}
        whole = (await client.get("/review/people", params={**WEEK, "sort": "name", "whole": "1"})).text
        offices = (await client.get("/review/departments", params=WEEK)).text

    arrow = re.compile(r">([^<>]+)<span aria-hidden=\"true\"> ▾")
    assert [arrow.findall(page) for page in (by[""], by["name"], offices)] == [["所属"], ["名称"], []]
    names = re.findall(r'href="/review/people/[^"]+"><b>([^<]+)</b>', whole)
    first = [name[0] for name in names]
    assert len(names) > 140
    assert first.index("陈") < first.index("李") < first.index("王") < first.index("周")
    assert "whole=1" in by["name"]
    assert 'rel="next"' not in whole


async def test_files_say_every_count(worked: Centre) -> None:
    """CSV and XLSX, the same lines."""
    async with web_client(worked) as client:
        plain = await client.get("/review/people", params={**WEEK, "take": "csv"})
        book = await client.get("/review/people", params={**WEEK, "take": "xlsx"})
        offices = await client.get("/review/departments", params={**WEEK, "take": "csv"})
    lines = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert [list(row) for row in sheet.iter_rows(values_only=True)][1][0] == lines[1][0]
    (line,) = [line for line in lines if line[0] == WORKER]
    at = lines[0].index("及时处置 计数")
    assert line[at : at + 3] == ["8", "10", "0"]
    tiers = {row["编号"]: row for row in csv.DictReader(io.StringIO(offices.content.decode("utf-8-sig")))}
    assert (tiers["grid"]["及时处置 计数"], tiers["grid"]["及时处置 总数"]) == ("8", "10")


async def test_the_interface_says_the_same(worked: Centre) -> None:
    """Of people, areas, departments and tiers; a period that ends before it begins counts nothing."""
    now_ms = worked.clock.now_ms()
    params: dict[str, Any] = {"from_ms": now_ms - 7 * 86_400_000, "to_ms": now_ms}
    async with web_client(worked) as client:
        people = (await client.get("/api/review/people", params=params)).json()
        grids = (await client.get("/api/review/grids", params=params)).json()
        offices = (await client.get("/api/review/departments", params=params)).json()
        none = (await client.get("/api/review/people", params={"from_ms": 5, "to_ms": 1})).json()
        long = await client.get("/api/review/people", params={"from_ms": 0, "to_ms": now_ms})
        odd = await client.get("/api/review/grids", params={**params, "level": "planet"})
        streets = (await client.get("/api/review/grids", params={**params, "level": "street"})).json()
    assert (long.status_code, odd.status_code) == (422, 422)
    assert {one["level"] for one in streets} == {"street"}
    (mine,) = [one for one in people if one["id"] == WORKER]
    handled = next(one for one in mine["indicators"] if one["name"] == "handled_in_time")
    assert (handled["hits"], handled["of"], handled["weight"]) == (8, 10, 20)
    assert mine["points"] == pytest.approx(100 - sum(one["lost"] for one in mine["indicators"]))
    assert {one["level"] for one in grids} == {"grid"}
    assert offices["tiers"][0]["id"] == "grid"
    assert all(one["grade"] is None for one in none)


async def test_what_makes_no_sense_is_said(worked: Centre) -> None:
    """No such indicator, area or part."""
    async with web_client(worked) as client:
        answers = [
            (await client.get("/review/behind", params={"subject": "area", "who": "chunfeng", "indicator": "rework",
                                                        "part": "of", **more})).status_code
            for more in ({}, {"indicator": "charm"}, {"who": "nowhere"}, {"part": "all"}, {"subject": "person"},
                         {"subject": "person", "who": OPERATOR}, {"who": "street"})
        ]  # fmt: skip
    assert answers == [200, 404, 404, 422, 404, 404, 200]


def test_every_indicator_is_worded_for_each_subject() -> None:
    """A number without its meaning is none."""
    for words in LANGUAGES.values():
        for one in INDICATORS:
            assert words[f"assess.ind.{one.name}"]
            assert all(words[f"assess.how.{subject}.{one.name}"] for subject in Subject if subject in one.subjects)
