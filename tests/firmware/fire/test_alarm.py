"""The local alarm beside the gateway's rules, and what the parts say about a room."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fire import FireLimits
from domain.fire import Lane as GatewayLane
from domain.readings import Reading
from firmware.device.alarm import BOUNDS, LIMITS, RISE_WINDOW_MS, LocalAlarm, limits_from
from firmware.device.drivers import SensorError, pressure
from firmware.device.sounder import PATTERNS
from simulators.physics import FireEnvironment
from simulators.virtual_board.parts.fire import contact_level, conversion, loop_ma


def test_the_board_and_the_gateway_judge_alike() -> None:
    """The local alarm has the limits of the gateway's fire rules, and those lie within what may be set."""
    limits = FireLimits()
    of_gateway = {
        "smoke": (limits.smoke_raise_per_m, limits.smoke_clear_per_m, limits.hold_ms),
        "temp": (limits.temp_raise_c, limits.temp_clear_c, limits.hold_ms),
        "temp_rise": (limits.temp_rise_c_per_min, limits.temp_rise_clear_c_per_min, limits.hold_ms),
    }

    assert of_gateway == LIMITS == limits_from(of_gateway)
    assert set(LIMITS) == set(BOUNDS)
    assert RISE_WINDOW_MS == limits.temp_rise_window_ms


FIRES = {
    "smoke": lambda s: {"smoke": 0.03 if s >= 100 else 0.001},
    "temp": lambda s: {"temp": 60.0 if s >= 100 else 22.0},
    "temp_rise": lambda s: {"temp": 22.0 + max(0, s - 100) * 0.2},
    "call_point": lambda s: {"call_point": s == 100},
}


@pytest.mark.parametrize("fire", FIRES)
def test_local_alarm(fire: str) -> None:
    """Each kind of fire sounds the alarm, and a quiet minute before it does not."""
    alarm = LocalAlarm(latched=False)
    at = {second: alarm.feed(FIRES[fire](second), second * 1000) for second in range(180)}

    assert not any(at[second] for second in range(100))
    assert any(at[second] for second in range(100, 160))
    assert fire != "call_point" or at[179]


room_values = st.fixed_dictionaries(
    {},
    optional={
        "smoke": st.sampled_from([0.001, 0.011, 0.015, 0.02, 0.4]),
        "temp": st.sampled_from([20.0, 22.0, 51.0, 58.0]),
        "co": st.floats(0, 500),
        "call_point": st.booleans(),
    },
)


def _reading(seq: int, at_ms: int, values: dict[str, float]) -> Reading:
    return Reading(
        device="fire-a",
        boot=1,
        seq=seq,
        at_ms=at_ms,
        received_ms=at_ms,
        told_ms=None,
        backfill=False,
        quality="good",
        values=values,
        faults={},
    )


@given(st.lists(room_values, min_size=1, max_size=80))
def test_board_and_gateway_agree_sample_by_sample(samples: list[dict[str, float]]) -> None:
    """Whatever the samples: the board is in alarm where the gateway sees a fire, and longer only by a call point."""
    alarm, lane = LocalAlarm(latched=False), GatewayLane(FireLimits())
    for number, values in enumerate(samples):
        at_ms = 1_795_324_297_817 + number * 1000
        active = alarm.feed(dict(values), number * 1000)
        lane.feed(_reading(number, at_ms, values))
        assert active == (lane.burning or alarm.latched)


@given(st.floats(0, 1600), st.floats(0, 1600))
def test_loops_say_what_their_main_holds(hydrant: float, sprinkler: float) -> None:
    """Model and driver agree within one step of the converter."""
    room = FireEnvironment(smoke_per_m=0, temp_c=20, co_ppm=0, hydrant_kpa=hydrant, sprinkler_kpa=sprinkler)

    assert hydrant == pytest.approx(pressure.decode(conversion(loop_ma("hydrant_pressure", room))), abs=0.07)
    assert sprinkler == pytest.approx(pressure.decode(conversion(loop_ma("sprinkler_pressure", room))), abs=0.07)


@pytest.mark.parametrize(("fault", "reason"), [("", "open_loop"), ("_shorted", "short_loop")])
def test_a_broken_loop_is_no_pressure(fault: str, reason: str) -> None:
    """A cut wire and a short are told apart, and neither is a number."""
    room = FireEnvironment(smoke_per_m=0, temp_c=20, co_ppm=0, faults=frozenset({"hydrant_pressure" + fault}))
    with pytest.raises(SensorError, match=reason):
        pressure.decode(conversion(loop_ma("hydrant_pressure", room)))


def test_a_cut_wire_opens_its_contact() -> None:
    """An endpoint with every contact wire cut looks opened, pressed by nobody, and without mains."""
    calm = FireEnvironment(smoke_per_m=0, temp_c=20, co_ppm=0)
    nets = {"door": 0, "extinguisher": 0, "tamper": 0, "mains": 0, "button": 1, "call_no": 1, "call_nc": 0}

    assert nets == {net: contact_level(net, calm) for net in nets}


def test_technicians_are_told_the_sounds_and_what_may_be_set() -> None:
    """docs/operations.md has every pattern, and the bounds of the limits."""
    page = (Path(__file__).parents[3] / "docs/operations.md").read_text(encoding="utf-8")
    told = {
        name for line in page.splitlines() if line.startswith("| `") for name in line.split("|")[1].split("`")[1::2]
    }

    assert set(PATTERNS) <= told
    for name, (low, high) in BOUNDS.items():
        assert f"`{name}` {low:g}–{high:g}" in page
