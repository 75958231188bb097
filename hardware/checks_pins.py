"""Rules about the pins of a board: each yields what breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.board_model import Pin
from hardware.design import Design
from hardware.model import Net
from hardware.problem import Problem

# a level that is not known at reset, or one against the chip's, boots the wrong way or not at all
_STRAP_ALLOWS = {"high": ("float", "high"), "low": ("float", "low"), "any": ("float", "high", "low", "either")}


def _problem(rule: str, net: str, gpio: int, zh: str, en: str) -> Problem:
    return Problem(rule=rule, where=f"{net} = GPIO{gpio}", zh=zh, en=en)


def _used(design: Design) -> Iterator[tuple[str, Net, Pin]]:
    for name, gpio in design.pins.items():
        pin, net = design.board.pin(gpio), design.endpoint.nets.get(name)
        if pin is not None and net is not None:
            yield name, net, pin


def exists(design: Design) -> Iterator[Problem]:
    """The pin is there and can be reached."""
    for name, gpio in design.pins.items():
        pin = design.board.pin(gpio)
        if pin is None or not (pin.place or pin.fixed):
            zh, en = "板上没有引出此脚，请换一个", "this board has no such pin on a header, choose another"
            yield _problem("no_pin", name, gpio, zh, en)


def used_once(design: Design) -> Iterator[Problem]:
    """No two nets on one pin."""
    first: dict[int, str] = {}
    for name, gpio in design.pins.items():
        if gpio in first:
            zh, en = f"此脚已给 {first[gpio]}，请换一个", f"already taken by {first[gpio]}, choose another pin"
            yield _problem("pin_twice", name, gpio, zh, en)
        first.setdefault(gpio, name)


def converter(design: Design) -> Iterator[Problem]:
    """Analogue nets are on pins with a converter that works beside Wi-Fi."""
    for name, net, pin in _used(design):
        if net.use != "adc":
            continue
        free = ", ".join(str(p.gpio) for p in design.board.pins if p.adc == "ADC1" and p.place)
        if not pin.adc:
            zh, en = f"此脚没有模数转换，可用：{free}", f"this pin has no converter; those with one: {free}"
            yield _problem("no_adc", name, pin.gpio, zh, en)
        elif pin.adc == "ADC2" and design.board.wifi:
            zh, en = f"ADC2 在 Wi-Fi 工作时停用，请用 ADC1：{free}", f"ADC2 stops while Wi-Fi runs, use ADC1: {free}"
            yield _problem("adc2_wifi", name, pin.gpio, zh, en)


def strapping(design: Design) -> Iterator[Problem]:
    """What hangs on a strapping pin leaves it at the level that the chip needs at reset."""
    for name, net, pin in _used(design):
        if pin.strap and net.at_reset not in _STRAP_ALLOWS[pin.strap]:
            zh = f"启动配置脚，复位时须为 {pin.strap}，而此线为 {net.at_reset}，请换一个脚"
            en = f"strapping pin: must be {pin.strap} at reset, this net is {net.at_reset}; choose another pin"
            yield _problem("strapping", name, pin.gpio, zh, en)


def reserved(design: Design) -> Iterator[Problem]:
    """Nothing on the pins of flash, PSRAM, USB, console or radio."""
    for name, _, pin in _used(design):
        if pin.reserved:
            zh = f"此脚由 {pin.reserved} 占用，请换一个"
            yield _problem("reserved", name, pin.gpio, zh, f"this pin belongs to {pin.reserved}, choose another")


def soldered(design: Design) -> Iterator[Problem]:
    """What the board has soldered to a pin stays there."""
    for name, net, pin in _used(design):
        if pin.fixed and pin.fixed != name:
            zh, en = f"板上已焊接到 {pin.fixed}，请换一个", f"soldered to {pin.fixed} on the board, choose another pin"
            yield _problem("soldered", name, pin.gpio, zh, en)
        elif net.use == "fixed" and pin.fixed != name:
            right = next((p.gpio for p in design.board.pins if p.fixed == name), None)
            zh, en = (
                f"板上此线焊在 GPIO{right}，请改过来",
                f"the board has this line on GPIO{right}, use that",
            )
            yield _problem("soldered", name, pin.gpio, zh, en)


def direction(design: Design) -> Iterator[Problem]:
    """No output on a pin that can only listen."""
    for name, net, pin in _used(design):
        if pin.input_only and net.use not in ("in", "adc"):
            zh, en = "此脚只能输入，请换一个", "this pin is input only, choose another"
            yield _problem("input_only", name, pin.gpio, zh, en)


def mux(design: Design) -> Iterator[Problem]:
    """Where a chip has no pin matrix, a bus line is on a pin that can be that line."""
    if design.board.matrix:
        return
    for name, net, pin in _used(design):
        if net.bus and net.use not in pin.bus:
            can = ", ".join(str(p.gpio) for p in design.board.pins if net.use in p.bus)
            zh, en = f"此脚不能作 {net.use}，可用：{can}", f"this pin cannot be {net.use}; those that can: {can}"
            yield _problem("wrong_bus_pin", name, pin.gpio, zh, en)


def tones(design: Design) -> Iterator[Problem]:
    """Where a chip has no pin matrix, no two tones on one output of the pulse generators."""
    first: dict[str, str] = {}
    for name, net, pin in _used(design):
        for output in (line for line in pin.bus if line.startswith("pwm") and net.use == "pwm"):
            if output in first:
                zh = f"与 {first[output]} 同为 {output}，请换一个脚"
                en = f"the same generator output {output} as {first[output]}, choose another pin"
                yield _problem("pwm_clash", name, pin.gpio, zh, en)
            first.setdefault(output, name)


RULES = (exists, used_once, converter, strapping, reserved, soldered, direction, mux, tones)
