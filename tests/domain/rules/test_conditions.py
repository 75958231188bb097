"""Every condition: when it is true, when it is false, and when nobody can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from domain.rules.conditions import MINUTE_MS, Memory, Moment, Truth
from domain.rules.program import compiled
from domain.rules.reader import read_rule
from tests.domain.rules.line import START_MS, program

MOVING = {"channel": "car_moving", "is": True}
OPEN = {"channel": "door_open", "is": True}


class Judged:
    """One condition of a lift rule."""

    def __init__(self, when: Mapping[str, Any]) -> None:
        self._nodes = program({"minor": {"when": {"any": [MOVING, when]}}}).nodes[:-1]
        self._memory: Memory = {}

    def __call__(self, second: float, values: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> Truth:
        """What a sample makes of it."""
        now = Moment(values=values, faults=faults or {}, at_ms=START_MS + round(second * 1000))
        truths: list[Truth] = []
        for node in self._nodes:
            parts = [truths[place] for place in node.parts]
            truths.append(node.condition.judge(now, node.key, self._memory, parts))
        return truths[-1]


def letters(truths: list[Truth]) -> str:
    """Truths as one word: T, F, ?"""
    return "".join("?" if truth is None else "FT"[truth] for truth in truths)


@pytest.mark.parametrize(
    ("when", "values", "says"),
    [
        ({"channel": "speed", "high": 2, "clear": 1.5}, [1.99, 2, 1.5, 1.49, 1.99, None, 2, None, 1], "FTTFF?T?F"),
        ({"channel": "speed", "high": 2, "clear": 2}, [1.99, 2, 1.99], "FTF"),
        ({"channel": "speed", "low": -2, "clear": -1.5}, [-1.99, -2, -1.5, -1.49, None], "FTTF?"),
        ({"channel": "mode", "is": [2, 3]}, [1, 2, 3.0, 4, None], "FTTF?"),
        ({"channel": "tamper", "is": False}, [True, False, None], "FT?"),
        ({"not": {"channel": "tamper", "is": True}}, [True, False, None], "FT?"),
        ({"n_of": 2, "of": 3, "when": {"channel": "tamper", "is": True}}, [1, 0, 0, 1, 1, None, 0, 0], "FFFFT?TF"),
        ({"missing": "speed"}, [1, None], "FT"),
    ],
)
def test_one_channel(when: dict[str, Any], values: list[Any], says: str) -> None:
    """Level, state, contrary, n of m, missing."""
    channel = next(name for name in ("speed", "mode", "tamper") if name in str(when))
    judged = Judged(when)
    given = [value if channel != "tamper" or value is None else bool(value) for value in values]

    assert letters([judged(n, {} if value is None else {channel: value}) for n, value in enumerate(given)]) == says


def test_missing_is_not_what_a_person_has_switched_off_or_what_cannot_say_yet() -> None:
    """As in domain/sensor_faults.py."""
    judged = Judged({"missing": "floor"})

    assert letters([judged(0, {}, {"floor": reason}) for reason in ("no_floor_table", "disabled", "stale")]) == "FFT"


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (False, False, False, False),
        (True, None, None, True),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_compound_across_channels(one: Truth, other: Truth, both: Truth, either: Truth) -> None:
    """What is unknown decides nothing that the others have decided."""
    for first, second in ((one, other), (other, one)):
        values = {name: value for name, value in (("car_moving", first), ("door_open", second)) if value is not None}
        assert Judged({"all": [MOVING, OPEN]})(0, values) is both
        assert Judged({"any": [MOVING, OPEN]})(0, values) is either


def test_a_pattern_of_states_counts_only_whole_rounds_within_its_span() -> None:
    """反复开关门: the doors open and close, three times within 20 s."""
    judged = Judged({"pattern": [OPEN, {"channel": "door_closed", "is": True}], "times": 3, "within_s": 20})
    doors = "oocc.o.c" + "oc" + "." * 15 + "oc" + "o" + "." * 21 + "c"

    truths = [judged(n, {"door_open": door == "o", "door_closed": door == "c"}) for n, door in enumerate(doors)]

    assert letters(truths) == "F" * 9 + "T" * 14 + "FFF" + "TT" + "F" * (len(doors) - 28)
    assert judged(len(doors), {}) is None


def test_a_slope_is_unknown_until_half_its_window_is_seen_and_has_a_deadband() -> None:
    """A pipe that loses 60 kPa a minute."""
    fall = {"channel": "motor_temp", "fall_per_min": 60, "clear": 30, "window_s": 16}
    rise = {"channel": "motor_temp", "rise_per_min": 60, "clear": 30, "window_s": 16}
    falling, rising = Judged(fall), Judged(rise)
    values = [100.0] * 12 + [100.0 - 1.2 * n for n in range(20)] + [76.0] * 20

    truths = [(falling(n, {"motor_temp": v}), rising(n, {"motor_temp": v})) for n, v in enumerate(values)]
    fell, rose = ([pair[side] for pair in truths] for side in (0, 1))

    assert letters(fell[:20]) == "?" * 8 + "F" * 12
    assert True in fell[20:32]
    assert letters(fell[-3:]) == "FFF"
    assert True not in rose
    assert falling(100, {}) is None


@pytest.mark.parametrize(
    ("hours", "days", "inside", "outside"),
    [
        (["22:00", "06:00"], None, ["mon 22:00", "tue 05:59", "sun 23:00", "mon 00:00"], ["mon 06:00", "mon 21:59"]),
        (["08:30", "17:30"], ["mon", "fri"], ["mon 08:30", "fri 17:29"], ["tue 09:00", "mon 08:29", "mon 17:30"]),
        (["22:00", "06:00"], ["sat"], ["sat 22:00", "sun 05:59"], ["sun 22:00", "sat 05:59", "sun 06:00"]),
        (["00:00", "24:00"], ["sun"], ["sun 00:00", "sun 23:59"], ["mon 00:00", "sat 23:59"]),
    ],
)
def test_hours_of_the_day(hours: list[str], days: list[str] | None, inside: list[str], outside: list[str]) -> None:
    """Over midnight they belong to the day they began on."""
    between = {"between": hours} | ({"days": days} if days else {})
    table = {"name": "at_night", "endpoints": ["lift"], "raises": "tamper", "source": "default"}
    rule = read_rule({**table, "minor": {"when": {"all": [MOVING, between]}}}, "rule")
    node = next(node for node in compiled([rule]).nodes if "Between" in repr(node.condition) and not node.parts)
    monday_min = 4 * 1440  # the fifth of January 1970

    for text in inside + outside:
        day, clock = text.split()
        number = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(day)
        minute = monday_min + number * 1440 + int(clock[:2]) * 60 + int(clock[3:])
        now = Moment(values={}, faults={}, at_ms=minute * MINUTE_MS, local_min=minute)
        assert node.condition.judge(now, node.key, {}, ()) is (text in inside), text


def test_equal_conditions_are_judged_once() -> None:
    """Two steps that wait differently long for the same thing must not count a sample twice."""
    count = {"n_of": 2, "of": 3, "when": MOVING}

    judged = program({"minor": {"when": count}, "major": {"when": count, "on_s": 9}}, {"minor": {"when": MOVING}})

    assert len(judged.nodes) == 2
