"""The parts of a fire endpoint."""

from __future__ import annotations

from firmware.device.drivers import battery, co_cell, sht4x, smoke_chamber
from simulators.physics import FireEnvironment
from simulators.virtual_board.parts import BareBoard, NoAnswer, adc_count

_HUMIDITY_TICKS = 26214  # 44 %RH; no rule of ours looks at it


def sht4x_frame(temp_c: float) -> bytes:
    """The six bytes of the part (datasheet 4.4 and 4.6)."""
    ticks = min(65535, max(0, round((temp_c + 45) / 175 * 65535)))
    frame = b""
    for word in (ticks.to_bytes(2, "big"), _HUMIDITY_TICKS.to_bytes(2, "big")):
        frame += word + bytes([sht4x.crc8(word)])
    return frame


def signal_mv(name: str, room: FireEnvironment) -> float:
    """The voltage at an analogue input. A part that fails leaves it at 0."""
    if name in room.faults:
        return 0.0
    if name == "smoke":
        return smoke_chamber.CLEAN_MV + smoke_chamber.MV_PER_OD * room.smoke_per_m
    if name == "co":
        return co_cell.ZERO_MV + co_cell.MV_PER_PPM * room.co_ppm
    cell_mv = battery.EMPTY_CELL_MV + (battery.FULL_CELL_MV - battery.EMPTY_CELL_MV) * room.battery_pct / 100
    return cell_mv / battery.DIVIDER


def contact_level(name: str, room: FireEnvironment) -> int:
    """Level at a contact of the call point; 0 is closed. A cut wire leaves both open."""
    if "call_point" in room.faults:
        return 1
    closed = room.call_point if name == "call_no" else not room.call_point
    return 0 if closed else 1


class Parts(BareBoard):
    """Everything that is soldered to one fire endpoint."""

    def __init__(self) -> None:
        self._measured: bytes | None = None

    def adc(self, net: str, room: FireEnvironment) -> int:
        """Count at an analogue pin."""
        return adc_count(signal_mv(net, room))

    def level(self, net: str, room: FireEnvironment) -> int:
        """Level at an input pin."""
        return contact_level(net, room)

    def i2c_write(self, address: int, data: bytes, room: FireEnvironment) -> None:
        """Only the measurement command is known. Raises NoAnswer."""
        if address != sht4x.ADDRESS or "temp" in room.faults:
            raise NoAnswer
        self._measured = sht4x_frame(room.temp_c) if data == b"\xfd" else None

    def i2c_read(self, address: int, count: int, room: FireEnvironment) -> bytes:
        """What was measured at the last command. Raises NoAnswer."""
        if address != sht4x.ADDRESS or "temp" in room.faults or self._measured is None:
            raise NoAnswer
        frame, self._measured = self._measured[:count], None
        return frame
