"""Certificates through the years: renewed in time, told in time where that is not ours to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.incidents import Severity
from gateway.identity.care import Others, look_after
from gateway.identity.home import Identity
from runtime.brokers import certificates, reload
from runtime.brokers.certificates import AUTHORITY_DAYS, DAY_MS, SERVER_DAYS
from tests.own_broker import NOW_MS, OwnBroker, admit, site_home


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """Of a site whose broker does not run."""
    site_home(tmp_path)
    return Identity(tmp_path)


@pytest.fixture
def broker(identity: Identity) -> Iterator[OwnBroker]:
    """The same, and it runs."""
    one = OwnBroker(identity.home)
    one.start()
    yield one
    one.stop()


def _found(identity: Identity, days: float, **others: object) -> list[tuple[str, Severity]]:
    problems = look_after(identity, Others(**others), NOW_MS + round(days * DAY_MS))
    return [(problem.rule, problem.severity) for problem in problems]


def test_nothing_to_tell_for_years(identity: Identity) -> None:
    """Looked at every month it is renewed by itself, until the authority comes to its last year."""
    for month in range((AUTHORITY_DAYS - 365) // 30):
        assert [] == _found(identity, month * 30)
    assert [("authority_ends", Severity.MINOR)] == _found(identity, AUTHORITY_DAYS - 364)
    assert [("authority_ends", Severity.MAJOR)] == _found(identity, AUTHORITY_DAYS - 6)


def test_a_renewal_that_fails_is_told_long_before_the_end(identity: Identity) -> None:
    """Four months ahead minor, in the last week major, after the end critical; corrected, all is well."""
    key = identity.home.path / "ca.key"
    kept = key.read_bytes()
    key.unlink()
    failed = ("renewal_failed", Severity.MINOR)

    assert [] == _found(identity, 200)
    assert [failed] == _found(identity, SERVER_DAYS - 100)
    assert [failed, ("server_ends", Severity.MINOR)] == _found(identity, SERVER_DAYS - 20)
    assert [failed, ("server_ends", Severity.MAJOR)] == _found(identity, SERVER_DAYS - 5)
    assert [failed, ("server_ends", Severity.CRITICAL)] == _found(identity, SERVER_DAYS + 1)
    key.write_bytes(kept)
    assert [] == _found(identity, SERVER_DAYS + 1)


def test_a_clock_that_was_never_set_judges_nothing(identity: Identity) -> None:
    """1970: neither renewed nor told. A clock far ahead renews, and nothing breaks when it comes back."""
    before = identity.home.certificate.read_bytes()
    assert [] == look_after(identity, Others(), 5_000)
    assert before == identity.home.certificate.read_bytes()
    assert [("authority_ends", Severity.CRITICAL)] == _found(identity, 365 * 30)
    assert [] == _found(identity, 1)


def test_what_others_must_renew(identity: Identity, tmp_path: Path) -> None:
    """The centre's broker as it was seen, and a client certificate that somebody gave us."""
    authority = certificates.make_authority("centre", NOW_MS)
    theirs = certificates.issue(authority, ("broker.example.org",), NOW_MS, 60)
    path = tmp_path / "client.pem"
    path.write_bytes(theirs.certificate)

    assert [] == _found(identity, 20, centre=theirs.certificate, client=str(path))
    assert [("centre_ends", Severity.MINOR), ("client_ends", Severity.MINOR)] == _found(
        identity, 40, centre=theirs.certificate, client=str(path)
    )
    assert [("centre_ends", Severity.CRITICAL)] == _found(identity, 61, centre=theirs.certificate)
    assert [("identity_damaged", Severity.MAJOR)] == _found(identity, 1, client=str(tmp_path / "nowhere.pem"))


def test_without_a_broker_of_ours_there_is_nothing_to_tell(tmp_path: Path) -> None:
    """A site that runs its own broker as before."""
    assert [] == _found(Identity(tmp_path), 1)


@pytest.mark.parametrize("name", ["setup.json", "logins.json"])
def test_damaged_files_are_told(identity: Identity, name: str) -> None:
    """And nothing raises: the gateway has other work."""
    (identity.home.path / name).write_text("{")
    assert ("identity_damaged", Severity.MAJOR) in _found(identity, 1)


@pytest.mark.mosquitto
def test_the_broker_follows_by_itself(identity: Identity, broker: OwnBroker) -> None:
    """After a renewal, and after a power cut that left its files as they were before a revocation."""
    assert [] == _found(identity, SERVER_DAYS - 10)
    assert "" == reload.look(identity.home).trouble

    admit(identity.home, "fire-a")
    before = (identity.home.broker / "passwd").read_bytes()
    identity.home.change(lambda roll: roll.revoke("fire-a", NOW_MS, "li", "lost"))
    (identity.home.broker / "passwd").write_bytes(before)
    assert [] == _found(identity, SERVER_DAYS - 10)
    assert "fire-a" not in (identity.home.broker / "passwd").read_text()
    assert "" == reload.look(identity.home).trouble


@pytest.mark.mosquitto
def test_a_broker_that_does_not_follow_is_told(identity: Identity, broker: OwnBroker) -> None:
    """It must not be thought that a revoked device is out."""
    pid_file = Path(identity.home.setup().pid_file)
    pid_file.unlink()
    admit(identity.home, "fire-a")
    (problem,) = look_after(identity, Others(), NOW_MS, patience_s=0.2)
    assert ("broker_does_not_follow", Severity.MAJOR) == (problem.rule, problem.severity)


@pytest.mark.mosquitto
def test_another_program_in_the_brokers_place_is_told(identity: Identity, broker: OwnBroker, tmp_path: Path) -> None:
    """It shows a certificate of somebody else's authority."""
    stranger = site_home(tmp_path / "stranger")
    stranger.set_up(identity.home.setup(), NOW_MS, "test")  # the same ports
    assert [("foreign_broker", Severity.MAJOR)] == _found(Identity(tmp_path / "stranger"), 1)


def test_json_of_problems_is_plain(identity: Identity) -> None:
    """They travel in an incident."""
    (identity.home.path / "ca.key").unlink()
    problems = look_after(identity, Others(), NOW_MS + SERVER_DAYS * DAY_MS)
    assert json.dumps([problem.reason for problem in problems])
