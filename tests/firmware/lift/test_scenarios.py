"""The endpoint over the scenarios: its own drivers on the simulated parts, without a board and without a broker."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.endpoints.lift_entrapment import TRAPPED
from simulators.environments.lift import LiftRide, load
from tests.firmware.lift.bench import FLOORS, SCENARIOS, Bench


def play(name: str, folder: Path, seconds: float, *more: dict[str, Any]) -> Bench:
    """The scenario from its beginning, and what else happens."""
    return Bench(load(SCENARIOS / f"lift_{name}.toml", more=more), folder).run(seconds)


def first(column: list[Any], value: Any) -> int:
    """The second at which a column first has this value."""
    return column.index(value)


def test_a_normal_hour(tmp_path: Path) -> None:
    """People ride for an hour: no entrapment, no code, no fault after the floor is found, nothing urgent."""
    bench = play("day", tmp_path, 3600)

    assert {False} == set(bench.column("entrapment")) | set(bench.urgent) | set(bench.column("entrapment_suppressed"))
    assert {0} == set(bench.column("message_code"))
    assert [("test_call", True)] == [(report["what"], report["passed"]) for report in bench.reports.all]
    assert {1, 2, 3, 4, 5} == {values["floor"] for values, _ in bench.seen[30:]}
    assert not any(faults for _, faults in bench.seen[62:])
    assert {1: 1, 33: 5, 75: 2, 95: 1}.items() <= dict(enumerate(bench.column("floor")[120:])).items()
    assert {-1, 0, 1} == {values["direction"] for values, _ in bench.seen[2:]}
    assert 1.74 < max(values["speed"] for values, _ in bench.seen[2:]) < 1.77
    assert -1.77 < min(values["speed"] for values, _ in bench.seen[2:]) < -1.74
    assert bench.last("vibration_rms") == pytest.approx(0.02 / 2**0.5, abs=0.01)


def test_between_floors(tmp_path: Path) -> None:
    """Latched after the hold, not cleared by the radar, nor by free doors and an empty car, only by the reset."""
    bench = play("entrapment", tmp_path, 160)
    trapped = bench.column("entrapment")
    start = first(trapped, True)

    assert 20 + 30 <= start <= 20 + 33
    assert all(trapped[start:])
    assert all(bench.urgent[start:])
    assert 4 in bench.reports.codes()
    assert "entrapment" in bench.reports.codes()
    assert 4 == bench.column("message_code")[40]
    assert {} == bench.endpoint.commands["reset_alarm"]({})
    assert not bench.run(60).last("entrapment")
    with pytest.raises(ValueError, match="latched"):
        bench.endpoint.commands["reset_alarm"]({})


def test_a_radar_that_flickers_does_not_restart_the_hold(tmp_path: Path) -> None:
    """Nobody leaves a car between floors."""
    seconds = [at / 5 for at in range(100, 300)]
    bench = play("entrapment", tmp_path, 60, *[{"t_s": at, "people": at % 7 < 0.5} for at in seconds])

    assert 50 <= first(bench.column("entrapment"), True) <= 53


def test_a_reset_too_early_latches_again(tmp_path: Path) -> None:
    """Somebody resets without looking: the condition is still there, and so is the alarm, a hold later."""
    bench = play("entrapment", tmp_path, 60)
    bench.endpoint.commands["reset_alarm"]({"by": "button"})
    bench.run(2)
    assert not bench.last("entrapment")
    assert bench.run(32).last("entrapment")
    assert "alarm_reset" in [report["what"] for report in bench.reports.all]


def test_doors_that_do_not_open(tmp_path: Path) -> None:
    """At the floor, doors shut, people inside: code 3 first, entrapment after the longer hold, latched."""
    bench = play("doors_fail", tmp_path, 120)

    assert 15 + 60 <= first(bench.column("entrapment"), True) <= 15 + 64
    assert bench.last("entrapment")
    assert [3, "entrapment", 0] == bench.reports.codes()


@pytest.mark.parametrize(("name", "mode"), [("inspection", 2), ("fire", 4)])
def test_suppressed_and_visible(tmp_path: Path, name: str, mode: int) -> None:
    """People stand between floors for over a minute, and that it is no entrapment is told each second."""
    bench = play(name, tmp_path, 165)

    assert {False} == set(bench.column("entrapment"))
    between = [i for i, (values, _) in enumerate(bench.seen) if not values["door_zone"] and values.get("speed") == 0]
    assert len(between) > 50
    assert {mode} == {bench.column("mode")[i] for i in between}
    assert all(bench.column("entrapment_suppressed")[i] for i in between)
    assert (1, False) == (bench.last("mode"), bench.last("entrapment_suppressed"))
    expected = [43, 40] if mode == 2 else [44, 45, 40]
    assert expected == bench.reports.codes()


def test_suppression_does_not_end_what_is_latched(tmp_path: Path) -> None:
    """Rescuers switch to inspection to move the car: the alarm stays until they reset it."""
    bench = play("entrapment", tmp_path, 130, {"t_s": 100, "inspection": True})
    assert (True, True, 2) == tuple(bench.last(name) for name in ("entrapment", "entrapment_suppressed", "mode"))
    bench.endpoint.commands["reset_alarm"]({})
    assert not bench.run(60).last("entrapment")


def test_the_latch_survives_a_power_cut(tmp_path: Path) -> None:
    """The first sample after power-on says entrapment, without any sensor's help."""
    bench = play("power_cut", tmp_path, 80)
    assert bench.last("entrapment")
    codes = bench.reports.codes()
    assert {41, 42, 4, "entrapment"} == set(codes)
    for seconds in (1, 5, 170):
        bench.seen.clear()
        bench.switch_on()
        bench.run(seconds)
        assert {True} == set(bench.column("entrapment"))
    bench.endpoint.commands["reset_alarm"]({})
    bench.seen.clear()
    bench.switch_on()
    assert {False} == set(bench.run(100).column("entrapment"))


