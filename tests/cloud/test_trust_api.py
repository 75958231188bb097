"""Deeds on accounts and tokens by programs and by scripts of people: with a reason, and still he."""

from __future__ import annotations

from typing import Any

import httpx
import pyotp
import pytest

from cloud.api.gate import COOKIE
from cloud.trust.desk import Trust
from cloud.trust.principals import Grant
from cloud.trust.proof import FRESH_MS
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.web import ANYBODY, URL, cookie_of, headers_of, web_app, web_trust

WHY = {"why": "因故"}
PASSWORD = "correct horse battery"
DEEDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/api/accounts", {"json": {"id": "qin-yue"} | WHY}),
    ("POST", "/api/accounts/zhou-mingyuan/reset", {"json": WHY}),
    ("POST", "/api/accounts/zhou-mingyuan/disable", {"json": WHY}),
    ("POST", "/api/accounts/zhou-mingyuan/enable", {"json": WHY}),
    ("DELETE", "/api/accounts/zhou-mingyuan/sessions", {"params": WHY}),
    ("POST", "/api/tokens", {"json": {"name": "relay", "grants": ["operator"]} | WHY}),
    ("DELETE", "/api/tokens/relay", {"params": WHY}),
)


def client(centre: Centre, trust: Trust, headers: dict[str, str]) -> httpx.AsyncClient:
    """Somebody."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(web_app(centre, trust)), base_url=URL, headers=headers)


def keeper(trust: Trust) -> dict[str, str]:
    """An administrator with a password, and an account to work on."""
    trust.accounts.add("zhou-mingyuan", by="test", links_only=True)
    first = trust.accounts.add("boss", (Grant(role=Role.ADMINISTRATOR),), by="test")
    trust.accounts.change_password("boss", first, PASSWORD)
    return {"Cookie": f"{COOKIE}={trust.log_in('boss', PASSWORD, '127.0.0.1')}", "Origin": URL}


def last(trust: Trust) -> tuple[str, str, str, Any]:
    """The newest entry on record."""
    entry = trust.trail.entries(1)[0]
    return entry.actor, entry.action, entry.outcome, entry.detail.get("why")


async def test_a_program_says_why(sqlite_centre: Centre) -> None:
    """Its token is its proof; without a reason nothing is done."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("zhou-mingyuan", by="test", links_only=True)
    async with client(sqlite_centre, trust, headers_of(trust, ANYBODY)) as web:
        for method, path, more in DEEDS:
            for why in ({}, {"why": ""}, {"why": " \t"}, {"why": "x" * 501}):
                where, given = next(iter(more.items()))
                bare = {key: value for key, value in given.items() if key != "why"}
                told: dict[str, Any] = {where: bare | why}
                answer = await web.request(method, path, **told)
                assert answer.status_code == 422, (path, why)
            sqlite_centre.clock.go(FRESH_MS)
            answer = await web.request(method, path, **more)
            assert answer.is_success, (path, answer.text)
            assert last(trust)[3] == "因故", path
        answer = await web.post("/api/me/proof", json={"password": PASSWORD})
        assert (answer.status_code, "nothing to prove" in answer.text) == (422, True)


async def test_a_person_shows_that_it_is_still_he(sqlite_centre: Centre) -> None:
    """Some minutes after the log-in; a wrong password proves nothing, the right one holds for the next deeds."""
    trust = web_trust(sqlite_centre)
    async with client(sqlite_centre, trust, keeper(trust)) as web:
        assert (await web.post("/api/accounts/zhou-mingyuan/disable", json=WHY)).status_code == 204
        sqlite_centre.clock.go(FRESH_MS / 1000)
        for method, path, more in DEEDS:
            answer = await web.request(method, path, **more)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:gridwhistle:problem:proof-needed"), path
        assert (await web.post("/api/me/proof", json={"password": "a wrong guess"})).status_code == 401
        assert last(trust)[1:3] == ("prove", "refused")
        assert (await web.post("/api/accounts", json={"id": "qin-yue"} | WHY)).status_code == 403
        assert (await web.post("/api/me/proof", json={"password": PASSWORD})).status_code == 204
        for method, path, more in DEEDS:
            answer = await web.request(method, path, **more)
            assert answer.is_success, (path, answer.text)

    assert last(trust) == ("boss", "token_revoke", "done", "因故")


async def test_whoever_came_by_a_link_logs_in_again(sqlite_centre: Centre) -> None:
    """There is nothing to show."""
    trust = web_trust(sqlite_centre)
    headers = cookie_of(trust, "boss", (Grant(role=Role.ADMINISTRATOR),))
    async with client(sqlite_centre, trust, headers) as web:
        sqlite_centre.clock.go(FRESH_MS / 1000)
        answer = await web.post("/api/accounts", json={"id": "qin-yue"} | WHY)

    assert (answer.status_code, "log in again" in answer.text) == (403, True)


@pytest.mark.parametrize("right", [True, False])
async def test_the_second_factor_is_asked_too(sqlite_centre: Centre, *, right: bool) -> None:
    """Of whoever has one."""
    trust = web_trust(sqlite_centre)
    headers = keeper(trust)
    now_ms = sqlite_centre.clock.now_ms
    seat = trust.sessions.of(headers["Cookie"].partition("=")[2])
    assert seat is not None
    secret = trust.second.propose()
    trust.second.enrol("boss", seat.session, secret, pyotp.TOTP(secret).at(now_ms() // 1000))
    sqlite_centre.clock.go(FRESH_MS / 1000)
    async with client(sqlite_centre, trust, headers) as web:
        code = pyotp.TOTP(secret).at(now_ms() // 1000) if right else ""
        answer = await web.post("/api/me/proof", json={"password": PASSWORD, "code": code})

    assert answer.status_code == (204 if right else 401)
