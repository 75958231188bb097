"""All tests in two lanes at once, and those that only the busy machine can have failed once more, alone.

Boards run many times faster than real time here, and processes are waited for: such tests go first where both want the
processor, and the others fill what they leave. What one of them does late all the same says little of what it tests:
each is told with what it printed, then runs once more with the machine to itself, and that run decides. Whatever else
failed has failed, and so have all where they are many.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from scripts import failed_tests

AT_MOST = 8  # more at once are a fault of ours, whatever the machine does
WAITED = ("not within", "is still", "Timeout", "expected to")  # ours, ours, asyncio's and Playwright's words for it
BOARDS = ("tests/firmware", "tests/system", "tests/kit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Tests that run side by side: pytest's arguments that choose them, and how much they stand back for others."""

    name: str
    tests: tuple[str, ...]
    workers: int
    niceness: int = 0

    def start(self, args: Sequence[str], failed: Path) -> subprocess.Popen[str]:
        """A process of its own; what it says is to be read."""
        spread = ("-n", str(self.workers), "--dist", "worksteal") if self.workers else ()
        plugin = ("-p", failed_tests.__name__)
        pytest_ = (sys.executable, "-m", "pytest", *spread, *plugin, *args, *self.tests)
        niced = ("nice", "-n", str(self.niceness), *pytest_)
        env = os.environ | {failed_tests.FILE: str(failed)}
        return subprocess.Popen(niced, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8")


LANES = (
    Lane(name="boards", tests=BOARDS, workers=3),
    Lane(name="others", tests=tuple(f"--ignore={folder}" for folder in BOARDS), workers=3, niceness=5),
)


def lanes_for(args: Sequence[str]) -> tuple[Lane, ...]:
    """Both, unless the arguments name tests themselves."""
    named = any(Path(arg.partition("::")[0]).exists() for arg in args if not arg.startswith("-"))
    return (Lane(name="tests", tests=(), workers=4),) if named else LANES


def _run(lane: Lane, args: Sequence[str], failed: Path) -> int:
    with lane.start(args, failed) as process:
        for line in process.stdout or ():
            print(f"{lane.name} | {line}", end="", flush=True)
    return process.returncode


def run(lanes: Sequence[Lane], args: Sequence[str], folder: Path) -> tuple[list[int], dict[str, str]]:
    """Status of each lane, and what failed in them with what it printed."""
    status = [0] * len(lanes)

    def one(at: int) -> None:
        status[at] = _run(lanes[at], args, folder / lanes[at].name)

    threads = [Thread(target=one, args=(at,)) for at in range(len(lanes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    printed = {lane.name: failed_tests.read(folder / lane.name) for lane in lanes}
    for at, lane in enumerate(lanes):
        if status[at] == pytest.ExitCode.TESTS_FAILED and not printed[lane.name]:
            status[at] = int(pytest.ExitCode.INTERNAL_ERROR)  # a failure that names no test cannot be tried again
    return status, {nodeid: said for each in printed.values() for nodeid, said in each.items()}


def may_be_the_machine(nodeid: str, printed: str) -> bool:
    """Whether being late is among the reasons why this test can have failed."""
    return nodeid.startswith(BOARDS) or any(word in printed for word in WAITED)


def again(printed: Mapping[str, str]) -> list[str]:
    """Those that decide alone; empty where there are none, too many, or one that no machine is to blame for."""
    late = all(may_be_the_machine(nodeid, said) for nodeid, said in printed.items())
    return list(printed) if late and len(printed) <= AT_MOST else []


def verdict(status: Sequence[int]) -> int:
    """Of all lanes: the worst; that nothing was chosen counts only where it holds for all."""
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    return max((one for one in status if one != nothing), default=int(nothing))


def main(args: Sequence[str], lanes: Sequence[Lane]) -> int:
    """Status of the lanes, or of the run alone where that decides."""
    with tempfile.TemporaryDirectory() as folder:
        status, printed = run(lanes, args, Path(folder))
    once_more = again(printed)
    if verdict(status) != pytest.ExitCode.TESTS_FAILED or not once_more:
        return verdict(status)
    print(
        "\n机器繁忙时失败，现单独重跑 / failed beside others, now once more, alone:", *once_more, sep="\n  ", flush=True
    )
    return subprocess.run([sys.executable, "-m", "pytest", *once_more], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], lanes_for(sys.argv[1:])))