def test_what_was_not_latched_yet_is_found_again(tmp_path: Path) -> None:
    """The power goes during the hold: after power-on the hold begins anew."""
    bench = play("power_cut", tmp_path, 40)
    assert {False} == set(bench.column("entrapment"))
    bench.switch_on()
    assert bench.run(35).last("entrapment")


@pytest.mark.parametrize("content", ["", "{", "[]", "[1]", '{"trapped": null}', None])
def test_a_file_of_the_latch_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    """The endpoint starts, and watches."""
    if content is not None:
        (tmp_path / "lift.json").write_text(content)

    assert play("day", tmp_path, 3).last("entrapment") is False


def test_a_task_that_died_does_not_leave_its_last_value(tmp_path: Path) -> None:
    """Two seconds without a look at the wheel: motion, speed and floor are faults, and so is the vibration."""
    bench = play("day", tmp_path, 50)
    assert 5 == bench.last("floor")
    bench._watch = bench.stuck()
    bench.run(4)

    reasons = [bench.last(channel) for channel in ("car_moving", "speed", "direction", "floor", "vibration_rms")]
    assert ["stale"] * 4 + ["no_samples"] == reasons


def test_flash_that_fails(tmp_path: Path) -> None:
    """The latch holds in RAM and the fault is told."""
    bench = Bench(load(SCENARIOS / "lift_entrapment.toml"), tmp_path / "nowhere").run(60)

    assert bench.last("entrapment")
    assert {"flash": "write_failed"} == bench.health_faults


def test_the_button(tmp_path: Path) -> None:
    """A third of a second counts: code 90 both times; between floors the hold is five seconds from the stop on."""
    bench = play("button", tmp_path, 40)
    trapped = bench.column("entrapment")

    assert [True, True] == [value for value in bench.column("alarm_button") if value]
    assert 2 == bench.reports.codes().count(90)
    assert 31 <= first(trapped, True) <= 32


def test_a_shorted_button_is_a_fault(tmp_path: Path) -> None:
    """After a minute: no press any more. Urgent only once, or the flash would wear out; more behind shut doors."""
    bench = play("day", tmp_path, 118, {"t_s": 2, "alarm_button": True}, {"t_s": 110, "alarm_button": False})

    assert {True} == set(bench.column("alarm_button")[3:60])
    assert {"stuck"} == set(bench.column("alarm_button")[64:110])
    assert bench.last("alarm_button") is False
    assert [True] + [False] * 11 == bench.urgent[2:14]
    assert not any(bench.column("entrapment")[:40])
    assert bench.last("entrapment")
    assert [90] == [code for code in bench.reports.codes() if code == 90]


def test_an_alarm_that_nobody_resets_spares_the_flash(tmp_path: Path) -> None:
    """Urgent for an hour; latched for ever."""
    bench = play("entrapment", tmp_path, 3750)

    assert 3590 <= sum(bench.urgent) <= 3601
    assert (False, True) == (bench.urgent[-1], bench.last("entrapment"))


