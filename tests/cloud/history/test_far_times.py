"""A board with a broken clock: what it measured is kept, and no page, answer or file fails of its times."""

from __future__ import annotations

import pytest

from cloud.console.words import Words
from cloud.history.asking import iso, zone_of
from cloud.history.exports.writing import dressed
from cloud.history.port import Level
from cloud.words.times import LAST_MS
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.web import web_client

FAR_MS = (1 << 53) - 2  # the year 287396: the last that is taken


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_of_its_endpoint_is_there(sqlite_centre: Centre, lang: str) -> None:
    """And the list of its channels; the time is not told as another one."""
    sqlite_centre.status()
    sqlite_centre.series.append(facts.rows("fire-a", 1, 1, FAR_MS))
    async with web_client(sqlite_centre) as web:
        page = await web.get(f"/equipment/endpoints/fire-a?lang={lang}")
        told = await web.get("/api/history/channels", params={"device": "fire-a"})
        history = await web.get("/history", params={"device": "fire-a", "channel": "temp", "lang": lang})

    assert (page.status_code, told.status_code, history.status_code) == (200, 200, 200)
    assert told.json()[0]["last_ms"] == FAR_MS
    assert Words(lang).moment(FAR_MS, START_MS) == "—"


def test_a_time_without_a_date_is_told_as_none(sqlite_centre: Centre) -> None:
    """In words and in files."""
    sqlite_centre.series.append(facts.rows("fire-a", 1, 1, FAR_MS))
    (batch,) = sqlite_centre.series.batches(["fire-a"], ["temp"], FAR_MS, FAR_MS + 1, Level.RAW)
    told = dressed(batch, zone_of("+08:00"))

    assert (told["at_ms"].to_pylist(), told["at"].to_pylist()) == ([FAR_MS], [None])
    assert iso(FAR_MS, zone_of("+08:00")) == ""
    assert iso(LAST_MS - 1, zone_of("+14:00")).startswith("9999-12-31")
