"""Accounts, sessions, second factors, tokens and the audit log, over a real store."""

from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from cloud.store.models_trust import Account, ApiToken, AuditEntry, LoginSession
from cloud.trust.accounts import disabled
from cloud.trust.audit import MARK, Deed, Trail
from cloud.trust.desk import Trust, network
from cloud.trust.errors import BadRequest, LoginRefused, NameTaken, TooMany, UnknownAccount, WeakPassword
from cloud.trust.limits import Buckets, Rate
from cloud.trust.passwords import Passwords, check_strength
from cloud.trust.principals import Grant
from cloud.trust.sessions import IDLE_MS, SEATS, WHOLE_MS, logged_in
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud.conftest import Centre

LIGHT = Passwords(PasswordHasher(1, 8, 1))
GOOD = "four-words-of-mine"


@pytest.fixture
def trust(centre: Centre) -> Trust:
    """Trust over the centre of the test, with light hashes."""
    return trust_of(centre)


def trust_of(centre: Centre) -> Trust:
    from cloud.trust.vault import open_vault

    vault = open_vault(centre.folder / "keys.json")
    return Trust(
        centre.store, vault, lambda: centre.desk.plan.roster, centre.clock.now_ms, passwords=LIGHT, now_s=lambda: 0.0
    )


def ready(trust: Trust, account: str = "zhou-mingyuan", password: str = GOOD) -> str:
    """An account that has its own password."""
    trust.accounts.add(account, by="test")
    trust.accounts.change_password(account, "", password)
    return account


class TestAccounts:
    """Who may log in."""

    def test_the_first_start_makes_one_administrator(self, trust: Trust) -> None:
        """With a password that is told once and must be changed; no second start makes another."""
        password = trust.accounts.first_start()
        assert password is not None
        assert trust.accounts.first_start() is None
        (row,) = trust.accounts.rows()
        assert (row.id, row.grants, row.must_change) == ("admin", ("administrator",), True)
        seat = trust.sessions.of(trust.log_in("admin", password, "127.0.0.1"))
        assert seat is not None
        assert (seat.pending, seat.principal) == ("password", None)

    def test_rights_come_from_the_person(self, trust: Trust) -> None:
        """And follow the roster."""
        ready(trust)
        seat = trust.sessions.of(trust.log_in("zhou-mingyuan", GOOD, ""))
        assert seat is not None
        assert seat.principal is not None
        assert seat.principal.grants == (Grant(role=Role.OPERATOR, area="chunfeng"),)

    def test_names_are_checked(self, trust: Trust) -> None:
        """Each refusal says what would be right."""
        with pytest.raises(BadRequest, match="not in the roster"):
            trust.accounts.add("elvis", by="test")
        with pytest.raises(BadRequest, match="small letters"):
            trust.accounts.add("Robert'); --", by="test")
        trust.accounts.add("elvis", (Grant(role=Role.AUDITOR),), by="test")
        with pytest.raises(NameTaken, match="reset it"):
            trust.accounts.add("elvis", (Grant(role=Role.AUDITOR),), by="test")
        with pytest.raises(UnknownAccount):
            trust.accounts.reset("nobody", by="test")

    def test_a_reset_ends_everything(self, trust: Trust) -> None:
        """The old password, every session and every link."""
        ready(trust)
        secret, link = trust.log_in("zhou-mingyuan", GOOD, ""), trust.accounts.link("zhou-mingyuan", by="test")
        password = trust.accounts.reset("zhou-mingyuan", by="test")
        assert trust.sessions.of(secret) is None
        for attempt in (lambda: trust.log_in("zhou-mingyuan", GOOD, ""), lambda: trust.log_in_by_link(link, "")):
            with pytest.raises(LoginRefused):
                attempt()
        seat = trust.sessions.of(trust.log_in("zhou-mingyuan", password, ""))
        assert seat is not None
        assert seat.pending == "password"

    def test_somebody_thrown_out_is_out_now(self, trust: Trust, centre: Centre) -> None:
        """His session ends, no password helps, and who pages people is told."""
        ready(trust)
        secret = trust.log_in("zhou-mingyuan", GOOD, "")
        with centre.store.read() as session:
            assert logged_in(session, centre.clock.now_ms()) == {"zhou-mingyuan"}
        trust.accounts.enable("zhou-mingyuan", on=False, by="test")
        assert trust.sessions.of(secret) is None
        with pytest.raises(LoginRefused, match="wrong, or the account is disabled"):
            trust.log_in("zhou-mingyuan", GOOD, "")
        with centre.store.read() as session:
            assert (disabled(session), logged_in(session, centre.clock.now_ms())) == ({"zhou-mingyuan"}, set())
        trust.accounts.enable("zhou-mingyuan", on=True, by="test")
        assert trust.log_in("zhou-mingyuan", GOOD, "")


