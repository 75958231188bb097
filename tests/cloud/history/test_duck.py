"""The DuckDB file: threads, copies while it is written, space that is used again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cloud.history.columns import READINGS
from cloud.history.duck import folding, keeping, layout
from cloud.history.port import DAY_MS, ROLLED, Keep, Level, NotStored
from cloud.history.series import DuckSeries
from tests.cloud import facts
from tests.cloud.conftest import START_MS
from tests.cloud.history.readings import (
    END_MS,
    NOON_MS,
    Reading,
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


def test_another_file_in_its_place_is_no_fault_of_the_readings(tmp_path: Path) -> None:
    """A copy of another program is put there while the centre runs: what comes is not taken, so gateways keep it."""
    path, away = tmp_path / "series.duckdb", tmp_path / "away"
    series = DuckSeries(path)
    series.append(facts.rows("fire-a", 1, 3, START_MS))
    series.close()
    path.rename(away)
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE facts AS SELECT 'version' AS name, 9 AS value")
    with pytest.raises(duckdb.OperationalError, match="newer"):
        series.append(facts.rows("fire-a", 4, 3, START_MS + 3000))
    away.rename(path)
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


class Owed(Counter[int]):
    """What is owed, and somebody who appends just when it is looked at."""

    append: Callable[[], object] | None = None

    def _looked_at(self) -> None:
        todo, self.append = self.append, None
        if todo is not None:
            todo()

    def __getitem__(self, stretch: int) -> int:
        count = super().__getitem__(stretch)
        self._looked_at()
        return count

    def __iter__(self) -> Iterator[int]:
        yield from list(super().__iter__())
        self._looked_at()


def test_what_comes_while_it_is_looked_whether_a_day_is_complete(tmp_path: Path) -> None:
    """Readings of that very moment are in the roll-ups, and are known when they come again after a restart."""
    series = DuckSeries(tmp_path / "series.duckdb")
    first, later = every_second(600), every_second(100, NOON_MS + 700_000)
    later = [replace(one, seq=one.seq + 5000) for one in later]
    append(series, first)
    series.fold()
    file = series._file
    assert file is not None
    waiting: list[threading.Thread] = []

    def come() -> None:
        waiting.append(threading.Thread(target=append, args=(series, later)))
        waiting[-1].start()
        waiting[-1].join(0.3)  # it may have to wait for the lock that the one who looks holds

    now_ms = NOON_MS + 300 * DAY_MS
    while keeping.untidy(file.root.cursor(), now_ms)[0][0] is not Level.RAW:
        series.tidy(now_ms)
    file.owed = owed = Owed(file.owed)
    owed.append = come
    series.tidy(now_ms)
    assert waiting
    waiting[0].join()
    series.fold()
    series.close()
    series = DuckSeries(tmp_path / "series.duckdb")
    series.fold()
    append(series, later)
    series.fold()

    assert series.count(["fire-a"], [], 0, END_MS, Level.RAW) == 700
    for level in ROLLED:
        assert_same(rolled(series, level), buckets([*first, *later], level))
    series.close()


def test_what_comes_while_order_is_committed_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the append nor the order fails over the other."""
    series = DuckSeries(tmp_path / "series.duckdb")
    append(series, every_second(60))
    series.fold()
    errors: list[Exception] = []
    threads: list[threading.Thread] = []

    def come(number: int) -> None:
        try:
            append(series, [Reading(seq=9000 + number, at_ms=NOON_MS + number, value=1.0)])
        except duckdb.Error as error:
            errors.append(error)

    @contextmanager
    def transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
        with layout.transaction(db):
            yield
            threads.append(threading.Thread(target=come, args=(len(threads) + 1,)))
            threads[-1].start()
            threads[-1].join(0.2)

    monkeypatch.setattr("cloud.history.series.transaction", transaction)
    file = series._file
    assert file is not None
    while keeping.untidy(file.root.cursor(), NOON_MS + 300 * DAY_MS):
        series.tidy(NOON_MS + 300 * DAY_MS)
        threads[-1].join()
        series.fold()

    assert (len(threads), errors) == (4, [])
    assert series.count(["fire-a"], [], 0, END_MS, Level.RAW) == 64
    series.close()


def test_what_comes_while_nothing_is_left_to_fold_stays_owed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the day would be put in order, or forgotten, without them."""
    series = DuckSeries(tmp_path / "series.duckdb")
    first, later = every_second(60), every_second(60, NOON_MS + 60_000)
    append(series, first)
    real = folding.fold_some

    def fold_some(db: duckdb.DuckDBPyConnection, stretch: int) -> tuple[int, int]:
        found = real(db, stretch)
        if found == (0, 0):
            monkeypatch.setattr(folding, "fold_some", real)
            append(series, later)
        return found

    monkeypatch.setattr(folding, "fold_some", fold_some)
    series.fold()
    assert series.health()["owed"] == 60
    series.retain(Keep(days={Level.RAW: 1, Level.MINUTE: 0}), NOON_MS + 30 * DAY_MS)
    assert_same(rolled(series, Level.MINUTE), buckets([*first, *later], Level.MINUTE))
    series.close()


def test_a_copy_never_takes_the_place_of_the_live_file(tmp_path: Path) -> None:
    """By its own name, by a link to its folder, where the file itself is a link, or where another program has one."""
    data, disk = tmp_path / "data", tmp_path / "disk"
    data.mkdir()
    disk.mkdir()
    (data / "series.duckdb").symlink_to(disk / "series.duckdb")
    (tmp_path / "link").symlink_to(data)
    series = DuckSeries(data / "series.duckdb")
    append(series, every_second(10))
    for folder in (data, data / ".." / "data", tmp_path / "link", disk):
        with pytest.raises(NotStored, match="another folder"):
            series.backup(folder)
    (tmp_path / "theirs").mkdir()
    other = DuckSeries(tmp_path / "theirs" / "series.duckdb")
    append(other, every_second(5))
    with pytest.raises(NotStored, match=r"series\.duckdb\.wal"):
        series.backup(tmp_path / "theirs")
    other.close()
    append(series, every_second(10, NOON_MS + 10_000))
    series.close()
    again = DuckSeries(data / "series.duckdb")

    assert len(smoke(again)) == 20
    again.close()


def test_thousands_of_new_channels_are_named_at_once(tmp_path: Path) -> None:
    """One message can hold them, and everybody else waits for the lock meanwhile; qualities are texts as well."""
    series = DuckSeries(tmp_path / "series.duckdb")
    values, faults = (
        {f"c{number}": 1.0 for number in range(3000)},
        {f"f{number}": f"why {number}" for number in range(3000)},
    )
    (row,) = facts.rows("fire-a", 1, 1, START_MS)
    began_s = time.monotonic()
    assert series.append([row | {"values": values, "faults": faults}]) == 6000
    took_s = time.monotonic() - began_s

    assert took_s < 3.0  # 0.1 s; one by one it is 9 s
    assert len(series.known("fire-a")) == 6000
    series.close()
    again = DuckSeries(tmp_path / "series.duckdb")
    again.fold()
    assert len(again.known("fire-a")) == 6000
    (batch, *_) = again.batches(["fire-a"], ["f2999"], 0, END_MS, Level.RAW)
    assert batch["quality"].to_pylist() == ["fault:why 2999"]
    again.close()
