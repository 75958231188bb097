"""Ladders, delays, latching, suppression, several rules of one kind; all of it over restarts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.alarm_states import AlarmState
from domain.incidents import Kind
from domain.rules.engine import HELD
from tests.domain.rules.line import START_MS, Line, program, reading

HOT = {"channel": "motor_temp", "high": 60, "clear": 55}
both = pytest.mark.parametrize("restarting", [False, True], ids=["running", "restarted"])


@both
def test_warn_then_critical_after_a_minute_then_back_then_clear_after_five_quiet_minutes(restarting: bool) -> None:
    """Entry 8 of the catalogue of failures: one incident that climbs and descends in place. TB 11803."""
    ladder = {
        "warning": {"when": HOT, "off_s": 300},
        "critical": {"when": HOT, "on_s": 60, "off_s": 120},
    }
    line = Line(program(ladder), restarting=restarting)

    told = line.run("motor_temp", [50, *[61.0] * 100, *[54.9] * 400])

    assert told == [
        (1, "raised", "warning"),
        (61, "changed", "critical"),
        (101 + 120, "changed", "warning"),
        (101 + 300, "cleared", "warning"),
    ]
    assert {change.incident.id for change in line.changes} == {"i1"}
    assert [change.incident.revision for change in line.changes] == [1, 2, 3, 4]
    assert line.changes[0].incident.breach_at_ms == line.changes[-1].incident.breach_at_ms == START_MS + 1000


@both
def test_levels_are_one_ladder_and_the_deadband_keeps_a_noisy_value_from_flapping(restarting: bool) -> None:
    """Low, low-low, high and high-high of one channel."""
    levels = {
        "minor": {"when": {"any": [HOT, {"channel": "motor_temp", "low": 0, "clear": 3}]}},
        "major": {
            "when": {"any": [{**HOT, "high": 80, "clear": 75}, {"channel": "motor_temp", "low": -20, "clear": -17}]}
        },
    }
    line = Line(program(levels), restarting=restarting)

    told = line.run("motor_temp", [20, 59.9, 60, 55, 58, 80, 75, 74.9, 54.9, 20, 0, 2, -20, -18, 4])

    assert told == [
        (2, "raised", "minor"),
        (5, "changed", "major"),
        (7, "changed", "minor"),
        (8, "cleared", "minor"),
        (10, "raised", "minor"),
        (12, "changed", "major"),
        (14, "cleared", "major"),
    ]
    signal = line.changes[1].incident.signals[0]
    assert (signal.rule, signal.channel, signal.value, signal.limit, signal.clear, signal.unit) == (
        "rule_1",
        "motor_temp",
        80,
        80,
        75,
        "Cel",
    )


@both
def test_an_on_delay_starts_again_with_every_good_value_and_a_failed_channel_changes_nothing(restarting: bool) -> None:
    """A burnt sensor neither raises nor clears."""
    line = Line(program({"minor": {"when": HOT, "on_s": 3, "off_s": 3}}), restarting=restarting)
    for second, value in enumerate([60, 60, 60, 50, 60, 60, None, None, 60, None, 50, 50, None, 50, 50]):
        values = {} if value is None else {"motor_temp": float(value)}
        line.feed(second, values, {"motor_temp": "open_circuit"} if value is None else {})

    assert line.told == [(8, "raised", "minor"), (13, "cleared", "minor")]


@both
def test_two_breaching_samples_a_millisecond_apart_make_one_incident(restarting: bool) -> None:
    """Entry 7 of the catalogue of failures. TB 15583."""
    line = Line(program({"minor": {"when": HOT}}, {"major": {"when": HOT}}), restarting=restarting)

    line.feed(1.000, {"motor_temp": 70})
    line.feed(1.001, {"motor_temp": 71})

    assert line.told == [(1.0, "raised", "major")]
    assert [signal.rule for signal in line.changes[0].incident.signals] == ["rule_1", "rule_2"]


@both
def test_rules_of_one_kind_share_an_incident_and_kinds_have_their_own(restarting: bool) -> None:
    """The incident names the rules that speak, and is over with the last of them."""
    line = Line(
        program(
            {"name": "hot", "minor": {"when": HOT}},
            {"name": "shaking", "major": {"when": {"channel": "vibration_rms", "high": 2, "clear": 1}}},
            {"name": "open", "raises": "tamper", "warning": {"when": {"channel": "tamper", "is": True}}},
        ),
        restarting=restarting,
    )

    line.feed(0, {"motor_temp": 70, "vibration_rms": 0.1, "tamper": True})
    line.feed(1, {"motor_temp": 70, "vibration_rms": 3.0, "tamper": True})
    line.feed(2, {"motor_temp": 20, "vibration_rms": 3.0, "tamper": True})
    line.feed(3, {"motor_temp": 20, "vibration_rms": 0.1, "tamper": False})

    rows = [(str(c.incident.kind), str(c.event), [s.rule for s in c.incident.signals]) for c in line.changes]
    assert rows == [
        ("lift_fault", "raised", ["hot"]),
        ("tamper", "raised", ["open"]),
        ("lift_fault", "changed", ["hot", "shaking"]),
        ("lift_fault", "changed", ["shaking"]),
        ("lift_fault", "cleared", ["shaking"]),
        ("tamper", "cleared", ["open"]),
    ]


@both
def test_a_latched_rule_waits_for_a_person(restarting: bool) -> None:
    """It is over and stays active; the reset ends it; what speaks again meanwhile is the same incident."""
    rule = {"latch": True, "minor": {"when": HOT}, "major": {"when": {**HOT, "high": 80, "clear": 75}}}
    line = Line(program(rule), restarting=restarting)

    line.run("motor_temp", [81, 70, 20])
    assert line.engine.alarms == {Kind.LIFT_FAULT: AlarmState.LATCH_UNACK}
    assert line.engine.acknowledge(Kind.LIFT_FAULT)
    assert line.engine.alarms == {Kind.LIFT_FAULT: AlarmState.LATCH_ACK}
    line.run("motor_temp", [61], start=3)
    assert line.engine.alarms == {Kind.LIFT_FAULT: AlarmState.UNACK}
    assert line.engine.reset(Kind.LIFT_FAULT, START_MS + 3_500, line.new_id) == []
    line.run("motor_temp", [20], start=4)
    line.take(5, line.engine.reset(Kind.LIFT_FAULT, START_MS + 5_000, line.new_id))

    assert [(second, event, severity) for second, event, severity in line.told if event != "changed"] == [
        (0, "raised", "major"),
        (5, "cleared", "major"),
    ]
    assert [change.incident.signals[0].reason for change in line.changes] == ["", HELD, "", HELD, HELD]
    assert line.engine.alarms == {}


@both
def test_suppressed_by_design_says_nothing_and_speaks_at_once_when_that_ends(restarting: bool) -> None:
    """A lift in inspection."""
    rule = {"minor": {"when": HOT}, "suppress": {"channel": "mode", "is": [2, 3]}}
    line = Line(program(rule), restarting=restarting)

    line.feed(0, {"motor_temp": 20, "mode": 2})
    line.feed(1, {"motor_temp": 70, "mode": 2})
    assert line.engine.alarms == {Kind.LIFT_FAULT: AlarmState.DSUPR}
    line.feed(2, {"motor_temp": 70})  # nobody says the mode: as before
    line.feed(3, {"motor_temp": 70, "mode": 1})
    assert line.engine.alarms == {Kind.LIFT_FAULT: AlarmState.UNACK}
    line.feed(4, {"motor_temp": 70, "mode": 3})
    line.feed(5, {"motor_temp": 20, "mode": 3})

    assert line.told == [(3, "raised", "minor"), (4, "cleared", "minor")]
    assert line.engine.alarms == {}


@both
def test_an_acknowledged_alarm_that_gets_worse_is_news_again(restarting: bool) -> None:
    """And one that was over before anybody knew stays until somebody does."""
    rule = {"minor": {"when": HOT}, "major": {"when": {**HOT, "high": 80, "clear": 75}}}
    line = Line(program(rule), restarting=restarting)
    states = []
    for second, value in enumerate([61, 61, 81, 81, 70, 20]):
        line.feed(second, {"motor_temp": value})
        states.append(str(line.engine.alarms.get(Kind.LIFT_FAULT, "norm")))
        if second == 0:
            assert line.engine.acknowledge(Kind.LIFT_FAULT)

    assert states == ["unack", "acked", "unack", "unack", "unack", "rtnun"]
    assert not line.engine.acknowledge(Kind.LIFT_FAULT, "an older one")
    assert line.engine.acknowledge(Kind.LIFT_FAULT, line.changes[-1].incident.id)
    assert not line.engine.acknowledge(Kind.LIFT_FAULT)
    assert line.engine.alarms == {}


@both
def test_nothing_reaches_across_a_gap_or_a_clock_that_steps(restarting: bool) -> None:
    """On-delays, off-delays, counts and patterns begin anew: nobody knows what happened in between."""
    count = {"n_of": 2, "of": 3, "when": {"channel": "car_moving", "is": True}}
    line = Line(
        program({"minor": {"when": HOT, "on_s": 100, "off_s": 100}}, {"raises": "power", "minor": {"when": count}}),
        restarting=restarting,
    )
    line.feed(0, {"motor_temp": 70, "car_moving": True})
    line.feed(61, {"motor_temp": 70, "car_moving": True})  # more than the gap
    line.feed(110, {"motor_temp": 70, "car_moving": False})
    line.feed(20, {"motor_temp": 70, "car_moving": False})  # the clock stepped back
    for second in range(30, 130, 10):
        line.feed(second, {"motor_temp": 70})
    line.feed(140, {"motor_temp": 20})
    line.feed(100_000, {"motor_temp": 20})  # and far ahead
    line.feed(100_060, {"motor_temp": 20})
    line.feed(100_100, {"motor_temp": 20})

    assert line.told == [(120, "raised", "minor"), (100_100, "cleared", "minor")]


def test_a_pending_rule_that_meets_a_gap_counts_from_there() -> None:
    """It must not be forgotten either."""
    line = Line(program({"minor": {"when": HOT, "on_s": 50}}))
    for second in (0, 40, 200, 240):
        line.feed(second, {"motor_temp": 70})
    assert line.told == []
    line.feed(250, {"motor_temp": 70})
    assert line.told == [(250, "raised", "minor")]


@both
def test_a_long_delay_survives_a_short_hole(restarting: bool) -> None:
    """A day of waiting must not begin again with every outage of a minute; with one of hours it must."""
    day = 86_400
    line = Line(program({"minor": {"when": HOT, "on_s": day, "off_s": day}}), restarting=restarting)
    for second in range(0, day + 1, day // 20):
        line.feed(second, {"motor_temp": 70})
    assert line.told == [(day, "raised", "minor")]

    for second in (day + 10, 2 * day):  # the second hole is nearly all of it
        line.feed(second, {"motor_temp": 20})
    for second in range(2 * day, 3 * day + 1, day // 20):
        line.feed(second, {"motor_temp": 20})
    assert line.told[1:] == [(3 * day, "cleared", "minor")]


def test_other_limits_keep_what_is_active_and_judge_it_by_what_they_say_now() -> None:
    """A configuration push is no reason to raise or clear anything by itself."""
    rule = {"name": "hot", "minor": {"when": HOT, "off_s": 2}}
    higher = {"name": "hot", "minor": {"when": {**HOT, "high": 90, "clear": 85}, "off_s": 2}}
    line = Line(program(rule))
    line.run("motor_temp", [70])
    line.restart(program({**rule, "minor": {"when": {**HOT, "high": 65}, "off_s": 2}}))
    line.run("motor_temp", [70, 64, 64, 70], start=1)
    line.restart(program(higher))
    line.run("motor_temp", [70, 70, 70], start=5)

    assert line.told == [(0, "raised", "minor"), (7, "cleared", "minor")]


def test_a_rule_that_is_gone_clears_its_incident_and_leaves_no_trace() -> None:
    """At the next sample: somebody has to hear of it."""
    line = Line(program({"name": "hot", "minor": {"when": HOT}}))
    line.run("motor_temp", [70])
    assert line.engine.acknowledge(Kind.LIFT_FAULT)
    line.restart(program())
    line.run("motor_temp", [70], start=1)

    assert line.told == [(0, "raised", "minor"), (1, "cleared", "minor")]
    assert list(line.engine.to_state()) == ["last_ms"]


@both
def test_a_sample_that_filters_left_empty_says_nothing(restarting: bool) -> None:
    """Not even that something is missing; life safety judges what came."""
    rules = program(
        {"raises": "fire", "critical": {"when": {"channel": "motor_temp", "high": 150, "clear": 140}}},
        {"minor": {"when": {"missing": "motor_temp"}}},
        {"raises": "power", "minor": {"when": {"n_of": 1, "of": 2, "when": {"not": {"channel": "mains", "is": True}}}}},
    )
    line = Line(rules, restarting=restarting)
    for second in range(3):
        raw = reading(second, {"motor_temp": 160.0, "mains": False})
        line.take(second, line.engine.feed(raw, line.new_id, replace(raw, values={})))

    assert [(second, event) for second, event, _ in line.told] == [(0, "raised")]
    assert line.changes[0].incident.kind is Kind.FIRE


def test_a_rule_of_the_site_brings_its_own_word() -> None:
    """The console knows those of every gateway only."""
    line = Line(program({"label": "锅炉房高温", "minor": {"when": HOT}}))
    line.run("motor_temp", [70])

    assert line.changes[0].incident.signals[0].label == "锅炉房高温"


def test_what_is_calm_takes_no_room() -> None:
    """The state is written with every commit."""
    rules = [{"minor": {"when": {"channel": "motor_temp", "high": 60 + n, "clear": 50}, "on_s": 5}} for n in range(40)]
    line = Line(program(*rules))
    line.run("motor_temp", [20, 70, 20])

    assert list(line.engine.to_state()) == ["last_ms"]
