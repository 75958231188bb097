"""The pages of what people tell: the form, patrols and their tracks, who told an incident; without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.console.telling import HEIGHT, WIDTH, drawn
from cloud.history.series import DuckSeries
from tests.cloud import facts
from tests.cloud.conftest import Centre, HandClock
from tests.cloud.test_sources import HERE, found
from tests.cloud.web import web_client

FORM = {"matter": "escape_blocked", "urgency": "urgent", "area": facts.GRID, "place": "3号楼", "text": "<b>电动车</b>"}


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """On SQLite: the pages are the same."""
    centre = Centre(tmp_path, HandClock(), DuckSeries(tmp_path / "series.duckdb"))
    yield centre
    centre.store.close()
    centre.series.close()


async def test_the_form_makes_one_incident_however_often_it_is_sent(centre: Centre) -> None:
    """The key of the form; what was told is shown as text on the page of the incident."""
    async with web_client(centre) as web:
        page = await web.get("/report")
        (key,) = re.findall(r'name="key" value="([^"]+)"', page.text)
        answers = [await web.post("/report", data={**FORM, "key": key}) for _ in range(2)]
        shown = await web.get(answers[0].headers["location"])

    assert page.status_code == 200
    assert "疏散通道堵塞" in page.text
    assert "春风社区 · 春风第一网格" in page.text
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(centre.desk.board().open) == 1
    assert "&lt;b&gt;电动车" in shown.text
    assert "首报" in shown.text
    assert "谁上报的" in shown.text
    assert 'id="plot"' not in shown.text, "nothing was measured"


async def test_what_is_wrong_is_said_above_the_same_form(centre: Centre) -> None:
    """Nothing that was typed is lost."""
    async with web_client(centre) as web:
        answer = await web.post("/report?lang=en", data={**FORM, "key": "k1", "matter": "nothing"})

    assert answer.status_code == 422
    assert "It was not taken" in answer.text
    assert 'value="3号楼"' in answer.text
    assert centre.desk.board().open == ()


async def test_patrols_and_counts_are_shown(centre: Centre) -> None:
    """A list, a page with the drawing, and what was missed."""
    now_ms = centre.clock.now_ms()
    points = [[now_ms - 90_000 + 30_000 * n, HERE.lat_udeg + 900 * n, HERE.lon_udeg + 400 * n] for n in range(3)]
    found(centre, 1, "patrol_started")
    found(centre, 2, "track", points=points)
    found(centre, 3)
    async with web_client(centre) as web:
        page = await web.get("/patrols?days=1")
        (patrol,) = re.findall(r'href="(/patrols/\d+)"', page.text)
        one = await web.get(patrol)
        none = await web.get("/patrols/999")
        far = await web.get(f"/patrols/{1 << 70}")

    assert "林知夏" in page.text
    assert "进行中" in page.text
    assert "30.274150" in one.text
    assert "<polyline points=" in one.text
    assert (none.status_code, none.headers["location"]) == (303, "/patrols")
    assert far.status_code == 422


async def test_near_incidents_stand_on_the_page(centre: Centre) -> None:
    """With their number, which a merge asks for."""
    async with web_client(centre) as web:
        first = await web.post("/report", data={**FORM, "key": "k1"})
        await web.post("/report", data={**FORM, "key": "k2", "matter": "noise", "place": "5号楼"})
        page = await web.get(first.headers["location"])

    assert "附近事件" in page.text
    assert "5号楼" in page.text


def test_a_track_fits_into_its_drawing_without_distortion() -> None:
    """North is up; a single point, or none, is no division by nothing."""
    line = drawn([(0, 30_000_000, 120_000_000), (1, 30_001_000, 120_000_000), (2, 30_001_000, 120_002_000)])

    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)
    assert line[0][1] > line[1][1], "further north is further up"
    up, across = line[0][1] - line[1][1], line[2][0] - line[1][0]
    assert across / up == pytest.approx(2 * 0.866, rel=0.01)
    assert drawn([]) == []
    assert len(drawn([(0, 1, 1)])) == 1
