"""Interrupts of a virtual board: what a pin did between two looks at it, found by looking at its past."""

from __future__ import annotations

from collections.abc import Callable

FALLING = 1
RISING = 2
_STEP_MS = 100  # an edge that is followed by its opposite sooner may be missed; a press takes longer
_BACK_MS = 3000  # the firmware looks once a second


class Edges:
    """`level_at(net, at_ms)` is what the pin showed at a time of this run."""

    def __init__(self, level_at: Callable[[str, int], int]) -> None:
        self._level_at = level_at
        self._looked: dict[str, tuple[int, int]] = {}  # net -> when, level

    def since_last_look(self, net: str, edge: int, now_ms: int) -> int | None:
        """When the pin was first seen after the newest edge of this kind; None where there was none."""
        later = self._level_at(net, now_ms)
        last_ms, last_level = self._looked.get(net, (now_ms, later))
        self._looked[net] = (now_ms, later)
        first_ms = max(last_ms, now_ms - _BACK_MS)
        for at_ms in range(now_ms, first_ms, -_STEP_MS):
            before_ms = at_ms - _STEP_MS
            before = self._level_at(net, before_ms) if before_ms > first_ms else last_level
            if later != before and edge & (FALLING if before > later else RISING):
                return at_ms
            later = before
        return None
