"""One fire, one incident: raised, confirmed, cleared; also when its samples come late, or the gateway restarts."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarms import Change
from domain.endpoints import Endpoint
from domain.fire import FireLimits, Lane, Rule
from domain.incidents import Kind, Severity
from domain.readings import accept
from protocol.senml import Pack

CALM = {"smoke": 0.0, "temp": 20.0, "co": 0.0, "call_point": False}
SMOKE = CALM | {"smoke": 0.03}
PRESSED = CALM | {"call_point": True}
BOTH = SMOKE | {"temp": 60.0}


class Bench:
    """An endpoint that can be restarted between any two samples."""

    def __init__(self, limits: FireLimits | None = None) -> None:
        self._limits = limits or FireLimits()
        self.endpoint = Endpoint(self._limits)
        self._ids = count()

    def feed(self, second: int, values: dict[str, Any], seq: int | None = None, boot: int = 1) -> list[Change]:
        """One sample, numbered by its second unless said otherwise; the changes of the fire."""
        seq = second if seq is None else seq
        at_ms = 1_795_000_000_000 + second * 1000
        reading = accept(Pack("fire-a", boot, seq, at_ms, values=values), at_ms)
        if not self.endpoint.is_new(reading):
            return []
        changes = self.endpoint.feed(reading, lambda: f"i{next(self._ids)}")
        return [change for change in changes if change.incident.kind is Kind.FIRE]

    def run(self, first: int, seconds: int, values: dict[str, Any]) -> list[str]:
        """Samples at 1 Hz; what happened, as text."""
        return [said(change) for second in range(first, first + seconds) for change in self.feed(second, values)]

    def restart(self) -> None:
        """As after kill -9."""
        self.endpoint = Endpoint.from_state(self._limits, json.loads(json.dumps(self.endpoint.to_state())))


def said(change: Change) -> str:
    """event incident revision severity @second."""
    incident = change.incident
    second = (incident.changed_at_ms - 1_795_000_000_000) // 1000
    return f"{change.event} {incident.id}.{incident.revision} {incident.severity} @{second}"


def test_smoke_raises_after_the_hold_and_clears_after_quiet() -> None:
    """Hold 2 s, one more revision after 30 s, clear after 60 s without any signal; breach is the first sample."""
    bench = Bench()
    bench.run(0, 10, CALM)
    (change,) = [c for second in (10, 11, 12) for c in bench.feed(second, SMOKE)]

    assert (change.incident.raised_at_ms - change.incident.breach_at_ms, change.incident.breach_at_ms % 100_000) == (
        2_000,
        10_000,
    )
    assert bench.run(13, 40, SMOKE) == ["changed i0.2 major @42"]
    assert bench.run(53, 100, CALM) == ["cleared i0.3 major @113"]


def test_two_channels_confirm_in_place_and_the_severity_stays() -> None:
    """major becomes critical on the same incident; a sensor that dies afterwards does not take it back."""
    bench = Bench()
    assert bench.run(0, 5, SMOKE) == ["raised i0.1 major @2"]
    confirmed = bench.run(5, 5, BOTH)
    assert confirmed[0] == "changed i0.2 critical @7"
    assert all("critical" in line for line in bench.run(10, 100, SMOKE))


def test_signals_within_a_minute_of_each_other_confirm() -> None:
    """Heat 40 s after the smoke went confirms it; long after the incident cleared it is a new, suspected one."""
    soon, later = Bench(), Bench()
    for bench in (soon, later):
        bench.run(0, 5, SMOKE)
        bench.run(5, 30, CALM)
    hot = CALM | {"temp": 60.0}
    assert soon.run(40, 5, hot)[-1] == "changed i0.3 critical @42"
    later.run(35, 60, CALM)
    assert later.run(200, 5, hot)[0].startswith("raised i1.1 major")


def test_the_call_point_is_confirmed_at_once_and_latches_until_quiet() -> None:
    """A person pressed it: no hold, critical; it clears 60 s after the release."""
    bench = Bench()
    assert bench.run(0, 1, PRESSED) == ["raised i0.1 critical @0"]
    bench.run(1, 20, PRESSED)
    assert bench.run(21, 61, CALM)[-1] == "cleared i0.3 critical @81"


def test_again_before_it_cleared_is_the_same_incident() -> None:
    """A second puff within the quiet changes it."""
    bench = Bench()
    bench.run(0, 40, SMOKE)
    bench.run(40, 30, CALM)
    assert bench.run(70, 5, SMOKE) == ["changed i0.3 major @72"]
    assert bench.run(75, 70, CALM) == ["cleared i0.4 major @135"]


def test_a_sensor_that_dies_in_the_fire_does_not_clear_it() -> None:
    """No value is not a good value."""
    bench = Bench()
    bench.run(0, 5, SMOKE)
    assert not [line for line in bench.run(5, 300, {"temp": 20.0}) if line.startswith("cleared")]


def test_the_same_sample_twice_changes_nothing() -> None:
    """Redelivery is not a second reading."""
    bench = Bench()
    bench.feed(0, SMOKE)
    assert bench.feed(0, SMOKE) == []
    assert bench.feed(0, SMOKE) == []
    assert bench.run(1, 2, SMOKE) == ["raised i0.1 major @2"]


def test_a_fire_during_an_outage_is_raised_from_backfill() -> None:
    """Live samples, calm again, overtake the backfill in which it burned: it is raised, and clears by live quiet."""
    bench = Bench()
    bench.run(0, 10, CALM)
    bench.run(600, 5, CALM)
    late = [said(c) for second in range(10, 300) for c in bench.feed(second, SMOKE if 50 <= second < 100 else CALM)]
    assert late == ["raised i0.1 major @52"]
    assert bench.run(605, 61, CALM) == ["cleared i0.2 major @665"]


def test_a_hold_does_not_reach_across_an_outage() -> None:
    """One bad sample before it and one after are not a fire; nor is calm before and after it a minute of calm."""
    bench = Bench()
    bench.run(0, 10, CALM)
    bench.feed(10, SMOKE)
    assert bench.run(600, 1, SMOKE) == []
    assert bench.run(601, 5, SMOKE) == ["raised i0.1 major @602"]
    assert bench.run(606, 30, CALM) == ["changed i0.2 major @632"]
    assert bench.run(1200, 60, CALM) == []
    assert bench.run(1260, 1, CALM) == ["cleared i0.3 major @1260"]


def test_late_samples_of_a_known_fire_only_move_its_breach() -> None:
    """It burned before the link came back: one incident, breach at the true time; after it cleared, still none more."""
    bench = Bench()
    bench.run(0, 10, CALM)
    bench.run(100, 5, SMOKE)
    moved = [c for second in range(60, 100) for c in bench.feed(second, SMOKE)]
    assert [said(c) for c in moved] == ["changed i0.2 major @102"]
    assert moved[0].incident.breach_at_ms == 1_795_000_060_000
    bench.run(105, 100, CALM)
    assert [c for second in range(30, 60) for c in bench.feed(second, SMOKE if second > 45 else CALM)] == []


@pytest.mark.parametrize("late", [BOTH, SMOKE | {"call_point": True}])
def test_late_samples_confirm_a_known_fire(late: dict[str, Any]) -> None:
    """Heat or the call point in the backfill of a suspected fire: confirmed, also where the breach stays as it was."""
    bench = Bench()
    bench.run(0, 20, CALM)
    for second in (*range(20, 40), *range(60, 65)):
        bench.feed(second, SMOKE)
    news = [change for second in range(40, 60) for change in bench.feed(second, late)]

    assert news[0].incident.severity is Severity.CRITICAL
    assert len(news) == 1
    assert news[0].incident.breach_at_ms == 1_795_000_020_000
    assert len(news[0].incident.signals) == 2


def test_a_clock_set_back_does_not_blind_the_rules() -> None:
    """The endpoint's own order counts: newer numbers with an older time are judged live."""
    bench = Bench()
    bench.run(5_000, 10, CALM)
    lines = [said(c) for n in range(5) for c in bench.feed(100 + n, SMOKE, seq=6_000 + n)]
    assert lines == ["raised i0.1 major @102"]
    cleared = [said(c) for n in range(70) for c in bench.feed(105 + n, CALM, seq=6_100 + n)]
    assert [line.split()[0] for line in cleared] == ["changed", "cleared"]


