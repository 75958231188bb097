"""The pages of the system, without a browser: accounts, tokens, wishes for notices, the audit log."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from cloud.api.gate import COOKIE
from cloud.console.admin.log import DEEDS
from cloud.console.texts import LANGUAGES
from cloud.notices.channel import Letter, NotDelivered
from cloud.notices.people import UnknownChannel
from cloud.notices.trying import TRIES, Trials
from cloud.notices.ways import Outside, Ways
from cloud.trust.desk import Trust
from cloud.trust.errors import Changed, LastKeeper, LoginRefused, TooMany
from cloud.trust.principals import Grant
from cloud.trust.proof import FRESH_MS
from cloud.trust.rights import Action
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.web import ANYBODY, URL, web_app, web_client, web_trust

ADMIN = (Grant(role=Role.ADMINISTRATOR),)
OWN = "four-words-of-mine"
WHY = "离岗"
ONCE = re.compile(r'id="secret">([^<]+)<')


def with_password(trust: Trust, account: str, grants: tuple[Grant, ...] = ()) -> None:
    """Somebody who has chosen his own."""
    trust.accounts.add(account, grants, by="test")
    trust.accounts.change_password(account, "", OWN)


@asynccontextmanager
async def browser(centre: Centre, who: str = "boss", trust: Trust | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Of an administrator with a password of his own, in English, or of somebody else."""
    trust = trust or web_trust(centre)
    if who == "boss" and not any(row.id == "boss" for row in trust.accounts.rows()):
        with_password(trust, "boss", ADMIN)
    if not any(row.id == who for row in trust.accounts.rows()):
        trust.accounts.add(who, by="test", links_only=True)
    secret = trust.log_in_by_link(trust.accounts.link(who, by="test"), "127.0.0.1")
    head = {"Cookie": f"{COOKIE}={secret}; lang=en", "Origin": URL}
    transport = httpx.ASGITransport(web_app(centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=head) as client:
        client.headers["Cookie"] += "; lang=en"
        yield client


async def step(client: httpx.AsyncClient, account: str, name: str, **more: Any) -> httpx.Response:
    """A confirmation as the page sends it, with the stamp of now."""
    here = f"/system/accounts/{account}/{name}"
    found = re.search(r'name="stamp" value="(\w*)"', (await client.get(here)).text)
    assert found is not None
    return await client.post(here, data={"stamp": found[1], "why": WHY, **more})


class TestUseCases:
    """What pages and command line call, on both databases."""

    def test_the_last_administrator_stays(self, centre: Centre) -> None:
        """Neither locked nor without his role, not by himself either; with a second one it goes."""
        trust = web_trust(centre)
        with_password(trust, "boss", ADMIN)
        trust.accounts.add("links", ADMIN, by="test", links_only=True)  # no way in but by the command line
        for act in (
            lambda: trust.accounts.enable("boss", on=False, by="cli:root"),
            lambda: trust.accounts.give("boss", (Grant(role=Role.AUDITOR),), by="cli:root"),
            lambda: trust.accounts.give("boss", (Grant(role=Role.ADMINISTRATOR, area="heping"),), by="cli:root"),
        ):
            with pytest.raises(LastKeeper, match="last administrator"):
                act()
        with_password(trust, "second", (Grant(role=Role.ADMINISTRATOR, area="shili"),))  # the top of the district
        for account in ("boss", "second"):
            with pytest.raises(LastKeeper, match="himself"):
                trust.accounts.enable(account, on=False, by=account)
        trust.accounts.enable("boss", on=False, by="second", why=WHY)
        assert trust.accounts.one("boss").disabled_at_ms is not None
        assert trust.trail.entries(1)[0].detail == {"why": WHY}
        trust.accounts.enable("links", on=False, by="second")

    def test_what_was_seen_is_decided_upon(self, centre: Centre) -> None:
        """Another's change between look and click refuses the click; the roles of before are on record."""
        trust = web_trust(centre)
        with_password(trust, "boss", ADMIN)
        trust.accounts.add("zhou-mingyuan", by="test")
        stamp = trust.accounts.one("zhou-mingyuan").stamp
        trust.accounts.give("zhou-mingyuan", (Grant(role=Role.AUDITOR),), by="boss", stamp=stamp)
        with pytest.raises(Changed):
            trust.accounts.enable("zhou-mingyuan", on=False, by="boss", stamp=stamp)
        with pytest.raises(Changed):
            trust.accounts.reset("zhou-mingyuan", by="boss", stamp=stamp)
        row = trust.accounts.one("zhou-mingyuan")
        assert (row.own, row.disabled_at_ms, row.person) == (("auditor",), None, True)
        assert trust.trail.entries(1)[0].detail == {"grants": [["auditor", None]], "before": []}
        assert trust.trail.verify().ok

    def test_who_logged_in_a_while_ago_shows_it_again(self, centre: Centre) -> None:
        """By password; wrong ones are counted and on record; then nobody asks for a while."""
        trust = web_trust(centre)
        with_password(trust, "boss", ADMIN)
        seat = trust.sessions.of(trust.log_in("boss", OWN, "127.0.0.1"))
        assert seat is not None
        assert trust.proof.needed(seat.session) is None
        assert trust.accounts.one("boss").logged_in_at_ms == centre.clock.now_ms()
        centre.clock.go(FRESH_MS / 1000)
        needed = trust.proof.needed(seat.session)
        assert needed is not None
        assert (needed.password, needed.code) == (True, False)
        with pytest.raises(LoginRefused, match="nothing was done"):
            trust.prove(seat.session, "boss", "wrong-words", "", "127.0.0.1")
        trust.prove(seat.session, "boss", OWN, "", "127.0.0.1")
        assert trust.proof.needed(seat.session) is None
        centre.clock.go(-2 * FRESH_MS / 1000)
        assert trust.proof.needed(seat.session), "a clock that goes back proves nothing"
        centre.clock.go(2 * FRESH_MS / 1000)
        assert [(row.action, row.outcome) for row in trust.trail.entries(2)] == [
            ("prove", "done"),
            ("prove", "refused"),
        ]


def test_with_a_second_factor_both_are_asked(sqlite_centre: Centre) -> None:
    """A password without its code proves nothing."""
    import pyotp

    trust, clock = web_trust(sqlite_centre), sqlite_centre.clock
    with_password(trust, "boss", ADMIN)
    seat = trust.sessions.of(trust.log_in("boss", OWN, "127.0.0.1"))
    assert seat is not None
    secret = trust.second.propose()
    trust.second.enrol("boss", seat.session, secret, pyotp.TOTP(secret).at(clock.now_ms() // 1000))
    clock.go(FRESH_MS / 1000)
    for code in ("", "000000"):
        with pytest.raises(LoginRefused):
            trust.proof.give(seat.session, OWN, code)
    trust.proof.give(seat.session, OWN, pyotp.TOTP(secret).at(clock.now_ms() // 1000))
    assert trust.proof.needed(seat.session) is None


def test_without_password_and_second_factor_only_a_new_login_helps(sqlite_centre: Centre) -> None:
    """Nothing typed proves anything."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("links", ADMIN, by="test", links_only=True)
    seat = trust.sessions.of(trust.log_in_by_link(trust.accounts.link("links", by="test"), "127.0.0.1"))
    assert seat is not None
    sqlite_centre.clock.go(FRESH_MS / 1000)
    with pytest.raises(LoginRefused):
        trust.proof.give(seat.session, "", "")


class TestAccountPages:
    """/system/accounts."""

    async def test_made_shown_once_and_locked(self, sqlite_centre: Centre) -> None:
        """The one-time password is in one answer that nothing keeps; it lets in; locked he is out, on record why."""
        trust = web_trust(sqlite_centre)
        async with browser(sqlite_centre, trust=trust) as client:
            form = {"account": "zhou-mingyuan", "role": ["auditor", ""], "where": ["", ""], "why": "入职"}
            answer = await client.post("/system/new-account", data=form)
            (secret,) = ONCE.findall(answer.text)
            assert answer.headers["cache-control"] == "no-store"
            assert "http-equiv" not in answer.text  # no reload takes it away
            seat = trust.log_in("zhou-mingyuan", secret, "127.0.0.1")
            again = await client.post("/system/new-account", data=form)
            assert (again.status_code, "none is used twice" in again.text, ONCE.findall(again.text)) == (409, True, [])
            assert secret not in (await client.get("/system/accounts/zhou-mingyuan")).text
            answer = await step(client, "zhou-mingyuan", "lock")
            assert (answer.status_code, answer.headers["location"]) == (303, "/system/accounts/zhou-mingyuan?done=lock")
            assert trust.sessions.of(seat) is None
            page = (await client.get("/system/accounts/zhou-mingyuan?done=lock")).text
            assert "Locked, and logged out everywhere" in page
            assert "Unlock the account" in page
            said = {(row.action, row.detail.get("why")) for row in trust.trail.entries(20)}
            assert {("account_add", "入职"), ("account_disable", WHY)} <= said
            assert not any(secret in str(vars(row)) for row in trust.trail.entries(100))
            assert secret not in (await client.get("/system/log")).text

    async def test_every_step(self, sqlite_centre: Centre) -> None:
        """Unlock, reset with the second factor, end all sessions, roles; each with its word on the page."""
        trust = web_trust(sqlite_centre)
        with_password(trust, "zhou-mingyuan")
        async with browser(sqlite_centre, trust=trust) as client:
            await step(client, "zhou-mingyuan", "lock")
            assert (await step(client, "zhou-mingyuan", "unlock")).status_code == 303
            assert trust.accounts.one("zhou-mingyuan").disabled_at_ms is None
            answer = await step(client, "zhou-mingyuan", "reset", second_factor="true")
            assert trust.log_in("zhou-mingyuan", ONCE.findall(answer.text)[0], "127.0.0.1")
            assert trust.trail.entries(2)[1].detail == {"second_factor": True, "why": WHY}
            assert (await step(client, "zhou-mingyuan", "sessions")).status_code == 303
            assert trust.accounts.one("zhou-mingyuan").sessions == 0
            more = {"role": ["supervisor", "", "auditor"], "where": ["heping", "", ""]}
            assert (await step(client, "zhou-mingyuan", "roles", **more)).status_code == 303
            assert trust.accounts.one("zhou-mingyuan").own == ("supervisor@heping", "auditor")
            wrong = {"role": ["supervisor"], "where": ["nowhere"]}
            answer = await step(client, "zhou-mingyuan", "roles", **wrong)
            assert (answer.status_code, "unknown" in answer.text) == (422, True)

    async def test_nothing_without_a_reason_and_nothing_for_programs(self, sqlite_centre: Centre) -> None:
        """A program has no browser to prove anything; it has the interface."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("zhou-mingyuan", by="test")
        async with browser(sqlite_centre, trust=trust) as client:
            answer = await step(client, "zhou-mingyuan", "lock", why=" ")
            assert (answer.status_code, "Say why" in answer.text) == (422, True)
        async with web_client(sqlite_centre, ANYBODY) as client:
            answer = await client.post("/system/accounts/zhou-mingyuan/reset", data={"why": WHY})
            assert (answer.status_code, ONCE.findall(answer.text)) == (422, [])
        assert trust.accounts.one("zhou-mingyuan").disabled_at_ms is None

    async def test_an_old_login_shows_itself_again(self, sqlite_centre: Centre) -> None:
        """The same form asks the password; a wrong one changes nothing and keeps what was typed."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("zhou-mingyuan", by="test")
        async with browser(sqlite_centre, trust=trust) as client:
            sqlite_centre.clock.go(FRESH_MS / 1000)
            assert 'name="password"' in (await client.get("/system/accounts/zhou-mingyuan/lock")).text
            answer = await step(client, "zhou-mingyuan", "lock", password="wrong-words")
            assert (answer.status_code, "nothing was changed" in answer.text) == (401, True)
            assert f'value="{WHY}"' in answer.text
            assert "wrong-words" not in answer.text
            assert (await step(client, "zhou-mingyuan", "lock", password=OWN)).status_code == 303
            assert 'name="password"' not in (await client.get("/system/accounts/zhou-mingyuan/unlock")).text

    async def test_two_at_the_same_account(self, sqlite_centre: Centre) -> None:
        """The second one is told, sees what is now, and decides again; the last administrator stays with words."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("zhou-mingyuan", by="test")
        async with browser(sqlite_centre, trust=trust) as client:
            stamp = trust.accounts.one("zhou-mingyuan").stamp
            trust.accounts.enable("zhou-mingyuan", on=False, by="second")
            here = "/system/accounts/zhou-mingyuan/reset"
            answer = await client.post(here, data={"stamp": stamp, "why": WHY})
            assert (answer.status_code, "since you opened the page" in answer.text) == (409, True)
            assert trust.accounts.one("zhou-mingyuan").stamp in answer.text
            answer = await step(client, "boss", "lock")
            assert (answer.status_code, "Make another administrator first" in answer.text) == (409, True)
            answer = await step(client, "boss", "roles", role="auditor", where="")
            assert answer.status_code == 409
            assert trust.accounts.one("boss").own == ("administrator",)

    async def test_three_hundred_accounts(self, sqlite_centre: Centre) -> None:
        """A page at a time; found by name, by id, by state."""
        trust = web_trust(sqlite_centre)
        for number in range(120):
            trust.accounts.add(f"helper-{number:03}", (Grant(role=Role.ASSISTANT),), by="test", links_only=True)
        trust.accounts.add("zhou-mingyuan", by="test")
        async with browser(sqlite_centre, trust=trust) as client:
            seen = []
            for page in (1, 2, 3):
                text = (await client.get("/system/accounts", params={"page": page, "q": "helper"})).text
                seen += re.findall(r"/system/accounts/(helper-\d+)", text)
            assert seen == [f"helper-{number:03}" for number in range(120)]
            for query, found in (
                ({"q": "周明"}, ["zhou-mingyuan"]), ({"state": "administrator"}, ["boss"]),
                ({"state": "one_time"}, ["zhou-mingyuan"]), ({"state": "locked"}, []),
            ):  # fmt: skip
                text = (await client.get("/system/accounts", params=query)).text
                assert re.findall(r'href="/system/accounts/([\w-]+)"', text) == found, query


class TestTokenPages:
    """/system/tokens."""

    async def test_made_used_and_revoked(self, sqlite_centre: Centre) -> None:
        """Shown once; narrowed; in the list with its end and last use; revoked it is nobody."""
        trust = web_trust(sqlite_centre)
        async with browser(sqlite_centre, trust=trust) as client:
            form = {
                "name": "hotline", "role": "operator", "where": "heping", "days": "10", "why": "12345",
                "scope": ["board_read", "handover_create"],
            }  # fmt: skip
            answer = await client.post("/system/new-token", data=form)
            (token,) = ONCE.findall(answer.text)
            who = trust.by_token(token)
            assert who is not None
            assert (who.grants, who.scopes) == (
                (Grant(role=Role.OPERATOR, area="heping"),), {"board_read", "handover_create"},
            )  # fmt: skip
            text = (await client.get("/system/tokens")).text
            assert "ends soon" in text
            assert token not in text
            for change, says in (
                ({"days": "x"}, "days: 1 to"),
                ({"role": ""}, "at least one role"),
                ({}, "none is used"),
            ):
                answer = await client.post("/system/new-token", data={**form, **change})
                assert (answer.status_code in (409, 422), says in answer.text) == (True, True), change
            answer = await client.post("/system/tokens/hotline/revoke", data={"why": WHY})
            assert answer.status_code == 303
            assert trust.by_token(token) is None
            assert "There is no token" in (await client.get("/system/tokens")).text
            assert "revoked" in (await client.get("/system/tokens?every=true")).text
            assert (await client.get("/system/tokens/none/revoke")).status_code == 404


class TestLogPages:
    """/system/log."""

    async def test_filters_pages_and_file(self, sqlite_centre: Centre) -> None:
        """By person, action, area and time; the file has the same lines; a page is bounded."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("zhou-mingyuan", by="second", why="=1+1")
        async with browser(sqlite_centre, trust=trust) as client:
            text = (await client.get("/system/log", params={"who": "second"})).text
            assert text.count("<tr>") == 2
            assert "=1+1" in text
            for query, count in (
                ({"action": "account_add", "who": "second"}, 1), ({"action": "log_in", "who": "second"}, 0),
                ({"who": "second", "at": "heping"}, 0), ({"who": "second", "end": "2020-01-01T00:00"}, 0),
                ({"who": "second", "start": "2020-01-01T00:00"}, 1),
            ):  # fmt: skip
                lines = (await client.get("/system/log.csv", params=query)).text.splitlines()
                assert len(lines) == count + 1, query
                assert not any(cell.startswith("=") for cell in next(csv.reader(lines[-1:]))), "a spreadsheet runs it"
            assert (await client.get("/system/log", params={"start": "yesterday"})).status_code == 422
            for number in range(105):
                trust.accounts.add(f"n{number}", ADMIN, by="third", links_only=True)
            text = (await client.get("/system/log", params={"who": "third"})).text
            (older,) = re.findall(r"before=(\d+)", text)
            assert text.count("<tr>") == 101
            text = (await client.get("/system/log", params={"who": "third", "before": older})).text
            assert text.count("<tr>") == 6

    async def test_roles_and_rights_are_words(self, sqlite_centre: Centre) -> None:
        """Whoever looks at the log is no programmer; the file keeps what was written down."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("ann", (*ADMIN, Grant(role=Role.AUDITOR, area="heping")), by="fourth", links_only=True)
        trust.accounts.give("ann", ADMIN, by="fourth")
        new = NewToken(name="t", grants=ADMIN, scopes=("audit_read", "plan_read"), speaks_for_others=True, ends_at_ms=1)
        trust.tokens.make(new, by="fourth")
        heping = sqlite_centre.desk.plan.areas.get("heping")
        assert heping is not None
        async with browser(sqlite_centre, trust=trust) as client:
            english = (await client.get("/system/log", params={"who": "fourth"})).text
            client.headers["Cookie"] = client.headers["Cookie"].replace("lang=en", "lang=zh")
            chinese = (await client.get("/system/log", params={"who": "fourth"})).text
            file = (await client.get("/system/log.csv", params={"who": "fourth"})).text
        roles = f"administrator · whole district, auditor · {heping.name}"
        more = "narrowed to see the audit log, see the plan; speaks for others; ends 1970-01-01"
        for said in (f"roles {roles}", f"before {roles}", more):
            assert said in english, said
        assert f"角色 管理员 · 全区、审计 · {heping.name}" in chinese
        assert "[" not in chinese.partition("<tbody>")[2].partition("</tbody>")[0]
        assert '[""administrator"", null]' in file

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_every_deed_has_a_word(self, lang: str) -> None:
        """And every right, which is what is on record of a page."""
        words = LANGUAGES[lang]
        assert [name for name in (*DEEDS, *Action) if f"deed.{name}" not in words] == []


class Heard:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.fails = False

    def send(self, letter: Letter) -> None:
        """Take it, or not."""
        if self.fails:
            raise NotDelivered("no answer")
        self.letters.append(letter)


def test_a_test_notice_goes_to_the_persons_own_contact(sqlite_centre: Centre) -> None:
    """Says that it is a test and by whom; only by channels of the centre, and not without end."""
    heard = Heard()
    ways = Ways(outside=(Outside(name="sms", url="https://example.invalid/{mobile}"),))
    trials = Trials(
        sqlite_centre.store, lambda: ways, lambda _session, person: {"mobile": person}, lambda _way: heard, lambda: 0.0
    )
    trials.send("zhou-mingyuan", "sms", "陆景川")
    assert heard.letters[0].contacts == {"mobile": "zhou-mingyuan"}
    assert "陆景川" in heard.letters[0].body
    with pytest.raises(UnknownChannel):
        trials.send("zhou-mingyuan", "console", "陆景川")
    for _ in range(TRIES.burst - 1):
        trials.send("zhou-mingyuan", "sms", "陆景川")
    with pytest.raises(TooMany):
        trials.send("zhou-mingyuan", "sms", "陆景川")


class TestWishPages:
    """/account/notices and /system/notices."""

    async def test_ones_own(self, centre: Centre) -> None:
        """Channels, quiet hours and language are kept; what another changed meanwhile is not written over."""
        async with browser(centre, "zhou-mingyuan") as client:
            form = {
                "by": "own",
                "channel": "handheld",
                "quiet": "own",
                "start": "22:00",
                "end": "06:30",
                "language": "en",
            }
            answer = await client.post("/account/notices", data={**form, "seen_ms": "0"})
            assert answer.headers["location"] == "/account/notices?done=kept"
            view = centre.desk.notices.manner("zhou-mingyuan")
            assert (view.own_channels, view.own_quiet, view.own_language) == (("handheld",), "22:00-06:30", "en")
            text = (await client.get("/account/notices?done=kept")).text
            assert 'value="06:30"' in text
            assert "Kept, from the next notice on" in text
            answer = await client.post("/account/notices", data={"seen_ms": "0"})
            assert (answer.status_code, "since you opened the page" in answer.text) == (409, True)
            seen = str(view.changed_ms)
            answer = await client.post("/account/notices", data={**form, "end": "x", "seen_ms": seen})
            assert answer.status_code == 422
            assert (await client.post("/account/notices", data={"seen_ms": seen})).status_code == 303
            assert centre.desk.notices.manner("zhou-mingyuan").own_channels is None
            answer = await client.post("/account/notices/test", data={"channel": "console"})
            assert answer.status_code == 422

    async def test_those_of_others(self, sqlite_centre: Centre) -> None:
        """Whoever keeps the people of an area, and nobody else; an account without a person is told that."""
        trust = web_trust(sqlite_centre)
        trust.accounts.add("keeper", (Grant(role=Role.ADMINISTRATOR, area="heping"),), by="test", links_only=True)
        async with browser(sqlite_centre, "keeper", trust) as client:
            text = (await client.get("/system/notices")).text
            assert "/system/notices/xu-qinghe" in text
            assert "/system/notices/zhou-mingyuan" not in text
            assert (await client.post("/system/notices/zhou-mingyuan", data={})).status_code == 403
            answer = await client.post("/system/notices/xu-qinghe", data={"quiet": "none", "seen_ms": "0"})
            assert answer.status_code == 303
            assert "not in the roster" in (await client.get("/account/notices")).text
            assert "Set by keeper" in (await client.get("/system/notices/xu-qinghe")).text
            assert (await client.get("/system")).headers["location"] == "/system/notices"
        async with browser(sqlite_centre, "zhou-mingyuan", trust) as client:
            assert (await client.get("/system")).headers["location"] == "/account/notices"
            for path in ("accounts", "tokens", "notices", "log", "notices/xu-qinghe", "new-account", "log.csv"):
                assert (await client.get(f"/system/{path}")).status_code == 403, path
