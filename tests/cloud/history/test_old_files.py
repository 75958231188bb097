"""Files of older programs: converted with everything in them, killed or not, or left alone with a text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from cloud.history.arriving import table_of_rows
from cloud.history.port import DAY_MS, ROLLED, Level
from cloud.history.series import DuckSeries, OldSeries
from tests.cloud.history.readings import END_MS, NOON_MS, Reading, append, assert_same, buckets, rolled

FIRST_LAYOUT = """
CREATE TABLE readings (
    device VARCHAR, boot BIGINT, seq BIGINT, at_ms BIGINT, received_ms BIGINT, channel VARCHAR,
    value DOUBLE, backfill BOOLEAN, quality VARCHAR, PRIMARY KEY (device, boot, seq{at_ms}, channel)
)"""
OPEN = """
import sys
from pathlib import Path
from cloud.history.series import DuckSeries
DuckSeries(Path(sys.argv[1])).close()
"""
DAYS = 12


def old_file(path: Path, at_ms: str) -> list[Reading]:
    """Some days of a few readings as the first program kept them."""
    readings = [
        Reading(
            seq=day * 100 + n, at_ms=NOON_MS + day * DAY_MS + n * 400_000, value=None if n == 5 else n / 2,
            backfill=day % 2 == 0, quality="uncertain" if n == 3 else "good", boot=day,
        )
        for day in range(DAYS) for n in range(60)
    ]  # fmt: skip
    with duckdb.connect(str(path)) as db:
        db.execute(FIRST_LAYOUT.format(at_ms=at_ms))
        db.register("old", table_of_rows(reading.row() for reading in readings))
        db.execute(
            "INSERT INTO readings "
            "SELECT device, boot, seq, at_ms, received_ms, channel, value, backfill, quality FROM old"
        )
    return readings


def assert_whole(path: Path, readings: list[Reading]) -> None:
    """All of it is there, once, rolled up, and known when it is sent again."""
    series = DuckSeries(path)
    append(series, readings[100:200])
    series.fold()
    assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings, level))
    (known,) = series.known()
    assert (known.first_ms, known.last_ms) == (readings[0].at_ms, readings[-1].at_ms)
    (curve,) = series.read("fire-a", ["smoke"], 0, END_MS, Level.RAW, 10_000)
    assert (curve.faults.sum(), curve.uncertain.sum(), curve.backfilled.sum()) == (DAYS, DAYS, DAYS * 30)
    series.close()


@pytest.mark.parametrize("at_ms", [", at_ms", ""])
def test_a_file_of_the_first_layout_is_converted(tmp_path: Path, at_ms: str) -> None:
    """With the time in its key, and without."""
    path = tmp_path / "series.duckdb"
    assert_whole(path, old_file(path, at_ms))


def test_killed_while_it_is_converted(tmp_path: Path) -> None:
    """The next start goes on where the last one ended."""
    path = tmp_path / "series.duckdb"
    readings = old_file(path, ", at_ms")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    for day in (1, 6):
        with subprocess.Popen(
            [sys.executable, "-c", OPEN, str(path)], stdout=subprocess.PIPE, text=True, env=environment
        ) as opening:
            assert opening.stdout is not None
            for number, _ in enumerate(opening.stdout):
                if number == day:
                    break
            opening.send_signal(signal.SIGKILL)
    assert_whole(path, readings)


def test_a_file_that_lacks_columns_is_left_alone(tmp_path: Path) -> None:
    """The text says what to do."""
    path = tmp_path / "series.duckdb"
    with duckdb.connect(str(path)) as db:
        key = "PRIMARY KEY (device, boot, seq, channel)"
        db.execute(f"CREATE TABLE readings (device VARCHAR, boot BIGINT, seq BIGINT, channel VARCHAR, {key})")
        db.execute("INSERT INTO readings VALUES ('fire-a', 1, 1, 'smoke')")

    with pytest.raises(OldSeries, match="move it away"):
        DuckSeries(path)
    with duckdb.connect(str(path)) as db:
        assert db.execute("SELECT count(*) FROM readings").fetchall() == [(1,)]


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """After a step back to an older release."""
    path = tmp_path / "series.duckdb"
    DuckSeries(path).close()
    with duckdb.connect(str(path)) as db:
        db.execute("UPDATE facts SET value = 3 WHERE name = 'version'")

    with pytest.raises(OldSeries, match="newer"):
        DuckSeries(path)
