"""Holes in a curve are seen: no line is drawn over what was not measured."""

from __future__ import annotations

from collections.abc import Iterable

from cloud.history.port import Point

GAP_MS = 5000  # five missed samples at 1 Hz are a hole that must be seen


def with_gaps(points: Iterable[Point], gap_ms: int = GAP_MS) -> list[Point]:
    """The points, with a None in every hole longer than `gap_ms`, so that no line is drawn over it."""
    drawn: list[Point] = []
    for at_ms, value in points:
        if drawn and at_ms - drawn[-1][0] > gap_ms:
            drawn.append((drawn[-1][0] + 1, None))
        drawn.append((at_ms, value))
    return drawn
