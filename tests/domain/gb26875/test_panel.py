"""Judgement of a panel: fire from the first word to a reset, faults, silence; every pair of its table."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarms import Change
from domain.gb26875 import facts
from domain.gb26875.panel import Panel
from domain.gb26875.panel_faults import SEVERITIES, PanelFaults
from domain.gb26875.panel_fire import PHASES, PanelFire, Phase, Turn
from domain.gb26875.spoken import MAX_LISTED, Heard, key_of, part_of, signal
from domain.incidents import Severity

START_MS = 1_795_000_000_000
NORMAL, FIRE, FAULT, SHIELD, STARTED = 0x0001, 0x0002, 0x0004, 0x0008, 0x0020
RESET = 0x2001


class Bench:
    """A panel that forgets nothing but what a restart would take: it is written and read after every step."""

    def __init__(self) -> None:
        self.panel = Panel()
        self.now_ms = START_MS
        self._ids = itertools.count(1)
        self.changes: list[Change] = []

    def hear(self, *said: facts.Fact, label: str = "", after_s: float = 0) -> list[tuple[str, str, str]]:
        """One frame; (event, kind, severity) of what it changes."""
        self.now_ms += round(after_s * 1000)
        heard = [Heard(fact=fact, at_ms=self.now_ms - 2000, label=label) for fact in said]
        return self._keep(self.panel.feed(heard, self.now_ms, self._id))

    def wait(self, seconds: float) -> list[tuple[str, str, str]]:
        """Nothing is said."""
        self.now_ms += round(seconds * 1000)
        return self._keep(self.panel.tick(self.now_ms, self._id))

    def _id(self) -> str:
        return f"id-{next(self._ids)}"

    def _keep(self, changes: list[Change]) -> list[tuple[str, str, str]]:
        self.changes += changes
        state, presence = self.panel.to_state(), self.panel.presence_to_state()
        self.panel = Panel.from_state(json.loads(json.dumps(state)), json.loads(json.dumps(presence)))
        return [(str(c.event), str(c.incident.kind), str(c.incident.severity)) for c in changes]

    @property
    def rules(self) -> list[str]:
        """Of the last change."""
        return [spoken.rule for spoken in self.changes[-1].incident.signals]


def part(state: int, address: int = 1, kind: int = 42) -> facts.PartState:
    """A component of the first fire alarm system."""
    return facts.PartState(system=1, system_address=3, part=kind, part_address=address, state=state, text="")


def system(state: int, address: int = 3) -> facts.SystemState:
    """A fire alarm system."""
    return facts.SystemState(system=1, system_address=address, state=state)


def test_one_detector_is_suspected_two_are_certain() -> None:
    """Raised at the first word, certain at the second detector, each with its place."""
    bench = Bench()

    assert bench.hear(part(FIRE | NORMAL), label="三层东走廊") == [("raised", "fire", "major")]
    assert bench.changes[0].incident.signals[0].label == "三层东走廊"
    assert bench.changes[0].incident.breach_at_ms == START_MS - 2000
    assert bench.hear(part(FIRE | NORMAL)) == []
    assert bench.hear(part(FIRE | NORMAL, address=2)) == [("changed", "fire", "critical")]
    assert [spoken.channel for spoken in bench.changes[-1].incident.signals] == ["1-3/42-00000001", "1-3/42-00000002"]


@pytest.mark.parametrize("state", [FIRE, FIRE | NORMAL])
@pytest.mark.parametrize("fact", [part(0), system(0), facts.DeviceState(flags=0)])
def test_bit_0_never_hides_a_fire(state: int, fact: Any) -> None:
    """Trap 1: both recorded fires said "test". It is a remark of the signal, nothing more."""
    bench = Bench()
    said = type(fact)(
        **{name: state if name in ("state", "flags") else getattr(fact, name) for name in fact.__dataclass_fields__}
    )

    assert bench.hear(said) == [("raised", "fire", "major")]
    assert bench.changes[0].incident.signals[0].reason == ("" if state & NORMAL else "says_test")


@pytest.mark.parametrize("kind", [23, 24])
def test_a_pressed_button_is_certain(kind: int) -> None:
    """Call point and hydrant button."""
    assert Bench().hear(part(FIRE, kind=kind)) == [("raised", "fire", "critical")]


@pytest.mark.parametrize(
    ("pressed", "ended"),
    [
        (facts.DeviceOperation(flags=0x04, operator=1), facts.DeviceOperation(flags=0x01, operator=1)),
        (facts.DeviceOperation(flags=0x04, operator=1), facts.DeviceOperation(flags=0x08, operator=1)),
        (facts.Operation(system=1, system_address=3, flags=0x04, operator=1),
         facts.Operation(system=1, system_address=3, flags=0x08, operator=1)),
    ],
)  # fmt: skip
def test_the_alarm_button_of_the_device(pressed: facts.Fact, ended: facts.Fact) -> None:
    """Somebody in the control room calls; only he ends it."""
    bench = Bench()

    assert bench.hear(pressed) == [("raised", "fire", "critical")]
    assert bench.hear(facts.DeviceState(flags=1), system(NORMAL), after_s=5) == []
    assert bench.wait(100) == []
    assert bench.hear(ended) == []
    assert bench.wait(60) == [("cleared", "fire", "critical")]


@pytest.mark.parametrize("other", [FAULT, SHIELD, STARTED, FAULT | SHIELD, 0x0040, 0x0080, 0x0100, 0x0010])
def test_nothing_but_quiet_ends_a_fire(other: int) -> None:
    """Detectors die in the fire they reported, and people disable them to stop the noise."""
    bench = Bench()
    bench.hear(part(FIRE))
    bench.hear(part(other | NORMAL), system(other | NORMAL))

    assert not [change for change in bench.wait(200) if change[1] == "fire"]
    assert bench.panel.burns


@pytest.mark.parametrize("quiet", [NORMAL, 0x0000, 0x0800 | NORMAL])
def test_quiet_for_a_minute_ends_it(quiet: int) -> None:
    """Whichever way the panel understands bit 0."""
    bench = Bench()
    bench.hear(part(FIRE))
    assert bench.hear(part(quiet), after_s=30) == []
    assert bench.wait(59) == []
    assert bench.wait(2) == [("cleared", "fire", "major")]
    assert bench.hear(part(FIRE), after_s=100) == [("raised", "fire", "major")]
    assert bench.changes[-1].incident.id == "id-2"


def test_again_within_the_minute_it_is_the_same_fire() -> None:
    """One incident; nobody need be told that it goes on."""
    bench = Bench()
    bench.hear(part(FIRE))
    bench.hear(part(NORMAL), after_s=5)

    assert bench.hear(part(FIRE), after_s=50) == []
    assert bench.wait(70) == []
    assert bench.panel.burns


@pytest.mark.parametrize("reset", [system(RESET), facts.Operation(system=1, system_address=3, flags=1, operator=9)])
def test_a_reset_ends_all_of_its_system(reset: facts.Fact) -> None:
    """Many panels tell only of the reset; another panel behind the same device is not reset by it."""
    bench = Bench()
    elsewhere = facts.PartState(system=1, system_address=31, part=42, part_address=1, state=FIRE, text="")
    bench.hear(part(FIRE), part(FIRE, address=2), system(FIRE))
    bench.hear(elsewhere)
    bench.hear(reset)

    assert bench.wait(100) == []
    bench.hear(facts.Operation(system=1, system_address=31, flags=1, operator=9))
    assert bench.wait(60) == [("cleared", "fire", "critical")]


def test_a_fire_that_came_and_went_in_one_frame_is_told() -> None:
    """A device that could not send for a while puts what it has together; what follows is as after any other fire."""
    bench = Bench()

    assert bench.hear(part(FIRE | NORMAL), part(NORMAL)) == [("raised", "fire", "major")]
    assert bench.changes[0].incident.breach_at_ms == START_MS - 2000
    assert bench.hear(part(FIRE, address=2), part(NORMAL, address=2)) == [("changed", "fire", "critical")]
    assert bench.wait(59) == []
    assert bench.wait(1) == [("cleared", "fire", "critical")]


def test_a_quiet_system_speaks_for_its_components_only_if_it_ever_said_fire() -> None:
    """Some panels say "normal" every minute whatever burns."""
    bench = Bench()
    bench.hear(part(FIRE))
    bench.hear(system(NORMAL))
    assert bench.wait(100) == []

    bench.hear(system(FIRE))
    bench.hear(system(NORMAL))
    assert bench.wait(60) == [("cleared", "fire", "major")]


def test_a_reset_while_it_burns() -> None:
    """The detector speaks again: the fire never ended."""
    bench = Bench()
    bench.hear(part(FIRE))
    bench.hear(system(RESET))

    assert bench.hear(part(FIRE), after_s=8) == []
    assert bench.hear(system(RESET | FIRE)) == [("changed", "fire", "major")]
    assert bench.wait(100) == []
    assert bench.panel.burns


def test_faults_are_one_incident_that_follows_the_worst() -> None:
    """It grows, gets worse, better, and ends, in place."""
    bench = Bench()

    assert bench.hear(part(NORMAL | FAULT), part(NORMAL | SHIELD, address=2)) == [("raised", "facility_fault", "minor")]
    assert bench.rules == ["panel_fault", "panel_shield"]
    assert bench.hear(system(NORMAL | 0x0100)) == [("changed", "facility_fault", "major")]
    assert bench.rules == ["panel_mains", "panel_fault", "panel_shield"]
    assert bench.hear(system(NORMAL)) == []
    assert bench.wait(60) == [("changed", "facility_fault", "minor")]
    assert bench.hear(part(NORMAL), part(NORMAL, address=2)) == []
    assert bench.wait(60) == [("cleared", "facility_fault", "minor")]


def test_a_fault_that_comes_and_goes_is_told_once() -> None:
    """A loose wire makes one incident of two revisions, whatever it does in between."""
    bench = Bench()
    for _ in range(50):
        bench.hear(part(NORMAL | FAULT), after_s=3)
        bench.hear(part(NORMAL), after_s=3)

    assert len(bench.changes) == 1
    assert bench.wait(60) == [("cleared", "facility_fault", "minor")]


def test_changes_of_faults_follow_each_other_slowly_unless_it_gets_worse() -> None:
    """Twenty components one by one in ten seconds are three messages; a mains fault in between does not wait."""
    bench = Bench()
    for number in range(20):
        bench.hear(part(FAULT, address=number), after_s=0.5)
    assert len(bench.changes) == 2
    assert bench.hear(system(NORMAL | 0x0100)) == [("changed", "facility_fault", "major")]
    bench.hear(part(FAULT, address=77))
    assert bench.wait(5) == [("changed", "facility_fault", "major")]
    assert len(bench.changes[-1].incident.signals) == 22


def test_a_mad_panel_is_bounded() -> None:
    """Ever new addresses in fire and in fault: the signals are bounded, and so is the number of messages."""
    bench = Bench()
    for first in range(0, 4000, 100):
        bench.hear(*(part(FIRE | FAULT, address=first + n) for n in range(100)), after_s=0.05)

    assert len(bench.changes) < 30
    assert len(json.dumps(bench.panel.to_state())) < 1_500_000
    assert bench.changes[-1].incident.signals[-1].value in (500, 200)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (system(0x0005), "panel_fault"), (system(0x0009), "panel_shield"), (system(0x0011), "panel_supervision"),
        (system(0x0101), "panel_mains"), (system(0x0201), "panel_battery"), (system(0x0401), "panel_bus"),
        (part(0x0005), "panel_fault"), (part(0x0009), "panel_shield"), (part(0x0011), "panel_supervision"),
        (part(0x0101), "panel_power"),
        (facts.DeviceState(flags=0x05), "panel_fault"), (facts.DeviceState(flags=0x09), "panel_mains"),
        (facts.DeviceState(flags=0x11), "panel_battery"), (facts.DeviceState(flags=0x21), "panel_channel"),
        (facts.DeviceState(flags=0x41), "panel_line"),
    ],
)  # fmt: skip
def test_every_bit_that_is_a_fault(said: facts.Fact, rule: str) -> None:
    """Named, with the severity of its rule."""
    bench = Bench()

    assert bench.hear(said) == [("raised", "facility_fault", str(SEVERITIES[rule]))]
    assert bench.rules == [rule]


@pytest.mark.parametrize("bit", [5, 6, 7, 11, 12, 14, 15])
def test_bits_that_are_no_trouble(bit: int) -> None:
    """Started, feedback, delay, manual mode, changed configuration: kept with the component, no incident."""
    assert Bench().hear(system(1 << bit | 1)) == []


def test_a_building_in_trouble_fits_into_one_message() -> None:
    """Fifty signals, the worst first, and how many more there are."""
    bench = Bench()
    for first in range(0, 300, 20):
        bench.hear(*(part(FAULT, address=first + n) for n in range(20)))
    bench.hear(system(0x0401))
    signals = bench.changes[-1].incident.signals

    assert len(signals) == MAX_LISTED + 1
    assert (signals[0].rule, signals[-1].rule, signals[-1].value) == ("panel_bus", "panel_more", 200)


def test_silence_and_speech() -> None:
    """Away is an incident of its own; any frame ends it."""
    bench = Bench()
    bench.hear()
    gone = bench._keep(bench.panel.silent(bench.now_ms + 90_000, bench._id))

    assert gone == [("raised", "endpoint_offline", "major")]
    assert bench.panel.presence == "offline"
    assert bench.hear(after_s=100) == [("cleared", "endpoint_offline", "major")]


def test_a_duty_check_nobody_answers() -> None:
    """The next answer ends it."""
    bench = Bench()
    missed = bench._keep(bench.panel.duty_unanswered(bench.now_ms, bench._id))

    assert missed == [("raised", "facility_fault", "major")]
    assert bench.hear(facts.DeviceState(flags=1)) == []
    assert bench.hear(facts.DeviceOperation(flags=0x20, operator=2)) == []
    assert bench.wait(60) == [("cleared", "facility_fault", "major")]


def test_a_person_says_it_is_over() -> None:
    """For panels that never tell of a reset."""
    bench = Bench()
    bench.hear(part(FIRE), part(NORMAL | FAULT, address=2))

    assert bench._keep(bench.panel.declare_over(bench.now_ms, bench._id)) == [("cleared", "facility_fault", "minor")]
    assert bench.wait(60) == [("cleared", "fire", "major")]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("turn", Turn)
def test_every_pair_of_the_table(phase: Phase, turn: Turn) -> None:
    """A legal pair leads where the table says; an illegal one raises and changes nothing."""
    ids = itertools.count()
    fire = PanelFire()
    if phase is not Phase.CALM:
        fire.say("1-3/42-1", signal("panel_fire", "1-3/42-1", START_MS))
        fire.settle(START_MS, lambda: f"{next(ids)}")
    if phase is Phase.FADING:
        fire.unsay("1-3/42-1")
        fire.settle(START_MS, lambda: f"{next(ids)}")
    if turn is Turn.FIRE:
        fire.say("1-3/42-1", signal("panel_fire", "1-3/42-1", START_MS))
    before = fire.to_state()

    assert fire.phase is phase
    if (phase, turn) in PHASES:
        fire._turn(turn, START_MS, lambda: f"{next(ids)}")
        assert fire.phase is PHASES[phase, turn]
    else:
        with pytest.raises(KeyError):
            fire._turn(turn, START_MS, lambda: f"{next(ids)}")
        assert fire.to_state() == before


STATES = st.integers(0, 0xFFFF)
FACTS = (
    st.builds(part, STATES, st.integers(1, 4), st.sampled_from([23, 42, 84]))
    | st.builds(system, STATES, st.integers(3, 4))
    | st.builds(facts.DeviceState, flags=st.integers(0, 255))
    | st.builds(facts.DeviceOperation, flags=st.integers(0, 255), operator=st.just(1))
)


@given(st.lists(st.tuples(st.lists(FACTS, max_size=3), st.integers(0, 70)), max_size=25))
def test_whatever_is_said_revisions_have_no_hole_and_a_restart_changes_nothing(
    said: list[tuple[list[facts.Fact], int]],
) -> None:
    """One active incident of a kind at most, and what says fire is never left without one."""
    bench = Bench()
    for frame, seconds in said:
        bench.hear(*frame)
        burning = any(
            getattr(fact, "state", getattr(fact, "flags", 0)) & FIRE
            for fact in frame[-1:]
            if not isinstance(fact, facts.DeviceOperation)
        )
        assert bench.panel.burns or not burning
        bench.wait(seconds)
    revisions: dict[str, list[int]] = {}
    for change in bench.changes:
        revisions.setdefault(change.incident.id, []).append(change.incident.revision)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in revisions.values())
    assert all(len(change.incident.signals) <= MAX_LISTED + 1 for change in bench.changes)


def test_a_clock_set_back_does_not_keep_a_fire_for_ever() -> None:
    """The quiet begins anew at the earlier time."""
    bench = Bench()
    bench.hear(part(FIRE))
    bench.hear(part(NORMAL))

    assert bench.wait(-7200) == []
    assert bench.wait(60) == [("cleared", "fire", "major")]


def test_keys_name_who_speaks() -> None:
    """The device, a facility, a component."""
    assert key_of(facts.DeviceState(flags=0)) == "device"
    assert key_of(system(0)) == "1-3"
    assert key_of(part(0, address=0x600D9)) == "1-3/42-000600D9"
    assert part_of("1-3/42-000600D9") == facts.ReadPart(system=1, system_address=3, part_address=0x600D9)


def test_each_fault_has_a_severity() -> None:
    """None of them is the fire's."""
    assert all(severity in (Severity.MINOR, Severity.MAJOR) for severity in SEVERITIES.values())
    assert PanelFaults().settle(START_MS, lambda: "x", 60_000) == []