def test_the_button_proves_people(tmp_path: Path) -> None:
    """A radar that sees nobody cannot overrule the hand on the button."""
    bench = play("button", tmp_path, 24, {"t_s": 8.8, "people": False})
    assert (False, False) == (bench.last("entrapment"), bench.last("people"))
    assert bench.run(16).last("entrapment")


def test_speed_and_shaking(tmp_path: Path) -> None:
    """Two and a half metres a second are seen, and so are shaking and a blow; position is not lost over it."""
    bench = play("shake", tmp_path, 20)

    assert 2.5 < max(values.get("speed", 0) for values, _ in bench.seen) < 2.7
    rms, peak = bench.column("vibration_rms"), bench.column("vibration_peak")
    assert 1.0 < rms[7] < 1.5
    assert 17 < rms[9] < 22
    assert peak[9] > 25
    assert 5 == bench.last("floor")


def test_a_dead_encoder(tmp_path: Path) -> None:
    """Faults, no values; code 7; entrapment all the same, after the longer hold; nothing is guessed afterwards."""
    bench = play("encoder_dead", tmp_path, 230)
    after = bench.seen[21:199]

    for channel in ("car_moving", "speed", "direction", "floor"):
        assert {"no_answer"} == {faults.get(channel) for _, faults in after}
    assert 7 in bench.reports.codes()
    assert 19 + 120 <= first(bench.column("entrapment"), True) <= 19 + 124
    assert ("not_synchronised", True) == (bench.last("floor"), bench.last("entrapment"))


def test_a_cut_wire_of_the_door_zone(tmp_path: Path) -> None:
    """Reads outside. At a floor with open doors and people for over a minute that is an alarm too many, not one too
    few: outside the zone with people is what it says. The real one comes as well."""
    bench = play("zone_dead", tmp_path, 140)

    assert bench.last("entrapment")
    assert 4 in bench.reports.codes()


def test_a_dead_accelerometer(tmp_path: Path) -> None:
    """Its channels are faults and nothing else is; it comes back by itself."""
    dead = {"t_s": 101, "faults": ["vibration", "motor_temp", "battery"]}
    bench = play("day", tmp_path, 115, dead, {"t_s": 110, "faults": []})

    assert {"vibration_rms": "no_answer", "vibration_peak": "no_answer"}.items() <= bench.seen[105][1].items()
    assert ("open_circuit", "no_battery") == (bench.seen[105][1]["motor_temp"], bench.seen[105][1]["battery"])
    assert {} == bench.seen[114][1]
    assert {"passed": True, "failed": []} == bench.endpoint.commands["self_test"]({"by": "button"})
    assert {"what": "self_test", "passed": True, "failed": []} == bench.reports.all[-1]


def test_contradicting_door_contacts(tmp_path: Path) -> None:
    """Open and closed at once is neither; with people behind them that is not an open door."""
    bench = play("doors_fail", tmp_path, 20)
    level = bench.board.parts.level
    bench.board.parts.level = lambda net, room: 0 if net == "door_open" else level(net, room)  # type: ignore[method-assign]
    bench.run(60)

    assert ("contacts_disagree", "contacts_disagree") == (bench.last("door_open"), bench.last("door_closed"))
    assert bench.last("entrapment")


def test_emergency_power(tmp_path: Path) -> None:
    """Mains gone: out of service; a car that then runs for five seconds has a supply of its own; mains back: normal."""
    dark = [{"t_s": 104, "mains": False}, {"t_s": 106, "go_to": 5}, {"t_s": 119, "mains": True}]
    bench = play("day", tmp_path, 120, *dark)

    assert [1, 0, 5, 1] == [bench.column("mode")[second] for second in (103, 105, 117, 119)]
    assert [41, 42, 46, 40] == bench.reports.codes()


def test_test_calls(tmp_path: Path) -> None:
    """One after power-on, one each 72 h, also over a power cut; one that is not answered makes the channel false."""
    bench = play("day", tmp_path, 70)
    calls = lambda: [report for report in bench.reports.all if report["what"] == "test_call"]  # noqa: E731
    assert 1 == len(calls())
    assert bench.last("test_call") is True
    bench.now_ms += 71 * 3_600_000
    bench.switch_on()
    assert 0 == len(bench.run(100) and calls())
    bench.now_ms += 3_600_000
    bench.reports.answers = False
    bench.switch_on()
    bench.reports.answers = False
    bench.run(100)
    assert (1, True) == (len(calls()), bench.last("test_call"))
    bench.run(70)
    assert bench.last("test_call") is False
    assert {"test_call": "missed"} == bench.health_faults
    bench.switch_on()
    assert bench.run(5).last("test_call") is False
    bench.now_ms += 72 * 3_600_000
    bench.switch_on()
    assert bench.run(65).last("test_call") is True
    assert {} == bench.health_faults