class TestGuessing:
    """Whoever guesses gets nowhere, and locks nobody out."""

    def test_one_stranger_locks_nobody_out(self, sqlite_centre: Centre) -> None:
        """From one address, however often."""
        trust = trust_of(sqlite_centre)
        ready(trust)
        for _ in range(60):
            with pytest.raises((LoginRefused, TooMany)):
                trust.log_in("zhou-mingyuan", "wrong-words", "6.6.6.6")
        assert trust.log_in("zhou-mingyuan", GOOD, "10.0.0.5")

    def test_many_strangers_do_not_lock_somebody_out_of_his_own_desk(self, sqlite_centre: Centre) -> None:
        """Where he was let in before."""
        trust = trust_of(sqlite_centre)
        ready(trust)
        assert trust.log_in("zhou-mingyuan", GOOD, "10.0.0.5")
        for number in range(60):
            with pytest.raises((LoginRefused, TooMany)):
                trust.log_in("zhou-mingyuan", "wrong-words", f"6.6.6.{number}")
        with pytest.raises(TooMany):
            trust.log_in("zhou-mingyuan", GOOD, "10.0.0.6")
        assert trust.log_in("zhou-mingyuan", GOOD, "10.0.0.5")

    def test_a_network_of_ipv6_is_one_place(self) -> None:
        """A host there has as many addresses as it likes."""
        assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
        assert [network(text) for text in ("10.0.0.5", "fe80::1%eth0", "")] == ["10.0.0.5", "fe80::/64", ""]

    def test_a_reset_is_not_written_over(self, sqlite_centre: Centre) -> None:
        """By somebody who was changing the password at that moment."""
        trust = trust_of(sqlite_centre)
        ready(trust)
        given: list[str] = []

        class Slow(Passwords):
            def hash(self, password: str) -> str:
                if not given and password == "the words of a thief":
                    given.append("")
                    given[0] = trust.accounts.reset("zhou-mingyuan", by="admin")
                return super().hash(password)

        slow = Trust(
            sqlite_centre.store, trust.vault, lambda: sqlite_centre.desk.plan.roster, sqlite_centre.clock.now_ms,
            passwords=Slow(PasswordHasher(1, 8, 1)), now_s=lambda: 0.0,
        )  # fmt: skip
        with pytest.raises(LoginRefused, match="changed this moment"):
            slow.accounts.change_password("zhou-mingyuan", GOOD, "the words of a thief")
        assert trust.log_in("zhou-mingyuan", given[0], "")

    def test_the_old_password_is_not_guessed_in_a_stolen_session(self, sqlite_centre: Centre) -> None:
        """Tries are counted there too."""
        trust = trust_of(sqlite_centre)
        ready(trust)
        seat = trust.sessions.of(trust.log_in("zhou-mingyuan", GOOD, "10.0.0.5"))
        assert seat is not None

        def guess(number: int) -> None:
            trust.change_password("zhou-mingyuan", f"guess {number}", GOOD[::-1], keep=seat.session, address="10.0.0.5")

        for number in range(9):  # the log-in was the first of ten
            with pytest.raises(LoginRefused):
                guess(number)
        with pytest.raises(TooMany):
            guess(10)

    def test_a_password_in_the_wrong_field_is_not_kept(self, sqlite_centre: Centre) -> None:
        """What is no name is not written into the log."""
        trust = trust_of(sqlite_centre)
        with pytest.raises(LoginRefused):
            trust.log_in("my-own-secret-words", "", "10.0.0.5")
        (entry,) = trust.trail.entries(9)
        assert (entry.actor, entry.action, entry.target, entry.detail) == ("?", "log_in", "", {})

    def test_who_goes_on_and_on_does_not_fill_the_log(self, sqlite_centre: Centre) -> None:
        """He is counted instead."""
        trust = trust_of(sqlite_centre)
        for number in range(120):
            with pytest.raises(LoginRefused):
                trust.log_in(f"name-{number}", "wrong-words", f"6.6.{number}.1")
        assert len(trust.trail.entries(1000)) == 100
        assert trust.counters() == {"login_refused": 0, "login_unrecorded": 20}


