"""Holes in a curve."""

from __future__ import annotations

from cloud.history.gaps import with_gaps


def test_a_hole_is_drawn_as_a_hole() -> None:
    """No line over missing samples, and none over a value that is not there."""
    points = [(0, 1.0), (1000, 1.1), (9000, 1.2), (10_000, None), (11_000, 1.3)]

    assert with_gaps(points) == [(0, 1.0), (1000, 1.1), (1001, None), (9000, 1.2), (10_000, None), (11_000, 1.3)]
