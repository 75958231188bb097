"""The lift's judgement is the same under CPython, where it is tested, and under MicroPython, where it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from simulators.virtual_board.flash import REPOSITORY, micropython_argv
from tests.firmware.lift import trace


def test_both_interpreters_judge_alike() -> None:
    """Sixty rides, five thousand seconds with faults, and the arithmetic of the parts: line by line the same."""
    argv = micropython_argv(512, Path(trace.__file__), str(REPOSITORY))
    run = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    assert run.returncode == 0, run.stderr
    here = list(trace.lines())
    assert here == run.stdout.splitlines()
    assert len(here) > 5000
    states = {line.split()[0] for line in here if line.count(" ") > 3}
    assert {"0", "1", "2", "3"} <= states
    assert {"True 5", "True -1"} <= {line.rsplit(" ", 2)[0] for line in here if line.startswith("True")}
