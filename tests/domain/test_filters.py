"""What each stage of a channel's filter does with readings, as a person would expect it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.filters.channel import ChannelFilter, Outcome
from domain.filters.rate import Bucket, RateLimit
from domain.filters.spec import FilterSpec
from domain.filters.units import conversion, units_for
from protocol.channels import CHANNELS, unit_of


def _run(spec: FilterSpec, values: list[float | None], every_ms: int = 1000) -> list[Outcome]:
    channel = ChannelFilter(spec)
    return [channel.step(value, number * every_ms) for number, value in enumerate(values)]


def _values(outcomes: list[Outcome]) -> list[float | None]:
    return [outcome.value for outcome in outcomes]


def test_an_empty_filter_changes_nothing() -> None:
    """What is not declared is not done."""
    assert _run(FilterSpec(), [1.0, None, 500.0]) == [
        Outcome(1.0, "", rejected=False, told=True),
        Outcome(None, "", rejected=False, told=True),
        Outcome(500.0, "", rejected=False, told=True),
    ]


def test_the_range_includes_its_ends() -> None:
    """What lies outside is a fault without a value."""
    outcomes = _run(FilterSpec(low=0, high=10), [0.0, 10.0, 10.1, -0.1])
    assert [outcome.fault for outcome in outcomes] == ["", "", "implausible_here", "implausible_here"]
    assert _values(outcomes) == [0.0, 10.0, None, None]


def test_hampel_takes_a_spike_and_lets_a_step_through() -> None:
    """One wild value among quiet ones becomes their median; a change that stays is believed after half a window."""
    spec = FilterSpec(spike="hampel", spike_window=5, spike_floor=1.0)
    outcomes = _run(spec, [20.0, 20.1, 85.0, 20.0, 20.2, 20.1, 30.0, 30.0, 30.0, 30.0])
    assert _values(outcomes) == [20.0, 20.1, 20.1, 20.0, 20.2, 20.1, 20.2, 20.2, 30.0, 30.0]
    assert [number for number, outcome in enumerate(outcomes) if outcome.rejected] == [2, 6, 7]


def test_hampel_leaves_small_steps_alone() -> None:
    """A sensor that says the same for long has no spread at all; the floor keeps its next step from being a spike."""
    assert not any(o.rejected for o in _run(FilterSpec(spike="hampel", spike_floor=0.5), [20.0] * 9 + [20.4] * 2))


def test_the_median_is_of_the_last_samples() -> None:
    """A pair in the middle counts half and half, while the window fills."""
    assert _values(_run(FilterSpec(spike="median", spike_window=3), [1.0, 3.0, 9.0, 2.0])) == [1.0, 2.0, 3.0, 3.0]


def test_smoothing_knows_the_time_between_samples() -> None:
    """A third of the way after half a time constant, whatever the distance of the samples; a pause begins anew."""
    assert _values(_run(FilterSpec(smooth_ms=2000), [0.0, 9.0])) == [0.0, 3.0]
    assert _values(_run(FilterSpec(smooth_ms=2000), [0.0, 8.0], every_ms=6000)) == [0.0, 6.0]
    assert _values(_run(FilterSpec(smooth_ms=2000, gap_ms=5000), [0.0, 8.0], every_ms=6000)) == [0.0, 8.0]


def test_the_deadband_tells_changes_and_signs_of_life() -> None:
    """Rules still get every value."""
    outcomes = _run(FilterSpec(deadband=1.0, max_silence_ms=4000), [20.0, 20.9, 21.1, 21.0, 21.0, 21.0, 21.0, 21.0])
    assert [outcome.told for outcome in outcomes] == [True, False, True, False, False, False, True, False]
    assert None not in _values(outcomes)


def test_the_first_value_after_a_fault_is_told() -> None:
    """Otherwise a channel would seem to be faulty until the next change."""
    spec = FilterSpec(high=100, deadband=5, max_silence_ms=60_000)
    assert [o.told for o in _run(spec, [1.0, 1.0, 500.0, 1.0, 1.0, None, 1.0])] == [
        True,
        False,
        True,
        True,
        False,
        True,
        True,
    ]


def test_a_sensor_that_does_not_move_is_stuck() -> None:
    """Until it moves by more than the band; a pause is no rest."""
    spec = FilterSpec(stuck_ms=3000, stuck_band=0.1)
    outcomes = _run(spec, [5.0, 5.1, 5.0, 5.05, 5.0, 5.2])
    assert [outcome.fault for outcome in outcomes] == ["", "", "", "stuck", "stuck", ""]
    assert not any(o.fault for o in _run(FilterSpec(stuck_ms=3000, gap_ms=2000), [5.0] * 3, every_ms=2500))


def test_a_sensor_that_creeps_away_has_drifted() -> None:
    """The slow mean counts; it must come well back before the channel is believed again."""
    hour_ms = 3_600_000
    spec = FilterSpec(drift_limit=2.0, drift_ms=24 * hour_ms, rest=20.0, gap_ms=2 * hour_ms)
    outcomes = _run(spec, [20.0] * 10 + [23.0] * 60 + [20.0] * 20, hour_ms)
    faulty = [number for number, outcome in enumerate(outcomes) if outcome.fault == "drift"]
    assert faulty == list(range(faulty[0], faulty[-1] + 1))
    assert 10 + 24 < faulty[0] < 10 + 30
    assert 70 < faulty[-1] < 85


def test_a_fire_is_no_drift() -> None:
    """Half an hour far off counts no more than two limits do."""
    spec = FilterSpec(drift_limit=0.02, rest=0.0)
    assert not any(outcome.fault for outcome in _run(spec, [0.0] * 60 + [1.9] * 1800 + [0.0] * 60))


@given(st.lists(st.none() | st.floats(-50, 50), max_size=30), st.integers(0, 30))
def test_a_restart_forgets_nothing(values: list[float | None], cut: int) -> None:
    """The state goes through JSON."""
    spec = FilterSpec(
        spike="hampel", spike_floor=1, smooth_ms=3000, deadband=1, max_silence_ms=9000, stuck_ms=4000, drift_limit=9
    )
    whole, before, after = ChannelFilter(spec), ChannelFilter(spec), ChannelFilter(spec)
    for number, value in enumerate(values):
        if number == cut:
            after.restore(json.loads(json.dumps(before.to_state())))
        part = after if number >= cut else before
        assert part.step(value, number * 1000) == whole.step(value, number * 1000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5, "high": 5}, {"spike": "mean"}, {"spike": "hampel"}, {"spike_window": 4}, {"spike_window": 17},
        {"spike_sigmas": 0}, {"smooth_ms": 0}, {"deadband": -1, "max_silence_ms": 1}, {"deadband": 1},
        {"max_silence_ms": 1}, {"deadband": 1, "max_silence_ms": 0}, {"stuck_ms": 0}, {"stuck_band": -1},
        {"drift_limit": 0}, {"drift_ms": 0}, {"gap_ms": 0}, {"spike": "hampel", "spike_floor": -1},
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """The text begins with a field, so that its line can be named."""
    with pytest.raises(ValueError, match=r"^\w+ ") as caught:
        FilterSpec(**wrong)
    assert str(caught.value).split(" ")[0] in FilterSpec.__dataclass_fields__


def test_units() -> None:
    """Towards the unit of the channel, checked on known points."""

    def said(value: float, unit: str, channel_unit: str) -> float:
        known = conversion(unit, channel_unit)
        assert known is not None
        return value * known.factor + known.offset

    assert said(212.0, "degF", "Cel") == pytest.approx(100.0)
    assert said(273.15, "K", "Cel") == pytest.approx(0.0)
    assert said(1.0, "MPa", "kPa") == said(10.0, "bar", "kPa") == pytest.approx(1000.0)
    assert said(14.5037738, "psi", "kPa") == pytest.approx(100.0)
    assert said(36.0, "km/h", "m/s") == pytest.approx(10.0)
    assert conversion("Cel", "kPa") is None
    assert units_for("ppm") == ("ppb", "%vol")


def test_conversions_are_for_units_that_channels_have() -> None:
    """None stands there for nothing."""
    assert {"Cel", "kPa", "ppm", "1/m", "/", "%EL", "m/s", "m/s2"} <= {unit_of(channel) for channel in CHANNELS}


def test_a_flood_of_samples_is_cut_to_the_limit() -> None:
    """By the endpoint's own time: so many at once, then as many as the minute gives."""
    bucket = Bucket(RateLimit(per_minute=60, burst=5))
    assert [bucket.take(0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert [bucket.take(at_ms) for at_ms in (500, 1000, 1500, 2000)] == [False, True, False, True]
    assert bucket.take(-1) is False
    for wrong in ({"per_minute": 0}, {"per_minute": 1, "burst": 0}):
        with pytest.raises(ValueError, match="must be 1 or more"):
            RateLimit(**wrong)


@given(st.lists(st.integers(0, 10_000), max_size=80))
def test_never_more_than_the_limit(steps_ms: list[int]) -> None:
    """Over any stretch of time that runs forward."""
    bucket, at_ms, taken = Bucket(RateLimit(per_minute=30, burst=3)), 0, 0
    for step_ms in steps_ms:
        at_ms += step_ms
        taken += bucket.take(at_ms)
    assert taken <= 3 + at_ms * 30 / 60_000 + 1e-6
