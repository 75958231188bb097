"""InfluxDB: whatever happens in whatever order, the roll-ups are those of a recomputation from every reading taken."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.history.port import DAY_MS, ROLLED, Level, begin_ms
from tests.cloud.history.conftest import Shelf, influx_series
from tests.cloud.history.readings import Reading, append, assert_same, buckets, rolled
from tests.cloud.history.test_roll_ups import CHANNELS, KEEP, MIDNIGHT_MS, Memory, readings, steps
from tests.influx import Influx

pytestmark = pytest.mark.influx


def same_again(reading: Reading) -> Reading:
    """What a reading says follows from what it is known by, as in life: a repeated one says the same."""
    dice = random.Random(repr(reading.key))
    value = None if dice.random() < 0.2 else dice.uniform(-1e6, 1e6)
    quality = dice.choice(["good", "uncertain"])
    return replace(reading, value=value, quality=quality, backfill=dice.random() < 0.3)


ours = st.one_of(steps, st.tuples(st.just("append"), st.lists(readings, min_size=1, max_size=12)))


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(ours, min_size=1, max_size=10))
def test_any_history_gives_the_same_roll_ups(influx: Influx, history: list[tuple[str, Any]]) -> None:
    """Late, repeated, out of order, faults, backfill; folds, retention and restarts between."""
    bucket = influx.create()
    with tempfile.TemporaryDirectory(prefix="gw-rolled-") as folder:
        shelf, memory = Shelf(lambda folder: influx_series(influx, bucket, folder), Path(folder)), Memory()
        for what, how in history:
            _do(shelf, memory, what, how)
        shelf.series.fold()
        for channel in CHANNELS:
            every = [reading for reading in memory.taken.values() if reading.channel == channel]
            for level in ROLLED:
                assert_same(rolled(shelf.series, level, channel=channel), buckets(every, level))
        shelf.series.close()
    influx.drop(bucket)


def _do(shelf: Shelf, memory: Memory, what: str, how: Any) -> None:
    if what == "append":
        append(shelf.series, memory.take([same_again(reading) for reading in how]))
    elif what == "again":
        append(shelf.series, memory.take(list(memory.taken.values())[how : how + 5]))
    elif what == "restart":
        shelf.restart()
    elif what == "retain":
        now_ms = MIDNIGHT_MS + DAY_MS * how
        shelf.series.retain(KEEP, now_ms)
        newest_ms = max((reading.at_ms for reading in memory.taken.values()), default=0)
        floor_ms = min(begin_ms(Level.DAY, now_ms - DAY_MS), begin_ms(Level.DAY, newest_ms) + DAY_MS)
        memory.floor_ms = max(memory.floor_ms, floor_ms)
    else:
        shelf.series.fold()
