"""Exports that are given up, that are another's, that are too many; what is left on the disk and in the book."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from cloud.history.exports import desk as exports_desk
from cloud.history.exports.book import ExportView, NoRoom, State, too_many
from cloud.history.exports.desk import DIRECT_MAX, Exports
from cloud.history.exports.errors import ExportsFull
from cloud.history.exports.wish import Wish
from cloud.history.port import DAY_MS
from cloud.store.models_history import Export
from cloud.trust.principals import Grant
from domain.people import Role
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.history.test_history_api import measured
from tests.cloud.web import URL, cookie_of, headers_of, web_app, web_client, web_trust


def with_files(centre: Centre) -> Exports:
    """The worker that writes them."""
    exports = centre.desk.history.exports
    exports.folder = centre.folder / "exports"
    exports._begin()
    return exports


def wish(span: dict[str, Any], *devices: str) -> Wish:
    """All channels over the span."""
    return Wish(devices=devices or ("fire-a",), channels=(), from_ms=span["from_ms"], to_ms=span["to_ms"])


async def gone_before_the_first_byte(app: FastAPI, headers: dict[str, str], query: str) -> None:
    """A request whose other end is away as soon as it has asked."""
    told = [{"type": "http.request", "body": b"", "more_body": False}]
    head = [(name.lower().encode(), value.encode()) for name, value in {"host": "127.0.0.1", **headers}.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "path": "/api/history/export", "raw_path": b"/api/history/export", "root_path": "", "scheme": "http",
        "query_string": query.encode(), "headers": head, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return told.pop() if told else {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        """Nobody hears it."""

    await app(scope, receive, send)


async def test_whoever_goes_early_leaves_no_stream_open(sqlite_centre: Centre) -> None:
    """More often than there are streams; afterwards the next one is served."""
    span = measured(sqlite_centre)
    trust = web_trust(sqlite_centre)
    app, headers = web_app(sqlite_centre, trust), headers_of(trust, "zhou-mingyuan")
    query = f"device=fire-a&from_ms={span['from_ms']}&to_ms={span['to_ms']}"
    for _ in range(DIRECT_MAX + 1):
        await gone_before_the_first_byte(app, headers, query)
    async with web_client(sqlite_centre, "zhou-mingyuan") as web:
        assert (await web.get("/api/history/export", params=span)).status_code == 200


def test_a_stream_that_is_dropped_or_not_on_record_gives_its_place_back(sqlite_centre: Centre) -> None:
    """As a refused audit log does, and an answer that could not be built."""
    exports, span = sqlite_centre.desk.history.exports, measured(sqlite_centre)

    def busy(_deed: object) -> None:
        raise TimeoutError

    record, exports.record = exports.record, busy
    for _ in range(DIRECT_MAX + 1):
        with pytest.raises(TimeoutError):
            exports.stream(wish(span), "me")
    exports.record = record
    for _ in range(DIRECT_MAX + 1):
        exports.stream(wish(span), "me")
    held = [exports.stream(wish(span), "me") for _ in range(DIRECT_MAX)]
    with pytest.raises(ExportsFull):
        exports.stream(wish(span), "me")
    assert next(held[0])
    held[0].close()  # type: ignore[attr-defined]
    assert b"".join(exports.stream(wish(span), "me"))


async def test_a_device_may_have_any_name(sqlite_centre: Centre) -> None:
    """A header holds ASCII only; the browser is told the real name beside it."""
    span = measured(sqlite_centre)
    sqlite_centre.series.append([row | {"device": "烟感一号"} for row in facts.rows("x", 1, 3, span["from_ms"])])
    async with web_client(sqlite_centre) as web:
        answer = await web.get("/api/history/export", params=span | {"device": "烟感一号"})

    assert answer.status_code == 200
    plain, real = "gridwhistle______raw.csv", "gridwhistle_%E7%83%9F%E6%84%9F%E4%B8%80%E5%8F%B7_raw.csv"
    assert answer.headers["content-disposition"] == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{real}"


async def test_an_export_is_its_makers(sqlite_centre: Centre) -> None:
    """Nobody else hears of it, fetches it or stops it; an administrator sees in the audit log that it was made."""
    span, exports = measured(sqlite_centre), with_files(sqlite_centre)
    trust = web_trust(sqlite_centre)
    app = web_app(sqlite_centre, trust)
    own, *others = [
        cookie_of(trust, f"u-{name}", (Grant(role=role),))
        for name, role in (("a", Role.GRID_WORKER), ("b", Role.GRID_WORKER), ("c", Role.AUDITOR))
    ]
    body = {"devices": ["fire-a"], "from_ms": span["from_ms"], "to_ms": span["to_ms"]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as web:
        path = f"/api/history/exports/{(await web.post('/api/history/exports', headers=own, json=body)).json()['id']}"
        exports.work()
        for headers in others:
            told = [(await web.get(path, headers=headers)), await web.get(f"{path}/file", headers=headers)]
            told += [await web.delete(path, headers=headers)]
            told += [await web.post(f"/history/exports/{path.rpartition('/')[2]}/cancel", headers=headers)]
            assert [answer.status_code for answer in told] == [404] * 4
        assert (await web.get(f"{path}/file", headers=own)).status_code == 200


def test_all_files_together_stay_below_their_limit(sqlite_centre: Centre) -> None:
    """However many wait: the oldest go before the next grows into their room."""
    span, exports = measured(sqlite_centre, 10), with_files(sqlite_centre)
    exports.ask(wish(span), "first")
    assert exports.work()
    assert exports.folder is not None
    exports.bytes_max = 5 * sum(path.stat().st_size for path in exports.folder.iterdir()) // 2
    for number in range(12):
        sqlite_centre.clock.go(1)
        exports.ask(wish(span), f"p{number // 3}")
    peaks, more = [], True
    while more:
        sqlite_centre.clock.go(1)
        more = exports.work()
        peaks.append(sum(path.stat().st_size for path in exports.folder.iterdir()))

    assert exports.bytes_max // 2 < max(peaks) <= exports.bytes_max
    assert [one.state for one in exports.of("p3")] == ["done", "gone", "gone"]
    assert [one.state for one in exports.of("p2")] == ["done", "gone", "gone"]


def test_a_full_disk_is_left_to_incidents(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export ends before the disk does."""
    span, exports = measured(sqlite_centre), with_files(sqlite_centre)
    monkeypatch.setattr(exports_desk, "DISK_LEFT", 1 << 60)
    asked = exports.ask(wish(span), "me")
    exports.work()

    assert (exports.get(asked.id).state, exports.get(asked.id).error) == ("failed", "disk")
    assert exports.folder is not None
    assert list(exports.folder.iterdir()) == []


