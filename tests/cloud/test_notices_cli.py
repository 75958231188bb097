"""`gridwhistle cloud notices`: what an installer asks before relying on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gridwhistle import app
from tests.cloud.receivers import http_receiver

SECRET = "geheim-4711"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings say."""
    path = tmp_path / "notices.toml"
    monkeypatch.setenv("GRIDWHISTLE_CLOUD_NOTICES_FILE", str(path))
    return path


def write(path: Path, text: str) -> None:
    """Readable by nobody else."""
    path.write_text(text)
    path.chmod(0o600)


def run(*words: str) -> Result:
    """The command."""
    return CliRunner().invoke(app, ["cloud", "notices", *words])


def test_check_says_what_the_file_does_and_nothing_secret(file: Path) -> None:
    write(
        file,
        f'[channels.sms]\nurl = "json://u:{SECRET}@127.0.0.1/?:to={{mobile}}"\n'
        '[[rules]]\nroles = ["operator"]\nchannels = ["console", "sms"]\nquiet = "22:00-07:00"\n',
    )
    result = run("check")

    assert result.exit_code == 0, result.output
    assert "needs mobile" in result.output
    assert "operator: console, sms" in result.output
    assert "22:00-07:00" in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize("text", ["[channels.sms]\nurl = 'carrierpigeon://geheim-4711'\n", "chanels = 1\n", "x", None])
def test_a_mistake_ends_with_two(file: Path, text: str | None) -> None:
    if text is not None:
        write(file, text)
    result = run("check")

    assert result.exit_code == 2
    assert SECRET not in result.output


def test_try_sends_one_message(file: Path) -> None:
    with http_receiver() as receiver:
        write(file, f'[channels.sms]\nurl = "json://{receiver.url}/sms?:to={{mobile}}"\n')
        good = run("try", "sms", "--to", "mobile=13900001111")
        receiver.answers = [500]
        bad = run("try", "sms", "--to", "mobile=13900001111")
        nobody = run("try", "sms")
        wrong = run("try", "sms", "--to", "shoe=44")
        unknown = run("try", "smoke")

    assert json.loads(receiver.got[0][2])["to"] == "13900001111"
    assert [result.exit_code for result in (good, bad, nobody, wrong, unknown)] == [0, 1, 1, 2, 2]
    assert "no mobile known" in nobody.output
    assert "500" in bad.output
