"""A person keeps an alarm back: with a name, a reason and an end; lives only where they are named, for one shift."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.alarm_states import AlarmEvent
from domain.incidents import Kind
from domain.shelf_orders import left_ms
from domain.shelving import (
    AHEAD_MS,
    LONGEST_LIFE_SAFETY_MS,
    LONGEST_MS,
    SPARE_MS,
    Ends,
    Shelf,
    ShelfError,
    Shelves,
)
from tests.domain.site_bench import START_MS, SiteBench

HOUR_MS = 3_600_000


def shelf(**changes: Any) -> Shelf:
    """Everything ordinary of e0, for an hour."""
    facts: dict[str, Any] = {
        "id": "s1",
        "device": "e0",
        "via": None,
        "kinds": (),
        "rule": None,
        "author": "lin-zhixia",
        "reason": "换门磁",
        "from_ms": START_MS,
        "until_ms": START_MS + HOUR_MS,
    }
    return Shelf(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"author": " "}, "author"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"until_ms": START_MS}, "end lies before"),
        ({"until_ms": START_MS + LONGEST_MS + 1}, "at most 720 hours"),
        ({"kinds": (Kind.FIRE,), "until_ms": START_MS + LONGEST_LIFE_SAFETY_MS + 1}, "life safety .* at most 12 hours"),
        ({"device": None}, "name one endpoint"),
        ({"via": "switch-3"}, "name one endpoint"),
    ],
)
def test_what_cannot_be_shelved(changes: dict[str, Any], why: str) -> None:
    """The text says what is wrong."""
    with pytest.raises(ShelfError, match=why):
        shelf(**changes)


def test_a_repair_may_take_a_year_and_lives_only_a_shift() -> None:
    """Out of service: longer than a shelf, never longer for life safety."""
    assert shelf(service=True, until_ms=START_MS + LONGEST_MS + 1).event is AlarmEvent.REMOVE
    with pytest.raises(ShelfError, match="at most 8784 hours"):
        shelf(service=True, until_ms=START_MS + 367 * 86_400_000)
    with pytest.raises(ShelfError, match=r"life safety .* at most 12 hours"):
        shelf(service=True, kinds=(Kind.FIRE,), until_ms=START_MS + LONGEST_MS)


def test_a_shelf_keeps_back_and_gives_back() -> None:
    """Nothing is told while it holds; what is still true at its end is told then."""
    bench = SiteBench(size=3)
    bench.shelve(shelf())
    assert bench.up(1, "e0", Kind.ESCAPE_DOOR) == []
    assert bench.up(2, "e1", Kind.ESCAPE_DOOR) == ["raised e1 escape_door minor i2"]
    bench.restart()
    assert bench.tick(3599) == []

    assert bench.tick(3600) == ["raised e0 escape_door minor i1"]
    assert bench.counts["site.shelved.escape_door"] == 1


def test_what_ends_on_the_shelf_is_never_told() -> None:
    """The door was closed again."""
    bench = SiteBench(size=3)
    bench.shelve(shelf())
    bench.up(1, "e0", Kind.ESCAPE_DOOR)

    assert bench.down(5, "e0", Kind.ESCAPE_DOOR) == []
    assert bench.tick(3600) == []


def test_lives_are_kept_back_only_where_they_are_named() -> None:
    """All of an endpoint is all but life safety."""
    bench = SiteBench(size=3)
    bench.shelve(shelf())
    assert bench.up(1, "e0", Kind.FIRE) == ["raised e0 fire major i1"]
    bench.shelve(shelf(kinds=(Kind.FIRE,)))
    bench.down(2, "e0", Kind.FIRE)
    assert bench.up(3, "e0", Kind.FIRE) == []
    bench.shelve()

    assert bench.tick(4) == ["raised e0 fire major i2"]


def test_a_shelved_fire_confirms_nobody() -> None:
    """Welding under the one detector must not make the next one's suspicion a confirmed fire."""
    bench = SiteBench(size=3)
    bench.shelve(shelf(kinds=(Kind.FIRE,)))
    bench.up(1, "e0", Kind.FIRE)

    assert bench.up(2, "e1", Kind.FIRE) == ["raised e1 fire major i2"]


def test_a_rule_or_all_that_hangs_on_a_switch() -> None:
    """Narrower and wider than one endpoint."""
    bench = SiteBench(size=4, via={f"e{n}": "s" for n in range(3)})
    bench.shelve(shelf(device=None, via="s"), shelf(device="e3", rule="r"))

    assert [bench.up(n, f"e{n}") for n in range(3)] == [[]] * 3
    assert bench.up(5, "e3", Kind.TAMPER) == []
    assert bench.up(6, "e3", Kind.BATTERY, rule="other") == ["raised e3 battery minor i5"]
    assert "raised gw endpoints_offline major p1" in bench.tick(3600)


@given(st.integers(-(10**11), 10**11))
def test_a_shelf_holds_from_its_beginning_to_its_end_whatever_the_clock_does(offset_ms: int) -> None:
    """Minutes of a step back are forgiven; a clock that lost the date keeps nothing back."""
    held = bool(Shelves([shelf()]).held(START_MS + offset_ms))

    assert held is (-300_000 <= offset_ms < HOUR_MS)


