"""The room of the review, without a browser: its frame, its numbers, the lists behind them."""

from __future__ import annotations

import html
import re

from cloud.board.choosing import everything
from cloud.console.review.choice import ReviewWish, address_of
from cloud.review.cases.wish import Where
from domain.assessment.periods import Stretch
from tests.cloud.conftest import Centre
from tests.cloud.seed_past import seed_past
from tests.cloud.test_areas_page import sampled
from tests.cloud.web import web_client

MONDAY_MS = 1_795_395_600_000  # 2026-11-23 01:00 UTC
DAY_MS = 86_400_000


def test_an_address_keeps_what_was_chosen() -> None:
    """By Monday the week before; fixed days in every link; days that are a week of the calendar are that week."""
    usual, fine = ReviewWish().read(MONDAY_MS)
    assert (usual.first.isoformat(), usual.last.isoformat(), fine) == ("2026-11-16", "2026-11-22", True)
    assert ReviewWish().read(MONDAY_MS + DAY_MS)[0].first.isoformat() == "2026-11-23"
    for period in (usual, usual.before(), ReviewWish(period="quarter", on="2026-05-05").read(MONDAY_MS)[0]):
        assert ReviewWish(**address_of(period)).read(MONDAY_MS) == (period, True)
    assert ReviewWish(on="2026-11-16", to="2026-11-22").read(MONDAY_MS)[0].stretch is Stretch.WEEK
    own = ReviewWish(on="2026-11-16", to="2026-11-20").read(MONDAY_MS)[0]
    assert (own.stretch, own.days, address_of(own)) == (Stretch.OWN, 5, {"on": "2026-11-16", "to": "2026-11-20"})


def test_an_address_that_makes_no_sense_shows_the_usual() -> None:
    """And says so."""
    for wish in (
        ReviewWish(period="fortnight"), ReviewWish(on="gestern"), ReviewWish(on="2026-11-20", to="2026-11-16"),
        ReviewWish(on="0001-01-01", to="9999-12-31"), ReviewWish(period="year", on="9999-12-31", to="x"),
        ReviewWish(on="0001-01-01"), ReviewWish(on="9999-12-31", to="9999-12-31"), ReviewWish(on="1969-12-31"),
        ReviewWish(period="own", on="0001-01-01"), ReviewWish(period="week", on="9999-12-20"),
    ):  # fmt: skip
        period, fine = wish.read(MONDAY_MS)
        assert (period.first.isoformat(), fine) == ("2026-11-16", False)


async def test_the_frame_is_there_in_both_languages(sqlite_centre: Centre) -> None:
    """Tabs, period and area are links and fields that keep one another."""
    async with web_client(sqlite_centre) as client:
        page = (await client.get("/review", params={"period": "month", "on": "2026-10-05", "at": "chunfeng"})).text
        english = (await client.get("/review?lang=en&period=week&on=nonsense&at=nowhere")).text

    assert "2026-10-01 至 10-31" in page
    assert "春风社区 " in page
    assert re.search(r'href="/review/alarms\?period=month&amp;on=2026-10-01&amp;at=chunfeng"', page)
    assert re.search(r'rel="prev" href="/review\?period=month&amp;on=2026-09-01&amp;at=chunfeng"', page)
    assert '<option value="chunfeng" selected>' in page
    assert "These dates make no sense" in english


def with_past(centre: Centre, count: int = 150, days: int = 20) -> Centre:
    """The sample district with a made-up past, and the facts of it."""
    desk = sampled(centre).desk
    seed_past(desk.store, desk.plan, centre.clock.now_ms(), count, days)
    while desk.facts.step():
        pass
    return centre


def links(page: str) -> list[tuple[str, int]]:
    """(address, number) of every number that is a link to incidents."""
    found = re.findall(r'href="(/review/incidents[^"]*)"[^>]*>(?:<b class="num">)?(\d+)<', page)
    return [(html.unescape(href), int(n)) for href, n in found]


async def test_every_number_is_a_link_to_as_many_incidents(sqlite_centre: Centre) -> None:
    """Whatever it counts, the list behind it has as many; one of each sort of link is followed."""
    centre = with_past(sqlite_centre)
    async with web_client(centre) as client:
        page = await client.get("/review", params={"period": "month", "on": "2026-11-01"})
        told = links(page.text)
        sorts = {re.sub(r"=[^&]*", "", href): (href, n) for href, n in told}
        for href, n in sorts.values():
            behind = (await client.get(href)).text
            assert f"共 {n} 件" in behind, href

    assert page.status_code == 200
    assert len(told) > 60
    assert len(sorts) >= 12


