"""Presses between two looks at a pin."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulators.virtual_board.edges import FALLING, RISING, Edges


@given(st.integers(1000, 1_000_000), st.integers(0, 700), st.integers(101, 300))
def test_a_press_of_a_fifth_of_a_second_is_seen_once(start_ms: int, after_ms: int, for_ms: int) -> None:
    """Wherever it lies between two looks: its two edges are found, each at a moment when the pin shows it."""
    pressed = range(start_ms + after_ms, start_ms + after_ms + for_ms)

    def level(_net: str, at_ms: int) -> int:
        return 0 if at_ms in pressed else 1

    for edge, shown in ((FALLING, 0), (RISING, 1)):
        edges = Edges(level)
        seen = [edges.since_last_look("call_no", edge, start_ms + second * 1000 - 1) for second in range(4)]
        found = [at_ms for at_ms in seen if at_ms is not None]
        assert 1 == len(found)
        assert shown == level("call_no", found[0])


def test_a_change_without_a_past_is_an_edge() -> None:
    """A room that a test changes has no past: the level of the last look counts."""
    levels = {"door": 0}
    edges = Edges(lambda net, _at_ms: levels[net])
    assert edges.since_last_look("door", RISING, 1000) is None
    levels["door"] = 1
    assert edges.since_last_look("door", RISING, 2000) is not None
    assert edges.since_last_look("door", RISING, 3000) is None
    levels["door"] = 0
    assert edges.since_last_look("door", RISING, 4000) is None
