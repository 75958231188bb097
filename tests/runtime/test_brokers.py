"""Identity of a broker without the broker: the table of logins, certificates, files that are whole or not there."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.brokers import certificates, files, logins
from runtime.brokers.certificates import DAY_MS, RENEW_BEFORE_DAYS, SERVER_DAYS, Pair
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import SITE, BrokerHome
from runtime.brokers.logins import MOVES, Act, Login, Role, Roll, State
from runtime.brokers.passwords import hashed, is_hash, matches
from scripts.system_parts import find_program
from tests.own_broker import NOW_MS, setup_of, site_home

OLD, NEW = hashed("old"), hashed("new")


def _roll(state: State) -> Roll:
    roll = Roll()
    if state is not State.ABSENT:
        roll.enrol(Login(name="fire-a", role=Role.ENDPOINT, hash=OLD), NOW_MS, "li")
    if state is State.REVOKED:
        roll.revoke("fire-a", NOW_MS, "li", "lost")
    return roll


def _do(roll: Roll, act: Act) -> None:
    if act is Act.REVOKE:
        roll.revoke("fire-a", NOW_MS, "li", "lost")
        return
    known = roll.logins.get("fire-a")
    same = act in (Act.ENROL_SAME, Act.ENROL_DEAD)
    if act is Act.ENROL_DEAD and known is not None:
        roll.logins["fire-a"] = replace(known, dead_hashes=(OLD,))
    login = Login(name="fire-a", role=Role.ENDPOINT, hash=OLD if same else NEW)
    roll.enrol(login, NOW_MS, "li", readmit=act is Act.READMIT)


# what cannot be told from another act: who is absent has no password yet, and the one of a revoked login is dead
UNTELLABLE = {(State.ABSENT, Act.ENROL_SAME), (State.ABSENT, Act.ENROL_DEAD), (State.REVOKED, Act.ENROL_SAME)}
REACHABLE = [(state, act) for state in State for act in Act if (state, act) not in UNTELLABLE]


@pytest.mark.parametrize(("state", "act"), REACHABLE)
def test_every_pair_of_state_and_act(state: State, act: Act) -> None:
    """What the table has is done; what it has not is refused with a remedy and changes nothing."""
    roll = _roll(state)
    before = dict(roll.logins)
    if act is Act.ENROL_DEAD and "fire-a" in before:
        before["fire-a"] = replace(before["fire-a"], dead_hashes=(OLD,))
    if (state, act) in MOVES:
        _do(roll, act)
        assert MOVES[state, act] is roll.logins["fire-a"].state
    else:
        with pytest.raises(IdentityError, match="fire-a"):
            _do(roll, act)
        assert before == roll.logins


@given(st.lists(st.sampled_from(["enrol old", "enrol new", "readmit old", "readmit new", "revoke"]), max_size=12))
def test_a_revoked_password_never_opens_again(acts: list[str]) -> None:
    """Whatever is done afterwards, in whatever order."""
    roll = _roll(State.ACTIVE)
    dead: set[str] = set()
    for act in acts:
        word, _, which = act.partition(" ")
        try:
            if word == "revoke":
                dead.add(roll.logins["fire-a"].hash)
                roll.revoke("fire-a", NOW_MS, "li", "lost")
            else:
                login = Login(name="fire-a", role=Role.ENDPOINT, hash={"old": OLD, "new": NEW}[which])
                roll.enrol(login, NOW_MS, "li", readmit=word == "readmit")
        except IdentityError:
            pass
        assert not dead & {login.hash for login in roll.active()}


def test_a_roll_survives_its_file() -> None:
    """Written and read it is the same; a damaged file is told, not guessed."""
    roll = _roll(State.REVOKED)

    assert roll == logins.decode(logins.encode(roll))
    with pytest.raises(IdentityError, match="backup"):
        logins.decode(logins.encode(roll)[:-9])


def test_a_name_has_one_role() -> None:
    """An inventory cannot turn the gateway's own login into an endpoint's."""
    roll = Roll()
    roll.enrol(Login(name="gw", role=Role.GATEWAY, hash=OLD), NOW_MS, "li")
    with pytest.raises(IdentityError, match="choose another name"):
        roll.enrol(Login(name="gw", role=Role.ENDPOINT, hash=NEW), NOW_MS, "li", readmit=True)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "+", "#", "~probe", "a:b", "x\ny", "x" * 65])
def test_names_that_would_break_a_file_or_a_topic(name: str) -> None:
    """They are refused before they reach a line of a password file or an access list."""
    with pytest.raises(IdentityError):
        Login(name=name, role=Role.ENDPOINT, hash=OLD)


@pytest.mark.parametrize("text", ["", "plain", "$6$x$y", "$7$0$AAAA$BBBB", "$7$101$!!$??", OLD[:-4], OLD + "\n"])
def test_what_is_no_hash(text: str) -> None:
    """Neither a clear password nor half a hash gets into mosquitto's file."""
    assert not is_hash(text)
    assert not matches("old", text)


