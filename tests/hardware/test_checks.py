"""Every rule: the designs we ship keep it, and a design that breaks just this one is refused for just this reason."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hardware import checks, checks_pins, checks_power, checks_wiring, design, load
from hardware.design import Design
from hardware.facts import Words
from hardware.model import Current, Net, Part, Placed, Rail, Terminal

WORDS = Words(zh="测试", en="test")


def _design(kind: str = "fire", board: str = "esp32_s3") -> Design:
    return design.of(board, kind)


def _with(base: Design, *, catalogue: dict | None = None, board=None, **endpoint) -> Design:
    parts = {**base.catalogue, **(catalogue or {})}
    return Design(board=board or base.board, endpoint=replace(base.endpoint, **endpoint), catalogue=parts)


def _pins(base: Design, **moved: int) -> Design:
    here = {**base.endpoint.pins[base.board.id], **moved}
    return _with(base, pins={**base.endpoint.pins, base.board.id: here})


def _placed(base: Design, ref: str, **fields) -> Design:
    """One part changed; `wires` and `cut` change single wires."""
    wires, cut = fields.pop("wires", {}), fields.pop("cut", ())
    parts = []
    for placed in base.endpoint.parts:
        if placed.ref == ref:
            kept = {name: target for name, target in placed.wires.items() if name not in cut}
            parts.append(replace(placed, wires={**kept, **wires}, **fields))
        else:
            parts.append(placed)
    return _with(base, parts=tuple(parts))


def _part(base: Design, part_id: str, **fields) -> Design:
    return _with(base, catalogue={part_id: replace(base.catalogue[part_id], **fields)})


def _added(base: Design, *placed: Placed, **nets: Net) -> Design:
    return _with(base, parts=base.endpoint.parts + placed, nets={**base.endpoint.nets, **nets})


def _terminal(base: Design, part_id: str, name: str, **fields) -> Design:
    part = base.catalogue[part_id]
    return _part(base, part_id, terminals=tuple(replace(t, **fields) if t.name == name else t for t in part.terminals))


def _rail(base: Design, name: str, rail: Rail) -> Design:
    return _with(base, rails={**base.endpoint.rails, name: rail})


def _strapped_contact(gpio: int) -> Callable[[], Design]:
    return lambda: _pins(_design(), door=gpio)


def _pin_of_board(base: Design, gpio: int, **fields) -> Design:
    pins = tuple(replace(pin, **fields) if pin.gpio == gpio else pin for pin in base.board.pins)
    return _with(base, board=replace(base.board, pins=pins))


def _two_tones() -> Design:
    """A second tone on a Pico: GPIO 0 and GPIO 16 are both output A of generator 0."""
    base = _design(board="pico_w")
    nets = {**base.endpoint.nets, "sounder": Net(use="pwm", does=WORDS), "led": Net(use="pwm", does=WORDS)}
    return _pins(_with(base, nets=nets), sounder=16, led=0)


def _heavy(rail: str) -> Placed:
    return Placed(ref="Z1", part="heater", does=WORDS, wires={"V+": rail, "GND": "gnd"})


def _heater(base: Design, rail: str, max_ma: float) -> Design:
    heater = Part(
        id="heater", name="heater", maker="test", title=WORDS, interface="power", price_cny=1, price_note="",
        datasheet="", terminals=(Terminal(name="V+", kind="supply"), Terminal(name="GND", kind="ground")),
        current=Current(typ_ma=0, max_ma=max_ma, source="test"),
    )  # fmt: skip
    return _with(_added(base, _heavy(rail)), catalogue={"heater": heater})


def _second(ref: str, **wires: str) -> Design:
    """One more of a part, wired like it but for these."""
    base = _design()
    like = next(placed for placed in base.endpoint.parts if placed.ref == ref)
    return _added(base, replace(like, ref="Z1", channels=(), wires={**like.wires, **wires}))


def _net_without_pin() -> Design:
    base = _design()
    extra = Placed(ref="S7", part="button", does=WORDS, wires={"A": "siren", "B": "gnd"})
    return _added(base, extra, siren=Net(use="in", at_reset="either", does=WORDS))


BROKEN: dict[str, tuple[str, Callable[[], Design]]] = {
    "no such pin": ("no_pin", lambda: _pins(_design(), door=99)),
    "pin on no header": ("no_pin", lambda: _pins(_pin_of_board(_design(), 11, place=""))),
    "two nets on a pin": ("pin_twice", lambda: _pins(_design(), door=12)),
    "converter missing": ("no_adc", lambda: _pins(_design(), smoke=21)),
    "converter missing on a Pico": ("no_adc", lambda: _pins(_design(board="pico_w"), smoke=22)),
    "converter stops with Wi-Fi": ("adc2_wifi", lambda: _pins(_design(), smoke=17)),
    "contact on the boot button": ("strapping", _strapped_contact(0)),
    "contact on the flash voltage": ("strapping", _strapped_contact(45)),
    "contact on the boot messages": ("strapping", _strapped_contact(46)),
    "pin of USB": ("reserved", lambda: _pins(_design(), door=20)),
    "pin of the PSRAM": ("reserved", lambda: _pins(_design(), door=36)),
    "pin of the console": ("reserved", lambda: _pins(_design(), door=43)),
    "camera line moved": ("soldered", lambda: _pins(_design("video", "esp32_s3_cam"), cam_xclk=41)),
    "card pin taken": ("soldered", lambda: _pins(_pin_of_board(_design(), 11, fixed="sd_clk"))),
    "output on an input": ("input_only", lambda: _pin_of_board(_design(), 7, input_only=True)),
    "data on a clock pin": ("wrong_bus_pin", lambda: _pins(_design(board="pico_w"), sda=21)),
    "bus of another number": ("wrong_bus_pin", lambda: _pins(_design(board="pico_w"), sda=2)),
    "one generator for two tones": ("pwm_clash", _two_tones),
    "two parts at one address": ("address_clash", lambda: _second("U1")),
    "impossible address": ("bad_address", lambda: _placed(_design(), "U2", address=0x50)),
    "part not in the catalogue": (
        "not_in_catalogue",
        lambda: _added(_design(), Placed(ref="Z1", part="flux_capacitor", does=WORDS)),
    ),
    "wired and not bought": ("not_in_bom", lambda: _placed(_design(), "S2", quantity=0)),
    "reference twice": ("ref_twice", lambda: _added(_design(), Placed(ref="X1", part="wire_set", does=WORDS))),
    "terminal that is not there": ("no_terminal", lambda: _placed(_design(), "S2", wires={"Q": "gnd"})),
    "wire to nowhere": ("no_net", lambda: _placed(_design(), "S2", wires={"B": "gnb"})),
    "pin of an unknown net": ("no_net", lambda: _pins(_design(), siren=21)),
    "terminal left open": ("open_terminal", lambda: _placed(_design(), "U2", cut=("ADDR",))),
    "net without a pin": ("open_net", _net_without_pin),
    "net without a part": ("open_net", lambda: _with(_design(), parts=_without("S2"), computed=_computed("S2"))),
    "bus wires crossed": ("wrong_net", lambda: _placed(_design(), "U1", wires={"SDA": "scl", "SCL": "sda"})),
    "serial wires not crossed": (
        "wrong_net",
        lambda: _placed(_design("handheld"), "U2", wires={"TX": "gps_tx", "RX": "gps_rx"}),
    ),
    "two outputs on a net": ("two_drivers", lambda: _second("B4", OUT="smoke")),
    "output of 5 V": ("voltage", lambda: _terminal(_design("lift"), "radar_ld2410c", "OUT", volts=(0.0, 5.0))),
    "output above the converter": ("voltage", lambda: _terminal(_design(), "smoke_chamber", "OUT", volts=(0.2, 3.3))),
    "input that needs 5 V": ("voltage", lambda: _terminal(_design(), "sounder", "IN", volts=(4.5, 12.0))),
    "bus pulled up to 5 V": ("voltage", lambda: _placed(_design(), "U2", wires={"VDD": "5v"})),
    "sensor on 5 V": (
        "supply_voltage",
        lambda: _placed(_part(_design(), "sht40", pullups=False), "U1", wires={"VDD": "5v"}),
    ),
    "ground on a supply": ("not_a_rail", lambda: _placed(_design(), "U1", wires={"GND": "3v3"})),
    "supply on a net": ("not_a_rail", lambda: _placed(_design(), "B4", wires={"V+": "loop_hydrant"})),
    "rail of no part": ("no_source", lambda: _rail(_design(), "12v", Rail(volts=12.0, source="PS9", feed="5v"))),
    "rail that feeds itself": ("no_source", lambda: _rail(_design(), "5v", Rail(volts=5.0, source="PS3", feed="5v"))),
    "more than the regulator": ("over_current", lambda: _heater(_design(), "3v3", 420)),
    "more than the boost converter": ("over_current", lambda: _heater(_design(), "15v", 120)),
    "lamp on a pin": (
        "pin_current",
        lambda: _part(_design(), "led_red", current=replace(load.catalogue()["led_red"].current, max_ma=60.0)),
    ),
    "battery too small": ("backup", lambda: _placed(_design(), "BT1", quantity=1)),
    "channel of no part": ("no_part", lambda: _placed(_design(), "U1", channels=())),
    "channel the protocol does not know": (
        "bad_channel",
        lambda: _with(_design(), computed=(*_design().endpoint.computed, "smell")),
    ),
    "channel named twice": ("bad_channel", lambda: _placed(_design(), "U2", channels=("temp",))),
    "range that the gateway refuses": (
        "range",
        lambda: _part(_design(), "sht40", measures=replace(load.catalogue()["sht40"].measures, high=200.0)),
    ),
}  # fmt: skip


def _without(ref: str) -> tuple[Placed, ...]:
    return tuple(placed for placed in _design().endpoint.parts if placed.ref != ref)


def _computed(ref: str) -> tuple[str, ...]:
    lost = next(placed.channels for placed in _design().endpoint.parts if placed.ref == ref)
    return _design().endpoint.computed + lost


@pytest.mark.parametrize(("board", "kind"), design.pairs())
def test_our_designs_break_no_rule(board, kind):
    """What the files describe may be built."""
    assert [str(problem) for problem in checks.problems(design.of(board, kind))] == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_design_is_refused_for_its_reason_only(name):
    """One mistake, one rule, and words in both languages that say where."""
    rule, broken = BROKEN[name]

    found = checks.problems(broken())

    assert {problem.rule for problem in found} == {rule}, [str(problem) for problem in found]
    assert all(problem.where and problem.zh and problem.en for problem in found)


def test_every_rule_has_a_design_that_breaks_it():
    """A rule nobody can break is a rule nobody needs."""
    text = "".join(inspect.getsource(m) for m in (checks_pins, checks_wiring, checks_power))

    said = set(re.findall(r'_problem\(\s*"(\w+)"', text))

    assert said == {rule for rule, _ in BROKEN.values()}


def test_a_strapping_pin_may_carry_what_keeps_its_level():
    """A switched output that floats at reset leaves the chip its own pull resistor."""
    assert checks.problems(_pins(_design(), led=45)) == []
    assert checks.problems(_pins(_design(), door=3)) == []  # GPIO 3 decides nothing on a chip without eFuse


@given(st.data())
def test_an_accepted_assignment_is_sound(data):
    """Whatever pins are drawn, what the checks let pass has no pin twice, and every pin can do its work."""
    board, kind = data.draw(st.sampled_from(design.pairs()))
    base = design.of(board, kind)
    count = data.draw(st.integers(0, 4))
    nets = data.draw(st.lists(st.sampled_from(sorted(base.pins)), min_size=count, max_size=count, unique=True))
    moved = _pins(base, **{net: data.draw(st.integers(0, 50)) for net in nets})

    if checks.problems(moved):
        return
    pins = {net: moved.board.pin(gpio) for net, gpio in moved.pins.items()}
    assert len({pin.gpio for pin in pins.values()}) == len(pins)
    for net, pin in pins.items():
        use = moved.endpoint.nets[net].use
        assert not pin.reserved
        assert use != "adc" or pin.adc == "ADC1"
        assert moved.board.matrix or "." not in use or use in pin.bus


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_more_load_is_never_better(first_ma, second_ma):
    """A design refused for its current is refused with more of it too."""
    lower, higher = sorted((first_ma, second_ma))

    def refused(max_ma: float) -> bool:
        return any(p.rule == "over_current" for p in checks.problems(_heater(_design(), "3v3", max_ma)))

    assert refused(higher) or not refused(lower)
