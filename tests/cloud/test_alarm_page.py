"""The page about the alarms, without a browser: what is bad first, each number a link to its alarms, files, rights."""

from __future__ import annotations

import csv
import io
import re

import pytest

from domain.assessment.alarm_targets import AlarmTargets
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.test_alarm_review import alarm
from tests.cloud.test_facts import keeper_of
from tests.cloud.web import web_client

TODAY = {"on": "2026-11-22", "to": "2026-11-22"}  # of START_MS


@pytest.fixture
def busy(sqlite_centre: Centre) -> Centre:
    """A day with a flood that was grouped, a chattering pump, a fire that waited, one false alarm."""
    centre = sqlite_centre
    centre.status()
    parent = centre.take(1, kind="alarm_flood", severity="minor", device="", signals=[])
    for number in range(2, 16):
        centre.clock.go(5)
        alarm(centre, number, device=f"pump-{number}", parent=parent)
    for number in (20, 21, 22):
        alarm(centre, number, device="fire-b", place="Room B", kind="sensor_fault", took_ms=4000)
        centre.clock.go(20)
    centre.take(30, kind="fire", device="fire-a")
    centre.move(facts.incident(20)["incident_id"], Move.VOID, reason="误报，现场没有情况")
    centre.clock.go(400)
    keeper_of(centre)
    return centre


async def test_what_is_bad_stands_first(busy: Centre) -> None:
    async with web_client(busy) as client:
        page = (await client.get("/review/alarms", params=TODAY)).text
        english = (await client.get("/review/alarms", params={**TODAY, "lang": "en"})).text
    assert (
        page.index("先看这里") < page.index("危及生命的报警：1 件中 1 件未在 3 分钟内受理") < page.index("指标与目标")
    )
    assert "少于 30 天" in page
    assert "反复报警：1 个来源的 3 件" in page
    assert "/equipment/endpoints/fire-b" in page
    assert "Life safety: 1 of 1 not accepted within 3 minutes" in english
    assert "Only 0.6 days, fewer than 30" in english


async def test_words_say_the_limits_that_were_counted_by(busy: Centre) -> None:
    """Whoever configures others reads others, on the page and in the file."""
    busy.desk.alarms.targets = AlarmTargets(accept_ms=90_000, transmit_ms=2_500, chatter_count=4, days=60)
    async with web_client(busy) as client:
        page = (await client.get("/review/alarms", params={**TODAY, "lang": "en"})).text
        file = (await client.get("/review/alarms/file", params={**TODAY, "lang": "en"})).text
    for told in ("accepted within 1.5 min", "at the centre within 2.5 s", "Chattering (4 or more in 60 s)"):
        assert told in page
        assert told in file
    assert "not accepted within 1.5 minutes" in page
    assert "Judge the last 60 days" in page


async def test_every_number_leads_to_its_alarms(busy: Centre) -> None:
    """Each link of the page opens, and counts what the number said."""
    async with web_client(busy) as client:
        page = (await client.get("/review/alarms", params=TODAY)).text
        links = re.findall(r'href="(/review/alarms/list\?[^"]+)"[^>]*>(?:<b>)?(\d+)<', page)
        assert len(links) > 10
        for href, number in set(links):
            answer = await client.get(href.replace("&amp;", "&"))
            assert answer.status_code == 200
            found = re.search(r'role="status">(\d+) ', answer.text)
            assert found is not None, href
            assert found[1] == number, href
        listed = (await client.get("/review/alarms/list", params={**TODAY, "what": "void"})).text
    assert "误报，现场没有情况" in listed


async def test_lists_are_cut_into_pages_and_refuse_nonsense(busy: Centre) -> None:
    for number in range(100, 160):
        alarm(busy, number, device=f"pump-{number}")
    busy.clock.go(1)
    keeper_of(busy)
    async with web_client(busy) as client:
        one = (await client.get("/review/alarms/list", params={**TODAY, "what": "told"})).text
        two = (await client.get("/review/alarms/list", params={**TODAY, "what": "told", "page": 2})).text
        bad = await client.get("/review/alarms/list", params={**TODAY, "what": "everything"})
        far = await client.get("/review/alarms/list", params={**TODAY, "severity": "odd", "page": 9999})
    assert "第 1 页，共 2 页" in one
    assert one.count('<a href="/incidents/') == 50
    assert "第 2 页，共 2 页" in two
    assert (bad.status_code, far.status_code) == (422, 200)


async def test_an_empty_centre_says_so(sqlite_centre: Centre) -> None:
    async with web_client(sqlite_centre) as client:
        page = (await client.get("/review/alarms?period=year&on=2020-01-01")).text
    assert "这段时间没有报警" in page


async def test_files_hold_what_the_page_shows(busy: Centre) -> None:
    async with web_client(busy) as client:
        text = (await client.get("/review/alarms/file", params={**TODAY, "lang": "en"})).text
        book = await client.get("/review/alarms/file", params={**TODAY, "format": "xlsx"})
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    chattering = next(row for row in rows if row and row[0].startswith("Chattering (3"))
    assert chattering[1] == "3"
    assert any(row[:1] == ["fire-b"] for row in rows)
    assert book.content.startswith(b"PK")


async def test_the_interface_gives_the_same(busy: Centre) -> None:
    span = {"from_ms": START_MS - 3_600_000, "to_ms": START_MS + 3_600_000}
    async with web_client(busy) as client:
        found = (await client.get("/api/review/alarms", params=span)).json()
        listed = (await client.get("/api/review/alarms/list", params={**span, "what": "chattering"})).json()
        wrong = await client.get("/api/review/alarms", params={"from_ms": 5, "to_ms": 5})
        long = (await client.get("/api/review/alarms", params={"from_ms": 0, "to_ms": START_MS})).json()
        file = await client.get("/api/review/alarms.csv", params=span)
    report = found["report"]
    assert (report["chattering"], report["told"]["pace"]["count"], len(report["told"]["floods"])) == (3, 18, 1)
    assert found["figures"][0]["name"] == "rate"
    assert found["findings"][0] == {"fault": "slow_life", "certain": True}
    assert (listed["total"], listed["rows"][0]["device"]) == (3, "fire-b")
    assert (wrong.status_code, long["report"]["cut"], report["cut"]) == (422, True, False)
    assert "chattering,number,3" in file.text


async def test_only_ones_own_areas_and_rights(busy: Centre) -> None:
    async with web_client(busy, "lin-zhixia") as client:  # a grid worker
        assert (await client.get("/review/alarms", params=TODAY)).status_code == 403
        assert (await client.get("/api/review/alarms", params={"from_ms": 1, "to_ms": 9})).status_code == 403
