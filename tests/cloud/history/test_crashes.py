"""Killed, or out of disk, at any moment: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from cloud.history.port import ROLLED, Level
from cloud.history.series import DuckSeries
from tests.cloud.history.readings import END_MS, append, assert_same, batch, buckets, rolled

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
START = """
import sys
import threading
from pathlib import Path
from cloud.history.port import DAY_MS, Keep, Level
from cloud.history.series import DuckSeries
from tests.cloud.history.readings import NOON_MS, append, batch

series = DuckSeries(Path(sys.argv[1]))
"""
WRITER = (
    START
    + """
def keep_house():
    while True:
        series.fold()
        series.tidy(NOON_MS + 1000 * DAY_MS)
        series.retain(Keep(days={Level.RAW: 0}), NOON_MS)

threading.Thread(target=keep_house, daemon=True).start()
for number in range(10_000):
    append(series, batch(number))
    print(number, flush=True)  # the acknowledgement: only after the commit
"""
)
CRAMPED = (
    START
    + """
import resource
import signal

import duckdb

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write beyond the limit fails as on a full disk
room = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, room))
number = refused = 0
while refused < 3:
    try:
        append(series, [one for part in range(50) for one in batch(number * 50 + part)])
        number += 1
        series.fold()
    except duckdb.OperationalError:
        refused += 1
        assert series.window("fire-a", "smoke", 0, 1 << 52)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
append(series, [one for part in range(50) for one in batch(number * 50 + part)])
print(number + 1, flush=True)
series.close()
"""
)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """While it appends, folds and puts in order. What was acknowledged is there; the rest is sent again."""
    path = tmp_path / "series.duckdb"
    acknowledged = -1
    for _ in range(2):
        acknowledged = _write_and_kill(path, acknowledged + random.randint(3, 40))
        series = DuckSeries(path)
        held = series.count(["fire-a"], [], 0, END_MS, Level.RAW)
        assert held >= (acknowledged + 1) * 40
        assert held % 40 == 0
        for number in range(acknowledged + 2):
            append(series, batch(number))
        series.fold()
        taken = [reading for number in range(max(acknowledged + 2, held // 40)) for reading in batch(number)]
        assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in taken]
        for level in ROLLED:
            assert_same(rolled(series, level), buckets(taken, level))
        series.close()


def _write_and_kill(path: Path, after: int) -> int:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as writer:
        assert writer.stdout is not None
        number = -1
        for line in writer.stdout:
            if line.strip().isdigit():
                number = json.loads(line)
            if number >= after:
                break
        writer.send_signal(signal.SIGKILL)
    return number


def test_a_full_disk_and_then_room_again(tmp_path: Path) -> None:
    """Every append says so, reading goes on, and the next one after it was cleared goes in."""
    path = tmp_path / "series.duckdb"
    command = [sys.executable, "-c", CRAMPED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    stored = int(done.stdout.splitlines()[-1])
    assert stored >= 1

    series = DuckSeries(path)
    series.fold()
    taken = [reading for number in range(stored * 50) for reading in batch(number)]
    assert series.count(["fire-a"], [], 0, END_MS, Level.RAW) == len(taken)
    assert_same(rolled(series, Level.MINUTE), buckets(taken, Level.MINUTE))
    series.close()
