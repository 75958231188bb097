"""/api/history: the level that fits, gaps and marks, zones, files small and large, who may see what."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi import FastAPI
from typer.testing import CliRunner

from cloud.history import remote_series
from cloud.history.asking import Ask, iso, zone_of
from cloud.history.desk import History
from cloud.history.exports import desk as exports_desk
from cloud.history.exports.book import NEXT, State
from cloud.history.exports.wish import Format, Wish
from cloud.history.port import HOUR_MS, Keep, Level, NotReadable
from cloud.history.remote_series import RemoteSeries
from cloud.history.telling import rows
from cloud.store.models_trust import AuditEntry
from cloud.trust.principals import Grant
from cloud.trust.tokens import NewToken
from cloud.words.times import LAST_MS
from domain.people import Role
from gridwhistle import cloud_app
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import BUSY, URL, web_app, web_client, web_trust


def measured(centre: Centre, minutes: int = 5) -> dict[str, Any]:
    """Readings of two devices; a query of their span."""
    centre.status()
    at_ms = centre.clock.now_ms() - minutes * 60_000
    for device in ("fire-a", "fire-b"):
        centre.series.append(facts.rows(device, 1, minutes * 60, at_ms))
    centre.series.fold()
    return {"device": "fire-a", "from_ms": at_ms, "to_ms": at_ms + minutes * 60_000}


async def test_single_readings_with_their_gaps_and_marks(sqlite_centre: Centre) -> None:
    """Milliseconds and words, a gap as nulls, what came late counted, several channels and devices at once."""
    span = measured(sqlite_centre)
    late = facts.rows("fire-a", 900, 3, span["to_ms"] + 60_000)
    faulty = late[1] | {"values": {}, "faults": {"temp": "timeout"}}
    sqlite_centre.series.append([row | {"backfill": True} for row in (late[0], faulty, late[2])])
    query = span | {"to_ms": span["to_ms"] + 70_000, "device": ["fire-a", "fire-b"], "channel": ["temp", "smoke"]}
    async with web_client(sqlite_centre) as web:
        told = (await web.get("/api/history", params=query)).json()
        zurich = (await web.get("/api/history", params=query | {"zone": "Europe/Zurich"})).json()

    temp, *others = told["curves"]
    columns = {name: place for place, name in enumerate(told["columns"])}
    rows = [dict(zip(columns, point, strict=True)) for point in temp["points"]]
    assert [(one["device"], one["channel"]) for one in others] == [
        ("fire-a", "smoke"), ("fire-b", "temp"), ("fire-b", "smoke"),
    ]  # fmt: skip
    assert (told["level"], told["step_ms"], told["zone"], temp["unit"], temp["period_ms"]) == (
        "raw", 0, "+08:00", "Cel", 1000,
    )  # fmt: skip
    assert [row["count"] for row in rows[300:]] == [None, 1, 0, 1]
    assert [row["backfilled"] for row in rows[301:]] == [1, 1, 1]
    assert (rows[302]["faults"], rows[302]["last"]) == (1, None)
    assert rows[0]["at"] == iso(span["from_ms"], zone_of("+08:00"))
    assert rows[0]["at"].endswith("+08:00")
    assert zurich["curves"][0]["points"][0][1].endswith("+01:00")


async def test_long_spans_come_rolled_up_and_fit_the_width(sqlite_centre: Centre) -> None:
    """A day at 100 pixels is at most 200 points of minutes, and no peak is lost; a level that is named is obeyed."""
    span = measured(sqlite_centre, 120)
    query = span | {"from_ms": span["to_ms"] - 24 * HOUR_MS, "channel": "temp"}
    async with web_client(sqlite_centre) as web:
        rolled = (await web.get("/api/history", params=query | {"width": 100})).json()
        hours = (await web.get("/api/history", params=query | {"level": "1h"})).json()
        cut = (await web.get("/api/history", params=span | {"channel": "temp", "level": "raw", "limit": 10})).json()

    points = [point for point in rolled["curves"][0]["points"] if point[6] is not None]
    assert (rolled["level"], rolled["step_ms"] % 60_000) == ("1m", 0)
    assert len(points) <= 201
    assert max(point[3] for point in points) == pytest.approx(21.0 + 0.1 * 7200)
    assert sum(point[6] for point in points) == 7200
    assert (hours["level"], hours["step_ms"], len(hours["curves"][0]["points"])) == ("1h", HOUR_MS, 3)
    assert (len(cut["curves"][0]["points"]), cut["more"]) == (10, True)


async def test_what_retention_forgot_comes_from_the_next_level(sqlite_centre: Centre) -> None:
    """The same question after a year gets hours where it got readings."""
    span = measured(sqlite_centre)
    after: dict[int, Any] = {}
    async with web_client(sqlite_centre) as web:
        before = (await web.get("/api/history", params=span | {"channel": "temp"})).json()
        for days in (100, 500):
            sqlite_centre.clock.go(days * 86_400)
            sqlite_centre.series.retain(Keep(), sqlite_centre.clock.now_ms())
            after[days] = (await web.get("/api/history", params=span | {"channel": "temp"})).json()

    assert (before["level"], after[100]["level"], after[500]["level"]) == ("raw", "1m", "1h")
    assert all(sum(point[6] or 0 for point in told["curves"][0]["points"]) == 300 for told in after.values())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to_ms": 5}, "to_ms"), ({"zone": "Nowhere/Else"}, "zone"), ({"width": 1}, "width"), ({"limit": 0}, "limit"),
        ({"device": [f"d{number}" for number in range(9)]}, "device"), ({"channel": ["temp", "temp"]}, "channel"),
        ({"from_ms": 0, "to_ms": 1 << 52}, "from_ms"),
        ({"from_ms": LAST_MS - 1, "to_ms": LAST_MS}, "to_ms"),
        ({"from_ms": (1 << 52) - 60_000, "to_ms": 1 << 52}, "to_ms"),
    ],
)  # fmt: skip
async def test_a_refusal_names_field_and_remedy(sqlite_centre: Centre, change: dict[str, Any], field: str) -> None:
    """As problem details, in both languages."""
    query: dict[str, Any] = {"device": "fire-a", "from_ms": 1000, "to_ms": 2000} | change
    async with web_client(sqlite_centre) as web:
        answer = await web.get("/api/history", params=query)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title_zh"] == "查询条件有误"


async def test_one_sees_devices_of_ones_areas(sqlite_centre: Centre) -> None:
    """Each name of a list is judged, wherever it stands in it; the list of channels is cut."""
    span = measured(sqlite_centre)
    sqlite_centre.series.append(facts.rows("nowhere", 1, 5, span["from_ms"]))
    trust = web_trust(sqlite_centre)
    app = web_app(sqlite_centre, trust)
    grants = (Grant(role=Role.GRID_WORKER, area="chunfeng-1"),)
    token = trust.tokens.make(NewToken(name="worker", grants=grants), by="test")
    headers = {"Authorization": f"Bearer {token}"}
    body = {"devices": ["nowhere", "fire-a"], "from_ms": 1, "to_ms": 2}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, headers=headers) as web:
        own = await web.get("/api/history", params=span)
        for devices in (["fire-a", "nowhere"], ["nowhere", "fire-a"]):
            assert (await web.get("/api/history", params=span | {"device": devices})).status_code == 403
            assert (await web.get("/history/data", params=span | {"device": devices})).status_code == 403
            assert (await web.get("/api/history/export", params=span | {"device": devices})).status_code == 403
        assert (await web.post("/api/history/exports", json=body)).status_code == 403
        channels = (await web.get("/api/history/channels")).json()

    assert own.status_code == 200
    assert {one["device"] for one in channels} == {"fire-a", "fire-b"}
    assert {one["channel"] for one in channels} == {"smoke", "temp", "co", "call_point"}


@pytest.mark.parametrize("format", list(Format))
async def test_a_small_range_is_streamed(sqlite_centre: Centre, format: Format) -> None:
    """Each format holds what the series has, with the time in words; and it is on record."""
    span = measured(sqlite_centre)
    async with web_client(sqlite_centre) as web:
        answer = await web.get("/api/history/export", params=span | {"channel": "temp", "format": format, "lang": "en"})
    wanted = sqlite_centre.series.window("fire-a", "temp", span["from_ms"], span["to_ms"])

    assert answer.headers["content-disposition"] == f'attachment; filename="gridwhistle_fire-a_raw.{format}"'
    assert points_of(answer.content, format) == wanted
    with sqlite_centre.store.read() as session:
        (deed,) = [entry for entry in session.query(AuditEntry) if entry.action == "history_export"]
    assert (deed.target, deed.detail["rows"]) == ("fire-a", 300)


def points_of(content: bytes, format: Format) -> list[tuple[int, float]]:
    """Times and values of a file."""
    if format is Format.CSV:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[0][:6] == ["device", "channel", "unit", "local time", "timestamp (ms)", "value"]
        assert rows[1][2:4] == ["Cel", iso(int(rows[1][4]), zone_of("+08:00"))[:23].replace("T", " ")]
        return [(int(row[4]), float(row[5])) for row in rows[1:]]
    table = pq.read_table(io.BytesIO(content)) if format is Format.PARQUET else pa.ipc.open_stream(content).read_all()
    assert str(table.schema.field("at").type) == "timestamp[ms, tz=+08:00]"
    return list(zip(table["at_ms"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_a_file_without_readings_says_what_it_would_hold(sqlite_centre: Centre) -> None:
    """Every format opens; a spreadsheet calculates nothing of it."""
    exports = sqlite_centre.desk.history.exports
    for kind in Format:
        wish = Wish(devices=("none",), channels=(), from_ms=1, to_ms=2, format=kind, level=Level.HOUR)
        content = b"".join(exports.stream(wish, "me"))
        if kind is Format.CSV:
            assert content.decode("utf-8-sig").startswith("设备,通道,单位,当地时间")
        elif kind is Format.PARQUET:
            assert pq.read_table(io.BytesIO(content)).num_rows == 0
        else:
            assert pa.ipc.open_stream(content).read_all().num_rows == 0
    rows = facts.rows("=HYPERLINK(1)", 1, 1, 1000)
    sqlite_centre.series.append(rows)
    wish = Wish(devices=("=HYPERLINK(1)",), channels=("temp",), from_ms=1, to_ms=2000)
    assert '"\'=HYPERLINK(1)"' in b"".join(exports.stream(wish, "me")).decode("utf-8-sig")


async def test_a_large_range_is_a_file_with_progress(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused directly, asked for, written, fetched; deleted after its time; the row stays to say so."""
    span = measured(sqlite_centre)
    monkeypatch.setattr(exports_desk, "DIRECT_ROWS", 100)
    exports = sqlite_centre.desk.history.exports
    exports.folder = sqlite_centre.folder / "exports"
    exports._begin()
    body = {"devices": ["fire-a", "fire-b"], "from_ms": span["from_ms"], "to_ms": span["to_ms"], "format": "parquet"}
    async with web_client(sqlite_centre) as web:
        refused = await web.get("/api/history/export", params=span)
        asked = (await web.post("/api/history/exports", json=body)).json()
        early = await web.get(f"/api/history/exports/{asked['id']}/file")
        assert exports.work()
        done = (await web.get(f"/api/history/exports/{asked['id']}")).json()
        file = await web.get(done["file"])
        listed = (await web.get("/api/history/exports")).json()
        sqlite_centre.clock.go(25 * 3600)
        exports.sweep()
        gone = await web.get(done["file"])
        unknown = await web.get("/api/history/exports/none")

    assert (refused.status_code, "POST /api/history/exports" in refused.json()["detail"]) == (422, True)
    assert (asked["state"], asked["total"], early.status_code) == ("waiting", 2400, 409)
    assert (done["state"], done["percent"], done["rows"]) == ("done", 100, 2400)
    assert pq.read_table(io.BytesIO(file.content)).num_rows == 2400
    assert [one["id"] for one in listed] == [asked["id"]]
    assert (gone.status_code, unknown.status_code) == (409, 404)
    assert list(exports.folder.iterdir()) == []


