"""Who is on duty here tonight, in a district of 140 grids: found by name, grid, telephone; gaps before everything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cloud.people.gaps import gaps
from cloud.people.standing_in import Wish
from cloud.plan import sections
from cloud.plan.files import documents_of
from cloud.plans import sample
from cloud.settings import SAMPLES
from cloud.store.models_trust import AuditEntry
from tests.cloud.conftest import Centre
from tests.cloud.web import ANYBODY, web_client

NIGHT_MS = round(datetime(2026, 11, 22, 14, tzinfo=UTC).timestamp()) * 1000  # 22:00 in Beijing
HOUR_MS = 3_600_000
DISTRICT = {**documents_of(SAMPLES)[0], **sample.district()}


@pytest.fixture
def district(sqlite_centre: Centre) -> Centre:
    """The sample district in force."""
    sqlite_centre.desk.plan.use(sections.read(DISTRICT, {}))
    return sqlite_centre


async def page_of(centre: Centre, who: str = "shen-ruolan", **asked: Any) -> str:
    """The page as somebody gets it."""
    async with web_client(centre, who) as client:
        return (await client.get("/duty", params={"lang": "zh", **asked})).text


def places(page: str) -> list[str]:
    """The rows of the page."""
    table = page.split('<div id="rows">')[1].split('aria-labelledby="away"', maxsplit=1)[0]
    return re.findall(r'<th scope="row">(.+?) <span', table)


async def test_a_page_is_bounded_and_every_place_is_on_one(district: Centre) -> None:
    """Forty rows a page, the jump list leads to each community, nothing stands twice."""
    pages = [first := await page_of(district)]
    while onwards := re.search(r'rel="next" href="[^"]*page=(\d+)"', pages[-1]):
        pages.append(await page_of(district, page=int(onwards[1])))
    found = [place for page in pages for place in places(page)]
    assert len(places(first)) == 40
    assert len(found) == len(set(found)) == len(district.desk.people.duty())
    assert first.count('href="/duty?q=&amp;below=&amp;page=') > 18


async def test_somebody_is_found_by_name_grid_and_area(district: Centre) -> None:
    """As typed in any case; what nobody fits says so; the way back is offered."""
    on_duty = [row for row in district.desk.people.duty() if row.people and not row.hole]
    one = on_duty[40]
    assert one.name in places(await page_of(district, q=one.people[0].name))
    assert places(await page_of(district, q=one.code)) == [one.name]
    community = next(area for area in district.desk.plan.areas.areas if area.level == "community")
    below = [area.name for area in district.desk.plan.areas.areas if area.parent == community.id]
    assert set(below) <= set(places(await page_of(district, below=community.id)))
    assert "没有符合的值班" in await page_of(district, q="<script>没有")


async def test_gaps_stand_first_with_a_way_to_mend_them(district: Centre) -> None:
    """Whom a stand-in leaves without anybody is a gap from that minute; only who may mend it gets the link."""
    grid = next(row for row in district.desk.people.duty() if row.level == "grid" and len(row.people) == 1)
    now_ms = district.clock.now_ms()
    away = Wish(absent=grid.people[0].id, by=None, from_ms=now_ms, to_ms=now_ms + HOUR_MS, reason="培训")
    district.desk.people.enter_stand_in(away, "shen-ruolan")
    page = await page_of(district, gaps=1)
    head = page.split('aria-labelledby="gaps"')[1].split("</section>")[0]
    assert page.index('aria-labelledby="gaps"') < page.index('id="rows"')
    assert all(word in head for word in (grid.name, "无人值班"))
    assert "/plan/people" not in head, "an operator may not change shifts"
    assert "/plan/people?list=duty&amp;q=" in await page_of(district, ANYBODY)


def test_a_gap_begins_when_the_last_shift_ends(district: Centre) -> None:
    """To the minute, within a day; what begins later is not told."""
    read = district.desk.plan.read
    area = next(area for area in read.areas.areas if area.level == "grid")
    people = [{**row, "duty": ["08:10-23:50"]} for row in DISTRICT["people"]["people"] if row["area"] == area.id]
    others = [row for row in DISTRICT["people"]["people"] if row["area"] != area.id]
    table = {**DISTRICT["people"], "people": [*others, *people]}
    mine = {row["id"] for row in people}
    table["duty"] = [row for row in table.get("duty", ()) if row["person"] not in mine]
    now = sections.read({**DISTRICT, "people": table}, {})
    found = next(gap for gap in gaps(now, NIGHT_MS) if gap.id == area.id)
    assert found.from_ms == NIGHT_MS + 110 * 60_000


async def test_a_telephone_is_found_only_by_who_may_read_it_and_on_record(district: Centre) -> None:
    """An administrator finds whose number it is; the finding is in the audit log; a grid leader finds nobody."""
    people = district.desk.people
    people.seals = _Plain()
    person = next(row for row in people.duty() if row.level == "grid" and not row.hole).people[0]
    people.set_contacts(person.id, {"mobile": "138 0000 4321"}, "a")
    assert person.name in await page_of(district, q="13800004321")
    with district.store.read() as session:
        assert "people_personal" in set(session.scalars(select(AuditEntry.action)))
    assert "没有符合的值班" in await page_of(district, q="4321")


class _Plain:
    """Seals that hide nothing: our own port."""

    def seal(self, text: str, what: str) -> str:
        """As it is."""
        return f"{what}|{text}"

    def open(self, sealed: str, what: str) -> str:
        """Back."""
        return sealed.removeprefix(f"{what}|")
