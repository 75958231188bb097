"""A disk that is really full, a small one of its own: the store makes room by itself, and nothing acknowledged goes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloud.workers.ballast import NAME, Ballast

REPOSITORY = Path(__file__).parents[3]
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
BEGIN = """
import json, shutil, sys
from pathlib import Path
import duckdb, numpy as np, pyarrow as pa
from cloud.history.columns import READINGS
from cloud.history.port import DAY_MS, Keep, Level, NotStored
from cloud.workers.ballast import Ballast
from cloud.workers.history_job import HouseKeeper
from tests.cloud.conftest import START_MS, HandClock

folder, ROWS = Path(sys.argv[1]), 100_000
clock = HandClock()
ballast = Ballast(folder, 10_000_000, 3_000_000)
ballast.fill()

def day(number):
    at_ms = START_MS + number * DAY_MS - DAY_MS + np.arange(ROWS) * (DAY_MS // ROWS)
    numbers = np.random.default_rng(number).random(ROWS)
    return pa.table({
        "device": ["fire-a"] * ROWS, "boot": np.ones(ROWS, int), "seq": np.arange(ROWS) + number * ROWS,
        "at_ms": at_ms, "received_ms": at_ms, "channel": ["temp"] * ROWS, "value": numbers,
        "backfill": [False] * ROWS, "quality": ["good"] * ROWS,
    }).select(READINGS.names).cast(READINGS)
"""
DUCK = (
    BEGIN
    + """
from cloud.history.series import DuckSeries

series = DuckSeries(folder / "series.duckdb")
keeper = HouseKeeper(series, clock, Keep(days={Level.RAW: 2, Level.MINUTE: 2}), folder, ballast=ballast)
kept, refused, relieved, lost = 0, 0, 0, 0

def count():
    return series.count(["fire-a"], [], 0, 1 << 52, Level.RAW)

for number in range(14):
    before = count()
    try:
        kept += series.append_table(day(number))
        keeper.fold()
    except (duckdb.Error, NotStored):
        refused += 1
        lost += count() < before  # what was acknowledged is there, full or not
    clock.go(86_400)
    if ballast.low:
        gone = keeper.done["forgotten_raw"]
        try:
            keeper.relieve()
        except duckdb.Error:
            continue
        relieved += keeper.done["forgotten_raw"] > gone
series.close()
series = DuckSeries(folder / "series.duckdb")
print(json.dumps({"kept": kept, "refused": refused, "relieved": relieved, "lost": lost, "there": count(),
    "gone": keeper.done["forgotten_raw"], "reserve": (folder / "history-reserve").exists()}))
series.close()
"""
)
QUEUE = (
    BEGIN
    + """
from cloud.history.influx.queue import Queue

whole = day(0)

def some(number):
    return whole.slice(number % 10 * 10_000, 10_000)

queue = Queue(folder / "influx-queue.db")
kept = refused = number = 0
while refused < 3:
    try:
        queue.put(some(number), 0, 1, [])
        kept += 1
    except NotStored:
        refused += 1
    number += 1
owed = len(queue.oldest(1 << 40))
shut = 0
while batches := queue.oldest(1):  # the server is back, and takes one after the other
    try:
        queue.written(batches, (), ())
    except NotStored:
        shut += 1
        assert shut < 20
        with ballast.lent():
            queue.relieve()
queue.put(some(number), 0, 1, [])
print(json.dumps({"kept": kept, "owed": owed, "left": queue.owed, "shut": shut, "rows": 10_000}))
queue.close()
"""
)


def on_small_disk(folder: Path, size: str, script: str) -> dict[str, Any]:
    """What the script says at its end, run in a mount namespace of its own with a disk of `size`."""
    disk = folder / "disk"
    disk.mkdir()
    ways = (["unshare", "-m"], ["unshare", "-rm"])
    tries = (
        [[*way, "sh", "-c", MOUNT, "sh", "1m", str(disk), "true"] for way in ways] if shutil.which("unshare") else []
    )
    way = next(
        (
            way
            for way, one in zip(ways, tries, strict=False)
            if not subprocess.run(one, capture_output=True, check=False).returncode
        ),
        None,
    )
    if way is None:
        pytest.skip("no file system may be mounted here")
    command = [*way, "sh", "-c", MOUNT, "sh", size, str(disk), sys.executable, "-c", script, str(disk)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.endurance
def test_readings_go_on_where_old_ones_may_go(tmp_path: Path) -> None:
    """Filled to the brim again and again for weeks: each time what is older than the settings say makes room."""
    told = on_small_disk(tmp_path, "24m", DUCK)
    assert told["lost"] == 0
    assert told["there"] == told["kept"] - told["gone"]
    assert told["relieved"] > 1, told
    assert told["refused"] < 14, told
    assert told["kept"] > 6 * 100_000, told


def test_the_queue_empties_itself(tmp_path: Path) -> None:
    """Full when InfluxDB comes back: even taking out needs room, which the reserve gives."""
    told = on_small_disk(tmp_path, "24m", QUEUE)
    assert told["owed"] == told["kept"] > 20
    assert told["left"] == told["rows"]


def test_the_reserve_leaves_a_scarce_disk_alone(tmp_path: Path) -> None:
    """It is taken where there is plenty, lent while somebody makes room, and never in the way."""
    plenty, scarce = Ballast(tmp_path, 1000, 1000), Ballast(tmp_path, 1000, 1 << 60)
    scarce.fill()
    assert scarce.low
    assert not (tmp_path / NAME).exists()
    plenty.fill()
    assert not plenty.low
    with plenty.lent():
        assert not (tmp_path / NAME).exists()
    assert (tmp_path / NAME).stat().st_size == 1000
