"""The parts of a fire endpoint."""

from __future__ import annotations

from firmware.device.drivers import battery, co_cell, pressure, sht4x, smoke_chamber
from simulators.physics import FireEnvironment
from simulators.virtual_board.parts import BareBoard, NoAnswer, adc_count

_HUMIDITY_TICKS = 26214  # 44 %RH; no rule of ours looks at it
_SERIAL = bytes.fromhex("0f1a2b3c")
_CONVERTER_RESET = b"\x85\x83"  # ADS1115 datasheet: the config register after a reset
_LOOPS = ("hydrant_pressure", "sprinkler_pressure")  # inputs 0 and 1 of the converter
_SHORTED_MA = 22.5  # what a shorted 24 V loop drives through a transmitter that limits it
# net of a contact that opens -> field of the environment; the mains and the call point have their own
_OPENED_BY = {"door": "door_open", "extinguisher": "extinguisher_removed", "tamper": "housing_open"}


def sht4x_frame(temp_c: float) -> bytes:
    """The six bytes of a measurement (datasheet 4.4 and 4.6)."""
    ticks = min(65535, max(0, round((temp_c + 45) / 175 * 65535)))
    return with_checksums(ticks.to_bytes(2, "big") + _HUMIDITY_TICKS.to_bytes(2, "big"))


def with_checksums(words: bytes) -> bytes:
    """Two words, each with its checksum."""
    return b"".join(word + bytes([sht4x.crc8(word)]) for word in (words[:2], words[2:]))


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


def loop_ma(channel: str, room: FireEnvironment) -> float:
    """Current of a 4-20 mA loop. `<channel>_shorted` among the faults is a short, `<channel>` a cut wire."""
    if channel in room.faults:
        return 0.0
    if f"{channel}_shorted" in room.faults:
        return _SHORTED_MA
    kpa = room.hydrant_kpa if channel == "hydrant_pressure" else room.sprinkler_kpa
    return 4 + 16 * kpa / pressure.FULL_KPA


def conversion(current_ma: float) -> bytes:
    """The conversion register of the ADS1115 for a current through the shunt."""
    steps = round(current_ma * 1000 * pressure.SHUNT_OHM / pressure.UV_PER_STEP)
    return min(32767, max(-32768, steps)).to_bytes(2, "big", signed=True)


def contact_level(net: str, room: FireEnvironment) -> int:
    """Level at a contact; 0 is closed. A cut wire leaves it open."""
    if net in _OPENED_BY:
        return int(getattr(room, _OPENED_BY[net]) or net in room.faults)
    if net in ("mains", "button"):
        closed = room.mains if net == "mains" else room.button
    elif "call_point" in room.faults:
        closed = False
    else:
        closed = room.call_point if net == "call_no" else not room.call_point
    return 0 if closed else 1


class Parts(BareBoard):
    """Everything that is soldered to one fire endpoint."""

    def __init__(self) -> None:
        self._measured: bytes | None = None
        self._config = _CONVERTER_RESET
        self._pointer = 0
        self._test_light = False

    def adc(self, net: str, room: FireEnvironment) -> int:
        """Count at an analogue pin. The test light of the chamber is seen by a chamber that works."""
        signal = signal_mv(net, room)
        if net == "smoke" and self._test_light and not {"smoke", "smoke_light"} & room.faults:
            signal += smoke_chamber.MV_PER_OD * smoke_chamber.TEST_OD
        return adc_count(signal)

    def level(self, net: str, room: FireEnvironment) -> int:
        """Level at an input pin."""
        return contact_level(net, room)

    def output(self, net: str, value: int, room: FireEnvironment) -> None:
        """The board lights the test LED."""
        if net == "smoke_test":
            self._test_light = bool(value)

    def i2c_write(self, address: int, data: bytes, room: FireEnvironment) -> None:
        """A command to the SHT4x, a register of the ADS1115. Raises NoAnswer."""
        if address == sht4x.ADDRESS and "temp" not in room.faults:
            serial = with_checksums(_SERIAL) if data == sht4x.READ_SERIAL else None
            self._measured = sht4x_frame(room.temp_c) if data == sht4x.MEASURE_HIGH else serial
        elif address == pressure.ADDRESS and "converter" not in room.faults:
            self._pointer = data[0]
            if self._pointer == 1 and len(data) == 3:
                self._config = data[1:]
        else:
            raise NoAnswer

    def i2c_read(self, address: int, count: int, room: FireEnvironment) -> bytes:
        """What was asked for. Raises NoAnswer."""
        if address == pressure.ADDRESS and "converter" not in room.faults:
            answer = self._config if self._pointer == 1 else self._converted(room)
            return answer[:count]
        if address != sht4x.ADDRESS or "temp" in room.faults or self._measured is None:
            raise NoAnswer
        frame, self._measured = self._measured[:count], None
        return frame

    def _converted(self, room: FireEnvironment) -> bytes:
        number = (self._config[0] >> 4 & 7) - 4
        return conversion(loop_ma(_LOOPS[number], room) if 0 <= number < len(_LOOPS) else 0.0)
