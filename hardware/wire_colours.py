"""What colour a wire has: the same in the drawing, on the sheet and in the technician's hand. Our own convention."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.design import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour of insulation, and how it is drawn."""

    zh: str
    en: str
    ink: str
    does_zh: str
    does_en: str


RED = Colour(zh="红", en="red", ink="#d1242f", does_zh="5 V", does_en="5 V")
ORANGE = Colour(zh="橙", en="orange", ink="#e8710a", does_zh="3.3 V", does_en="3.3 V")
BLACK = Colour(zh="黑", en="black", ink="#1f2328", does_zh="地", does_en="ground")
PINK = Colour(zh="粉", en="pink", ink="#d63384", does_zh="市电与电池电源", does_en="supply and battery")
BROWN = Colour(zh="棕", en="brown", ink="#8b5a2b", does_zh="其他电压与回路", does_en="other voltages, loops")
BLUE = Colour(zh="蓝", en="blue", ink="#0969da", does_zh="数据、串口发", does_en="data, serial out")
YELLOW = Colour(zh="黄", en="yellow", ink="#b08800", does_zh="时钟、串口收", does_en="clock, serial in")
GREEN = Colour(zh="绿", en="green", ink="#1a7f37", does_zh="模拟量", does_en="analogue")
GREY = Colour(zh="灰", en="grey", ink="#6e7781", does_zh="开关量输入", does_en="contact")
VIOLET = Colour(zh="紫", en="violet", ink="#8250df", does_zh="输出", does_en="output")
TEAL = Colour(zh="板上", en="on the board", ink="#1b7c83", does_zh="板上已接", does_en="made on the board")
MAINS = Colour(zh="护套线", en="mains cable", ink="#a40e26", does_zh="220 V", does_en="mains")

LEGEND = (RED, ORANGE, BLACK, PINK, BROWN, BLUE, YELLOW, GREEN, GREY, VIOLET, TEAL, MAINS)
_OF_USE = {
    "sda": BLUE, "mosi": BLUE, "tx": BLUE, "scl": YELLOW, "sck": YELLOW, "rx": YELLOW, "adc": GREEN, "in": GREY,
    "out": VIOLET, "pwm": VIOLET, "fixed": TEAL,
}  # fmt: skip
_OF_RAIL = {"gnd": BLACK, "3v3": ORANGE, "5v": RED}


def of(design: Design, target: str) -> Colour:
    """Colour of a net, rail or link."""
    net = design.endpoint.nets.get(target)
    if net is not None:
        return _OF_USE[net.use.split(".")[-1]]
    if target in design.endpoint.links:
        return MAINS if target.startswith("ac_") else BROWN
    if target in _OF_RAIL:
        return _OF_RAIL[target]
    return BROWN if design.endpoint.rails[target].feed == "5v" else PINK
