"""Whatever happens in whatever order, the roll-ups are those of a recomputation from every reading ever taken."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS, ROLLED, Keep, Level
from tests.cloud.history.conftest import Opener, Shelf, open_duckdb
from tests.cloud.history.readings import NOON_MS, Reading, append, assert_same, buckets, rolled

MIDNIGHT_MS = NOON_MS - 12 * HOUR_MS  # of the people; UTC's is at 08:00
KEEP = Keep(days={Level.RAW: 1, Level.MINUTE: 0, Level.HOUR: 0, Level.DAY: 0})
CHANNELS = ("smoke", "temp")

# close together, on both sides of every kind of boundary
offsets = st.builds(
    lambda corner, step: corner + step,
    st.sampled_from([0, MINUTE_MS, HOUR_MS, 8 * HOUR_MS, DAY_MS, 2 * DAY_MS, -MINUTE_MS]),
    st.integers(-3, 3).map(lambda n: n * 500),
)
readings = st.builds(
    Reading,
    channel=st.sampled_from(CHANNELS),
    boot=st.integers(1, 2),
    seq=st.integers(0, 3),
    at_ms=offsets.map(lambda offset: MIDNIGHT_MS + offset),
    value=st.none() | st.floats(-1e6, 1e6),
    quality=st.sampled_from(["good", "uncertain"]),
    backfill=st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("append"), st.lists(readings, min_size=1, max_size=12)),
    st.tuples(st.just("again"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["fold", "retain", "restart", "tidy"]), st.integers(0, 3)),
)


class Memory:
    """All that was taken, in plain Python, and how far the past is forgotten."""

    def __init__(self) -> None:
        self.taken: dict[tuple[Any, ...], Reading] = {}
        self.floor_ms = 0

    def take(self, found: list[Reading]) -> list[Reading]:
        """Those of a forgotten time are refused; of the same twice the first stays."""
        for reading in found:
            if reading.at_ms >= self.floor_ms:
                self.taken.setdefault(reading.key, reading)
        return found


@pytest.mark.parametrize("opener", [open_duckdb])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=10))
def test_any_history_gives_the_same_roll_ups(opener: Opener, history: list[tuple[str, Any]]) -> None:
    """Late, repeated, out of order, faults, backfill; folds, retention, order in the past and restarts between."""
    with tempfile.TemporaryDirectory(prefix="gw-rolled-") as folder:
        shelf, memory = Shelf(opener, Path(folder)), Memory()
        try:
            for step in history:
                _do(shelf, memory, *step)
            shelf.series.fold()
            for channel in CHANNELS:
                all_of_it = [reading for reading in memory.taken.values() if reading.channel == channel]
                for level in ROLLED:
                    assert_same(rolled(shelf.series, level, channel=channel), buckets(all_of_it, level))
        finally:
            shelf.series.close()


def _do(shelf: Shelf, memory: Memory, what: str, how: Any) -> None:
    series = shelf.series
    now_ms = MIDNIGHT_MS + DAY_MS * (how if isinstance(how, int) else 0)
    if what == "append":
        append(series, memory.take(how))
    elif what == "again":
        append(series, memory.take(list(memory.taken.values())[how : how + 5]))
    elif what == "fold":
        series.fold()
    elif what == "restart":
        shelf.restart()
    elif what == "tidy":
        series.tidy(now_ms + DAY_MS)
    elif series.retain(KEEP, now_ms).get(Level.RAW):
        # whole days of UTC that ended a day before, up to the last of them that had readings
        old = [at_ms for at_ms in (r.at_ms for r in memory.taken.values()) if _end_ms(at_ms) <= now_ms - DAY_MS]
        memory.floor_ms = max(memory.floor_ms, *map(_end_ms, old))


def _end_ms(at_ms: int) -> int:
    return (at_ms // DAY_MS + 1) * DAY_MS
