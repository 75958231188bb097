"""The contract holds under CPython, case by case, and under the real MicroPython, all at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocol import cases

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.__name__)
def test_under_cpython(case):
    """One case of the contract."""
    case()


def test_under_micropython():
    """All cases, in a heap no bigger than a board has."""
    micropython = Path(sys.executable).with_name("micropython")

    done = subprocess.run(
        [micropython, "-X", "heapsize=192K", "tests/protocol/run.py"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (done.stdout, done.stderr, done.returncode) == (f"{len(cases.CASES)} passed\n", "", 0)


def test_every_case_is_listed():
    """A case that is not in CASES would run under neither interpreter."""
    defined = [
        value
        for name, value in vars(cases).items()
        if callable(value) and getattr(value, "__module__", "") == cases.__name__
        if not name.startswith("_") and name != "incident_data"
    ]

    assert set(defined) == set(cases.CASES)
