"""Message codes: which condition gives which code of the 2017 set, when, and what a code set is."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.device.endpoints.lift_car import Car
from firmware.device.endpoints.lift_codes import CODE_SETS, DEFAULT, Codes
from firmware.device.endpoints.lift_limits import limits_from

LIMITS = limits_from({})
CLOSED = {"door_zone": True, "door_closed": True, "door_open": False, "people": False, "mains": True, "mode": 1}
BETWEEN = CLOSED | {"door_zone": False}
OPEN = CLOSED | {"door_closed": False, "door_open": True}
HALF = CLOSED | {"door_closed": False}


class Lift:
    """A car and its codes; `see` is one second."""

    def __init__(self) -> None:
        self.car, self.codes = Car(), Codes()
        self.at_ms = 0
        self.told: list[int] = []

    def see(self, values: dict[str, Any], moving: bool | None = False, known: bool = True, seconds: int = 1) -> Lift:
        for _ in range(seconds):
            self.car.feed(values, moving, self.at_ms, LIMITS["memory_ms"])
            self.told += self.codes.feed(self.car, known, values.get("mains") is False, LIMITS, self.at_ms)
            self.at_ms += 1000
        return self


def test_the_sets_of_the_standard() -> None:
    """Codes are those of the table in standards 3.1; those a board beside the lift cannot see are not in it but 47."""
    assert {0, 2, 3, 4, 5, 6, 7, 40, 41, 42, 43, 44, 45, 46, 47, 90} == set(CODE_SETS[DEFAULT])
    assert "gb24476-2017" == DEFAULT


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ([(CLOSED, False, 300)], []),
        ([(BETWEEN, True, 100)], []),
        ([(BETWEEN, False, 5)], []),
        ([(BETWEEN, False, 7)], [4]),
        ([(BETWEEN, False, 7), (CLOSED, False, 1)], [4, 0]),
        ([(BETWEEN | {"mode": 2}, False, 100)], [43]),
        ([(OPEN, False, 1), (HALF, False, 25)], [2]),
        ([(CLOSED, False, 1), (HALF, False, 25)], [3]),
        ([(OPEN, False, 1), (HALF, False, 5), (OPEN, False, 5), (HALF, False, 18)], []),
        ([(BETWEEN | {"people": True}, True, 5), (CLOSED | {"people": True}, False, 25)], [3]),
        ([(BETWEEN, True, 5), (CLOSED, False, 25)], []),
        ([(OPEN | {"door_zone": False}, True, 1)], [5]),
        ([(BETWEEN, True, 122)], [6]),
        ([(CLOSED | {"mains": False}, False, 2), (CLOSED, False, 2)], [41, 42, 40]),
        ([(CLOSED | {"mode": 3}, False, 2), (OPEN | {"mode": 3}, False, 3), (CLOSED, False, 1)], [44, 45, 40]),
        ([(CLOSED | {"mode": 2}, False, 2), (CLOSED, False, 1)], [43, 40]),
        ([(CLOSED | {"mode": None}, False, 2), (CLOSED, False, 1)], [40]),
        ([(CLOSED | {"alarm_button": True}, False, 3), (CLOSED, False, 1)] * 2, [90, 90]),
    ],
)
def test_what_is_told(stages: list[tuple[dict[str, Any], bool, int]], told: list[int]) -> None:
    """Each stage is inputs, motion and seconds; told is everything that was reported."""
    lift = Lift()
    for values, moving, seconds in stages:
        lift.see({name: value for name, value in values.items() if value is not None}, moving, seconds=seconds)
    assert told == lift.told


def test_a_lost_position_is_told_once_it_was_known() -> None:
    """Not at power-on."""
    lift = Lift().see(CLOSED, known=False, seconds=100)
    assert [] == lift.told
    assert [7, 0] == lift.see(CLOSED).see(CLOSED, known=False, seconds=5).see(CLOSED).told


def test_an_input_that_is_unknown_makes_no_code() -> None:
    """Faults of channels speak for themselves."""
    assert [] == Lift().see({"mode": 1, "mains": True}, None, seconds=300).told


def test_the_message_code_is_the_most_important_present_one() -> None:
    """The button, then faults, then mains, then a mode that is not normal."""
    lift = Lift().see(CLOSED)
    assert 0 == lift.codes.message_code()
    lift.see(CLOSED | {"mode": 3})
    assert 44 == lift.codes.message_code()
    dark = BETWEEN | {"mains": False}
    lift.see(dark)
    assert 41 == lift.codes.message_code()
    lift.see(dark, seconds=6)
    assert 4 == lift.codes.message_code()
    lift.see(dark | {"alarm_button": True})
    assert 90 == lift.codes.message_code()
    lift.see(CLOSED)
    assert 0 == lift.codes.message_code()
    assert 0 == Lift().see({"mains": True}).codes.message_code()  # the mode is unknown, that is no message


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"hold": 1}, "hold"),
        ({"hold_ms": 1999}, "hold_ms"),
        ({"hold_ms": "30000"}, "hold_ms"),
        ({"hold_ms": 30_000.0}, "hold_ms"),
        ({"test_call_ms": 259_200_001}, "test_call_ms"),
        ({"mm_per_turn": 0}, "mm_per_turn"),
        ({"floors": [1, 2]}, "floors"),
        ({"floors": [[1, 0], [2, 100]]}, "floors"),
        ({"floors": [[1, 0], [1, 3000]]}, "floors"),
        ({"floors": [[1, 0, 0]]}, "floors"),
        ({"floors": {"1": 0}}, "floors"),
        ({"floors": [[-30, 0]]}, "floors"),
    ],
)
def test_wrong_limits_are_named(limits: dict[str, Any], named: str) -> None:
    """With the field and what it may be."""
    with pytest.raises(ValueError, match=named):
        limits_from({}, limits)


def test_later_layers_win() -> None:
    """Pushed settings over provisioning over defaults."""
    limits = limits_from({"hold_ms": 20_000, "doors_ms": 6000}, {"hold_ms": 10_000, "floors": [[-1, 0], [1, 3000]]})
    assert (10_000, 6000, 5000) == (limits["hold_ms"], limits["doors_ms"], limits["outside_ms"])
    assert [[-1, 0], [1, 3000]] == limits["floors"]
