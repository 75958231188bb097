"""Time tags: a wall clock without a zone, often wrong, sometimes backwards."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gb26875 import times

RECEIVED_MS = int(datetime(2026, 11, 22, 19, 30, 0, tzinfo=timezone(timedelta(hours=8))).timestamp()) * 1000


def tag(**ago: float) -> bytes:
    """What a right clock says so long before `RECEIVED_MS`."""
    return times.write(RECEIVED_MS - int(timedelta(**ago).total_seconds() * 1000))


@given(st.integers(946_684_800_000 // 1000, 4_102_415_000_000 // 1000))
def test_both_ways(at_s: int) -> None:
    """Every second of the century."""
    assert times.read(times.write(at_s * 1000)) == at_s * 1000


def test_beijing_time() -> None:
    """The tag is local time, ours is UTC."""
    assert times.read(bytes((2, 58, 9, 26, 9, 12))) == 1_348_624_682_000
    assert times.write(RECEIVED_MS) == bytes((0, 30, 19, 22, 11, 26))


@given(st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_whatever_a_clock_says_the_moment_is_near(frame_tag: bytes, object_tag: bytes) -> None:
    """Never in the future by more than a right clock may be, never older than a week."""
    clock = times.senders_clock(frame_tag, RECEIVED_MS)

    assert RECEIVED_MS - times.OLDEST_MS <= clock.moment_ms(object_tag) <= RECEIVED_MS


@pytest.mark.parametrize(
    ("frame_tag", "object_tag", "ago_s"),
    [
        (tag(seconds=1), tag(seconds=4), 4),  # a right clock: as it says
        (tag(hours=8), tag(hours=8, seconds=3), 3),  # it has UTC: how long before sending is right all the same
        (bytes((0, 0, 0, 1, 1, 0)), bytes((0, 0, 0, 1, 1, 0)), 0),  # never set
        (bytes((7, 0, 0, 1, 1, 0)), bytes((2, 0, 0, 1, 1, 0)), 5),
        (bytes(6), tag(seconds=4), 0),  # no time at all
        (tag(seconds=1), bytes(6), 0),
        (tag(seconds=1), b"", 0),  # the object has none
        (tag(seconds=1), tag(days=30), 0),  # older than anything a device keeps: its clock was set in between
        (tag(seconds=-3), tag(seconds=-3), 0),  # ahead of ours
        (tag(seconds=1)[::-1], tag(seconds=4)[::-1], 4),  # year first
    ],
)
def test_what_is_made_of_wrong_clocks(frame_tag: bytes, object_tag: bytes, ago_s: int) -> None:
    """The moment it happened, on our clock."""
    clock = times.senders_clock(frame_tag, RECEIVED_MS)

    assert RECEIVED_MS - clock.moment_ms(object_tag) == ago_s * 1000


def test_backwards_only_where_that_alone_makes_sense() -> None:
    """A tag that reads as today in both orders is read as the standard says."""
    assert times.senders_clock(tag(seconds=1)[::-1], RECEIVED_MS).backwards
    assert not times.senders_clock(tag(seconds=1), RECEIVED_MS).backwards
    assert not times.senders_clock(bytes(6), RECEIVED_MS).backwards


def test_off_and_right() -> None:
    """Within five seconds nobody needs to set it."""
    assert times.senders_clock(tag(seconds=4), RECEIVED_MS).is_right
    assert not times.senders_clock(tag(seconds=6), RECEIVED_MS).is_right
    assert times.senders_clock(bytes(6), RECEIVED_MS).off_ms is None