def test_what_was_asked_for_is_forgotten_after_a_month(sqlite_centre: Centre) -> None:
    """Also where somebody exports every day."""
    exports, span = with_files(sqlite_centre), measured(sqlite_centre)
    for _day in range(34):
        exports.cancel(exports.ask(wish(span, "nobody"), "me").id)
        exports.ask(wish(span, "nobody"), "me")
        exports.work()
        sqlite_centre.clock.go(DAY_MS / 1000)
        exports.sweep()
    with sqlite_centre.store.read() as session:
        count = session.scalar(select(func.count()).select_from(Export))

    assert count is not None
    assert 58 <= count <= 64


def done(actor: str, number: int, size: int) -> ExportView:
    """A file that waits to be fetched."""
    return ExportView(
        id=f"{actor}-{number}", actor=actor, asked_ms=number, wish=wish({"from_ms": 0, "to_ms": 1}),
        state=State.DONE, rows=1, total=1, bytes=size, ended_ms=number, error="",
    )  # fmt: skip


def test_nobodys_files_push_out_those_of_others() -> None:
    """Room is made by whoever holds most, and what grows counts as held."""
    own, other = [done("li", n, 10) for n in (5, 4, 3, 2)], done("zhou", 1, 10)

    def names(gone: list[ExportView]) -> list[str]:
        return [export.id for export in gone]

    assert names(too_many([*own, other], ("", 0), (50, 100))) == []
    assert names(too_many([*own, other], ("wang", 15), (50, 100))) == ["li-2", "li-3"]
    assert names(too_many([*own, other], ("", 0), (50, 3))) == ["li-2", "li-3"]
    assert names(too_many([done("zhou", 9, 41), *own], ("wang", 12), (90, 100))) == ["zhou-9"]
    with pytest.raises(NoRoom):
        too_many([other], ("li", 45), (50, 100))


def test_who_waits_longest_for_anything_is_served_first(sqlite_centre: Centre) -> None:
    """Three of one person do not stand before the first of another."""
    exports, span = with_files(sqlite_centre), measured(sqlite_centre)
    asked = [("li", 1), ("li", 2), ("li", 3), ("zhou", 4)]
    ids = {}
    for actor, number in asked:
        sqlite_centre.clock.go(1)
        ids[exports.ask(wish(span), actor).id] = f"{actor}-{number}"
    for _ in asked:
        assert exports.work()
        sqlite_centre.clock.go(1)
    with sqlite_centre.store.read() as session:
        ended = session.scalars(select(Export.id).order_by(Export.ended_ms)).all()
    assert [ids[one] for one in ended] == ["li-1", "zhou-4", "li-2", "li-3"]


def test_a_file_stops_that_would_take_all_the_room(sqlite_centre: Centre) -> None:
    """Another's file stays; whoever asked for too much hears it."""
    exports, span = with_files(sqlite_centre), measured(sqlite_centre)
    first = exports.ask(wish(span), "zhou").id
    assert exports.work()
    exports.bytes_max = round(exports.get(first).bytes * 2.5)
    sqlite_centre.clock.go(1)
    second = exports.ask(wish(span, "fire-a", "fire-b"), "li").id
    assert exports.work()
    assert exports.get(first).state is State.DONE
    assert (exports.get(second).state, exports.get(second).error) == (State.FAILED, "too_large")
