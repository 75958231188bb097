"""The parts on a virtual board: from the environment to what a bus or pin would show."""

from __future__ import annotations

from firmware.device.drivers import battery, co_cell, sht4x, smoke_chamber
from firmware.device.pins import PINS
from simulators.physics import Environment

BOARD = "esp32s3"
_HUMIDITY_TICKS = 26214  # 44 %RH; no rule of ours looks at it
_ADC_LOST_BITS = 4  # the converter has 12 of 16 bits


class NoAnswer(OSError):
    """Nobody on the bus acknowledges."""


def sht4x_frame(temp_c: float) -> bytes:
    """The six bytes of the part (datasheet 4.4 and 4.6)."""
    ticks = min(65535, max(0, round((temp_c + 45) / 175 * 65535)))
    frame = b""
    for word in (ticks.to_bytes(2, "big"), _HUMIDITY_TICKS.to_bytes(2, "big")):
        frame += word + bytes([sht4x.crc8(word)])
    return frame


def adc_count(signal_mv: float) -> int:
    """What a 12-bit converter with 3.3 V reference makes of it, scaled to 16 bits."""
    count = min(65535, max(0, round(signal_mv / smoke_chamber.FULL_MV * 65535)))
    return count >> _ADC_LOST_BITS << _ADC_LOST_BITS


def signal_mv(name: str, room: Environment) -> float:
    """The voltage at an analogue input. A part that fails leaves it at 0."""
    if name in room.faults:
        return 0.0
    if name == "smoke":
        return smoke_chamber.CLEAN_MV + smoke_chamber.MV_PER_OD * room.smoke_per_m
    if name == "co":
        return co_cell.ZERO_MV + co_cell.MV_PER_PPM * room.co_ppm
    cell_mv = battery.EMPTY_CELL_MV + (battery.FULL_CELL_MV - battery.EMPTY_CELL_MV) * room.battery_pct / 100
    return cell_mv / battery.DIVIDER


def contact_level(name: str, room: Environment) -> int:
    """Level at a contact of the call point; 0 is closed. A cut wire leaves both open."""
    if "call_point" in room.faults:
        return 1
    closed = room.call_point if name == "call_no" else not room.call_point
    return 0 if closed else 1


class Parts:
    """Everything that is soldered to one virtual board."""

    def __init__(self) -> None:
        self._names = {number: name for name, number in PINS[BOARD].items()}
        self._measured: bytes | None = None

    def adc(self, pin: int, room: Environment) -> int:
        """Count at an analogue pin."""
        return adc_count(signal_mv(self._names[pin], room))

    def level(self, pin: int, room: Environment) -> int:
        """Level at an input pin."""
        return contact_level(self._names[pin], room)

    def output_name(self, pin: int) -> str:
        """What hangs on an output pin."""
        return self._names[pin]

    def i2c_write(self, address: int, data: bytes, room: Environment) -> None:
        """Only the measurement command is known. Raises NoAnswer."""
        if address != sht4x.ADDRESS or "temp" in room.faults:
            raise NoAnswer
        self._measured = sht4x_frame(room.temp_c) if data == b"\xfd" else None

    def i2c_read(self, address: int, count: int, room: Environment) -> bytes:
        """What was measured at the last command. Raises NoAnswer."""
        if address != sht4x.ADDRESS or "temp" in room.faults or self._measured is None:
            raise NoAnswer
        frame, self._measured = self._measured[:count], None
        return frame
