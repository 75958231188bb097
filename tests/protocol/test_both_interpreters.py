"""The contract holds under CPython, case by case, and under the real MicroPython, all at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocol import cases, cases_endpoints

ROOT = Path(__file__).parents[2]
CASES = cases.CASES + cases_endpoints.CASES
NO_CASES = ("incident_data", "report", "task")  # make what cases use


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
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

    assert (done.stdout, done.stderr, done.returncode) == (f"{len(CASES)} passed\n", "", 0)


@pytest.mark.parametrize("module", [cases, cases_endpoints])
def test_every_case_is_listed(module):
    """A case that is not in CASES would run under neither interpreter."""
    defined = [
        value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
        if not name.startswith("_") and name not in NO_CASES
    ]

    assert set(defined) == set(module.CASES)
