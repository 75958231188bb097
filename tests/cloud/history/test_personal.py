"""Positions of people among the readings: by name only, with the right to read tracks, on record."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cloud.history.asking import BadAsk
from cloud.history.exports.plain import plain
from cloud.history.exports.wish import Wish
from cloud.store.models_trust import AuditEntry
from domain.people import Role
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.test_doors import as_token
from tests.cloud.web import web_client

HELD = "fire-b"  # hangs in the first grid; here it is somebody's handheld
WAYS = ("/api/readings", "/api/history", "/api/history/export", "/history/data", "/history/table", "/history")
WITHOUT = "lin-zhixia"  # a grid worker of that grid
WITH = "zhou-mingyuan"  # an operator of its community


@pytest.fixture
def walked(sqlite_centre: Centre) -> dict[str, Any]:
    """Five minutes of somebody's way; a query of their span."""
    sqlite_centre.status()
    begin_ms = sqlite_centre.clock.now_ms() - 300_000
    rows = facts.rows(HELD, 1, 300, begin_ms)
    sqlite_centre.series.append([row | {"values": {"lat": 39.9, "lon": 116.4, "battery": 80.0}} for row in rows])
    sqlite_centre.series.fold()
    return {"device": HELD, "from_ms": begin_ms, "to_ms": begin_ms + 300_000}


def audited(centre: Centre) -> list[tuple[str, str]]:
    """What was put on record about tracks: outcome and page."""
    with centre.store.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "track_read"))
        return [(row.outcome, row.target) for row in rows]


async def asked(web: httpx.AsyncClient, query: dict[str, Any]) -> dict[str, int]:
    """Status of every way to a position by its name."""
    named = query | {"channel": "lat"}
    found = {
        path: (await web.get(path, params=named)).status_code
        for path in (
            "/api/readings",
            "/api/history",
            "/api/history/export",
            "/history/data",
            "/history/table",
            "/history",
        )
    }
    wish = {**query, "devices": [HELD], "channels": ["battery", "lon"]}
    del wish["device"]
    found["exports"] = (await web.post("/api/history/exports", json=wish)).status_code
    form = {**named, "format": "csv", "level": "raw"}
    found["form"] = (await web.post("/history/exports", data=form, headers={"hx-request": "true"})).status_code
    return found


async def test_who_may_not_read_tracks_reads_no_positions(sqlite_centre: Centre, walked: dict[str, Any]) -> None:
    """Every way is refused with the name of the right; all channels are the others."""
    async with web_client(sqlite_centre, WITHOUT) as web:
        found = await asked(web, walked)
        refused = (await web.get("/api/history", params=walked | {"channel": ["battery", "lon"]})).text
        told = (await web.get("/api/history", params=walked)).json()
        file = (await web.get("/api/history/export", params=walked)).text
        page = (await web.get("/history", params={"device": HELD})).text
        endpoint = (await web.get(f"/equipment/endpoints/{HELD}")).text

    assert set(found.values()) == {403}, found
    assert "track_read" in refused
    assert [curve["channel"] for curve in told["curves"]] == ["battery"]
    assert "battery" in file
    assert "116.4" not in file + endpoint
    assert "39.9" not in file
    assert 'value="lat"' not in page
    assert {outcome for outcome, _ in audited(sqlite_centre)} == {"refused"}


async def test_who_may_read_tracks_asks_by_name_and_is_on_record(sqlite_centre: Centre, walked: dict[str, Any]) -> None:
    """Without a name the positions stay out all the same."""
    async with web_client(sqlite_centre, WITH) as web:
        told = (await web.get("/api/history", params=walked)).json()
        before = audited(sqlite_centre)
        found = await asked(web, walked)
        page = (await web.get("/history", params={"device": HELD})).text
        (export, *_) = (await web.get("/api/history/exports")).json()
    async with web_client(sqlite_centre, WITHOUT) as web:
        others = [(await web.get(f"/api/history/exports/{export['id']}{more}")).status_code for more in ("", "/file")]

    assert [curve["channel"] for curve in told["curves"]] == ["battery"]
    assert before == []
    assert set(found.values()) == {200, 202}, found
    assert 'value="lat"' in page
    assert ("allowed", "GET /api/readings") in audited(sqlite_centre)
    assert sum(outcome == "allowed" for outcome, _ in audited(sqlite_centre)) == len(found)
    assert others == [404, 404]


async def test_the_token_of_a_worker_needs_both_rights(sqlite_centre: Centre, walked: dict[str, Any]) -> None:
    """What another worker reads through the API is judged like anybody's reading."""
    for scopes, status in ((("history_read",), 403), (("history_read", "track_read"), 200)):
        name = "-".join(scopes)
        async with as_token(sqlite_centre, Role.OPERATOR, None, scopes, name=name) as web:
            query = walked | {"channel": "lat", "level": "raw"}
            assert (await web.get("/api/history", params=query)).status_code == status


async def test_evidence_holds_positions_only_where_they_are_wanted(
    sqlite_centre: Centre, walked: dict[str, Any]
) -> None:
    """The file of an incident and its plot leave them out; by `positions` with the right they come."""
    way = {"lat": [[walked["from_ms"] + 1000, 39.9]], "battery": [[walked["from_ms"] + 1000, 80.0]]}
    incident_id = sqlite_centre.take(1, device=HELD, at_ms=walked["from_ms"] + 2000, evidence=way)
    path = f"/api/history/incidents/{incident_id}/export"
    async with web_client(sqlite_centre, WITHOUT) as web:
        plain_file = (await web.get(path)).text
        refused = (await web.get(path, params={"positions": True})).status_code
        plot = (await web.get(f"/api/incidents/{incident_id}/plot")).json()
    async with web_client(sqlite_centre, WITH) as web:
        whole = (await web.get(path, params={"positions": True})).text

    assert ("battery" in plain_file, "lat" in plain_file, refused) == (True, False, 403)
    assert "lat" not in {view["channel"] for view in plot}
    assert '"fire-b","lat"' in whole


def test_nothing_but_positions_is_told(sqlite_centre: Centre) -> None:
    """An export of all channels of something that only knows where it is names what is missing."""
    rows = facts.rows(HELD, 1, 3, sqlite_centre.clock.now_ms() - 9000)
    sqlite_centre.series.append([row | {"values": {"lat": 39.9, "lon": 116.4}} for row in rows])
    wish = Wish(devices=(HELD,), channels=(), from_ms=0, to_ms=9)
    with pytest.raises(BadAsk, match="track_read"):
        plain(sqlite_centre.series, wish)
