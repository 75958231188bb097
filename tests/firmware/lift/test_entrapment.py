"""Entrapment: the table, every pair of it; when the condition holds, with every input true, false or unknown."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.endpoints import lift_entrapment as rules
from firmware.device.endpoints.lift_entrapment import (
    ALLOW,
    DUE,
    ENDS,
    HOLDING,
    HOLDS,
    RESET,
    SUPPRESS,
    SUPPRESSED,
    TRAPPED,
    WATCHING,
    Entrapment,
    hold_of,
)
from firmware.device.endpoints.lift_limits import limits_from

STATES = (WATCHING, HOLDING, TRAPPED, SUPPRESSED)
EVENTS = (HOLDS, ENDS, DUE, SUPPRESS, ALLOW, RESET)
GOES = {
    (WATCHING, HOLDS): HOLDING,
    (WATCHING, ENDS): WATCHING,
    (WATCHING, SUPPRESS): SUPPRESSED,
    (WATCHING, ALLOW): WATCHING,
    (HOLDING, HOLDS): HOLDING,
    (HOLDING, ENDS): WATCHING,
    (HOLDING, DUE): TRAPPED,
    (HOLDING, SUPPRESS): SUPPRESSED,
    (HOLDING, ALLOW): HOLDING,
    (TRAPPED, HOLDS): TRAPPED,
    (TRAPPED, ENDS): TRAPPED,
    (TRAPPED, SUPPRESS): TRAPPED,
    (TRAPPED, ALLOW): TRAPPED,
    (TRAPPED, RESET): WATCHING,
    (SUPPRESSED, HOLDS): SUPPRESSED,
    (SUPPRESSED, ENDS): SUPPRESSED,
    (SUPPRESSED, SUPPRESS): SUPPRESSED,
    (SUPPRESSED, ALLOW): WATCHING,
}
LIMITS = limits_from({})


@pytest.mark.parametrize(("state", "event"), list(itertools.product(STATES, EVENTS)))
def test_every_pair(state: int, event: int) -> None:
    """It goes where the list says; a pair that is not listed is refused and changes nothing."""
    latch = Entrapment()
    latch.state = state
    expected = GOES.get((state, event))

    assert latch.take(event) == (expected is not None)
    assert latch.state == (state if expected is None else expected)


def test_only_a_person_ends_it() -> None:
    """No other event leaves the latched state, and only a hold that is over enters it."""
    assert [(TRAPPED, RESET)] == [pair for pair, to in GOES.items() if pair[0] == TRAPPED and to != TRAPPED]
    assert [(HOLDING, DUE)] == [pair for pair, to in GOES.items() if pair[0] != TRAPPED and to == TRAPPED]


@dataclass
class Seen:
    """As Car tells it."""

    moving: bool | None = False
    zone: bool | None = True
    opened: bool | None = False
    people: bool | None = True
    button: bool = False
    arrived: bool = False


UNKNOWN_OR = (True, False, None)
CARS = [
    Seen(*known, *memory)
    for known in itertools.product(UNKNOWN_OR, repeat=4)
    for memory in itertools.product((True, False), repeat=2)
]


def test_known_cases() -> None:
    """What the requirement says, word by word."""
    assert LIMITS["hold_ms"] == hold_of(Seen(zone=False), LIMITS)
    assert LIMITS["hold_ms"] == hold_of(Seen(zone=False, opened=True), LIMITS)
    assert LIMITS["doors_hold_ms"] == hold_of(Seen(), LIMITS)
    assert LIMITS["button_hold_ms"] == hold_of(Seen(zone=False, button=True), LIMITS)
    assert LIMITS["button_hold_ms"] == hold_of(Seen(people=False, button=True), LIMITS)
    for free in (Seen(moving=True, zone=False), Seen(people=False), Seen(zone=False, people=False), Seen(opened=True)):
        assert hold_of(free, LIMITS) is None


def test_a_dead_door_zone_sensor_is_outside() -> None:
    """Standing with people and shut doors, the zone unknown: as if between floors."""
    assert LIMITS["hold_ms"] == hold_of(Seen(zone=None), LIMITS)
    assert LIMITS["hold_ms"] == hold_of(Seen(zone=None, opened=None), LIMITS)
    assert hold_of(Seen(zone=None, opened=True), LIMITS) is None
    assert LIMITS["button_hold_ms"] == hold_of(Seen(zone=None, opened=True, button=True), LIMITS)


@pytest.mark.parametrize("car", CARS, ids=str)
def test_an_unknown_input_is_judged_as_the_worse_value(car: Seen) -> None:
    """Unknown is never less of an entrapment than both known values of that input, with two exceptions that stand in
    the docstring: open doors vouch for a dead zone sensor, and an idle car looks like one with a dead radar."""
    holds = hold_of(car, LIMITS)
    for name in ("zone", "opened", "people"):
        if getattr(car, name) is not None:
            continue
        known = [hold_of(Seen(**{**vars(car), name: value}), LIMITS) for value in (True, False)]
        if name == "zone" and car.opened and not car.button:
            assert holds == known[0]
        elif name == "people" and not car.arrived and not car.button and car.zone:
            assert holds is None
        elif any(hold is not None for hold in known):
            assert holds is not None
            assert holds == min(hold for hold in known if hold is not None)
    if car.moving is None:
        standing = hold_of(Seen(**{**vars(car), "moving": False}), LIMITS)
        assert (holds is None) == (standing is None)


def feed_all(latch: Entrapment, holds: list[int | None], suppressed: bool = False) -> list[bool]:
    """A sample each second."""
    return [latch.feed(hold, suppressed, at * 1000) for at, hold in enumerate(holds)]


def test_a_hold_must_be_whole() -> None:
    """Sustained means without a break; the alarm comes with the sample at its end."""
    assert [False] * 3 + [True] == feed_all(Entrapment(), [3000] * 4)
    assert not any(feed_all(Entrapment(), [3000, 3000, None, 3000, 3000, 3000]))


def test_the_button_shortens_a_hold_that_runs() -> None:
    """Ten seconds are over already when the button asks for five."""
    assert feed_all(Entrapment(), [30_000] * 10 + [5000])[-1]


@given(st.lists(st.tuples(st.sampled_from([None, 2000, 5000]), st.booleans(), st.sampled_from("....R")), max_size=80))
def test_latched_until_reset(samples: list[tuple[int | None, bool, str]]) -> None:
    """Once true it stays true whatever comes, until the person; and it becomes true only where it was not suppressed
    and the condition was there at every sample of its hold."""
    latch, trapped, run_ms = Entrapment(), False, 0
    for at, (hold_ms, suppressed, person) in enumerate(samples):
        if person == "R":
            assert latch.take(RESET) == trapped
            trapped, run_ms = False, 0 if trapped else run_ms
        broken = suppressed or hold_ms is None
        run_ms = 0 if broken or trapped else run_ms + 1
        expected = trapped or (hold_ms is not None and not broken and (run_ms - 1) * 1000 >= hold_ms)
        assert latch.feed(hold_ms, suppressed, at * 1000) == expected
        trapped = expected


def test_it_survives_the_power() -> None:
    """Latched before, latched after, in every mode; a reset starts the watching again."""
    latch = Entrapment(trapped=True)
    assert latch.feed(None, True, 0)
    assert latch.take(RESET)
    assert not latch.feed(2000, False, 1000)
    assert latch.feed(2000, False, 3000)


def test_rows_are_whole() -> None:
    """Every state has an answer for every event."""
    assert [len(EVENTS)] * len(STATES) == [len(row) for row in rules._NEXT]
