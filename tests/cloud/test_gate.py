"""What every request passes: from which page, how often, how much; and what every answer says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pyotp
import pytest
import uvicorn

from cloud.api.gate import COOKIE, STRICT
from cloud.api.live import while_let_in
from cloud.settings import Settings
from cloud.trust import tls
from cloud.trust.limits import Rate
from cloud.trust.principals import Principal
from cloud.web.server import Front, check, listen
from runtime.brokers.certificates import DAY_MS, SERVER_DAYS
from runtime.settings import SettingsError
from runtime.web_server import Server
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.web import NOBODY, URL, cookie_of, web_app, web_client, web_trust

PAGES = (
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": URL}, False),
    ({"Origin": URL}, True),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "http://127.0.0.1.evil.example"}, False),
    ({"Origin": "null"}, False),
    ({}, False),
)


async def test_another_site_cannot_act(sqlite_centre: Centre) -> None:
    """A browser sends our cookie along; its own headers say from which page."""
    trust = web_trust(sqlite_centre)
    cookie = {"Cookie": cookie_of(trust, "zhou-mingyuan")["Cookie"]}
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=cookie) as client:
        for number, (headers, ours) in enumerate(PAGES):
            incident_id = sqlite_centre.take(number + 1, kind="sensor_fault", device=f"fire-{number}")
            click = {"move": "accept", "expected_version": 1}
            answer = await client.post(f"/api/incidents/{incident_id}/moves", json=click, headers=headers)
            assert answer.status_code == (200 if ours else 403), headers
            stage = sqlite_centre.desk.detail(incident_id).row.stage
            assert stage == ("accepted" if ours else "reported")
        assert (await client.get("/api/board")).status_code == 200  # reading needs no such header


async def test_another_site_cannot_log_a_browser_in(sqlite_centre: Centre) -> None:
    """Somebody must not work under a name that was put under him."""
    async with web_client(sqlite_centre, NOBODY) as client:
        answer = await client.post("/login", data={"account": "a", "password": "b"}, headers={"Origin": "http://evil"})
        assert answer.status_code == 403


async def test_every_answer_has_the_security_headers(sqlite_centre: Centre) -> None:
    """Pages of ours allow no inline script, nothing else allows anything."""
    async with web_client(sqlite_centre, NOBODY) as client:
        for path in ("/login", "/api/board", "/healthz", "/static/look.css", "/nowhere", "/openapi.json"):
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert "server" not in answer.headers
            assert "strict-transport-security" not in answer.headers


async def test_a_link_on_another_site_asks_first(sqlite_centre: Centre) -> None:
    """Nobody is logged in behind his back, and a browser that fetches ahead does not use the link up."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("zhou-mingyuan", by="test", links_only=True)
    path = f"/login/once/{trust.accounts.link('zhou-mingyuan', by='test')}"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web_app(sqlite_centre, trust)), base_url=URL) as client:
        ahead = await client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
        asked = await client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert (ahead.status_code, asked.status_code, f'action="{path}"' in asked.text) == (503, 200, True)
        assert not client.cookies
        assert (await client.post(path, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
        assert (await client.post(path, headers={"Origin": URL})).status_code == 303
        assert (await client.get("/api/me")).status_code == 200


async def test_a_session_gets_a_new_secret_with_its_rights(sqlite_centre: Centre) -> None:
    """What was in the cookie before the password was changed opens nothing."""
    trust = web_trust(sqlite_centre)
    password = trust.accounts.add("zhou-mingyuan", by="test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web_app(sqlite_centre, trust)), base_url=URL) as client:
        client.headers["Origin"] = URL
        await client.post("/login", data={"account": "zhou-mingyuan", "password": password})
        before = client.cookies[COOKIE]
        await client.post("/login/password", data={"new": "four-words-of-mine", "again": "four-words-of-mine"})
        assert (await client.get("/api/me")).status_code == 200
    assert trust.sessions.of(before) is None


async def test_who_has_only_the_password_throws_nobody_out(sqlite_centre: Centre) -> None:
    """The owner's sessions stay while another one waits for its code; that one ends itself."""
    trust = web_trust(sqlite_centre)
    cookies = [cookie_of(trust, "zhou-mingyuan") for _ in range(2)]
    owner = trust.sessions.of(cookies[0]["Cookie"].partition("=")[2])
    assert owner is not None
    secret = trust.second.propose()
    now_s = sqlite_centre.clock.now_ms() // 1000
    trust.second.enrol("zhou-mingyuan", owner.session, secret, pyotp.TOTP(secret).at(now_s))
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        await client.post("/logout/all", headers=cookies[1])
        assert (await client.get("/api/me", headers=cookies[0])).status_code == 200
        assert trust.sessions.living() == 1
        await client.post("/logout/all", headers=cookies[0])
    assert trust.sessions.living() == 0


async def test_over_tls_cookies_are_bound_to_it(sqlite_centre: Centre) -> None:
    """__Host-, Secure, HttpOnly, SameSite; and the browser is told to stay with TLS."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("zhou-mingyuan", by="test", links_only=True)
    link = trust.accounts.link("zhou-mingyuan", by="test")
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))  # https by a proxy in front
    async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
        answer = await client.get(f"/login/once/{link}?back=//evil.example")
        cookie = answer.headers["set-cookie"]
        assert answer.headers["location"] == "/login?back=/"
        assert cookie.startswith("__Host-gridwhistle=")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert answer.headers["strict-transport-security"]
        assert (await client.get("/api/me")).json()["actor"] == "zhou-mingyuan"


async def test_bodies_are_bounded_before_they_are_read(sqlite_centre: Centre) -> None:
    """For strangers at a login form's size, announced or not."""
    async with web_client(sqlite_centre, NOBODY) as client:
        most = STRICT.stranger_body_max

        async def drops() -> AsyncIterator[bytes]:
            for _ in range(most // 1024 + 1):
                yield b"x" * 1024

        form = {"Origin": URL, "Content-Type": "application/x-www-form-urlencoded"}
        announced = await client.post("/login", content=b"x" * (most + 1), headers=form)
        unannounced = await client.post("/login", content=drops(), headers=form)
    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert announced.json()["type"] == "urn:gridwhistle:problem:too-large"


async def test_a_person_reads_why_it_goes_no_further(sqlite_centre: Centre) -> None:
    """A browser that sent a form gets a page in its language, not a table of a program."""
    async with web_client(sqlite_centre, "zhou-mingyuan") as client:
        form = {"Accept": "text/html,*/*", "Content-Length": str(STRICT.body_max + 1)}
        large = await client.post("/report", headers=form)
        elsewhere = await client.post("/report?lang=en", headers={"Accept": "text/html", "Origin": "https://a.example"})
    assert (large.status_code, elsewhere.status_code) == (413, 403)
    assert "一次最多 16 MB" in large.text
    assert "did not come from a page of this system" in elsewhere.text


async def test_rates_are_limited_for_each_by_himself(sqlite_centre: Centre) -> None:
    """429 with the time to come again; another one is not held up."""
    trust = web_trust(sqlite_centre)
    rules = replace(STRICT, known=Rate(per_s=0.1, burst=3), stranger=Rate(per_s=0.1, burst=2))
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust, rules))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        first, second = (cookie_of(trust, person) for person in ("zhou-mingyuan", "qin-yue"))
        said = [(await client.get("/api/clock", headers=first)).status_code for _ in range(4)]
        refused = await client.get("/api/clock", headers=first)
        assert said == [200, 200, 200, 429]
        assert (refused.json()["type"], refused.headers["retry-after"]) == ("urn:gridwhistle:problem:too-often", "10")
        assert (await client.get("/api/clock", headers=second)).status_code == 200
        assert [(await client.get("/api/clock")).status_code for _ in range(3)] == [401, 401, 429]
        assert (await client.get("/healthz")).status_code == 200


async def test_few_large_bodies_at_once(sqlite_centre: Centre) -> None:
    """They lie on a disk that incidents need: one browser sends few, all together not many more."""
    trust = web_trust(sqlite_centre)
    rules = replace(STRICT, large_body=1000, large_each=1, large_all=2)
    people = [cookie_of(trust, person) for person in ("zhou-mingyuan", "qin-yue", "lin-zhixia")]
    it_came, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 500
        it_came.set()
        await go_on.wait()
        yield b"x" * 1500

    async def send(client: httpx.AsyncClient, who: dict[str, str], content: bytes | AsyncIterator[bytes]) -> int:
        form = {"Content-Type": "application/x-www-form-urlencoded", **who}
        return (await client.post("/report", content=content, headers=form)).status_code

    app = web_app(sqlite_centre, trust, rules)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        sending = []
        for who in people[:2]:
            it_came.clear()
            sending.append(asyncio.create_task(send(client, who, slow())))
            await it_came.wait()
        refused = [await send(client, who, b"x" * 2000) for who in (people[0], people[2])]
        small = await send(client, people[0], b"x" * 500)
        go_on.set()
        done = await asyncio.gather(*sending)
        after = await send(client, people[0], b"x" * 2000)
    assert refused == [429, 429]
    assert 429 not in (small, *done, after)


async def test_what_no_database_takes_is_refused(centre: Centre) -> None:
    """A NUL character in path, query, form or body is no error of ours."""
    async with web_client(centre) as client:
        for path in ("/api/incidents/%00", "/api/reports?site=%00"):
            assert (await client.get(path)).status_code == 422
        move = {"move": "accept", "expected_version": 1, "actor": "a\x00", "reason": "\x00"}
        answer = await client.post(f"/api/incidents/{centre.take(1)}/moves", json=move)
        assert answer.status_code == 422
    async with web_client(centre, NOBODY) as client:
        answer = await client.post("/login", data={"account": "a\x00", "password": "b"}, headers={"Origin": URL})
        assert answer.status_code in (401, 422)


async def test_guessing_at_the_form_is_limited(sqlite_centre: Centre) -> None:
    """And the page says when to try again."""
    async with web_client(sqlite_centre, NOBODY) as client:
        form = {"account": "zhou-mingyuan", "password": "wrong-words-again"}
        for _ in range(10):
            assert (await client.post("/login", data=form, headers={"Origin": URL})).status_code == 401
        answer = await client.post("/login", data=form, headers={"Origin": URL})
    assert (answer.status_code, "尝试次数太多" in answer.text) == (429, True)
    assert 1 <= int(answer.headers["retry-after"]) <= 30


async def test_a_stream_ends_with_the_session() -> None:
    """Whoever logged out hears no more hints."""
    let_in = [True]

    async def stream() -> AsyncIterator[str]:
        while True:
            yield "event"
            await asyncio.sleep(0)

    events = while_let_in(stream(), lambda: let_in[0], check_s=0.0)
    assert await anext(events) == "event"
    let_in[0] = False
    with pytest.raises(StopAsyncIteration):
        await anext(events)


def test_an_odd_cookie_is_nobody(sqlite_centre: Centre) -> None:
    """Not an error."""
    trust = web_trust(sqlite_centre)
    for text in ("", "x", "x" * 10_000, "\x00", "…"):
        assert trust.sessions.of(text) is None
    assert COOKIE == "gridwhistle"


async def test_cookies_of_other_programs_log_nobody_out(sqlite_centre: Centre) -> None:
    """Cookies know no ports: whatever else serves on this host may have set some."""
    trust = web_trust(sqlite_centre)
    ours = cookie_of(trust, "zhou-mingyuan")["Cookie"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web_app(sqlite_centre, trust)), base_url=URL) as client:
        for other in ('other={"a":1}', "x[y]=1", "=", "a,b;;c"):
            answer = await client.get("/api/me", headers={"Cookie": f"{other}; {ours}"})
            assert answer.status_code == 200, other


async def test_what_failed_is_not_looked_up_again(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up token costs the database one question."""
    asked: list[str] = []
    trust = web_trust(sqlite_centre)
    of = trust.tokens.of

    def counting(token: str) -> Principal | None:
        asked.append(token)
        return of(token)

    monkeypatch.setattr(trust.tokens, "of", counting)
    headers = {"Authorization": "Bearer gw_made-up"}
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust, STRICT))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        statuses = [(await client.get("/api/me")).status_code for _ in range(110)]
    assert (statuses[0], statuses[-1], asked) == (401, 429, ["gw_made-up"])


class TestTls:
    """The console over a network."""

    def settings(self, folder: Path, **more: object) -> Settings:
        return Settings(data_dir=folder, http_port=0, **more)  # type: ignore[arg-type]

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "centre.example"])
    def test_an_open_network_needs_it(self, tmp_path: Path, host: str) -> None:
        """With the way out, in two languages; with a certificate it is fine."""
        with pytest.raises(SettingsError, match=r"passwords would cross.*未启用 TLS"):
            check(self.settings(tmp_path, http_host=host))
        tls.make(tmp_path / tls.FOLDER, ("localhost",), START_MS)
        check(self.settings(tmp_path, http_host=host))

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
    def test_loopback_does_not(self, tmp_path: Path, host: str) -> None:
        """All of it."""
        check(self.settings(tmp_path, http_host=host))

    def test_pairs_are_checked(self, tmp_path: Path) -> None:
        """Half a pair, a missing file, the key of another certificate."""
        for name in ("a", "b"):
            tls.make(tmp_path / name, ("localhost",), START_MS)
        certificate = tmp_path / "a" / "console.pem"
        for key, says in (
            (None, "set both"),
            (tmp_path / "none", "make it anew"),
            (tmp_path / "b" / "console.key", "not the key"),
        ):
            with pytest.raises(SettingsError, match=says):
                tls.tls_of(self.settings(tmp_path, tls_certificate=certificate, tls_key=key))

    def test_our_certificate_renews_itself_in_time(self, tmp_path: Path) -> None:
        """By the same authority; one of somebody else is left alone."""
        folder = tmp_path / tls.FOLDER
        first = tls.make(folder, ("localhost", "127.0.0.1"), START_MS)
        authority = (folder / "ca.pem").read_bytes()
        ours = tls.tls_of(self.settings(tmp_path))
        assert ours is not None
        assert not tls.renew(ours, START_MS + DAY_MS)
        assert not tls.renew(replace(ours, own=None), START_MS + (SERVER_DAYS - 1) * DAY_MS)
        assert tls.renew(ours, START_MS + (SERVER_DAYS - 1) * DAY_MS)
        newer = tls.certificates.facts(ours.certificate.read_bytes())
        assert newer.ends_ms > first.ends_ms
        assert newer.names == first.names
        assert (folder / "ca.pem").read_bytes() == authority
        assert (folder / "console.key").stat().st_mode & 0o077 == 0

    async def test_it_is_spoken(self, sqlite_centre: Centre, tmp_path: Path) -> None:
        """A real server and a client that trusts our authority alone; one without it does not connect."""
        tls.make(tmp_path / tls.FOLDER, ("localhost", "127.0.0.1"), START_MS)
        front = listen(self.settings(tmp_path))
        config = front.config(web_app(sqlite_centre, rules=front.rules))
        ready = asyncio.Event()
        server = Server(config, ready.set)
        serving = asyncio.create_task(server.serve(sockets=[front.listener]))
        await ready.wait()
        try:
            await self._speak(front, tmp_path)
        finally:
            server.should_exit = True
            await serving
            front.listener.close()

    async def _speak(self, front: Front, folder: Path) -> None:
        trusting = ssl.create_default_context(cafile=folder / tls.FOLDER / "ca.pem")
        async with httpx.AsyncClient(verify=trusting, base_url=front.url) as client:
            answer = await client.get("/healthz")
            assert (front.url[:8], answer.status_code) == ("https://", 200)
            assert answer.headers["strict-transport-security"]
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient(base_url=front.url) as stranger:
                await stranger.get("/healthz")


def test_nobody_believes_an_address_that_was_told(tmp_path: Path) -> None:
    """X-Forwarded-For counts from the named proxy only."""
    front = listen(Settings(data_dir=tmp_path, http_port=0))
    behind = Front(front.listener, None, Settings(data_dir=tmp_path, http_proxy="10.0.0.7"))
    plain: uvicorn.Config = front.config(object())
    assert (plain.proxy_headers, behind.config(object()).forwarded_allow_ips) == (False, "10.0.0.7")
    front.listener.close()