async def test_the_overview_answers_in_both_languages(sqlite_centre: Centre) -> None:
    """What is open now, what happened, what was late, where, when, again and again; a share only of enough."""
    centre = with_past(sqlite_centre)
    centre.take(1)
    async with web_client(centre) as client:
        page = (await client.get("/review?period=month&on=2026-11-01")).text
        grid = (await client.get("/review?period=month&on=2026-11-01&at=chunfeng-1&lang=en")).text

    assert all(f'id="{part}"' in page for part in ("now", "total", "kinds", "time", "where", "hours", "again", "first"))
    assert [word for word in ("上个工作日下班以来", "无人受理", "处置反馈", "‼ 火警") if word not in page] == []
    assert re.search(r"<b class=\"num\">\d+%</b>", page)
    assert [word for word in ("too few to say", "There is no area below this one.") if word not in grid] == []


async def test_more_urgent_ones_than_fit_are_told_by_who_holds_them(sqlite_centre: Centre) -> None:
    """Eight are listed; of the others the page says how many, and in whose hands what is overdue is."""
    for number in range(1, 11):
        lift = {"device": f"lift-{number}", "place": f"{number}号梯"}
        sqlite_centre.take(number, kind="entrapment", severity="critical", **lift)
    sqlite_centre.clock.go(3600)
    while sqlite_centre.desk.facts.step():
        pass
    async with web_client(sqlite_centre) as client:
        page = (await client.get("/review")).text
        late = (await client.get("/review/incidents?when=now&state=overdue")).text

    assert page.count("号梯</a>") == 8
    assert "另有 2 件，见总览" in page
    assert "超时的在谁手里" in page
    assert "共 10 件" in late


async def test_a_new_centre_says_that_there_is_nothing_yet(sqlite_centre: Centre) -> None:
    """And shows no empty charts."""
    async with web_client(sqlite_centre) as client:
        page = (await client.get("/review")).text
        listed = (await client.get("/review/incidents")).text

    assert " 期间没有事件" in page
    assert 'class="trend' not in page
    assert "没有符合条件的事件" in listed


async def test_the_list_tells_its_filters_and_takes_them_away(sqlite_centre: Centre) -> None:
    """One press each; a filter that makes no sense is left out and said; the period changes without losing them."""
    centre = with_past(sqlite_centre)
    async with web_client(centre) as client:
        ask = {"period": "month", "on": "2026-11-01", "kind": "environment", "due": "feed_back", "outcome": "missed"}
        page = (await client.get("/review/incidents", params=ask)).text
        odd = await client.get("/review/incidents?state=sideways&lang=en")

    assert "类别：市容环境" in page
    assert "结果：超时" in page
    without = html.unescape(page.split("去掉此条件：环节")[0].rpartition('href="')[2].partition('"')[0])
    assert without == "/review/incidents?period=month&on=2026-11-01&kind=environment"
    assert 'rel="prev" href="/review/incidents?period=month&amp;on=2026-10-01&amp;kind=environment' in page
    assert (odd.status_code, "left out" in odd.text) == (200, True)


async def test_an_old_incident_is_found_by_a_part_of_its_number_or_place(sqlite_centre: Centre) -> None:
    """Of any time, with the word in the address and in the file; a sign of SQL is a sign."""
    centre = with_past(sqlite_centre)
    async with web_client(centre) as client:
        one = (await client.get("/api/review/cases?size=1")).json()["rows"][0]
        by_number = (await client.get("/review/incidents", params={"when": "now", "q": one["id"][-9:].upper()})).text
        by_place = (await client.get("/api/review/cases", params={"q": one["place"][1:]})).json()
        nothing = (await client.get("/review/incidents?when=now&q=%25")).text

    assert f'href="/incidents/{one["id"]}"' in by_number
    assert ("共 1 件" in by_number, "q=" in by_number.partition("/api/review/cases.csv?")[2][:200]) == (True, True)
    assert {one["place"]} <= {row["place"] for row in by_place["rows"]}
    assert "共 0 件" in nothing


def test_a_list_by_lateness_is_in_the_order_that_it_shows(centre: Centre) -> None:
    """The worst of all deadlines, of those that run and those that are over; what was not late comes last."""
    review = with_past(centre).desk.review
    shown = [one.late_ms for one in review.cases(Where(), everything, page=1, size=200, order="late").rows]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > 0 == shown[-1]


async def test_others_see_only_their_areas_and_workers_none(sqlite_centre: Centre) -> None:
    """A grid leader counts his grid; a worker is told that it is not for him."""
    centre = with_past(sqlite_centre)
    where = "period=month&on=2026-11-01"
    async with web_client(centre) as client:
        whole = (await client.get(f"/review/incidents?{where}&at=chunfeng-1")).text
    async with web_client(centre, "he-anping") as client:
        mine = (await client.get(f"/review/incidents?{where}")).text
        other = (await client.get(f"/review?{where}&at=heping")).text
    async with web_client(centre, "lin-zhixia") as client:
        refused = await client.get("/review")

    assert re.findall("共 [0-9]+ 件", mine) == re.findall("共 [0-9]+ 件", whole) != ["共 0 件"]
    assert "不在你的辖区内" in other
    assert refused.status_code == 403