@pytest.mark.mosquitto
def test_hashes_are_mosquittos_own(tmp_path: Path) -> None:
    """mosquitto_passwd makes the same from the same, as far as we read it back."""
    path = tmp_path / "passwd"
    subprocess.run(
        [find_program("mosquitto_passwd") or "", "-b", "-c", str(path), "fire-a", "geheim"],
        check=True,
        capture_output=True,
    )

    assert matches("geheim", path.read_text().strip().partition(":")[2])
    assert not matches("Geheim", path.read_text().strip().partition(":")[2])


def test_certificates_hold_for_boards_without_a_clock(tmp_path: Path) -> None:
    """OpenSSL itself verifies the chain in 1970, today and shortly before the end; not after it."""
    authority = certificates.make_authority("chunfeng", NOW_MS)
    server = certificates.issue(authority, ("broker.local", "192.168.10.2"), NOW_MS)
    (tmp_path / "ca.pem").write_bytes(authority.certificate)
    (tmp_path / "server.pem").write_bytes(server.certificate)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(tmp_path / "ca.pem")]
    for at_s, good in [(60, True), (NOW_MS // 1000, True), (NOW_MS // 1000 + (SERVER_DAYS + 1) * 86_400, False)]:
        moment = [*command, "-attime", str(at_s), "-verify_ip", "192.168.10.2", str(tmp_path / "server.pem")]
        done = subprocess.run(moment, check=False, capture_output=True, text=True)
        assert good is (done.returncode == 0), done.stderr


def test_what_a_certificate_says() -> None:
    """Names, end and issuer; another authority of the same name has not issued it; keys belong or do not."""
    ours, theirs = certificates.make_authority("x", NOW_MS), certificates.make_authority("x", NOW_MS)
    server = certificates.issue(ours, ("broker.local", "127.0.0.1"), NOW_MS)
    found = certificates.facts(server.certificate)

    assert ("broker.local", "127.0.0.1") == found.names
    assert SERVER_DAYS == found.days_left(NOW_MS)
    assert certificates.is_signed_by(server.certificate, ours.certificate)
    assert not certificates.is_signed_by(server.certificate, theirs.certificate)
    assert certificates.belongs(server)
    assert not certificates.belongs(Pair(certificate=server.certificate, key=ours.key))
    with pytest.raises(IdentityError, match="PEM"):
        certificates.facts(b"nothing")


def test_setting_up_twice_keeps_everything(tmp_path: Path) -> None:
    """Authority, passwords and logins stay; another address gives another certificate of the same authority."""
    home = site_home(tmp_path)
    kept = [home.ca.read_bytes(), home.own_password(), home.certificate.read_bytes()]
    home.set_up(home.setup(), NOW_MS, "test")
    assert kept == [home.ca.read_bytes(), home.own_password(), home.certificate.read_bytes()]

    home.set_up(replace(home.setup(), names=("127.0.0.1", "broker.local")), NOW_MS, "test")
    assert kept[:2] == [home.ca.read_bytes(), home.own_password()]
    assert "broker.local" in home.server_facts().names


def test_secrets_are_readable_by_nobody_else(tmp_path: Path) -> None:
    """Keys, logins and passwords 0600; what mosquitto reads has its group; the authority's certificate is public."""
    home = site_home(tmp_path)
    modes = {str(p.relative_to(home.path)): stat.S_IMODE(p.stat().st_mode) for p in home.path.rglob("*") if p.is_file()}

    assert {0o600} == {modes[name] for name in ("ca.key", "lock", "logins.json", "own.password", "probe.password")}
    assert {0o640} == {mode for name, mode in modes.items() if name.startswith("broker/")}
    assert 0o644 == modes["ca.pem"]
    assert b"" not in (home.own_password().encode(), home.probe_password().encode())
    assert home.own_password() not in (home.broker / "passwd").read_text()


def test_renewal_when_it_is_due(tmp_path: Path) -> None:
    """Not a day before a third of its life is left; a damaged one, or a key that is not its own, at once."""
    home = site_home(tmp_path)
    due_ms = NOW_MS + (SERVER_DAYS - RENEW_BEFORE_DAYS) * DAY_MS
    assert not home.renew(due_ms - DAY_MS)
    assert home.renew(due_ms + DAY_MS)
    assert SERVER_DAYS == home.server_facts().days_left(due_ms + DAY_MS)

    for name in ("server.pem", "server.key"):
        (home.broker / name).write_bytes(b"torn")
        assert home.renew(due_ms + DAY_MS)
    (home.broker / "server.key").write_bytes(certificates.make_authority("x", NOW_MS).key)
    assert home.renew(due_ms + DAY_MS)
    assert not home.renew(due_ms + DAY_MS)


def test_without_the_authority_renewal_fails_and_says_so(tmp_path: Path) -> None:
    """The old certificate stays in service as long as it holds."""
    home = site_home(tmp_path)
    before = home.certificate.read_bytes()
    (home.path / "ca.key").unlink()
    with pytest.raises(IdentityError, match=r"ca\.key"):
        home.renew(NOW_MS, force=True)
    assert before == home.certificate.read_bytes()


@pytest.mark.parametrize("lost", ["broker/passwd", "broker/acl", "broker/mosquitto.conf", "probe.password"])
def test_files_that_do_not_say_what_the_roll_says_are_noticed(tmp_path: Path, lost: str) -> None:
    """After a power cut between two of them, or somebody's own hand; written anew they agree."""
    home = site_home(tmp_path)
    assert home.is_published()
    (home.path / lost).write_text("")
    assert not home.is_published()
    home.publish()
    assert home.is_published()


def test_a_refused_change_changes_no_file(tmp_path: Path) -> None:
    """The roll and mosquitto's files are as before."""
    home = site_home(tmp_path)
    before = {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()}
    with pytest.raises(IdentityError):
        home.change(lambda roll: roll.revoke("nobody", NOW_MS, "li", "lost"))
    assert before == {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()}


def test_a_file_is_whole_or_as_before(tmp_path: Path) -> None:
    """A write that cannot be finished leaves the old one."""
    path = tmp_path / "acl"
    files.write(path, b"old", 0o640)
    (tmp_path / "acl.new").mkdir()  # something is in the way
    with pytest.raises(OSError, match=r"acl\.new"):
        files.write(path, b"new", 0o640)
    assert b"old" == path.read_bytes()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Not a traceback: who should run it instead."""
    home = site_home(tmp_path)
    (home.path / "setup.json").unlink()
    (home.path / "setup.json").mkdir()
    with pytest.raises(IdentityError, match="service's user"):
        home.setup()


def test_no_setup_is_told(tmp_path: Path) -> None:
    """With the command that makes one."""
    home = BrokerHome(tmp_path / "identity")
    assert not home.exists
    with pytest.raises(IdentityError, match="set the broker up first"):
        home.setup()
    home.set_up(setup_of(SITE, "gw", "s"), NOW_MS, "test")
    assert home.exists