def test_another_board_under_the_same_label_is_heard() -> None:
    """Counters that begin again with newer times are a new board, not repetitions."""
    bench = Bench()
    for second in range(50):
        bench.feed(second, CALM, seq=second, boot=9)
    assert [said(c) for n in range(5) for c in bench.feed(100 + n, SMOKE, seq=n, boot=1)] == ["raised i0.1 major @102"]


def test_an_absurd_time_does_not_deafen_us_to_another_board() -> None:
    """One sample from the year 2100, not believed: the board that comes after it is heard all the same."""
    bench = Bench()
    for second in range(50):
        bench.feed(second, CALM, seq=second, boot=9)
    absurd = accept(Pack("fire-a", 9, 50, 4_102_444_800_000, values=CALM), 1_795_000_050_000)
    assert bench.endpoint.is_new(absurd)
    bench.endpoint.feed(absurd, lambda: "none")
    assert [said(c) for n in range(5) for c in bench.feed(100 + n, SMOKE, seq=n, boot=1)] == ["raised i0.1 major @102"]


levels = st.sampled_from([CALM, SMOKE, PRESSED, BOTH, {"temp": 20.0}, CALM | {"temp": 90.0}])
scripts = st.lists(st.tuples(levels, st.integers(1, 45)), min_size=1, max_size=8)


