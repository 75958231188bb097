"""Which level is read for which span and width, and what a curve becomes on a screen: by property."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cloud.history.levels import (
    LEVELS,
    MERGED,
    PER_PX,
    choose,
    expected,
    gap_ms,
    merge,
    merged_width,
    period_ms,
    remembers,
    stretches,
)
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS, Curve, Keep, Level
from tests.cloud.conftest import START_MS

spans = st.integers(1, 20 * 365 * DAY_MS)
widths = st.integers(100, 4000)
FOR_EVER = Keep(days=dict.fromkeys(LEVELS, 0))


def curve_of(values: list[float | None], step_ms: int = 1000, level: Level = Level.RAW) -> Curve:
    """Single readings, evenly spaced; None is a fault."""
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    good = (~np.isnan(numbers)).astype(np.int64)
    none = np.zeros(len(values), dtype=np.int64)
    return Curve(
        device="fire-a", channel="temp", level=level, at_ms=np.arange(len(values), dtype=np.int64) * step_ms,
        low=numbers, high=numbers, mean=numbers, last=numbers, count=good, faults=1 - good, uncertain=none,
        backfilled=none,
    )  # fmt: skip


@given(spans, widths)
def test_the_finest_level_that_fits(span: int, width: int) -> None:
    """Never more points than the screen takes, never coarser than it must be."""
    level = choose(START_MS - span, START_MS, width, START_MS, FOR_EVER)
    finer = LEVELS[: LEVELS.index(level)]

    assert expected(level, span) <= PER_PX * MERGED * width or level is Level.DAY
    assert all(expected(one, span) > PER_PX * MERGED * width for one in finer)


@given(spans, widths)
def test_what_is_forgotten_falls_to_the_next(span: int, width: int) -> None:
    """A level is read only where it still has the beginning; the days are kept for ever."""
    keep = Keep()
    level = choose(START_MS - span, START_MS, width, START_MS, keep)

    assert remembers(level, START_MS - span, START_MS, keep)


def test_the_usual_spans() -> None:
    """What the presets of the page read on a screen of 1366 pixels."""
    told = {}
    for name, span in (("quarter", 15 * MINUTE_MS), ("hour", HOUR_MS), ("day", DAY_MS), ("week", 7 * DAY_MS),
                       ("month", 31 * DAY_MS), ("year", 366 * DAY_MS), ("ten", 3660 * DAY_MS)):  # fmt: skip
        told[name] = choose(START_MS - span, START_MS, 1000, START_MS, FOR_EVER).value

    assert told == {
        "quarter": "raw", "hour": "raw", "day": "1m", "week": "1m", "month": "1h", "year": "1h", "ten": "1d",
    }  # fmt: skip
    everything_short = Keep(days=dict.fromkeys(LEVELS, 1) | {Level.HOUR: 9})
    assert choose(START_MS - 90 * DAY_MS, START_MS, 1000, START_MS, everything_short) is Level.HOUR


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(100, 120))
def test_merging_loses_no_peak_and_no_reading(values: list[float | None], width: int) -> None:
    """Lowest, highest, last, counts and the mean are those of the readings; and it fits."""
    curve = curve_of(values)
    step = merged_width(curve, 0, len(values) * 1000, width)
    drawn = merge(curve, step)
    known = [value for value in values if value is not None]

    assert len(drawn.at_ms) <= PER_PX * width + 1
    assert (drawn.count.sum(), drawn.faults.sum()) == (len(known), len(values) - len(known))
    assert np.all(np.diff(drawn.at_ms) > 0)
    if known:
        assert (np.nanmin(drawn.low), np.nanmax(drawn.high)) == (min(known), max(known))
        mean = np.nansum(np.nan_to_num(drawn.mean) * drawn.count) / len(known)
        np.testing.assert_allclose(mean, sum(known) / len(known), rtol=1e-9, atol=1e-6)
    step = step or 1000
    for at_ms, last in zip(drawn.at_ms, drawn.last, strict=True):
        inside = [v for k, v in enumerate(values) if at_ms <= k * 1000 < at_ms + step and v is not None]
        assert last == inside[-1] if inside else np.isnan(last)


def test_gaps_go_by_the_level_and_the_channel() -> None:
    """One empty minute is a hole of a channel that speaks every second, not of one that speaks every ten minutes."""
    assert gap_ms(Level.RAW, 1000) == 5000
    assert gap_ms(Level.RAW, 600_000) == 3_000_000
    assert gap_ms(Level.MINUTE, MINUTE_MS) == 90_000
    assert gap_ms(Level.MINUTE, 600_000) == 3_000_000
    assert period_ms(np.array([0, 1000, 2000, 60_000, 61_000], dtype=np.int64)) == 1000
    assert period_ms(np.array([0, 30_000], dtype=np.int64)) == 1000


def test_marked_stretches_end_at_a_gap() -> None:
    """A fault of three seconds is one stretch; so is each side of a hole."""
    curve = curve_of([1.0, None, None, 1.0, None])
    assert [(one.what, one.from_ms, one.to_ms) for one in stretches(curve, 0, 5000)] == [
        ("fault", 1000, 2000), ("fault", 4000, 4000),
    ]  # fmt: skip
