"""What every store of readings must do. Each test runs on each store."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from cloud.history.arriving import table_of_rows
from cloud.history.columns import READINGS, ROLL_UPS
from cloud.history.port import DAY_MS, ROLLED, Keep, Known, Level, Series, begin_ms
from tests.cloud.history.conftest import Shelf
from tests.cloud.history.readings import (
    END_MS,
    NOON_MS,
    Reading,
    append,
    assert_same,
    buckets,
    every_second,
    rolled,
)


def test_the_same_twice_changes_nothing(series: Series) -> None:
    """Neither readings nor roll-ups, whatever the order, whether folded between or not."""
    readings = every_second(100)
    append(series, readings)
    series.fold()
    append(series, readings[30:70])
    append(series, readings)
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings, level))


def test_the_same_twice_in_one_append(series: Series) -> None:
    """A gateway that repeats itself within a message."""
    readings = every_second(10)

    assert append(series, [*readings, *readings[2:5]]) == 10
    assert len(series.window("fire-a", "smoke", 0, END_MS)) == 10


def test_order_does_not_matter(series: Series) -> None:
    """Shuffled rows over two days come out in time order."""
    readings = [Reading(seq=n, at_ms=NOON_MS + n * 600_000, value=float(n)) for n in range(288)]
    mixed = random.Random(6).sample(readings, len(readings))
    for start in range(0, len(mixed), 50):
        append(series, mixed[start : start + 50])
        series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings, level))


def test_late_and_backfilled_readings_reach_their_buckets(series: Series) -> None:
    """An endpoint that was away tells what it has on flash, days later."""
    live, away = every_second(600), every_second(300, NOON_MS - 2 * DAY_MS, backfill=True, quality="uncertain")
    append(series, live[:300])
    series.fold()
    append(series, live[400:])
    series.fold()
    append(series, [*away, *live[300:400]])
    series.fold()

    for level in ROLLED:
        assert_same(rolled(series, level), buckets([*live, *away], level))
    (raw,) = series.read("fire-a", ["smoke"], NOON_MS - 2 * DAY_MS, NOON_MS, Level.RAW, 1000)
    assert (raw.backfilled.sum(), raw.uncertain.sum(), len(raw.at_ms)) == (300, 300, 300)


def test_faults_are_counted_and_have_no_value(series: Series) -> None:
    """A bucket of faults alone is there, without numbers."""
    good = Reading(seq=1, at_ms=NOON_MS, value=1.5)
    lost = [Reading(seq=2 + n, at_ms=NOON_MS + 60_000 + n * 1000, value=None) for n in range(3)]
    append(series, [good, *lost])
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(NOON_MS, 1.5), *((one.at_ms, None) for one in lost)]
    (raw,) = series.read("fire-a", ["smoke"], NOON_MS, NOON_MS + 120_000, Level.RAW, 10)
    assert (raw.count.tolist(), raw.faults.tolist()) == ([1, 0, 0, 0], [0, 1, 1, 1])
    assert np.isnan(raw.low[1:]).all()
    for level in ROLLED:
        assert_same(rolled(series, level), buckets([good, *lost], level))


def test_infinity_is_a_fault(series: Series) -> None:
    """No store and no chart takes it."""
    row = Reading(seq=1, at_ms=NOON_MS, value=1.0).row() | {"values": {"co": float("inf"), "smoke": float("nan")}}
    series.append([row])

    assert series.window("fire-a", "co", 0, END_MS) == [(NOON_MS, None)]
    assert series.window("fire-a", "smoke", 0, END_MS) == [(NOON_MS, None)]


def test_a_day_begins_at_the_midnight_of_the_people(series: Series) -> None:
    """23:59 and 00:00 at +08:00 are two days; minutes and hours are the same everywhere."""
    midnight_ms = NOON_MS - 12 * 3_600_000
    append(series, [Reading(seq=n, at_ms=midnight_ms - 60_000 + n * 60_000, value=float(n)) for n in range(3)])
    series.fold()

    day = rolled(series, Level.DAY)
    assert day.at_ms.tolist() == [midnight_ms - DAY_MS, midnight_ms]
    assert day.count.tolist() == [1, 2]
    assert begin_ms(Level.DAY, midnight_ms) == midnight_ms


def test_the_bucket_in_which_a_span_begins_is_told(series: Series) -> None:
    """And that in which it ends, unless it begins there: the end is not in the span."""
    append(series, every_second(300))
    series.fold()

    (curve,) = series.read("fire-a", ["smoke"], NOON_MS + 61_000, NOON_MS + 180_000, Level.MINUTE, 100)
    assert curve.at_ms.tolist() == [NOON_MS + 60_000, NOON_MS + 120_000]
    (raw,) = series.read("fire-a", ["smoke"], NOON_MS + 1000, NOON_MS + 3000, Level.RAW, 100)
    assert raw.at_ms.tolist() == [NOON_MS + 1000, NOON_MS + 2000]
    assert series.window("fire-a", "smoke", NOON_MS + 1000, NOON_MS + 3000)[-1] == (NOON_MS + 3000, 3.0)


def test_channels_come_in_the_order_asked_for(series: Series) -> None:
    """One curve each, an empty one for a channel that has nothing."""
    append(series, every_second(3, channel="temp"))
    append(series, every_second(5))

    curves = series.read("fire-a", ["smoke", "co", "temp"], 0, END_MS, Level.RAW, 10)
    assert [(curve.channel, len(curve.at_ms)) for curve in curves] == [("smoke", 5), ("co", 0), ("temp", 3)]
    assert series.read("nobody", ["smoke"], 0, END_MS, Level.HOUR, 10)[0].count.tolist() == []


@pytest.mark.parametrize("level", [Level.RAW, Level.MINUTE])
def test_a_curve_that_is_cut_says_so(series: Series, level: Level) -> None:
    """The first points, and that there are more."""
    append(series, every_second(600))
    series.fold()

    (cut,) = series.read("fire-a", ["smoke"], 0, END_MS, level, 9)
    (whole,) = series.read("fire-a", ["smoke"], 0, END_MS, level, 600 if level is Level.RAW else 10)
    assert (len(cut.at_ms), cut.more, whole.more) == (9, True, False)
    assert cut.at_ms.tolist() == whole.at_ms[:9].tolist()


def test_a_hole_stays_a_hole(series: Series) -> None:
    """Empty buckets are left out."""
    append(series, [*every_second(60), *every_second(60, NOON_MS + 600_000)])
    series.fold()

    assert rolled(series, Level.MINUTE).at_ms.tolist() == [NOON_MS, NOON_MS + 600_000]


def test_what_is_known(series: Series) -> None:
    """Channels with their first and last reading, before and after a fold."""
    append(series, every_second(5))
    append(series, every_second(3, NOON_MS + 60_000, device="fire-b", channel="temp"))
    wanted = [
        Known(device="fire-a", channel="smoke", first_ms=NOON_MS, last_ms=NOON_MS + 4000),
        Known(device="fire-b", channel="temp", first_ms=NOON_MS + 60_000, last_ms=NOON_MS + 62_000),
    ]

    assert series.known() == wanted
    series.fold()
    assert series.known() == wanted
    assert series.known("fire-b") == wanted[1:]
    assert series.known("nobody") == []


def test_an_export_tells_what_a_reader_sees(series: Series) -> None:
    """By device, channel and time, in the columns of the level, as many rows as were counted."""
    append(series, every_second(150, device="fire-b"))
    append(series, [*every_second(100, channel="temp"), *every_second(130, NOON_MS - 30_000, boot=2)])
    append(series, every_second(3, device="left-out"))
    series.fold()
    asked = (["fire-b", "fire-a"], [], NOON_MS - 10_000, NOON_MS + 60_000)
    for level, schema in ((Level.RAW, READINGS), (Level.MINUTE, ROLL_UPS)):
        table = pa.Table.from_batches(series.batches(*asked, level), schema)
        keys = list(zip(*(table[name].to_pylist() for name in ("device", "channel", "at_ms")), strict=True))
        wanted = []
        for device, channel in (("fire-a", "smoke"), ("fire-a", "temp"), ("fire-b", "smoke")):
            (curve,) = series.read(device, [channel], *asked[2:], level, 1000)
            wanted += [(device, channel, at_ms) for at_ms in curve.at_ms.tolist()]
        assert keys == wanted
        assert series.count(*asked, level) == len(keys)
    assert list(series.batches(["fire-a"], ["co"], 0, END_MS, Level.RAW)) == []


def test_an_export_of_readings_can_be_loaded_again(series: Series) -> None:
    """Every column of a reading comes back as it went in."""
    readings = [*every_second(5, boot=3, backfill=True), Reading(seq=9, at_ms=NOON_MS + 9000, value=None)]
    table = table_of_rows(reading.row() for reading in readings)
    assert series.append_table(table) == 6

    assert pa.Table.from_batches(series.batches(["fire-a"], ["smoke"], 0, END_MS, Level.RAW), READINGS) == table
    series.append_table(table)
    assert series.count(["fire-a"], [], 0, END_MS, Level.RAW) == 6


def test_a_fold_with_nothing_to_do_does_nothing(series: Series) -> None:
    """It is called every few seconds."""
    append(series, every_second(10))

    assert series.fold() > 0
    assert series.fold() == 0


def test_after_a_restart(shelf: Shelf) -> None:
    """What was appended is there, what was owed is folded, what is repeated is known."""
    readings = every_second(200)
    append(shelf.series, readings[:100])
    shelf.series.fold()
    append(shelf.series, readings[100:])
    series = shelf.restart()
    append(series, readings[50:150])
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings, level))


def test_retention_takes_readings_and_leaves_their_roll_ups(shelf: Shelf) -> None:
    """Long forgotten readings are still in the minutes, hours and days, each level for its own time."""
    old, new = every_second(120, NOON_MS - 40 * DAY_MS), every_second(120)
    append(shelf.series, [*old, *new])
    keep = Keep(days={Level.RAW: 30, Level.MINUTE: 400, Level.HOUR: 1830, Level.DAY: 0})
    shelf.series.retain(keep, NOON_MS + 3000)

    for again in (False, True):
        series = shelf.restart() if again else shelf.series
        assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in new]
        for level in ROLLED:
            assert_same(rolled(series, level), buckets([*old, *new], level))


def test_each_level_is_kept_for_its_own_time(series: Series) -> None:
    """Minutes go before hours; 0 keeps for ever."""
    old = every_second(120, NOON_MS - 3000 * DAY_MS)
    append(series, old)
    series.retain(Keep(days={Level.RAW: 30, Level.MINUTE: 400, Level.HOUR: 0, Level.DAY: 0}), NOON_MS)

    assert len(rolled(series, Level.MINUTE).at_ms) == 0
    for level in (Level.HOUR, Level.DAY):
        assert_same(rolled(series, level), buckets(old, level))


def test_what_comes_too_late_is_counted_and_changes_nothing(series: Series) -> None:
    """Nobody can tell whether a reading of a forgotten time was there before."""
    old = every_second(60, NOON_MS - 40 * DAY_MS)
    append(series, old)
    series.retain(Keep(), NOON_MS)
    append(series, [*old, *every_second(5)])
    series.fold()

    assert series.health()["too_late"] == 60
    assert_same(rolled(series, Level.HOUR), buckets([*old, *every_second(5)], Level.HOUR))


def test_minutes_may_go_before_readings(series: Series) -> None:
    """What comes late for a time whose readings are kept is taken, and is in its hour and day with the others."""
    day_ms = NOON_MS - 2 * DAY_MS
    early, late = every_second(120, day_ms), every_second(60, day_ms + 600_000, backfill=True)
    append(series, [*early, *every_second(5)])
    keep = Keep(days={Level.RAW: 30, Level.MINUTE: 1, Level.HOUR: 400, Level.DAY: 0})
    series.retain(keep, NOON_MS)
    append(series, late)
    series.retain(keep, NOON_MS)

    assert series.health()["too_late"] == 0
    assert len(series.window("fire-a", "smoke", day_ms, day_ms + DAY_MS)) == 180
    for level in (Level.HOUR, Level.DAY):
        assert_same(rolled(series, level), buckets([*early, *late, *every_second(5)], level))


def test_a_clock_that_was_far_ahead_does_not_shut_the_door(shelf: Shelf) -> None:
    """Neither where it was ahead for a look, nor where boards went by it: from the next days on readings are taken."""
    append(shelf.series, every_second(5))
    shelf.series.retain(Keep(days={Level.RAW: 30}), NOON_MS + 400 * DAY_MS)
    append(shelf.series, every_second(5, NOON_MS + 2 * DAY_MS))
    append(shelf.series, every_second(5, NOON_MS + 300 * DAY_MS, device="fire-b"))
    assert len(shelf.series.window("fire-a", "smoke", 0, END_MS)) == 5

    shelf.series.retain(Keep(days={Level.RAW: 30}), NOON_MS + 400 * DAY_MS)
    shelf.series.retain(Keep(days={Level.RAW: 30}), NOON_MS + 3 * DAY_MS)
    append(shelf.restart(), every_second(5, NOON_MS + 5 * DAY_MS))
    assert len(shelf.series.window("fire-a", "smoke", 0, END_MS)) == 5
    assert shelf.series.health()["too_late"] == 0


def test_order_in_the_past_changes_nothing_that_is_seen(series: Series) -> None:
    """Also for what comes late, after it."""
    readings = [*every_second(500), *every_second(300, channel="temp"), *every_second(100, device="fire-b")]
    append(series, random.Random(7).sample(readings, len(readings))[:600])
    series.fold()
    while series.tidy(NOON_MS + 500 * DAY_MS):
        pass
    append(series, readings)
    series.fold()
    while series.tidy(NOON_MS + 500 * DAY_MS):
        pass

    assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings[:500]]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings[:500], level))
        assert_same(rolled(series, level, channel="temp"), buckets(readings[500:800], level))


def test_boards_with_a_clock_that_is_nonsense(series: Series) -> None:
    """1970 and the year 2200 are kept like any other time, and retention finds them."""
    odd = [Reading(seq=1, at_ms=5000, value=1.0), Reading(seq=2, at_ms=7_258_118_400_000, value=2.0)]
    append(series, odd)
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(5000, 1.0), (7_258_118_400_000, 2.0)]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(odd, level))


@pytest.mark.parametrize(
    "change",
    [
        {"at_ms": -1}, {"at_ms": 1 << 60}, {"seq": "one"}, {"values": {"smoke": "high"}}, {"device": None},
        {"values": {"": 1.0}}, {"values": {"x" * 65: 1.0}}, {"faults": {"a\0b": "timeout"}},
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_kept_is_named_and_leaves_nothing(series: Series, change: dict[str, object]) -> None:
    """The caller finds out which message it was; the others are kept."""
    bad = Reading(seq=1, at_ms=NOON_MS, value=1.0).row() | change
    with pytest.raises((ValueError, TypeError, OverflowError)):
        series.append([*(one.row() for one in every_second(3)), bad])

    append(series, every_second(3))
    assert len(series.window("fire-a", "smoke", 0, END_MS)) == 3


def test_health_tells_what_is_owed(series: Series) -> None:
    """Numbers for whoever watches over it."""
    assert series.append([]) == 0
    append(series, every_second(10))
    series.fold()

    health = series.health()
    assert {"bytes", "owed", "too_late", "lag_ms"} <= set(health)
    assert (health["owed"], health["lag_ms"]) == (0, 0)
