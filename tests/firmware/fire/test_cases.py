"""The parts of the fire endpoint under CPython, case by case, and under the real MicroPython, all at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.firmware.fire import cases

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.__name__)
def test_under_cpython(case: Callable[[], None]) -> None:
    """One case."""
    case()


def test_under_micropython() -> None:
    """All cases."""
    done = subprocess.run(
        [Path(sys.executable).with_name("micropython"), Path(__file__).with_name("on_board.py"), ROOT],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.stderr, done.returncode) == ("", 0), done.stdout
    assert [f"ok {case.__name__}" for case in cases.CASES] == done.stdout.splitlines()


def test_every_case_is_listed() -> None:
    """A case that is not in CASES would run under neither interpreter."""
    defined = {
        value
        for name, value in vars(cases).items()
        if callable(value) and getattr(value, "__module__", "") == cases.__name__ and not isinstance(value, type)
        if not name.startswith("_") and name != "sounder_task" and not asyncio.iscoroutinefunction(value)
    }

    assert defined == set(cases.CASES)
