"""Which failed tests may run once more, alone, and that this run decides."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.run_tests import AT_MOST, Failures, may_be_the_machine

# each leaves a mark: the second time it is found, and the test fails or passes as its name says
MARKED = """
from pathlib import Path
def again():
    mark = Path(__file__).with_suffix(".mark")
    was_there = mark.exists()
    mark.touch()
    return was_there
"""
LATE = f"{MARKED}\ndef test_late():\n    assert again(), 'not within 3 s: nothing'\n"
WRONG = f"{MARKED}\ndef test_wrong():\n    assert again(), 'two is not one'\n"
BROKEN = "def test_broken():\n    assert False, 'not within 3 s: nothing'\n"


@pytest.mark.parametrize(
    ("files", "status"),
    [({"late": LATE}, 0), ({"wrong": WRONG}, 1), ({"late": LATE, "wrong": WRONG}, 1), ({"broken": BROKEN}, 1)],
)
def test_the_run_alone_decides_for_what_was_late(
    tmp_path: Path, repository: Path, files: dict[str, str], status: int
) -> None:
    """Late once passes; wrong once fails, alone or beside one that was late; late twice fails."""
    for name, text in files.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "scripts.run_tests", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"]
    env = os.environ | {"PYTHONPATH": str(repository), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run([*command, str(tmp_path)], env=env, cwd=tmp_path, check=False, capture_output=True, text=True)

    assert ran.returncode == status, ran.stdout
    assert ("once more, alone" in ran.stdout) == ("wrong" not in files)


def test_many_are_no_accident() -> None:
    """As many as may be are run again; one more, and none is."""
    failures = Failures()
    failures.printed = {f"tests/system/test_{number}.py::test_it": "E assert 1" for number in range(AT_MOST)}
    assert failures.again() == list(failures.printed)
    failures.printed["tests/system/test_more.py::test_it"] = "E assert 1"
    assert failures.again() == []


def test_a_calculation_is_never_late() -> None:
    """A pure test that fails has failed."""
    assert not may_be_the_machine("tests/domain/test_deadlines.py::test_it", "E assert 3 == 4")
    assert may_be_the_machine("tests/firmware/test_store.py::test_it", "E assert 3 == 4")