class TestPasswords:
    """What they are and how they are kept."""

    @pytest.mark.parametrize(
        ("password", "code"),
        [("short-word", "short"), ("x" * 129, "long"), ("121212121212", "common"), ("my-zhou-mingyuan-1", "common"),
         ("Password-2026-a", "common")],
    )  # fmt: skip
    def test_weak_ones_are_refused(self, password: str, code: str) -> None:
        """With the reason."""
        with pytest.raises(WeakPassword) as refused:
            check_strength(password, "zhou-mingyuan")
        assert refused.value.code == code

    def test_they_are_argon2id_with_the_parameters_of_the_rfc(self) -> None:
        """RFC 9106, second recommendation."""
        hashed = Passwords().hash(GOOD)
        assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")

    def test_weaker_hashes_are_made_anew(self, trust: Trust, centre: Centre) -> None:
        """At the next log-in."""
        ready(trust)
        with centre.store.write() as session:
            row = session.get(Account, "zhou-mingyuan")
            assert row is not None
            row.password = PasswordHasher(1, 16, 1).hash(GOOD)
        trust.log_in("zhou-mingyuan", GOOD, "")
        with centre.store.read() as session:
            assert "m=8,t=1" in str(session.scalar(select(Account.password)))

    def test_changing_needs_the_old_one_and_another_new_one(self, trust: Trust) -> None:
        """The session that changes it stays, the others end."""
        ready(trust)
        here, there = trust.log_in("zhou-mingyuan", GOOD, ""), trust.log_in("zhou-mingyuan", GOOD, "")
        seat = trust.sessions.of(here)
        assert seat is not None
        with pytest.raises(LoginRefused):
            trust.accounts.change_password("zhou-mingyuan", "wrong-one-here", "other-words-of-mine")
        with pytest.raises(WeakPassword, match="the old one"):
            trust.accounts.change_password("zhou-mingyuan", GOOD, GOOD)
        trust.accounts.change_password("zhou-mingyuan", GOOD, "other-words-of-mine", keep=seat.session)
        assert trust.sessions.of(here) is not None
        assert trust.sessions.of(there) is None


