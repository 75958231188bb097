"""What one information object of an application data unit says. `time` is its tag as it came, empty without one."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """Type 1: a facility, for instance the whole fire alarm system of a building."""

    system: int
    system_address: int
    state: int
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """Type 2: a component, for instance one smoke detector, with its place as the panel has it."""

    system: int
    system_address: int
    part: int
    part_address: int
    state: int
    text: str
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartValue:
    """Type 3: a number that a component measured; `raw` counts steps of its analog type."""

    system: int
    system_address: int
    part: int
    part_address: int
    analog: int
    raw: int
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Type 4: what somebody did at a facility."""

    system: int
    system_address: int
    flags: int
    operator: int
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemVersion:
    """Type 5: software of a facility."""

    system: int
    system_address: int
    major: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemConfig:
    """Type 6: what a facility is."""

    system: int
    system_address: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartConfig:
    """Type 7: what a component is and where."""

    system: int
    system_address: int
    part: int
    part_address: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTime:
    """Type 8: the clock of a facility."""

    system: int
    system_address: int
    tag: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """Type 21: the transmission device itself."""

    flags: int
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOperation:
    """Type 24: what somebody did at the transmission device; bit 5 answers a duty check."""

    flags: int
    operator: int
    time: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceVersion:
    """Type 25: software of the transmission device."""

    major: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """Type 26: what the transmission device is."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTime:
    """Type 28: the clock of the transmission device."""

    tag: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSystem:
    """Types 61, 65, 66, 68: state, version, configuration, time of a facility."""

    system: int
    system_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPart:
    """Types 62, 63, 67: state, value, configuration of a component."""

    system: int
    system_address: int
    part_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOperations:
    """Type 64: what was done at a facility since a moment."""

    system: int
    system_address: int
    count: int
    since: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDeviceOperations:
    """Type 84: what was done at the transmission device since a moment."""

    count: int
    since: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Types 81, 85, 86, 88 and 89: one reserved byte."""

    reserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock:
    """Type 90."""

    tag: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCheck:
    """Type 91 (查岗): somebody must answer at the device within so many minutes."""

    minutes: int


Part = PartState | PartValue | PartConfig
Fact = (
    SystemState | PartState | PartValue | Operation | SystemVersion | SystemConfig | PartConfig | SystemTime
    | DeviceState | DeviceOperation | DeviceVersion | DeviceConfig | DeviceTime
    | ReadSystem | ReadPart | ReadOperations | ReadDeviceOperations | Plain | SetClock | DutyCheck
)  # fmt: skip


def plain(fact: Fact) -> dict[str, int | str]:
    """In plain JSON types; bytes in hexadecimal."""
    found = {field.name: getattr(fact, field.name) for field in fields(fact)}
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in found.items()}
