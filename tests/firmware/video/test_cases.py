"""The cases that run on both interpreters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.virtual_board.flash import REPOSITORY, micropython_argv
from tests.firmware.video import video_cases

ON_BOARD = Path(__file__).with_name("video_on_board.py")


@pytest.mark.parametrize("case", video_cases.CASES, ids=lambda case: case.__name__)
def test_on_cpython(case: Callable[[str], None], tmp_path: Path) -> None:
    """On this interpreter, on a folder of the host."""
    case(str(tmp_path / "snaps"))


def test_on_micropython_with_littlefs() -> None:
    """On the board's interpreter, on a littlefs in memory."""
    done = subprocess.run(
        micropython_argv(4096, ON_BOARD, str(REPOSITORY)), capture_output=True, text=True, check=False, timeout=60
    )

    assert "" == done.stderr, sys.version
    assert [f"ok {case.__name__}" for case in video_cases.CASES] == done.stdout.splitlines()


def test_a_power_cut_at_every_write_of_the_chip() -> None:
    """Snapshots that were kept arrive whole after it, none is torn, and the store starts."""
    script = ON_BOARD.with_name("video_cuts_on_board.py")
    done = subprocess.run(
        micropython_argv(4096, script, str(REPOSITORY)), capture_output=True, text=True, check=False, timeout=60
    )

    assert "" == done.stderr
    assert int(done.stdout.split()[-1]) >= 20