@given(script=scripts, restarts=st.sets(st.integers(0, 300), max_size=5))
def test_a_restart_changes_nothing(script: list[tuple[dict[str, Any], int]], restarts: set[int]) -> None:
    """Restored from its state at any samples, the result is that of an uninterrupted run; and the story makes sense."""
    steady, shaky = Bench(), Bench()
    story: list[Change] = []
    second = 0
    for values, seconds in script:
        for _ in range(seconds):
            if second in restarts:
                shaky.restart()
            changes = steady.feed(second, values)
            assert changes == shaky.feed(second, values)
            story += changes
            second += 1
    check_story(story)


def check_story(story: list[Change]) -> None:
    """Raised first, revisions by one, cleared last, never two at once."""
    active: dict[str, int] = {}
    for change in story:
        incident = change.incident
        if change.event == "raised":
            assert not active
            assert incident.revision == 1
        else:
            assert incident.revision == active.pop(incident.id) + 1
        if change.event != "cleared":
            active[incident.id] = incident.revision


@given(st.lists(st.tuples(st.integers(0, 120), levels), max_size=120), st.randoms())
def test_any_order_makes_a_sensible_story(samples: list[tuple[int, dict[str, Any]]], random: Any) -> None:
    """Samples in whatever order: one active incident at most, revisions without holes."""
    random.shuffle(samples)
    bench = Bench()
    check_story([change for second, values in samples for change in bench.feed(second, values)])


@pytest.mark.parametrize(
    ("field", "value"), [("smoke_clear_per_m", 0.03), ("temp_clear_c", 60.0), ("hold_ms", -1), ("hold_ms", 5001)]
)
def test_limits_that_make_no_sense_are_refused(field: str, value: float) -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match=field):
        replace(FireLimits(), **{field: value})


def test_carbon_monoxide_confirms_and_never_raises() -> None:
    """Swings like those of a recorded analyser are no fire; beside smoke they make it a confirmed one."""
    bench = Bench()
    swings = [CALM | {"co": 500.0 if second % 20 < 10 else 0.0} for second in range(120)]
    assert [c for second, values in enumerate(swings) for c in bench.feed(second, values)] == []
    rising = [CALM | {"co": 4.0 * second} for second in range(120)]
    assert [c for second, values in enumerate(rising) for c in bench.feed(200 + second, values)] == []
    with_smoke = [SMOKE | {"co": 480.0 + 4.0 * second} for second in range(10)]
    happened = [said(c) for second, values in enumerate(with_smoke) for c in bench.feed(320 + second, values)]
    assert happened[0].startswith("raised i0.1 critical @")


class PlainLane(Lane):
    """As the rule is defined: the standard errors are taken off every slope."""

    def _number(self, rule: Rule, value: bool | int | float, at_ms: int) -> float | None:
        if not rule.sigmas:
            return super()._number(rule, value, at_ms)
        self._rises[rule.name].feed(value, at_ms)
        return self._rises[rule.name].sure_per_minute(rule.sigmas)


@given(st.lists(st.integers(-40, 400), max_size=80), st.integers(0, 3))
def test_a_slope_that_is_too_small_anyway_needs_no_standard_error(values: list[int], trend: int) -> None:
    """Half of the cost of a sample; not one judgement differs."""
    lane, plain = Lane(FireLimits()), PlainLane(FireLimits())
    for second, value in enumerate(values):
        reading = accept(Pack("fire-a", 1, second, second * 1000, values={"co": value + trend * second}), second * 1000)
        lane.feed(reading)
        plain.feed(reading)
        assert lane.to_state() == plain.to_state()