def test_an_order_ends_by_what_was_left_of_it() -> None:
    """A clock that is behind when it comes keeps it no longer; and twelve hours are not refused for that."""
    behind_ms = 300_000
    one = shelf(until_ms=START_MS + HOUR_MS + behind_ms, longest_ms=HOUR_MS)
    assert one.holds(START_MS + HOUR_MS - 1)
    assert not one.holds(START_MS + HOUR_MS)
    shift_ms = LONGEST_LIFE_SAFETY_MS
    lives = shelf(kinds=(Kind.FIRE,), until_ms=START_MS + shift_ms + behind_ms, longest_ms=shift_ms)
    assert lives.ends_ms == START_MS + shift_ms
    with pytest.raises(ShelfError, match="end lies before"):
        shelf(longest_ms=0)


STEPS = st.lists(st.tuples(st.integers(1, 900_000), st.integers(-7_200_000, 7_200_000)), max_size=40)


@given(STEPS, st.integers(1, HOUR_MS), st.none() | st.integers(1, 2 * HOUR_MS))
def test_no_clock_that_is_set_prolongs_a_shelf(
    steps: list[tuple[int, int]], ordered_ms: int, longest_ms: int | None
) -> None:
    """Whatever the clock is set to and how often: once it was looked at after its time, it is over for good."""
    one = shelf(until_ms=START_MS + ordered_ms, longest_ms=longest_ms)
    true_ms, step_ms, ends = 0, 0, Ends()
    assert ends.over([one], START_MS, 0, {}) == []
    gone = False
    for passes_ms, jumps_ms in steps:
        true_ms, step_ms = true_ms + passes_ms, step_ms + jumps_ms
        now_ms = START_MS + true_ms + step_ms
        gone = gone or bool(ends.over([] if gone else [one], now_ms, true_ms, {}))
        assert gone or true_ms < min(ordered_ms, longest_ms or ordered_ms)
        assert gone or now_ms < one.ends_ms


GAP_MS = SPARE_MS // 2  # at most between two looks, and from a start to the first
RUNS = st.lists(
    st.tuples(st.lists(st.integers(1, GAP_MS), min_size=1, max_size=60), st.integers(-HOUR_MS, HOUR_MS)),
    min_size=1,
    max_size=12,
)  # what passes before each look and, where the clock stands at the start


@given(RUNS, st.integers(1, 600_000))
@example([([GAP_MS] * 15, 0), ([GAP_MS] * 60, 0)], 200_000)  # the power goes just before it is written again
def test_no_restart_prolongs_a_shelf_wherever_the_clock_stands(
    runs: list[tuple[list[int], int]], ordered_ms: int
) -> None:
    """Killed at any moment and as often as you like: it holds no longer than ordered, and a start costs it little."""
    one = shelf(kinds=(Kind.FIRE,), until_ms=START_MS + ordered_ms)
    written: dict[str, int | None] = {}
    true_ms, leapt = 0, False
    for starts, (gaps, clock_ms) in enumerate(runs):
        ends, passed_ms = Ends(), 0
        for gap_ms in gaps:
            true_ms, passed_ms = true_ms + gap_ms, passed_ms + gap_ms
            leapt = leapt or clock_ms + passed_ms > true_ms
            if ends.over([one], START_MS + clock_ms + passed_ms, 7 * clock_ms + passed_ms, written):
                assert leapt or true_ms >= ordered_ms - starts * AHEAD_MS
                return
            assert true_ms < ordered_ms + GAP_MS  # until it was first looked at nothing was known of it
            written |= ends.to_write(7 * clock_ms + passed_ms, written)
        true_ms += GAP_MS


def test_what_is_left_is_written_about_once_a_minute() -> None:
    """Flash wears: a second more is no reason to write, nor is what is written off already; what is new is one."""
    one, ends = shelf(), Ends()
    written: dict[str, int | None] = {one.id: None}  # of a release before
    writes = 0
    for second in range(HOUR_MS // 1000):
        assert ends.over([one], START_MS + second * 1000, second * 1000, written) == []
        left = ends.to_write(second * 1000, written)
        written, writes = written | left, writes + bool(left)
    assert 50 < writes <= 60
    assert written == {one.id: 0}


def test_ends_forgets_what_is_gone() -> None:
    """Nothing piles up, and an id that comes again is new."""
    ends = Ends()
    ends.over([shelf()], START_MS, 0, {})
    assert ends.over([], START_MS, HOUR_MS, {}) == []
    assert ends.over([shelf()], START_MS, 2 * HOUR_MS, {}) == []


@given(
    st.integers(1, 10**12),
    st.none() | st.integers(-(10**6), 10**12),
    st.none() | st.integers(0, 10**12),
)
def test_what_is_left_is_never_more_than_anybody_says(until_ms: int, for_ms: int | None, told_ms: int | None) -> None:
    """The least of what is known."""
    left = left_ms(until_ms, for_ms, told_ms)
    assert (left is None) is (for_ms is None and told_ms is None)
    assert left is None or for_ms is None or left <= for_ms
    assert left is None or told_ms is None or left <= until_ms - told_ms
