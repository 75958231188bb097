"""Two hundred million readings: loaded, rolled up, put in order; then a day, a month and a year of one channel.

Fifty endpoints with eight channels at 1 Hz for as many days as it takes, and before them a year of one of the channels,
so that the long spans are real. The readings go through the port (`append_table`, half a million at a time), the same
ones into each store, in the order of time; every append is durable before the next one. Roll-ups are brought up to date
all the while, as the job of the centre does. Questions are asked in a store that was closed and opened again: first,
then five times more (the median); the page cache of the system is not emptied. While readings go on coming a tenth
of a second apart, everything is folded, tidied and copied once more: how long an append took then.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.influx import influxdb
from benchmarks.report import RESULTS, distribution, save
from cloud.history.columns import READINGS
from cloud.history.port import DAY_MS, Level, Series
from cloud.history.series import DuckSeries

READINGS_WANTED = 200_000_000
DEVICES = [f"lift-{number:02d}" for number in range(50)]
CHANNELS = ["temp", "humidity", "sound", "vibration", "voltage", "current", "speed", "position"]
PAIRS = len(DEVICES) * len(CHANNELS)
YEAR_S = 365 * 86_400
YEAR_SHARE = 6  # of a smaller trial: so much of it is the long channel
END_MS = 1_795_392_000_000  # 2026-11-23 08:00 at +08:00; a fixed date: the same data every time
SLICE = 480_000
FOLD_EVERY = 4  # slices
AGAIN = 5
LIVE_S = 10.0  # appends beside the upkeep, at least
Opened = Callable[[], Series]


@contextmanager
def duckdb() -> Iterator[tuple[Opened, Callable[[], int]]]:
    """One file."""
    with tempfile.TemporaryDirectory(prefix="gw-history-") as name:
        path = Path(name) / "series.duckdb"
        yield (lambda: DuckSeries(path)), (lambda: sum(file.stat().st_size for file in path.parent.rglob("series*")))


STORES = {"duckdb": duckdb, "influxdb": influxdb}  # name -> what opens it, and the bytes that it takes


def _table(device: pa.Array, channel: pa.Array, at_ms: np.ndarray, value: np.ndarray) -> pa.Table:
    rows = len(at_ms)
    columns = {
        "device": device, "boot": np.ones(rows, np.int64), "seq": at_ms // 1000, "at_ms": at_ms,
        "received_ms": at_ms + 40, "channel": channel, "value": np.round(value, 2), "backfill": np.zeros(rows, bool),
        "quality": pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["good"]),
    }  # fmt: skip
    return pa.table(columns).cast(READINGS)


def _year(seconds: int, end_ms: int) -> Iterator[pa.Table]:
    """One channel alone."""
    for start in range(0, seconds, SLICE):
        offset = np.arange(start, min(start + SLICE, seconds))
        at_ms = end_ms - (seconds - offset) * 1000
        of = np.zeros(len(at_ms), np.int32)
        device, channel = (pa.DictionaryArray.from_arrays(of, names[:1]) for names in (DEVICES, CHANNELS))
        yield _table(device, channel, at_ms, 20 + 5 * np.sin(at_ms / 13_751_000) + (at_ms // 1000 % 17) / 10)


def _all(seconds: int, end_ms: int) -> Iterator[pa.Table]:
    """All channels, second by second."""
    at_once = SLICE // PAIRS
    for start in range(0, seconds, at_once):
        offset = np.repeat(np.arange(start, min(start + at_once, seconds)), PAIRS)
        at_ms = end_ms - (seconds - offset) * 1000
        pair = np.tile(np.arange(PAIRS), len(offset) // PAIRS)
        device = pa.DictionaryArray.from_arrays((pair // len(CHANNELS)).astype(np.int32), DEVICES)
        channel = pa.DictionaryArray.from_arrays((pair % len(CHANNELS)).astype(np.int32), CHANNELS)
        yield _table(device, channel, at_ms, 20 + pair % 31 + 3 * np.sin(at_ms / 7_000_000 + pair) + offset % 13 / 10)


def _tables(wanted: int) -> Iterator[pa.Table]:
    year_s = min(YEAR_S, wanted // YEAR_SHARE)
    all_s = (wanted - year_s) // PAIRS
    yield from _year(year_s, END_MS - all_s * 1000)
    yield from _all(all_s, END_MS)


def _load(series: Series, wanted: int) -> dict[str, Any]:
    """Everything in; the time that making the data takes is not counted."""
    spent = {"append": 0.0, "fold": 0.0}
    loaded = 0
    for number, table in enumerate(_tables(wanted), 1):
        spent["append"] += _took_s(partial(series.append_table, table))
        loaded += table.num_rows
        if number % FOLD_EVERY == 0:
            spent["fold"] += _took_s(series.fold)
        if number % 20 == 0:
            rate = round(loaded / sum(spent.values()))
            print(f"{loaded:,} readings, {rate:,} a second, owed {series.health().get('owed', 0):,}", file=sys.stderr)
    spent["fold"] += _took_s(series.fold)
    tidy_s = _took_s(lambda: _tidied(series))
    return {
        "readings": loaded,
        "append_s": round(spent["append"], 1),
        "fold_s": round(spent["fold"], 1),
        "readings_per_s": round(loaded / sum(spent.values())),
        "readings_per_s_append_alone": round(loaded / spent["append"]),
        "tidy_s": round(tidy_s, 1),
    }


def _tidied(series: Series) -> None:
    while series.tidy(END_MS + 400 * DAY_MS):
        pass


def _took_s(work: Callable[[], object]) -> float:
    before_s = time.perf_counter()
    work()
    return time.perf_counter() - before_s


# what a person looks at; 2.7 million points of a month are there to show that they can be had
QUESTIONS = (
    ("day", 1, Level.RAW), ("day", 1, Level.MINUTE), ("month", 30, Level.RAW), ("month", 30, Level.MINUTE),
    ("month", 30, Level.HOUR), ("year", 365, Level.MINUTE), ("year", 365, Level.HOUR), ("year", 365, Level.DAY),
)  # fmt: skip


def _ask(series: Series) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for span, days, level in QUESTIONS:
        points = 0

        def question(days: int = days, level: Level = level) -> None:
            nonlocal points
            (curve,) = series.read("lift-00", ["temp"], END_MS - days * DAY_MS, END_MS, level, 4_000_000)
            points = len(curve.at_ms)

        first = _took_s(question)
        again = median(_took_s(question) for _ in range(AGAIN))
        print(f"{span} by {level}: {points:,} points, {first * 1000:.0f} ms, {again * 1000:.0f} ms", file=sys.stderr)
        asked[f"{span}_{level}"] = {
            "points": points, "first_ms": round(first * 1000, 1), "again_ms": round(again * 1000, 1)
        }  # fmt: skip
    return asked


def _meanwhile(series: Series, folder: Path) -> dict[str, Any]:
    """Live readings of all channels beside the upkeep and a copy."""
    took_ms: list[float] = []
    done = threading.Event()

    def live() -> None:
        for number in range(100_000):
            table = next(_all(1, END_MS + (number + 1) * 1000))
            took_ms.append(_took_s(partial(series.append_table, table)) * 1000)
            if done.wait(0.1):
                return

    writer = threading.Thread(target=live)
    writer.start()
    started_s = time.perf_counter()
    copy_s = _took_s(lambda: _backed_up(series, folder))
    while time.perf_counter() - started_s < LIVE_S:
        series.fold()
        series.tidy(END_MS + 400 * DAY_MS)
        time.sleep(0.5)
    done.set()
    writer.join()
    return {"append_400_ms": distribution([round(took, 1) for took in took_ms]), "copy_s": round(copy_s, 1)}


def _backed_up(series: Series, folder: Path) -> None:
    with suppress(NotImplementedError):  # the server has its own way
        series.backup(folder)


def measure(store: str, wanted: int) -> dict[str, Any]:
    """All figures of one store."""
    with STORES[store]() as (opened, size), tempfile.TemporaryDirectory(prefix="gw-copy-") as copies:
        series = opened()
        figures = _load(series, wanted)
        figures["load_1min"] = round(os.getloadavg()[0], 1)  # of the machine: the stores may be measured hours apart
        series.close()
        series = opened()
        figures["questions"] = _ask(series)
        figures["beside_upkeep"] = _meanwhile(series, Path(copies))
        series.close()
        figures["bytes"] = size()
        figures["bytes_per_reading"] = round(size() / figures["readings"], 2)
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def _kept(name: str) -> dict[str, Any]:
    """Figures of the other stores stay: they may be measured one at a time."""
    path = RESULTS / f"{name}.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {store: told[store] for store in STORES if store in told}


def main(arguments: list[str]) -> int:
    """`--store NAME` (repeatable; none: all) and `--readings N`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=sorted(STORES), action="append")
    parser.add_argument("--readings", type=int, default=READINGS_WANTED)
    parser.add_argument("--name", default="history", help="of the result")
    wanted = parser.parse_args(arguments)
    figures = _kept(wanted.name)
    for store in wanted.store or sorted(STORES):  # each in a process of its own: the memory is its own
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            figures[store] = alone.submit(measure, store, wanted.readings).result()
        save(wanted.name, (__doc__ or "").strip(), figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
