"""Photos over HTTP: forms without scripts, the interface of programs, rights, and a connection that breaks."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.requests import ClientDisconnect

from cloud.pictures import photos
from cloud.store.models_trust import AuditEntry
from cloud.trust.principals import Grant
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.test_sources import found
from tests.cloud.test_telling_page import FORM
from tests.cloud.web import URL, web_app, web_client, web_trust
from tests.photos import photo

SMALL = photo(size=(64, 48))
OTHER = photo("PNG", size=(64, 48), seed=2)
WHO = "zhou-mingyuan"
SPOILT = ("photos", ("broken.jpg", SMALL[:200], "image/jpeg"))


def file(data: bytes = SMALL, name: str = "现场.jpg") -> Any:
    """A part of a form."""
    return ("photos", (name, data, "image/jpeg"))


def kept(centre: Centre, incident: str) -> int:
    """How many photos an incident has."""
    return len(centre.desk.galleries.of(incident).shown)


async def test_photos_are_added_and_taken_back_without_scripts(sqlite_centre: Centre) -> None:
    """A form, its answer, the page, each look and each upload in the audit log."""
    incident = sqlite_centre.take()
    path = f"/incidents/{incident}/photos"
    async with web_client(sqlite_centre, WHO) as client:
        form = (await client.get(f"{path}?lang=en")).text
        answer = await client.post(path, files=[file(), file(OTHER, "b.png")])
        page = (await client.get(f"/incidents/{incident}", headers={"Accept-Language": "zh"})).text
        first, second = (one.id for one in sqlite_centre.desk.galleries.of(incident).shown)
        looks = [await client.get(f"{path}/{first}{tail}") for tail in ("", "/small")]
        dropped = await client.post(f"{path}/{second}/removal", data={"why": "拍到<b>路人"})
        after = (await client.get(f"/incidents/{incident}")).text
        gone = await client.get(f"{path}/{second}")

    assert 'type="file"' in form
    assert 'http-equiv="refresh"' not in form
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{incident}#pictures")
    assert re.search(r'alt="周明远 添加的照片：Room A，[\d:]+"', page)
    assert [(look.status_code, look.headers["content-type"]) for look in looks] == [(200, "image/jpeg")] * 2
    assert looks[0].headers["cache-control"] == "private, no-store"
    assert (dropped.status_code, gone.status_code) == (303, 404)
    assert "周明远 撤下了 周明远 添加的照片" in after
    assert "拍到&lt;b&gt;路人" in after
    with sqlite_centre.store.read() as session:
        deeds = [(one.action, one.target, one.outcome) for one in session.scalars(select(AuditEntry))]
    assert ("photo_add", f"POST {path}", "allowed") in deeds
    assert ("incident_read", f"GET {path}/{first}/small", "allowed") in deeds


@pytest.mark.parametrize(("lang", "why"), [("zh", "不是完整的照片"), ("en", "Not a whole picture")])
async def test_what_is_refused_is_named_with_the_remedy(sqlite_centre: Centre, lang: str, why: str) -> None:
    """The others of the same form are kept; nothing chosen is said too."""
    incident = sqlite_centre.take()
    path = f"/incidents/{incident}/photos?lang={lang}"
    async with web_client(sqlite_centre, WHO) as client:
        some = await client.post(path, files=[file(), SPOILT])
        none = await client.post(path, files=[("photos", ("", b"", "application/octet-stream"))])
        live = await client.post(path, files=[SPOILT], headers={"HX-Request": "true"})
        same = await client.post(path, files=[file()], headers={"HX-Request": "true"})
        bare = await client.post(f"/incidents/{incident}/photos/999/removal?lang={lang}", data={"why": "x"})
        lost = await client.post("/incidents/nowhere/photos", files=[file()])

    assert some.status_code == none.status_code == live.status_code == 422
    assert why in some.text
    assert "broken.jpg" in some.text
    assert kept(sqlite_centre, incident) == 1
    assert live.headers["content-type"].startswith("text/plain")
    assert why in live.text
    assert (same.status_code, bare.status_code, lost.status_code) == (200, 404, 404)


async def test_only_who_acts_there_adds_and_only_adder_or_manager_takes_back(sqlite_centre: Centre) -> None:
    """By area; an auditor looks, a stranger does nothing; pages of other sites are refused."""
    incident = sqlite_centre.take()
    path = f"/incidents/{incident}/photos"
    trust = web_trust(sqlite_centre)
    app = web_app(sqlite_centre, trust)

    def headers(name: str, role: Role, area: str | None = None) -> dict[str, str]:
        new = NewToken(name=name, grants=(Grant(role=role, area=area),))
        return {"Authorization": f"Bearer {trust.tokens.make(new, by='test')}"}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        worker, other = headers("one", Role.GRID_WORKER), headers("two", Role.GRID_WORKER)
        elsewhere, auditor = headers("far", Role.OPERATOR, "heping"), headers("aud", Role.AUDITOR)
        codes = [
            (await client.post(path, files=[file()], headers=who)).status_code
            for who in (elsewhere, auditor, {}, {"Origin": "http://evil.example"}, worker)
        ]
        (one,) = sqlite_centre.desk.galleries.of(incident).shown
        removal = f"{path}/{one.id}/removal"
        looks = [(await client.get(one.path, headers=who)).status_code for who in (auditor, elsewhere, {})]
        foreign = await client.post(removal, data={"why": "x"}, headers=other)
        leader = headers("boss", Role.GRID_LEADER)
        page = (await client.get(f"/incidents/{incident}", headers=other)).text
        assert removal not in page
        assert removal in (await client.get(f"/incidents/{incident}", headers=leader)).text
        managed = await client.post(removal, data={"why": "不清楚"}, headers=leader)

    assert codes == [403, 403, 403, 403, 303]
    assert looks == [200, 403, 303], "a stranger is sent to the log-in"
    assert (foreign.status_code, managed.status_code) == (403, 303)


async def test_programs_add_list_and_take_back(sqlite_centre: Centre) -> None:
    """With problem details where something is refused; the list says which pictures exist, also of those that went."""
    incident = sqlite_centre.take()
    path = f"/api/incidents/{incident}"
    async with web_client(sqlite_centre) as client:
        made = await client.post(f"{path}/photos", files={"photo": ("a.jpg", SMALL)}, data={"actor": "lin-zhixia"})
        again = await client.post(f"{path}/photos", files={"photo": ("b.jpg", SMALL)})
        bad = await client.post(f"{path}/photos", files={"photo": ("c.jpg", b"GIF89a")})
        find = await client.post(f"{path}/photos", files={"photo": ("d.png", OTHER)}, data={"report": "none"})
        number = made.json()["id"]
        jpeg = await client.get(f"{path}/photos/{number}", params={"small": True})
        gone = await client.delete(f"{path}/photos/{number}", params={"why": "误传"})
        listed = (await client.get(f"{path}/pictures")).json()
        missing = await client.get(f"{path}/photos/{number}")
        snapshot = await client.get(f"{path}/pictures/1")

    assert (made.status_code, made.json()["new"], again.json()) == (201, True, {**made.json(), "new": False})
    assert (bad.status_code, bad.json()["type"]) == (422, "urn:gridwhistle:problem:not-a-photo")
    assert "JPEG" in bad.json()["detail"]
    assert (find.status_code, gone.status_code, missing.status_code, snapshot.status_code) == (404, 204, 404, 404)
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert [(one["by"], one["removed_why"]) for one in listed] == [("lin-zhixia", "误传")]


async def test_a_report_brings_its_photos(sqlite_centre: Centre) -> None:
    """What was refused is said; the incident stands all the same."""
    async with web_client(sqlite_centre, WHO) as client:
        page = (await client.get("/report")).text
        good = await client.post("/report", data={**FORM, "key": "k1"}, files=[file(), file(OTHER)])
        bad = await client.post("/report", data={**FORM, "key": "k2", "place": "5号楼"}, files=[SPOILT])
        wrong = await client.post("/report", data={**FORM, "key": "k3", "matter": "none"}, files=[file()])
        then = await client.post("/report", data={**FORM, "key": "k4", "place": "6号楼", "then": "photos"})

    assert 'enctype="multipart/form-data"' in page
    assert 'http-equiv="refresh"' not in page
    assert good.status_code == 303
    assert kept(sqlite_centre, good.headers["location"].rpartition("/")[2]) == 2
    assert (bad.status_code, wrong.status_code) == (422, 422)
    assert "事件已登记" in bad.text
    assert len(sqlite_centre.desk.board().open) == 3
    assert then.headers["location"].endswith("/photos"), "without scripts they follow one by one"
    assert 'name="then"' in page


async def test_a_find_says_whose_photo_is_missing(sqlite_centre: Centre) -> None:
    """Until it is there; then it stands beside the report."""
    found(sqlite_centre, 1)
    (row,) = sqlite_centre.desk.board().open
    (report,) = sqlite_centre.desk.sources.reports(row.id)
    async with web_client(sqlite_centre, WHO) as client:
        before = (await client.get(f"/incidents/{row.id}")).text
        await client.post(f"/incidents/{row.id}/photos", files=[file()], data={"report": report.id})
        after = (await client.get(f"/incidents/{row.id}")).text

    assert "照片 7 由 林知夏 拍摄，还没有传到中心" in before
    assert f'data-find="{report.id}"' in before
    assert "还没有传到中心" not in after
    assert "周明远 添加的照片 7：" in after
    assert 'id="found-' in after


async def test_a_broken_upload_leaves_nothing(sqlite_centre: Centre) -> None:
    """The connection ends in the middle of the file."""
    incident = sqlite_centre.take()
    trust = web_trust(sqlite_centre)
    app = web_app(sqlite_centre, trust)
    token = trust.tokens.make(NewToken(name="phone", grants=(Grant(role=Role.OPERATOR),)), by="test")
    body = httpx.Request("POST", URL, files=[file(SMALL)])
    whole = body.read()
    parts = iter(({"type": "http.request", "body": whole[: len(whole) // 2], "more_body": True},))

    async def receive() -> Any:
        return next(parts, {"type": "http.disconnect"})

    async def send(_message: Any) -> None:
        """Nobody reads it."""

    head = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    head += [(b"content-type", body.headers["content-type"].encode())]
    path = f"/incidents/{incident}/photos"
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": head, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
             "http_version": "1.1", "root_path": "", "app": app}  # fmt: skip
    with suppress(ClientDisconnect):
        await asyncio.wait_for(app(scope, receive, send), 10)
    assert kept(sqlite_centre, incident) == 0
    assert sqlite_centre.desk.photos.counted == {}


async def test_who_waits_holds_nothing_and_not_too_many_wait(
    sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While two files are decoded the next ones wait outside; beyond that one is asked to come again."""
    monkeypatch.setattr(photos, "WAITING_MAX", 1)
    incident = sqlite_centre.take()
    turns = sqlite_centre.desk.photos.turns
    others = [object() for _ in range(photos.DECODING)]
    for other in others:
        turns.acquire_on_behalf_of_nowait(other)
    async with web_client(sqlite_centre, WHO) as client:
        path = f"/incidents/{incident}/photos"
        first = asyncio.create_task(client.post(path, files=[file()]))
        while not turns.statistics().tasks_waiting:
            await asyncio.sleep(0.01)
        second = await client.post(path, files=[file(OTHER)], headers={"HX-Request": "true"})
        for other in others:
            turns.release_on_behalf_of(other)
        assert (await first).status_code == 303
        again = await client.post(path, files=[file(OTHER)])
    assert (second.status_code, again.status_code) == (503, 303)
    assert "一分钟后重传" in second.text
    assert kept(sqlite_centre, incident) == 2


async def test_who_registers_with_photos_may_add_them(sqlite_centre: Centre) -> None:
    """A program that was narrowed to registering adds none by the way; its incident is there and that is said."""
    trust = web_trust(sqlite_centre)
    new = NewToken(name="desk", grants=(Grant(role=Role.OPERATOR),), scopes=("incident_create", "board_read"))
    headers = {"Authorization": f"Bearer {trust.tokens.make(new, by='test')}"}
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        answer = await client.post("/report", data={**FORM, "key": "k"}, files=[file()])
    (row,) = sqlite_centre.desk.board().open
    assert answer.status_code == 403
    assert f"/incidents/{row.id}" in answer.text
    assert kept(sqlite_centre, row.id) == 0
