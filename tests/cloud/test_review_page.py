"""The room of the review, without a browser: its frame, its numbers, the lists behind them."""

from __future__ import annotations

import re

from cloud.console.review.choice import ReviewWish, address_of
from domain.assessment.periods import Stretch
from tests.cloud.conftest import Centre
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
