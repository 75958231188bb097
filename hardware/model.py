"""What the files of hardware/parts and hardware/endpoints say: what can be bought, and what is connected to what."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from hardware.facts import Fact, Words

BOARD = "board"  # the source of the rail that the board's own regulator makes

# what a terminal of a part is, electrically
TerminalKind = Literal[
    "supply", "ground", "power_out", "sda", "scl", "sck", "mosi", "logic_in", "logic_out", "analog_out",
    "contact", "uart_tx", "uart_rx", "fixed", "other",
]  # fmt: skip


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