class TestSessions:
    """Rows that end."""

    def test_idle_and_absolute_end(self, trust: Trust, centre: Centre) -> None:
        """Using it keeps it, but not for ever."""
        ready(trust)
        secret = trust.log_in("zhou-mingyuan", GOOD, "")
        for _ in range(WHOLE_MS // (IDLE_MS // 2) - 1):
            centre.clock.go(IDLE_MS / 2000)
            assert trust.sessions.of(secret) is not None
        centre.clock.go(IDLE_MS / 2000)
        assert trust.sessions.of(secret) is None
        idle = trust.log_in("zhou-mingyuan", GOOD, "")
        centre.clock.go(IDLE_MS / 1000)
        assert trust.sessions.of(idle) is None
        trust.sweep()
        with centre.store.read() as session:
            assert list(session.scalars(select(LoginSession.id))) == []

    def test_nothing_in_the_store_is_a_cookie_or_a_token(self, trust: Trust, centre: Centre) -> None:
        """Who reads the database logs in as nobody."""
        ready(trust)
        secret = trust.log_in("zhou-mingyuan", GOOD, "")
        token = trust.tokens.make(NewToken(name="radar", grants=(Grant(role=Role.AUDITOR),)), by="test")
        with centre.store.read() as session:
            seat, kept = session.scalars(select(LoginSession)).one(), session.scalars(select(ApiToken)).one()
        for told in (seat.id, kept.hash, kept.shown):
            assert secret not in told
            assert trust.sessions.of(told) is None
            assert trust.by_token(told) is None
        assert trust.by_token(token) is not None

    def test_log_out_ends_one_and_administrators_end_all(self, trust: Trust) -> None:
        """Now."""
        ready(trust)
        first, second, third = (trust.log_in("zhou-mingyuan", GOOD, "") for _ in range(3))
        seat = trust.sessions.of(first)
        assert seat is not None
        trust.sessions.log_out(seat.session)
        trust.sessions.log_out(seat.session)
        assert trust.sessions.of(first) is None
        assert trust.sessions.end_all("zhou-mingyuan", by="test") == 2
        assert [trust.sessions.of(secret) for secret in (second, third)] == [None, None]

    def test_seats_are_bounded(self, trust: Trust, centre: Centre) -> None:
        """The oldest ends."""
        ready(trust)
        links = [trust.accounts.link("zhou-mingyuan", by="test") for _ in range(SEATS + 1)]
        secrets = []
        for link in links:
            centre.clock.go(1)
            secrets.append(trust.log_in_by_link(link, ""))
        assert [trust.sessions.of(secret) is not None for secret in secrets] == [False, *[True] * SEATS]

    def test_a_link_logs_in_once_and_not_late(self, trust: Trust, centre: Centre) -> None:
        """Without a password."""
        trust.accounts.add("qin-yue", by="test", links_only=True)
        link, late = (trust.accounts.link("qin-yue", by="test") for _ in range(2))
        seat = trust.sessions.of(trust.log_in_by_link(link, ""))
        assert seat is not None
        assert seat.principal is not None
        centre.clock.go(600)
        for dead in (link, late, "", "nonsense"):
            with pytest.raises(LoginRefused, match="make another"):
                trust.log_in_by_link(dead, "")

    def test_guessing_is_slow(self, trust: Trust) -> None:
        """After ten attempts from one place the right password does not help either; another place still works."""
        ready(trust)
        for _ in range(10):
            with pytest.raises(LoginRefused):
                trust.log_in("zhou-mingyuan", "wrong-words-again", "10.0.0.1")
        with pytest.raises(TooMany) as refused:
            trust.log_in("zhou-mingyuan", GOOD, "10.0.0.1")
        assert refused.value.retry_s == 30
        assert trust.log_in("zhou-mingyuan", GOOD, "10.0.0.2")
        assert trust.counters()["login_refused"] == 1


class TestSecondFactor:
    """Codes by time."""

    @pytest.fixture
    def enrolled(self, trust: Trust, centre: Centre) -> tuple[pyotp.TOTP, tuple[str, ...]]:
        """An administrator with a second factor."""
        trust.accounts.add("admin", (Grant(role=Role.ADMINISTRATOR),), by="test")
        trust.accounts.change_password("admin", "", GOOD + "!")
        seat = trust.sessions.of(trust.log_in("admin", GOOD + "!", ""))
        assert seat is not None
        assert seat.pending == "enrol"
        secret = trust.second.propose()
        totp = pyotp.TOTP(secret)
        with pytest.raises(LoginRefused, match="clock"):
            trust.second.enrol("admin", seat.session, secret, "000000x")
        codes = trust.second.enrol("admin", seat.session, secret, totp.at(centre.clock.now_ms() // 1000))
        assert f"secret={secret}&issuer=gridwhistle" in trust.second.uri("admin", secret)
        return totp, codes

    def test_a_code_works_once(
        self, trust: Trust, centre: Centre, enrolled: tuple[pyotp.TOTP, tuple[str, ...]]
    ) -> None:
        """One step of drift is borne; a replay, also of the enrolment's code, is refused."""
        totp, _ = enrolled
        for delay_s, right in ((0, False), (30, True), (30, False), (0, False), (61, True)):
            centre.clock.go(61 if delay_s == 61 else 0)
            seat = trust.sessions.of(trust.log_in("admin", GOOD + "!", str(delay_s)))
            assert seat is not None
            assert seat.pending == "code"
            code = totp.at(centre.clock.now_ms() // 1000 + (delay_s if delay_s == 30 else 0))
            if right:
                trust.give_code(seat.session, "admin", code, "")
            else:
                with pytest.raises(LoginRefused, match="used already"):
                    trust.give_code(seat.session, "admin", code, "")

    def test_recovery_codes_work_once_each(self, trust: Trust, enrolled: tuple[pyotp.TOTP, tuple[str, ...]]) -> None:
        """For a lost phone; an administrator can take the factor off."""
        _, codes = enrolled
        secret = trust.log_in("admin", GOOD + "!", "")
        seat = trust.sessions.of(secret)
        assert seat is not None
        trust.give_code(seat.session, "admin", codes[3].lower(), "")
        again = trust.sessions.of(secret)
        assert again is not None
        assert again.principal is not None
        with pytest.raises(LoginRefused):
            trust.give_code(seat.session, "admin", codes[3], "")
        password = trust.accounts.reset("admin", by="test", second_factor=True)
        trust.accounts.change_password("admin", "", GOOD)
        assert password != GOOD
        seat = trust.sessions.of(trust.log_in("admin", GOOD, ""))
        assert seat is not None
        assert seat.pending == "enrol"

    def test_the_secret_is_sealed(self, centre: Centre, enrolled: tuple[pyotp.TOTP, tuple[str, ...]]) -> None:
        """Who reads the database makes no codes."""
        totp, codes = enrolled
        with centre.store.read() as session:
            row = session.get(Account, "admin")
            assert row is not None
            kept = f"{row.totp}{row.recovery}"
        assert totp.secret not in kept
        assert not any(code in kept for code in codes)


class TestTokens:
    """For programs."""

    def test_a_token_carries_its_grants_and_scopes(self, trust: Trust, centre: Centre) -> None:
        """Until it ends or is revoked; a name is never used again."""
        end_ms = centre.clock.now_ms() + 1000
        new = NewToken(
            name="hotline", grants=(Grant(role=Role.OPERATOR, area="xiangyang"),), scopes=("handover_create",),
            ends_at_ms=end_ms,
        )  # fmt: skip
        token = trust.tokens.make(new, by="admin")
        who = trust.by_token(token)
        assert who is not None
        assert (who.actor, who.scopes, who.grants[0].area) == ("token:hotline", {"handover_create"}, "xiangyang")
        centre.clock.go(1)
        assert trust.by_token(token) is None
        with pytest.raises(NameTaken):
            trust.tokens.make(new, by="admin")
        other = trust.tokens.make(NewToken(name="other", grants=new.grants), by="admin")
        trust.tokens.revoke("other", by="admin")
        assert trust.by_token(other) is None
        assert trust.by_token("gw_nonsense") is None
        assert [(row.name, row.revoked_at_ms is not None) for row in trust.tokens.rows()] == [
            ("hotline", False),
            ("other", True),
        ]

    @pytest.mark.parametrize(
        "new", [NewToken(name="A B", grants=(Grant(role=Role.AUDITOR),)), NewToken(name="a", grants=()),
                NewToken(name="a", grants=(Grant(role=Role.AUDITOR),), scopes=("everything",))],
        ids=["name", "grants", "scopes"],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, trust: Trust, new: NewToken) -> None:
        """With what would be right."""
        with pytest.raises(BadRequest):
            trust.tokens.make(new, by="test")


class TestAudit:
    """A log that shows tampering."""

    def fill(self, trust: Trust, count: int = 5) -> None:
        for number in range(count):
            trust.trail.write(Deed(actor="a", action="plan_write", target=f"区 {number}", detail={"n": number}))

    def test_an_untouched_log_verifies(self, trust: Trust) -> None:
        """Also the empty one, and the last seal is told."""
        assert trust.trail.verify().ok
        self.fill(trust)
        verdict = trust.trail.verify()
        assert (verdict.entries, verdict.ok, verdict.last_mac) == (5, True, trust.trail.entries(1)[0].mac)

    @pytest.mark.parametrize(
        ("sql", "seq", "why"),
        [
            ("UPDATE audit SET actor = 'b' WHERE seq = 3", 3, "changed"),
            ("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 1", 1, "changed"),
            ("UPDATE audit SET mac = (SELECT mac FROM audit AS other WHERE other.seq = 1) WHERE seq = 2", 2, "changed"),
            ("DELETE FROM audit WHERE seq = 2", 2, "missing"),
            ("DELETE FROM audit WHERE seq = 5", 5, "missing"),
            ("DELETE FROM audit WHERE seq = 1", 1, "missing"),
            ("DELETE FROM audit", 1, "missing"),
            ("UPDATE audit SET seq = 9 WHERE seq = 5", 9, "extra"),
            ("UPDATE audit_head SET last_seq = 4", 1, "head"),
            ("DELETE FROM audit_head", 1, "head"),
        ],
    )
    def test_the_first_tampered_entry_is_named(
        self, trust: Trust, centre: Centre, sql: str, seq: int, why: str
    ) -> None:
        """Changed, copied, cut at either end, put in between, head and all."""
        self.fill(trust)
        with centre.store.write() as session:
            session.execute(text(sql))
        verdict = trust.trail.verify()
        assert (verdict.seq, verdict.why) == (seq, why)

    def test_cutting_the_end_together_with_the_head_needs_the_key(self, trust: Trust, centre: Centre) -> None:
        """Without it no head can be made that fits."""
        self.fill(trust)
        with centre.store.write() as session:
            session.execute(text("DELETE FROM audit WHERE seq = 5"))
            session.execute(
                text("UPDATE audit_head SET last_seq = 4, last_mac = (SELECT mac FROM audit WHERE seq = 4)")
            )
        assert trust.trail.verify().why == "head"

    def test_forgetting_the_oldest_keeps_the_rest_whole(self, trust: Trust, centre: Centre) -> None:
        """And does not bring a tampered log into order."""
        self.fill(trust, 3)
        centre.clock.go(10)
        self.fill(trust, 2)
        assert trust.trail.prune(centre.clock.now_ms()) == 3
        assert (trust.trail.verify().ok, trust.trail.verify().entries) == (True, 2)
        assert trust.trail.prune(centre.clock.now_ms() + 1) == 2
        assert trust.trail.verify().ok
        self.fill(trust, 1)
        assert (trust.trail.verify().ok, trust.trail.entries(9)[0].seq) == (True, 6)

    @pytest.mark.parametrize(
        "sql",
        [
            # both ends cut, with a head that fits what is left
            "DELETE FROM audit WHERE seq > 4 OR seq < 2; "
            "UPDATE audit_head SET first_seq = 2, last_seq = 4, last_mac = (SELECT mac FROM audit WHERE seq = 4)",
            "UPDATE audit_head SET last_seq = 2",
            "DELETE FROM audit_head",
        ],
        ids=["cut", "number", "gone"],
    )
    def test_the_next_entry_heals_nothing(self, sqlite_centre: Centre, sql: str) -> None:
        """The head is not sealed anew over what somebody made of it, and people go on working."""
        trust = trust_of(sqlite_centre)
        self.fill(trust)
        with sqlite_centre.store.write() as session:
            for part in sql.split("; "):
                session.execute(text(part))
        self.fill(trust, 2)
        assert trust.trail.verify().why == "head"
        assert trust.trail.prune(sqlite_centre.clock.now_ms() + 1) == 0

    def test_the_sweep_takes_no_changed_entry_away(self, sqlite_centre: Centre) -> None:
        """An entry that was changed and dated back stays, as what it is."""
        trust = trust_of(sqlite_centre)
        self.fill(trust)
        with sqlite_centre.store.write() as session:
            session.execute(text("UPDATE audit SET actor = 'innocent', at_ms = 1 WHERE seq = 1"))
        trust.sweep()
        assert (trust.trail.verify().seq, trust.trail.verify().why) == (1, "changed")

    def test_a_log_put_back_or_emptied_is_noticed(self, sqlite_centre: Centre) -> None:
        """By the mark beside the keys, which is not in the database."""
        mark = sqlite_centre.folder / MARK
        trail = Trail(sqlite_centre.store, trust_of(sqlite_centre).vault, sqlite_centre.clock.now_ms, mark)
        for number in range(8):
            trail.write(Deed(actor="a", action="plan_write", target=str(number)))
            if number == 3:
                with sqlite_centre.store.read() as session:
                    old = dict(session.execute(text("SELECT * FROM audit_head")).mappings().one())
        trail.remember()
        assert (trail.verify().ok, trail.prune(sqlite_centre.clock.now_ms())) == (True, 0)
        with sqlite_centre.store.write() as session:
            session.execute(text("DELETE FROM audit WHERE seq > 4"))
            session.execute(text("UPDATE audit_head SET last_seq = :last_seq, last_mac = :last_mac, mac = :mac"), old)
        assert (trail.verify().seq, trail.verify().why) == (8, "cut")
        with sqlite_centre.store.write() as session:
            session.execute(text("DELETE FROM audit"))
            session.execute(text("DELETE FROM audit_head"))
        assert trail.verify().why == "cut"
        assert not trail.open()
        trail.write(Deed(actor="a", action="plan_write"))
        trail.remember()
        assert not trail.verify().ok

    def test_what_people_do_is_on_record(self, trust: Trust) -> None:
        """Also what was refused."""
        ready(trust)
        with pytest.raises(LoginRefused):
            trust.log_in("zhou-mingyuan", "wrong-words-again", "10.0.0.1")
        secret = trust.log_in("zhou-mingyuan", GOOD, "10.0.0.2")
        seat = trust.sessions.of(secret)
        assert seat is not None
        trust.sessions.log_out(seat.session)
        told = [(entry.actor, entry.action, entry.outcome, entry.address) for entry in trust.trail.entries(9)]
        assert told[::-1] == [
            ("test", "account_add", "done", ""),
            ("zhou-mingyuan", "password_change", "done", ""),
            ("zhou-mingyuan", "log_in", "refused", "10.0.0.1"),
            ("zhou-mingyuan", "log_in", "done", "10.0.0.2"),
            ("zhou-mingyuan", "log_out", "done", "10.0.0.2"),
        ]
        assert all(GOOD not in repr(entry.detail) for entry in trust.trail.entries(9))

    def test_long_texts_are_cut_and_made_plain(self, trust: Trust, centre: Centre) -> None:
        """A database with widths and no NUL must not refuse the record."""
        trust.trail.write(Deed(actor="a" * 500, action="b" * 500, target="\x00\x1b" + "c" * 500, address="d" * 500))
        assert trust.trail.verify().ok
        with centre.store.read() as session:
            assert session.scalars(select(AuditEntry)).one().target == "\ufffd" * 2 + "c" * 198


def test_buckets_are_bounded_and_fill_again() -> None:
    """The one used longest ago makes room."""
    now = [0.0]
    buckets = Buckets(Rate(per_s=1, burst=2), lambda: now[0], keys_max=2)
    for key in ("a", "a", "b"):
        buckets.take(key)
    with pytest.raises(TooMany):
        buckets.check("a")
    now[0] = 1.0
    buckets.take("a")
    buckets.take("c")
    with pytest.raises(TooMany):
        buckets.take("a")
    buckets.take("b")  # was forgotten: begins anew
    assert buckets.refused == 2
