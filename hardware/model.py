"""What the TOML files say, as facts: boards, parts of the catalogue, endpoints. load.py reads, checks.py judges."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

BOARD = "board"  # the source of the rail that the board's own regulator makes

# what a terminal of a part is, electrically
TerminalKind = Literal[
    "supply", "ground", "power_out", "sda", "scl", "sck", "mosi", "logic_in", "logic_out", "analog_out",
    "contact", "uart_tx", "uart_rx", "fixed", "other",
]  # fmt: skip


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything read from TOML: immutable, and a misspelt field is an error."""


class Words(Fact, frozen=True, kw_only=True):
    """One text in both languages."""

    zh: str
    en: str


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


class Terminal(Fact, frozen=True, kw_only=True):
    """A place on a part where a wire ends. `volts`: of a supply the range it accepts, of an output what it can show."""

    name: str
    kind: TerminalKind
    volts: tuple[float, float] | None = None
    optional: bool = False


class Current(Fact, frozen=True, kw_only=True):
    """What a part draws from the rail it is supplied from."""

    typ_ma: float
    max_ma: float
    source: str


class Measures(Fact, frozen=True, kw_only=True):
    """What a sensor can say."""

    quantity: str
    unit: str
    low: float
    high: float
    accuracy: str


class Converter(Fact, frozen=True, kw_only=True):
    """A part that makes a rail."""

    output_v: tuple[float, float]
    output_ma: float
    efficiency: float


class Cell(Fact, frozen=True, kw_only=True):
    """A battery, one cell or pack."""

    volts: float
    capacity_mah: float
    usable: float  # share that is left at the end of its life and above the cut-off


class Part(Fact, frozen=True, kw_only=True):
    """One entry of the catalogue."""

    id: str
    name: str
    maker: str
    title: Words
    interface: Literal["i2c", "spi", "uart", "analog", "contact", "output", "power", "loop", "camera", "mechanical"]
    terminals: tuple[Terminal, ...] = ()
    addresses: tuple[int, ...] = ()  # I2C, those that it can have
    pullups: bool = False  # pulls the bus up to its own supply
    current: Current | None = None
    measures: Measures | None = None
    converter: Converter | None = None
    cell: Cell | None = None
    calibration_months: int = 0
    lifetime_years: float = 0
    price_cny: float
    price_note: str
    datasheet: str
    note: Words | None = None

    def terminal(self, name: str) -> Terminal | None:
        """The terminal with this name."""
        return next((terminal for terminal in self.terminals if terminal.name == name), None)


class Net(Fact, frozen=True, kw_only=True):
    """One line between a pin and parts. The names are the contract with drivers and simulators."""

    use: str  # adc, in, out, pwm, fixed, or a bus line: i2c0.sda i2c0.scl spi1.sck spi1.mosi uart1.tx uart1.rx
    at_reset: Literal["float", "high", "low", "either"] = "float"  # what the parts on it make of it at reset
    does: Words

    @property
    def bus(self) -> str:
        """Name of its bus, empty where it is none."""
        return self.use.split(".")[0] if "." in self.use else ""


class Rail(Fact, frozen=True, kw_only=True):
    """A supply voltage. `source` is the reference of the part that makes it, or "board"."""

    volts: float
    source: str = ""
    feed: str = ""  # the rail that its source takes its power from; empty: from outside


class Placed(Fact, frozen=True, kw_only=True):
    """A part of an endpoint, with where each of its terminals goes: a net, a rail, or a link between parts."""

    ref: str
    part: str
    does: Words
    channels: tuple[str, ...] = ()  # what the part says is the channel
    derived: tuple[str, ...] = ()  # what the firmware works out of it
    wires: dict[str, str] = field(default_factory=dict)
    address: int | None = None
    quantity: int = 1
    standby: float = 1.0  # share of the time that it draws its current while all is well
    alarm: float = 1.0  # and while there is an alarm
    boards: tuple[str, ...] = ()  # only with these boards; empty: with all


class Backup(Fact, frozen=True, kw_only=True):
    """How long an endpoint must live without mains, and the rail that goes on then."""

    rail: str
    standby_hours: float
    alarm_minutes: float
    source: Words


class Check(Fact, frozen=True, kw_only=True):
    """Something a technician does after wiring."""

    zh: str
    en: str


class Endpoint(Fact, frozen=True, kw_only=True):
    """A kind of endpoint: what is connected to what."""

    kind: str
    title: Words
    enclosure: Words
    nets: dict[str, Net]
    rails: dict[str, Rail]
    links: dict[str, Words] = field(default_factory=dict)  # wires between parts that no pin sees
    pins: dict[str, dict[str, int]]  # board -> net -> GPIO
    parts: tuple[Placed, ...] = ()
    computed: tuple[str, ...] = ()  # channels of no single part
    backup: Backup
    checks: tuple[Check, ...] = ()
