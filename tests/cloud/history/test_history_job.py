"""The job that keeps house, and copies that are asked for at a terminal."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloud.history.copying import LOOKS, REQUEST, NoCopy, ask, serve
from cloud.history.port import DAY_MS, ROLLED, Keep, Level
from cloud.history.series import DuckSeries
from cloud.workers.history_job import HouseKeeper
from runtime.clock import Clock
from tests.cloud.conftest import HandClock
from tests.cloud.history.readings import append, assert_same, buckets, every_second, rolled

DAY_S = DAY_MS // 1000


@contextmanager
def opened(folder: Path) -> Iterator[DuckSeries]:
    """A series in the folder."""
    series = DuckSeries(folder / "series.duckdb")
    try:
        yield series
    finally:
        series.close()


def keeper(series: DuckSeries, clock: Clock, folder: Path) -> HouseKeeper:
    """As the centre runs it."""
    return HouseKeeper(series, clock, Keep(days={Level.RAW: 1, Level.MINUTE: 0}), folder)


async def test_it_folds_and_forgets_by_itself(tmp_path: Path) -> None:
    """Readings of three days ago are only in the roll-ups soon after, without anybody asking."""
    clock = HandClock()
    old, new = every_second(90, clock.now_ms() - 3 * DAY_MS), every_second(30, clock.now_ms() - 30_000)
    with opened(tmp_path) as series:
        append(series, [*old, *new])
        job = keeper(series, clock, tmp_path)
        running = asyncio.create_task(job.run())
        async with asyncio.timeout(20):
            while series.health()["owed"] or not job.done["forgotten_raw"]:
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.wait([running])

        assert job.done["forgotten_raw"] == 90
        assert len(series.window("fire-a", "smoke", 0, 1 << 52)) == 30
        for level in ROLLED:
            assert_same(rolled(series, level), buckets([*old, *new], level))


def test_a_copy_is_made_by_the_process_that_has_the_file(tmp_path: Path) -> None:
    """The terminal asks by a file, and hears where the copy is."""
    (tmp_path / "data").mkdir()
    with opened(tmp_path / "data") as series:
        append(series, every_second(50))
        done = threading.Event()

        def centre() -> None:
            while not done.wait(0.01):
                serve(series, tmp_path / "data")

        thread = threading.Thread(target=centre)
        thread.start()
        waits = threading.Event()
        made = ask(tmp_path / "data", tmp_path / "backup", "one", lambda: bool(waits.wait(0.01)))
        with pytest.raises(NoCopy):  # where a file is, no folder can be made
            ask(tmp_path / "data", made / "below", "two", lambda: bool(waits.wait(0.01)))
        done.set()
        thread.join()

    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["series.duckdb"]
    with opened(made.parent) as copied:
        assert len(copied.window("fire-a", "smoke", 0, 1 << 52)) == 50


def test_nobody_takes_the_request_up(tmp_path: Path) -> None:
    """The text says what to look at, and the request does not lie in wait for a later start."""
    looks: list[int] = []
    with pytest.raises(NoCopy, match="DATA_DIR"):
        ask(tmp_path, tmp_path / "backup", "one", lambda: looks.append(1))

    assert len(looks) == LOOKS
    assert not (tmp_path / REQUEST).exists()


def test_a_clock_that_is_ahead_forgets_nothing(tmp_path: Path) -> None:
    """Readings do not bear it out; once it is right again what comes is taken, and health told of it meanwhile."""
    clock = HandClock()
    now_ms = clock.now_ms()
    with opened(tmp_path) as series:
        append(series, every_second(60, now_ms - 60_000))
        job = keeper(series, clock, tmp_path)
        clock.leap(400 * DAY_S)
        job.retain()
        assert (job.done["forgotten_raw"], job.health()["clock_ahead_ms"]) == (0, 399 * DAY_MS + 1000)

        clock.leap(-400 * DAY_S)
        job.retain()
        append(series, every_second(60, now_ms))
        assert (job.health()["clock_ahead_ms"], series.health()["too_late"]) == (0, 0)
        assert len(series.window("fire-a", "smoke", 0, 1 << 52)) == 120


def test_the_centre_dies_while_it_copies(tmp_path: Path) -> None:
    """Whoever waits hears it, whether the request was taken just now or long ago; a copy that is slow is waited for."""
    folder = tmp_path / "data"
    folder.mkdir()

    def taken() -> None:
        (folder / REQUEST).unlink(missing_ok=True)

    with pytest.raises(NoCopy, match="stopped while it copied"):
        ask(folder, tmp_path / "backup", "one", taken)

    looks: list[bool] = []
    with opened(tmp_path) as series:
        append(series, every_second(5))
        real, done = series.backup, threading.Event()

        def slow(to: Path) -> Path:
            assert done.wait(10)
            return real(to)

        series.backup = slow  # type: ignore[method-assign]
        thread = threading.Thread(target=lambda: serve(series, folder))

        def wait() -> None:
            if not looks:
                thread.start()
            looks.append((folder / REQUEST).exists())
            if looks.count(False) > 3:
                done.set()
                thread.join()
            time.sleep(0.01)

        assert ask(folder, tmp_path / "backup", "two", wait).exists()


def test_a_request_that_makes_no_sense_is_taken_away(tmp_path: Path) -> None:
    """Else the house would not be kept any more."""
    with opened(tmp_path) as series:
        for text in ("", "{", "[]", '{"id": "one"}'):
            (tmp_path / REQUEST).write_text(text)
            assert not serve(series, tmp_path)
            assert not (tmp_path / REQUEST).exists()
