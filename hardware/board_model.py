"""What the files of hardware/boards say: pins with what each can and must not do, headers, power, image."""

from __future__ import annotations

from typing import Literal

from hardware.facts import Fact, Words


class Pin(Fact, frozen=True, kw_only=True):
    """One GPIO of a board."""

    gpio: int
    place: str = ""  # "J1-4": header and position; empty where it is not brought out
    adc: Literal["", "ADC1", "ADC2"] = ""
    strap: Literal["", "high", "low", "any"] = ""  # the level the chip needs to see at reset
    reserved: Literal["", "usb", "flash", "psram", "radio", "supply", "console"] = ""
    fixed: str = ""  # soldered on the board to this net
    input_only: bool = False
    bus: tuple[str, ...] = ()  # "i2c0.sda"; not used where the chip has a pin matrix
    note: str = ""


class Pad(Fact, frozen=True, kw_only=True):
    """A place on a header that is no GPIO."""

    place: str
    name: str


class Image(Fact, frozen=True, kw_only=True):
    """The MicroPython image of a board."""

    name: str
    version: str
    note: Words


class Usb(Fact, frozen=True, kw_only=True):
    """How a board shows itself on USB."""

    vid: int
    pid: int
    what: str


class Header(Fact, frozen=True, kw_only=True):
    """A row of pins of a board, drawn on one side of it."""

    name: str
    side: Literal["left", "right"]
    first: int  # number of the place at the top
    last: int  # and at the bottom

    @property
    def places(self) -> list[str]:
        """From top to bottom, "J1-1" first."""
        step = 1 if self.last >= self.first else -1
        return [f"{self.name}-{number}" for number in range(self.first, self.last + step, step)]


class BoardPower(Fact, frozen=True, kw_only=True):
    """What a board takes and what its regulator can give."""

    input_pad: str
    input_v: tuple[float, float]
    regulator: str
    regulator_max_ma: float
    external_max_ma: float  # of that, for parts on the 3.3 V rail
    efficiency: float  # of the regulator; 0: linear, its input current is its output current
    run_ma: float  # at 3.3 V, interpreter running and Wi-Fi associated, average
    radio_peak_ma: float
    sleep_ma: float
    pin_max_ma: float
    source: str


class Board(Fact, frozen=True, kw_only=True):
    """A board we support."""

    id: str
    name: str
    maker: str
    chip: str
    flash_mb: int
    psram_mb: int
    ram_kb: int
    logic_v: float
    adc_max_v: float
    wifi: bool
    matrix: bool  # any peripheral on any pin
    esptool_chip: str  # empty: written by copying a UF2 file
    image: Image
    usb: tuple[Usb, ...]
    power: BoardPower
    caution: Words  # what breaks it most easily
    top: Words  # what is at the upper end where the headers stand as described
    headers: tuple[Header, ...]
    pads: tuple[Pad, ...]
    pins: tuple[Pin, ...]
    price_cny: float
    price_note: str
    source: str

    def pin(self, gpio: int) -> Pin | None:
        """The pin with this number."""
        return next((pin for pin in self.pins if pin.gpio == gpio), None)
