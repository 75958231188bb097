"""Runs the tests side by side, and those that only the busy machine can have failed once more, alone.

Boards run many times faster than real time here, and processes and pages are waited for: what such a test does late
beside three others says little of what it tests. Each is told with what it printed, then runs once more with the
machine to itself; that run decides. Whatever else failed has failed, and so have all where they are many.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

AT_MOST = 8  # more at once are a fault of ours, whatever the machine does
WAITED = ("not within", "is still", "Timeout", "expected to")  # ours, ours, asyncio's and Playwright's words for it
IN_REAL_TIME = ("tests/firmware/", "tests/system/", "tests/kit/")  # boards and processes


def may_be_the_machine(nodeid: str, printed: str) -> bool:
    """Whether being late is among the reasons why this test can have failed."""
    return nodeid.startswith(IN_REAL_TIME) or any(word in printed for word in WAITED)


class Failures:
    """A plugin of the first run: the tests that failed, in order, each with what its report says."""

    def __init__(self) -> None:
        self.printed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test."""
        if report.failed:
            self.printed[report.nodeid] = self.printed.get(report.nodeid, "") + str(report.longrepr)

    def again(self) -> list[str]:
        """Those that decide alone; empty where nothing failed, or something that no machine is to blame for."""
        if len(self.printed) > AT_MOST:
            return []
        all_late = all(may_be_the_machine(nodeid, printed) for nodeid, printed in self.printed.items())
        return list(self.printed) if all_late else []


def main(args: Sequence[str]) -> int:
    """The status of the first run, or of the second where that decides."""
    failures = Failures()
    status = int(pytest.main(list(args), plugins=[failures]))
    again = failures.again()
    if status != pytest.ExitCode.TESTS_FAILED or not again:
        return status
    print("\n机器繁忙时失败，现单独重跑 / failed beside others, now once more, alone:", *again, sep="\n  ", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", *again], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
