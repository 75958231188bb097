"""A plugin of pytest: each failed test, with what its error said, as a line of JSON in the file that `FILE` names.

Loaded by `-p scripts.failed_tests`. Where several workers share the tests, the process that hears of all writes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FILE = "GRIDWHISTLE_FAILED_TESTS"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One phase of one test."""
    if report.failed and FILE in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
            print(json.dumps([report.nodeid, _said(report)]), file=file)


def _said(report: pytest.TestReport) -> str:
    """What the error said, without the lines of the test around it, whose words are its own."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(report.longrepr) if crash is None else str(crash.message)


def read(path: Path) -> dict[str, str]:
    """What was written: name of the test -> what its errors said."""
    printed: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        nodeid, said = json.loads(line)
        printed[nodeid] = printed.get(nodeid, "") + said
    return printed
