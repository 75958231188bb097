"""Which failed tests may run once more, alone, and that this run decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_tests import AT_MOST, LANES, Lane, again, lanes_for, main, verdict

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
WRONG = f"{MARKED}\ndef test_wrong():\n    '''not within'''\n    assert again(), 'two is not one'\n"
BROKEN = "def test_broken():\n    assert False, 'not within 3 s: nothing'\n"
GOOD = "def test_good():\n    pass\n"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(LATE, GOOD, 0), (WRONG, GOOD, 1), (LATE, WRONG, 1), (BROKEN, GOOD, 1), (LATE, "syntax error", 2), (GOOD, "", 0)],
    ids=["late", "wrong", "late beside wrong", "late twice", "late beside unreadable", "nothing in one lane"],
)
def test_the_run_alone_decides_for_what_was_late(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, status: int
) -> None:
    """Late once passes; wrong once fails, alone or beside one that was late; late twice fails."""
    (tmp_path / "test_first.py").write_text(first)
    (tmp_path / "test_second.py").write_text(second)
    monkeypatch.setenv("PYTHONPATH", str(repository))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(tmp_path)
    lanes = [Lane(name=name, tests=(f"test_{name}.py",), workers=0) for name in ("first", "second")]

    assert main(["-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"], lanes) == status


def test_many_are_no_accident() -> None:
    """As many as may be are run again; one more, and none is."""
    printed = {f"tests/system/test_{number}.py::test_it": "E assert 1" for number in range(AT_MOST)}
    assert again(printed) == list(printed)
    assert again(printed | {"tests/system/test_more.py::test_it": "E assert 1"}) == []


def test_a_calculation_is_never_late() -> None:
    """A pure test that fails has failed, and beside it nothing is tried again."""
    board = {"tests/firmware/test_store.py::test_it": "E assert 3 == 4"}
    assert again(board) == list(board)
    assert again(board | {"tests/domain/test_deadlines.py::test_it": "E assert 3 == 4"}) == []


def test_every_test_is_in_one_lane(repository: Path) -> None:
    """The folders of the one are what the other leaves out, and all are there."""
    boards, others = LANES
    assert [f"--ignore={folder}" for folder in boards.tests] == list(others.tests)
    assert all((repository / folder).is_dir() for folder in boards.tests)


@pytest.mark.parametrize(("args", "lanes"), [(["-x"], 2), (["scripts", "-k", "demo"], 1), (["-k", "demo"], 2)])
def test_who_names_tests_gets_these(
    repository: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], lanes: int
) -> None:
    """One lane for a folder or a file, both for a word."""
    monkeypatch.chdir(repository)
    assert len(lanes_for(args)) == lanes


def test_the_worst_lane_speaks() -> None:
    """Nothing chosen in one lane is no failure, nothing chosen at all is."""
    assert [verdict([0, 5]), verdict([1, 5]), verdict([0, 2]), verdict([5, 5])] == [0, 1, 2, 5]
