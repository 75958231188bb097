"""The DuckDB file: threads, copies while it is written, space that is used again."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cloud.history.columns import READINGS
from cloud.history.port import DAY_MS, ROLLED, Keep, Level
from cloud.history.series import DuckSeries
from tests.cloud import facts
from tests.cloud.conftest import START_MS
from tests.cloud.history.readings import (
    END_MS,
    NOON_MS,
    append,
    assert_same,
    batch,
    buckets,
    every_second,
    rolled,
)


def smoke(series: DuckSeries, device: str = "fire-a") -> list[tuple[int, float | None]]:
    """Everything the series has of one channel."""
    return series.window(device, "smoke", 0, 1 << 52)


def test_a_connection_that_cannot_be_opened_again_at_once_is_opened_later(tmp_path: Path) -> None:
    """The file is out of reach for a while, as on a full disk: every call says so, and then it works again."""
    path, away = tmp_path / "data" / "series.duckdb", tmp_path / "away"
    path.parent.mkdir()
    series = DuckSeries(path)
    series.append(facts.rows("fire-a", 1, 3, START_MS))
    series.close()  # what a broken connection is brought to
    path.parent.rename(away)
    for _ in range(2):
        with pytest.raises(duckdb.OperationalError):
            series.append(facts.rows("fire-a", 4, 3, START_MS + 3000))
    away.rename(path.parent)
    series.append(facts.rows("fire-a", 4, 3, START_MS + 3000))

    assert len(smoke(series)) == 6
    series.close()


def test_threads_share_it(tmp_path: Path) -> None:
    """Readers and writers at once: nothing lost, nothing broken."""
    series = DuckSeries(tmp_path / "series.duckdb")

    def write(number: int) -> None:
        for part in range(10):
            series.append(facts.rows(f"fire-{number}", part * 10, 10, START_MS + part * 10_000))
            smoke(series, f"fire-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(smoke(series, f"fire-{number}")) for number in range(4)] == [100] * 4
    series.close()


def test_who_appends_does_not_wait_for_the_house(tmp_path: Path) -> None:
    """Folding, order and a copy go on beside it, and what comes meanwhile is in none of them twice."""
    series = DuckSeries(tmp_path / "series.duckdb")
    done = threading.Event()

    def keep_house() -> None:
        while not done.is_set():
            series.fold()
            series.tidy(NOON_MS + 1000 * DAY_MS)

    keeper = threading.Thread(target=keep_house)
    keeper.start()
    for number in range(80):
        append(series, batch(number))
    copy = series.backup(tmp_path / "copy")
    for number in range(80, 100):
        append(series, batch(number))
    done.set()
    keeper.join()
    series.fold()
    everything = [reading for number in range(100) for reading in batch(number)]

    for level in ROLLED:
        assert_same(rolled(series, level), buckets(everything, level))
    series.close()
    copied = DuckSeries(copy)
    copied.fold()
    assert copied.count(["fire-a"], [], 0, END_MS, Level.RAW) == 80 * 40
    for level in ROLLED:
        assert_same(rolled(copied, level), buckets(everything[: 80 * 40], level))
    append(copied, batch(80))
    copied.close()


def test_a_copy_is_whole_while_readings_come(tmp_path: Path) -> None:
    """It has everything that was acknowledged before, opens by itself, and its roll-ups fit its readings."""
    series = DuckSeries(tmp_path / "series.duckdb")
    for number in range(20):
        append(series, batch(number))
    acknowledged, done = [20], threading.Event()

    def write() -> None:
        while not done.is_set():
            append(series, batch(acknowledged[0]))
            acknowledged[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    before = acknowledged[0]
    copy = series.backup(tmp_path / "copies" / "it's night")
    series.backup(copy.parent)  # the next one takes its place
    done.set()
    writer.join()
    series.close()

    assert [path.name for path in copy.parent.iterdir()] == ["series.duckdb"]
    copied = DuckSeries(copy)
    copied.fold()
    count = copied.count(["fire-a"], [], 0, END_MS, Level.RAW)
    assert count >= before * 40
    assert count % 40 == 0
    taken = [reading for number in range(count // 40) for reading in batch(number)]
    assert_same(rolled(copied, Level.HOUR), buckets(taken, Level.HOUR))
    copied.close()


def test_what_is_late_for_the_minutes_is_in_time_for_the_hours(tmp_path: Path) -> None:
    """Where readings are kept longer than minutes: the minutes stay forgotten, hours and days take it."""
    series = DuckSeries(tmp_path / "series.duckdb")
    first, late = every_second(60, NOON_MS - 100 * DAY_MS), every_second(60, NOON_MS - 100 * DAY_MS + 60_000)
    append(series, first)
    keep = Keep(days={Level.RAW: 0, Level.MINUTE: 30})
    series.retain(keep, NOON_MS)
    append(series, late)
    series.fold()

    assert len(rolled(series, Level.MINUTE).at_ms) == 0
    for level in (Level.HOUR, Level.DAY):
        assert_same(rolled(series, level), buckets([*first, *late], level))
    series.close()


def many(count: int, at_ms: int) -> pa.Table:
    """A channel at 4 Hz, whose values do not compress."""
    names = {name: pa.array([text] * count) for name, text in (("device", "d"), ("channel", "c"), ("quality", "good"))}
    times = at_ms + np.arange(count) * 250
    whole = {"boot": times, "seq": times, "at_ms": times, "received_ms": times}
    value = np.random.default_rng(at_ms).normal(size=count)
    return pa.table({**names, **whole, "value": value, "backfill": np.zeros(count, bool)}).select(READINGS.names)


def test_space_is_used_again(tmp_path: Path) -> None:
    """Twelve days come and go; the file has the size of the days that are kept."""
    series = DuckSeries(tmp_path / "series.duckdb")
    sizes = []
    for day in range(12):
        series.append_table(many(20_000, NOON_MS + day * DAY_MS))
        series.retain(Keep(days={Level.RAW: 2, Level.MINUTE: 0}), NOON_MS + day * DAY_MS)
        while series.tidy(NOON_MS + day * DAY_MS):
            pass
        sizes.append(series.health()["bytes"])
    series.close()

    assert series.health()["bytes"] < 1.5 * max(sizes[:6])