def test_half_a_file_is_no_file(sqlite_centre: Centre) -> None:
    """After a restart it has failed and says so; a cancelled one and one too large leave nothing behind."""
    span = measured(sqlite_centre)
    exports = sqlite_centre.desk.history.exports
    exports.folder = sqlite_centre.folder / "exports"
    exports._begin()
    wish = Wish(devices=("fire-a",), channels=(), from_ms=span["from_ms"], to_ms=span["to_ms"])
    ids = [exports.ask(wish, who).id for who in ("one", "two", "three")]
    (exports.folder / f"{ids[0]}.csv").write_bytes(b"half")
    exports._move(ids[0], State.RUNNING)
    exports._begin()
    exports.cancel(ids[1])
    exports.bytes_max = 10
    assert exports.work()
    assert not exports.work()

    told = [exports.get(one) for one in ids]
    assert [(one.state, one.error) for one in told] == [
        ("failed", "restarted"), ("cancelled", ""), ("failed", "too_large"),
    ]  # fmt: skip
    assert list(exports.folder.iterdir()) == []
    assert all(set(State) >= after for after in NEXT.values())


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a socket of its own; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


async def test_another_worker_reads_through_the_api(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves, channels, files: the same as the series itself, by a token over HTTP."""
    span = measured(sqlite_centre)
    trust = web_trust(sqlite_centre)
    token = trust.tokens.make(NewToken(name="worker", grants=(Grant(role=Role.AUDITOR),)), by="test")
    app = web_app(sqlite_centre, trust, BUSY)
    series = sqlite_centre.series
    args = ("fire-a", ["temp", "none"], span["from_ms"], span["to_ms"], Level.RAW, 100)
    wide: Any = (["fire-a", "fire-b"], [], span["from_ms"], span["to_ms"], Level.RAW)

    def ask(url: str) -> tuple[Any, ...]:
        far = RemoteSeries(url, token)
        answers = far.read(*args), far.known("fire-a"), list(far.batches(*wide))
        far.close()
        return answers

    def wide_screen(url: str) -> list[Any]:
        far = RemoteSeries(url, token)
        history = History(sqlite_centre.store, far, sqlite_centre.desk.plan, sqlite_centre.clock)
        whole = Ask(devices=("fire-a",), channels=("temp",), from_ms=span["from_ms"], to_ms=span["to_ms"], width=3840)
        told = [history.read(whole).curves[0].curve]
        monkeypatch.setattr(remote_series, "POINTS_MAX", 70)
        monkeypatch.setattr(remote_series, "CHANNELS_MAX", 1)
        told += far.read("fire-a", ["smoke", "temp"], span["from_ms"], span["to_ms"], Level.RAW, 250)
        far.close()
        return told

    with served(app) as url:
        told, known, batches = await asyncio.to_thread(ask, url)
        wall, smoke, temp = await asyncio.to_thread(wide_screen, url)
    assert len(wall.at_ms) == 300
    near_smoke, near_temp = series.read("fire-a", ["smoke", "temp"], span["from_ms"], span["to_ms"], Level.RAW, 250)
    for one, same in ((smoke, near_smoke), (temp, near_temp)):
        assert (one.channel, one.more, one.at_ms.tolist()) == (same.channel, True, same.at_ms.tolist())
        assert one.last.tolist() == same.last.tolist()
    for far, near in zip(told, series.read(*args), strict=True):
        assert (far.device, far.channel, far.level, far.more) == (near.device, near.channel, near.level, near.more)
        assert all((getattr(far, name) == getattr(near, name)).all() for name in ("at_ms", "last", "count", "faults"))
    assert known == series.known("fire-a")
    assert pa.Table.from_batches(batches).equals(pa.Table.from_batches(series.batches(*wide)))


async def test_the_command_fetches_a_file_with_its_progress(sqlite_centre: Centre) -> None:
    """From the running centre, with a token; a refusal says what to do, and nothing is left behind."""
    span = measured(sqlite_centre)
    trust = web_trust(sqlite_centre)
    token = trust.tokens.make(NewToken(name="exporter", grants=(Grant(role=Role.AUDITOR),)), by="test")
    app = web_app(sqlite_centre, trust, BUSY)
    exports = sqlite_centre.desk.history.exports
    exports.folder = sqlite_centre.folder / "exports"
    file = sqlite_centre.folder / "out.parquet"
    zone = zone_of("+08:00")
    command = [
        "history", "export", str(file), "--device", "fire-a", "--channel", "temp", "--format", "parquet",
        "--from", iso(span["from_ms"], zone), "--to", iso(span["to_ms"], zone)[:23], "--url",
    ]  # fmt: skip
    working = asyncio.create_task(exports.run())
    with served(app) as url:
        done = await asyncio.to_thread(
            CliRunner().invoke, cloud_app, [*command, url], env={"GRIDWHISTLE_TOKEN": str(token)}
        )
        refused = await asyncio.to_thread(CliRunner().invoke, cloud_app, [*command, url, "--token", "none"])
    working.cancel()

    assert (done.exit_code, "已导出" in done.output) == (0, True), done.output
    assert pq.read_table(file).num_rows == 300
    assert (refused.exit_code, "没有导出" in refused.output) == (2, True)
    assert list(sqlite_centre.folder.glob("*.part")) == []


def test_while_the_other_worker_is_away(sqlite_centre: Centre) -> None:
    """It is said; a plot is drawn of what was frozen."""
    away = RemoteSeries("http://127.0.0.1:1", "token")
    with pytest.raises(NotReadable, match="READINGS_URL"):
        away.known()
    with pytest.raises(NotReadable, match="READINGS_URL"):
        list(away.batches(["fire-a"], [], 0, 1, Level.RAW))
    incident_id = sqlite_centre.take(1)
    sqlite_centre.desk.history._series = away
    assert len(sqlite_centre.desk.plot(incident_id)[0].points) == 61
    assert RemoteSeries(None, None).read("fire-a", ["temp"], 0, 1, Level.RAW, 5)[0].at_ms.size == 0


@pytest.mark.parametrize(
    ("days", "every_ms", "hole_ms"),
    [(7, 30_000, 24 * 60_000), (1 / 24 * 5, 1000, 60_000), (100, 3_600_000, 20 * HOUR_MS)],
)
def test_a_merged_curve_shows_its_gaps(sqlite_centre: Centre, days: float, every_ms: int, hole_ms: int) -> None:
    """A hole of two merged buckets and more is one, at every width: no line is drawn over an outage."""
    to_ms = sqlite_centre.clock.now_ms() // HOUR_MS * HOUR_MS
    from_ms = to_ms - int(days * 24 * HOUR_MS)
    hole = range(from_ms + (to_ms - from_ms) // 2, from_ms + (to_ms - from_ms) // 2 + hole_ms)
    times = [at_ms for at_ms in range(from_ms, to_ms, every_ms) if at_ms not in hole]
    fixed = {"device": "fire-a", "boot": 1, "quality": "good", "values": {"temp": 1.0}}
    sqlite_centre.series.append(fixed | {"seq": at, "at_ms": at, "received_ms": at} for at in times)
    sqlite_centre.series.fold()
    for width in (400, 1366):
        ask = Ask(devices=("fire-a",), channels=("temp",), from_ms=from_ms, to_ms=to_ms, width=width)
        (drawn,) = sqlite_centre.desk.history.read(ask).curves
        if drawn.step_ms <= hole_ms // 2:
            assert sum(row[5] is None for row in rows(drawn)) == 1, width