def test_no_clock_no_second_call(tmp_path: Path) -> None:
    """A board that was never told the time waits for the gateway: nobody could answer."""
    bench = Bench(load(SCENARIOS / "lift_day.toml"), tmp_path)
    bench.utc_ms = lambda _boot, _uptime_ms: None  # type: ignore[method-assign, assignment, return-value]
    assert [] == bench.run(100).reports.all
    assert "not_made" == bench.last("test_call")


def test_the_sounder_tells_that_the_alarm_was_accepted(tmp_path: Path) -> None:
    """On and off while nobody has answered; three seconds once the gateway has it; then one in ten; can be silenced."""
    bench = Bench(load(SCENARIOS / "lift_entrapment.toml"), tmp_path)
    bench.reports.answers = False
    levels = []
    for second in range(90):
        bench.run(1)
        levels.append(bench.board.levels.get("sounder"))
        if second == 69:
            bench.reports.answers = True
    assert not any(levels[:50])
    assert 5 <= sum(levels[55:65]) <= 6
    assert [1, 1, 1] == levels[70:73]
    assert 0 == sum(levels[73:80])
    assert 1 == sum(levels[73:83])
    assert bench.endpoint.led()
    bench.endpoint.commands["silence"]({})
    bench.run(20)
    assert (0, True) == (bench.board.levels["sounder"], bench.last("entrapment"))
    bench.endpoint.commands["silence"]({"by": "button"})
    assert not bench.run(1).last("entrapment")


def test_settings(tmp_path: Path) -> None:
    """New ones at once; wrong ones are named and change nothing; another table makes the floor unknown."""
    bench = play("entrapment", tmp_path, 17)
    assert 2 == bench.last("floor")
    bench.endpoint.apply({"version": 1, "limits": {"hold_ms": 5000}})
    for wrong in ({"hold_ms": 1}, {"hold": 5}, {"floors": [[1, 0], [1, 3000]]}, {"mm_per_turn": 5}, {"hold_ms": True}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            bench.endpoint.apply({"version": 2, "limits": wrong})
    bench.run(1)
    assert 2 == bench.last("floor")
    bench.run(12)
    assert 25 <= first(bench.column("entrapment"), True) <= 28
    bench.endpoint.apply({"version": 3, "limits": {"floors": [[number + 1, height] for number, height in FLOORS]}})
    assert "not_synchronised" == bench.run(1).last("floor")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_any_lift_any_fault(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Whatever fails and whoever presses what: every channel has a value or a fault each second, what is latched stays,
    and people who really stand between floors in normal service for longer than the longest hold are found."""
    dice = random.Random(seed)
    ride = LiftRide(floors=[(number, height) for number, height in FLOORS], start=1)
    t_ms = 0.0
    faults = (
        "position",
        "vibration",
        "motor_temp",
        "battery",
        "door_zone",
        "door_open",
        "door_closed",
        "people",
        "mains",
    )
    for _ in range(30):
        t_ms += dice.uniform(500, 15_000)
        event: dict[str, Any] = {
            "people": dice.random() < 0.5,
            "doors": dice.choice(("open", "closed", "stuck")),
            "alarm_button": dice.random() < 0.1,
            "inspection": dice.random() < 0.1,
            "fire_service": dice.random() < 0.1,
            "faults": [fault for fault in faults if dice.random() < 0.15],
            "brake": dice.random() < 0.2,
        }
        ride.happen(t_ms, event)
        with contextlib.suppress(ValueError):  # still on its way
            ride.happen(t_ms, {"go_to_mm": dice.uniform(0, 13_200)})
    ride.happen(t_ms, {"brake": True, "inspection": False, "fire_service": False, "alarm_button": False})
    ride.happen(t_ms + 10_000, {"go_to_mm": 2000.0, "doors": "closed", "people": True, "faults": []})
    bench = Bench(ride, tmp_path_factory.mktemp("lift")).run(t_ms / 1000)
    latched = bench.column("entrapment")
    assert latched == sorted(latched)
    for _ in range(2):  # the second time after a reset
        bench.run(120)
        assert bench.last("entrapment")
        assert bench.endpoint._entrapment.state == TRAPPED
        bench.endpoint.commands["reset_alarm"]({})
