"""What is done about trust at the command line, in a real data folder."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getsourcefile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cloud.cli import keys
from cloud.cli.keys import SEALED, keyring
from cloud.people import contacts
from cloud.settings import Settings
from cloud.store.models_people import Contact
from cloud.trust.vault import open_vault
from gridwhistle import app
from runtime.clock import Clock

Run = Callable[..., Any]
DEEDS = [("account", deed) for deed in ("add", "reset", "roles", "disable", "enable", "link")]
ASKED = [*DEEDS, ("token", "add"), ("token", "revoke")]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder of its own."""
    monkeypatch.setenv("GRIDWHISTLE_CLOUD_DATA_DIR", str(tmp_path))
    return Settings(data_dir=tmp_path)


@pytest.fixture
def run(settings: Settings) -> Run:
    """`gridwhistle cloud ...` there."""

    def run(*words: str, code: int = 0) -> str:
        why = ("--reason", "因故") if words[:2] in ASKED else ()
        done = CliRunner().invoke(app, ["cloud", *words, *why])
        assert done.exit_code == code, done.output
        return str(done.output)

    return run


def test_accounts_tokens_and_their_record(run: Run, settings: Settings) -> None:
    """Made, listed, disabled, revoked; what was told once works, and all of it is on record."""
    password = run("account", "add", "zhou-mingyuan").splitlines()[-1]
    run("account", "add", "boss", "--role", "administrator", "--role", "auditor@chunfeng")
    link = run("account", "link", "zhou-mingyuan", "--url", "https://centre").strip()
    token = run("token", "add", "hotline", "--role", "operator@xiangyang", "--scope", "handover_create").strip()
    assert "boss  boss  administrator, auditor@chunfeng" in run("account", "list")
    assert '"id": "zhou-mingyuan"' in run("account", "list", "--json")
    assert token[:10] in run("token", "list")
    assert token not in run("token", "list", "--json")
    with keyring(settings, Clock()) as trust:
        assert trust.log_in_by_link(link.rpartition("/")[2], "")
        assert trust.log_in("zhou-mingyuan", password, "")
        assert trust.by_token(token) is not None
    run("account", "disable", "zhou-mingyuan")
    run("token", "revoke", "hotline")
    assert "停用 disabled" in run("account", "list")
    with keyring(settings, Clock()) as trust:
        assert trust.by_token(token) is None
    run("account", "enable", "zhou-mingyuan")
    newer = run("account", "reset", "zhou-mingyuan", "--second-factor").splitlines()[-1]
    assert newer != password
    shown = run("audit", "show", "--limit", "20")
    for action in ("account_add", "login_link", "token_make", "account_disable", "token_revoke", "account_reset"):
        assert action in shown
    assert password not in shown


@pytest.mark.parametrize("words", ASKED, ids="-".join)
@pytest.mark.parametrize("why", [(), ("--reason", " "), ("--reason", "x" * 501)], ids=["none", "blank", "long"])
def test_nothing_is_done_without_a_reason(settings: Settings, words: tuple[str, str], why: tuple[str, ...]) -> None:
    """Said before anything is opened."""
    done = CliRunner().invoke(app, ["cloud", *words, "someone", *why])

    assert done.exit_code == 2
    assert "--reason" in done.output
    assert not (settings.data_dir / "incidents.db").exists()


def test_who_and_why_are_on_record(run: Run, settings: Settings) -> None:
    """The operating system's user."""
    run("account", "add", "zhou-mingyuan")
    run("account", "disable", "zhou-mingyuan")
    run("token", "revoke", "nobody", code=2)
    with keyring(settings, Clock()) as trust:
        told = [(row.actor.partition(":")[0], row.action, row.detail.get("why")) for row in trust.trail.entries(10)]

    assert told == [("cli", "account_disable", "因故"), ("cli", "account_add", "因故")]


def test_mistakes_are_said_with_a_remedy(run: Run) -> None:
    """Exit status 2, nothing changed."""
    for words, says in (
        (("account", "add", "elvis"), "not in the roster"),
        (("account", "add", "x", "--role", "king"), "roles: operator"),
        (("account", "reset", "nobody"), "account list"),
        (("token", "add", "t"), "at least one role"),
        (("token", "add", "t", "--role", "auditor", "--scope", "all"), "scopes: board_read"),
        (("token", "revoke", "t"), "token list"),
    ):
        assert says in run(*words, code=2)
    assert "0 条" in run("audit", "verify")


def test_a_tampered_audit_log_is_told(run: Run, settings: Settings) -> None:
    """Exit status 1 and the first entry that is wrong."""
    for name in ("zhou-mingyuan", "qin-yue", "lin-zhixia"):
        run("account", "add", name)
    assert "3 条" in run("audit", "verify")
    with keyring(settings, Clock()) as trust, trust.store.write() as session:
        session.execute(text("UPDATE audit SET target = 'nobody' WHERE seq = 2"))
    assert "entry 2 (changed)" in run("audit", "verify", code=1)


def test_keys_rotate_and_everything_opens_by_the_newest(run: Run, settings: Settings) -> None:
    """The sealed fields of every room."""
    vault = open_vault(settings.keys)
    with keyring(settings, Clock()) as trust, trust.store.write() as session:
        contacts.write(session, vault, {"qin-yue": {"mobile": "13800000000"}}, by="test", at_ms=1)
    assert "重新加密 1 项" in run("keys", "rotate")
    newer = open_vault(settings.keys)
    with keyring(settings, Clock()) as trust, trust.store.read() as session:
        assert newer.is_new(session.get_one(Contact, ("qin-yue", "mobile")).sealed)
        assert contacts.read(session, newer, "qin-yue") == {"mobile": "13800000000"}
    assert "完好 intact" in run("audit", "verify")


def test_no_room_with_sealed_fields_is_forgotten() -> None:
    """Whoever can seal anew is asked to."""
    sources = Path(keys.__file__).parents[1].rglob("*.py")
    found = {path for path in sources if "\ndef reseal(" in path.read_text(encoding="utf-8")}

    assert {Path(str(getsourcefile(reseal))) for reseal in SEALED} == found


def test_a_certificate_for_the_console(run: Run, tmp_path: Path) -> None:
    """Names, fingerprint, and what to do with it."""
    told = run("certificate", "--name", "centre.example", "--name", "192.168.10.5")
    assert "GRIDWHISTLE_CLOUD_HTTP_NAMES=centre.example,192.168.10.5" in told
    assert (tmp_path / "tls" / "console.pem").exists()
