"""The page of the history without a browser: what it lists, shows and refuses, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.history.desk import History
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client


def measured(centre: Centre) -> int:
    """Two devices with five minutes of readings; when they begin."""
    centre.status()
    at_ms = centre.clock.now_ms() - 300_000
    for device in ("fire-a", "fire-b"):
        centre.series.append(facts.rows(device, 1, 300, at_ms))
    return at_ms


async def test_the_page_lists_devices_by_place_and_draws_what_was_chosen(sqlite_centre: Centre) -> None:
    """The list, the channels of the choice, the address of the curves, presets and one's own times."""
    measured(sqlite_centre)
    incident_id = sqlite_centre.take(1)
    async with web_client(sqlite_centre) as web:
        empty = (await web.get("/history")).text
        page = (await web.get("/history", params={"device": ["fire-a", "fire-b"], "channel": "temp"})).text
        english = (await web.get("/history", params={"device": "fire-a", "lang": "en", "span": "week"})).text

    assert all(word in empty for word in ("历史曲线", "fire-c", "Room C", "先选设备"))
    assert 'data-src="/history/data?device=fire-a&amp;device=fire-b&amp;channel=temp"' in page
    assert 'data-span="hour"' in page
    assert f"/incidents/{incident_id}" in page
    assert "开始导出" in page
    assert all(word in english for word in ("History", "1 week", "Export this span", 'data-span="week"'))
    assert "channel=smoke&amp;channel=temp&amp;channel=co" in english, "what was not chosen is the usual"


async def test_curves_as_the_script_draws_them(sqlite_centre: Centre) -> None:
    """Names, units, limits, marked stretches, gaps; in the words of whoever looks."""
    centre = sqlite_centre
    at_ms = measured(centre)
    centre.take(1)
    late = facts.rows("fire-a", 900, 5, at_ms - 20_000)
    centre.series.append([row | {"backfill": True} for row in late])
    query: dict[str, Any] = {
        "device": "fire-a",
        "channel": ["smoke", "temp"],
        "from_ms": at_ms - 60_000,
        "to_ms": at_ms + 300_000,
    }
    async with web_client(centre) as web:
        told = (await web.get("/history/data", params=query)).json()
        english = (await web.get("/history/data?lang=en", params=query | {"lang": "en"})).json()

    smoke, temp = told["curves"]
    assert (smoke["limit"], smoke["clear"], smoke["place"]) == (0.02, 0.012, "Room A")
    assert smoke["stretches"] == [["late", at_ms - 20_000, at_ms - 16_000]]
    assert [point for point in temp["points"] if point[1] is None] == [[at_ms - 15_999, None]]
    assert len(temp["points"]) == 306
    assert (told["said"], english["said"]) == ("逐条读数", "single readings")
    assert english["curves"][1]["name"] != temp["name"]


async def test_the_table_is_for_those_who_do_not_see_the_plot(sqlite_centre: Centre) -> None:
    """Also without scripts."""
    at_ms = measured(sqlite_centre)
    query: dict[str, Any] = {"device": "fire-a", "channel": "temp", "from_ms": at_ms, "to_ms": at_ms + 300_000}
    async with web_client(sqlite_centre) as web:
        part = (await web.get("/history/table", params=query)).text
        page = (await web.get("/history", params=query | {"table": 1})).text

    assert part.count('<th scope="row"') > 100
    assert part.count('<th scope="row"') == page.count('<th scope="row"')


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"device": "fire-a", "from_ms": 9, "to_ms": 5}, "must be after"),
        ({"device": "fire-a", "from_at": "x", "to_at": "2026-01-01T00:00"}, "is no time"),
        ({"device": [f"d-{number}" for number in range(9)]}, ""),
    ],
)
async def test_what_cannot_be_is_said(sqlite_centre: Centre, query: dict[str, Any], why: str) -> None:
    """On the page, not as a bare error."""
    measured(sqlite_centre)
    async with web_client(sqlite_centre) as web:
        page = await web.get("/history", params=query)

    assert page.status_code == (200 if why else 422)
    assert why in page.text


async def test_an_export_from_the_page(sqlite_centre: Centre) -> None:
    """Asked for, written, listed with its link; too many are refused in words; one can be cancelled."""
    at_ms = measured(sqlite_centre)
    history: History = sqlite_centre.desk.history
    history.exports.folder = sqlite_centre.folder / "exports"
    history.exports._begin()
    form = {
        "device": ["fire-a", "fire-b"], "channel": "temp", "from_ms": at_ms, "to_ms": at_ms + 300_000, "format": "csv",
        "level": "raw",
    }  # fmt: skip
    async with web_client(sqlite_centre) as web:
        web.headers["HX-Request"] = "true"
        waiting = (await web.post("/history/exports", data=form)).text
        history.exports.work()
        done = (await web.get("/history/exports")).text
        for _ in range(3):
            await web.post("/history/exports", data=form)
        full = (await web.post("/history/exports", data=form)).text
        mine = (await web.get("/api/history/exports")).json()
        waits = next(one["id"] for one in mine if one["state"] == "waiting")
        cancelled = (await web.post(f"/history/exports/{waits}/cancel")).text

    assert "已取消" in cancelled
    assert 'hx-trigger="every 1s"' in waiting
    assert "<progress" in waiting
    assert "/file" in done
    assert "600 行" in done
    assert "你已有多个导出正在进行" in full
