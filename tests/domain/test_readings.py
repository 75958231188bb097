"""What the gateway believes of a sample."""

from __future__ import annotations

import pytest

from domain.readings import MAX_SKEW_MS, accept
from protocol.senml import Pack

NOW = 1_795_000_000_000


def pack(at_ms: int | None, age_ms: int = 0, *, backfill: bool = False, **values: float) -> Pack:
    """A sample of fire-a."""
    return Pack("fire-a", 1, 7, at_ms, age_ms, backfill, values or {"temp": 20.0})


@pytest.mark.parametrize(
    ("told_ms", "age_ms", "backfill", "at_ms", "quality"),
    [
        (NOW - 900, 0, False, NOW - 900, "good"),
        (None, 2_500, False, NOW - 2_500, "good"),
        (NOW + MAX_SKEW_MS, 0, False, NOW + MAX_SKEW_MS, "good"),
        (NOW + MAX_SKEW_MS + 1, 0, False, NOW, "uncertain"),
        (NOW - MAX_SKEW_MS - 1, 0, False, NOW, "uncertain"),
        (NOW - 3 * MAX_SKEW_MS, 0, True, NOW - 3 * MAX_SKEW_MS, "good"),
        (NOW + 3 * MAX_SKEW_MS, 0, True, NOW, "uncertain"),
    ],
)
def test_time(told_ms: int | None, age_ms: int, backfill: bool, at_ms: int, quality: str) -> None:
    """The endpoint's time, or its age, unless the clock was never set; both times are kept."""
    reading = accept(pack(told_ms, age_ms, backfill=backfill), NOW)

    assert (reading.at_ms, reading.quality, reading.received_ms, reading.told_ms) == (at_ms, quality, NOW, told_ms)
    assert ("told_ms" in reading.row()) is (quality == "uncertain")


def test_an_implausible_value_is_a_fault_and_no_value() -> None:
    """What a healthy sensor cannot say never reaches a rule."""
    reading = accept(pack(NOW, temp=131.0, smoke=0.01), NOW)

    assert reading.values == {"smoke": 0.01}
    assert reading.faults == {"temp": "implausible"}
