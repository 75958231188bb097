"""Every (boot, seq) is new exactly once, however messages repeat and overtake each other."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain import sequences
from domain.sequences import Sequences, ranges_of

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=200)


@given(pairs)
def test_new_exactly_once(arrivals: list[tuple[int, int]]) -> None:
    """add() agrees with a set."""
    known: set[tuple[int, int]] = set()
    seen = Sequences()
    for pair in arrivals:
        assert seen.add(*pair) is (pair not in known)
        known.add(pair)


@given(pairs)
def test_spans_are_apart_and_complete(arrivals: list[tuple[int, int]]) -> None:
    """The spans of a boot rise, do not touch, and hold exactly what came."""
    seen = Sequences()
    for pair in arrivals:
        seen.add(*pair)
    for boot in range(4):
        spans = seen.spans(boot)
        assert all(left[1] + 1 < right[0] for left, right in pairwise(spans))
        held = {seq for first, last in spans for seq in range(first, last + 1)}
        assert held == {seq for b, seq in arrivals if b == boot}
        assert spans == ranges_of(list(held))


@given(pairs, pairs)
def test_a_restart_changes_nothing(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    """The state, through JSON, goes on as if nothing had happened."""
    seen = Sequences()
    for pair in before:
        seen.add(*pair)
    again = Sequences.from_state(json.loads(json.dumps(seen.to_state())))
    assert [seen.add(*pair) for pair in after] == [again.add(*pair) for pair in after]


def test_bounds_forget_the_oldest_and_never_call_new_numbers_known() -> None:
    """With more holes and boots than are kept, new numbers stay new."""
    seen = Sequences()
    for boot in range(sequences.MAX_BOOTS + 4):
        for seq in range(0, 2 * sequences.MAX_SPANS + 40, 2):
            assert seen.add(boot, seq)
        assert len(seen.spans(boot)) == sequences.MAX_SPANS
    assert len(seen.to_state()) == sequences.MAX_BOOTS
    assert seen.add(boot, 1)
