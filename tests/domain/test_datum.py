"""GCJ-02 there and back again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.datum import to_gcj02, to_wgs84

METRES_OF_A_DEGREE = 111_320
inside = st.tuples(st.floats(74, 135), st.floats(18, 53))  # well inside China: at its frontier the shift ends at once


@pytest.mark.parametrize(
    ("lon", "lat", "shifted"),
    [(121.5272106, 31.1774276, (121.531541859215, 31.17530398364597)), (2.3522, 48.8566, (2.3522, 48.8566))],
)
def test_a_point_as_it_was_published(lon: float, lat: float, shifted: tuple[float, float]) -> None:
    """The example of the published formula; outside China nothing moves."""
    assert to_gcj02(np.array([(lon, lat)]))[0] == pytest.approx(shifted, abs=1e-9)


@given(st.lists(inside, min_size=1, max_size=20))
def test_there_and_back_again_is_below_a_metre(points: list[tuple[float, float]]) -> None:
    """And it is no small shift that would be missed: 100 to 900 m."""
    given_points = np.array(points)
    shifted = to_gcj02(given_points)

    assert np.abs(to_wgs84(shifted) - given_points).max() * METRES_OF_A_DEGREE < 0.001
    moved = (shifted - given_points) * METRES_OF_A_DEGREE
    moved[:, 0] *= np.cos(np.radians(given_points[:, 1]))
    assert np.hypot(moved[:, 0], moved[:, 1]).max() < 1_500
