"""The harness itself: the broker it lends out, and its refusal to skip on CI."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.system_parts import PARTS, describe
from tests.broker import Mosquitto

SKIPPING = {
    "test_body.py": "import pytest\ndef test_it():\n    pytest.skip('not today')\n",
    "test_module.py": "import pytest\npytest.skip('not today', allow_module_level=True)\n",
}
QUIETLY = ("-q", "-p", "no:cacheprovider", "--continue-on-collection-errors")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_broker_can_be_killed_and_comes_back_on_its_port(mosquitto: Mosquitto) -> None:
    """kill() leaves nobody listening; start() serves again on the same port."""
    port = mosquitto.port

    mosquitto.kill()
    assert not _accepts(port)
    mosquitto.start()

    assert (True, port) == (_accepts(port), mosquitto.port)


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_skip_fails_on_ci_only(tmp_path: Path, repository: Path, ci: str, status: int) -> None:
    """A skipped test and a skipped module each end a CI run with a failure, and any other run without."""
    (tmp_path / "tests").mkdir()
    for name in (
        "conftest.py",
        "broker.py",
        "postgres.py",
        "influx.py",
        "influx2.py",
        "order.py",
        "databases.py",
        "__init__.py",
    ):
        shutil.copy(repository / "tests" / name, tmp_path / "tests" / name)
    for module, text in SKIPPING.items():
        (tmp_path / "tests" / module).write_text(text)
    (tmp_path / "tests" / "test_other.py").write_text("def test_other():\n    pass\n")
    command = [sys.executable, "-m", "pytest", *QUIETLY, "tests"]
    env = os.environ | {"CI": ci, "PYTHONPATH": str(repository), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert status == min(done.returncode, 1), done.stdout + done.stderr
    assert ("1 failed, 1 passed, 1 error" if ci else "1 passed, 2 skipped") in done.stdout


def test_what_is_missing_is_told_in_both_languages() -> None:
    """Each part says in Chinese and in English what would have been tested, and how to get it."""
    text = describe(list(PARTS))

    for part in PARTS:
        assert part.tests_zh in text
        assert part.tests_en in text
    assert "apt-get install" in text
