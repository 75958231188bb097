"""The parts of a lift endpoint: encoder on the governor rope, accelerometer, contacts, radar, thermistor, battery."""

from __future__ import annotations

import math
from collections.abc import Callable

from firmware.device.drivers import as5600, battery, lis3dh, ntc
from simulators.environments.lift import LiftEnvironment
from simulators.virtual_board.parts import ADC_FULL_MV, BareBoard, NoAnswer, adc_count

MM_PER_TURN = 628
_SAMPLE_MS = 10  # 100 Hz
_IDENTITY = 0x33
_MAGNET = 0x20
_CLOSED_NETS: dict[str, Callable[[LiftEnvironment], bool]] = {  # closed contact, level 0, while this is true
    "door_zone": lambda room: room.in_zone,
    "door_closed": lambda room: room.door <= 0.0,
    "door_open": lambda room: room.door >= 1.0,
    "alarm_button": lambda room: room.alarm_button,
    "inspection": lambda room: room.inspection,
    "fire_service": lambda room: room.fire_service,
    "mains": lambda room: room.mains,
    "tamper": lambda room: not room.housing_open,
    "button": lambda room: room.button,
    "people": lambda room: not room.people,  # an output of the radar, high while it sees somebody
}


def angle_frame(height_mm: float) -> bytes:
    """STATUS and RAW ANGLE of the AS5600."""
    angle = round(height_mm / MM_PER_TURN * as5600.TURN) % as5600.TURN
    return bytes([_MAGNET]) + angle.to_bytes(2, "big")


def sample_frame(mps2: tuple[float, float, float]) -> bytes:
    """OUT_X_L .. OUT_Z_H of the LIS3DH: 12 bits, left-justified."""
    frame = b""
    for axis in mps2:
        digits = min(2047, max(-2048, round(axis / lis3dh.STEP_MPS2)))
        frame += (digits << 4).to_bytes(2, "little", signed=True)
    return frame


def thermistor_mv(temp_c: float) -> float:
    """Voltage at the thermistor below 10 kOhm."""
    ratio = math.exp(ntc.BETA_K * (1 / (temp_c + 273.15) - 1 / 298.15))
    return ADC_FULL_MV * ratio / (1 + ratio)


class Accelerometer:
    """Registers of a LIS3DH as far as a FIFO in stream mode needs them."""

    def __init__(self) -> None:
        self._registers = bytearray(0x40)
        self._registers[0x0F] = _IDENTITY
        self._next_ms: int | None = None  # time of the oldest sample that was not read

    def write(self, register: int, data: bytes, now_ms: int) -> None:
        """FIFO_CTRL to bypass empties the FIFO; CTRL_REG1 starts the samples."""
        self._registers[register] = data[0]
        if register in (0x20, 0x2E):
            self._next_ms = now_ms

    def read(self, register: int, count: int, room: LiftEnvironment) -> bytes:
        """A burst; of the outputs only whole samples."""
        if register & 0x7F == 0x28:
            return b"".join(self._pop(room) for _ in range(count // 6))
        if register == 0x2F:
            waiting = self._waiting(room.at_ms)
            return bytes([0x40 | 31 if waiting >= lis3dh.DEPTH else waiting or 0x20])
        return bytes(self._registers[register : register + count])

    def _running(self) -> bool:
        return self._registers[0x20] >> 4 == 5 and self._registers[0x24] & 0x40 != 0 and self._registers[0x2E] >> 6 == 2

    def _waiting(self, now_ms: int) -> int:
        """Samples in the FIFO; the oldest are lost where there are more than it holds."""
        if self._next_ms is None or not self._running():
            return 0
        made = max(0, (now_ms - self._next_ms) // _SAMPLE_MS)
        if made > lis3dh.DEPTH:
            self._next_ms += (made - lis3dh.DEPTH) * _SAMPLE_MS
        return min(made, lis3dh.DEPTH)

    def _pop(self, room: LiftEnvironment) -> bytes:
        if self._next_ms is None:
            return bytes(6)
        at_ms, self._next_ms = self._next_ms, self._next_ms + _SAMPLE_MS
        return sample_frame(room.acceleration(at_ms))


class Parts(BareBoard):
    """Everything that is wired to one lift endpoint."""

    def __init__(self) -> None:
        self._accelerometer = Accelerometer()

    def adc(self, net: str, room: LiftEnvironment) -> int:
        """Count at an analogue pin. A thermistor with a cut wire leaves it at its supply."""
        if net == "motor_temp":
            return adc_count(ADC_FULL_MV if net in room.faults else thermistor_mv(room.motor_temp_c))
        cell_mv = battery.EMPTY_CELL_MV + (battery.FULL_CELL_MV - battery.EMPTY_CELL_MV) * room.battery_pct / 100
        return adc_count(0.0 if net in room.faults else cell_mv / battery.DIVIDER)

    def level(self, net: str, room: LiftEnvironment) -> int:
        """Level at an input pin; 1 where its wire is cut."""
        return 1 if net in room.faults or not _CLOSED_NETS[net](room) else 0

    def i2c_read_register(self, address: int, register: int, count: int, room: LiftEnvironment) -> bytes:
        """Raises NoAnswer where nobody is, or the part is dead."""
        if address == as5600.ADDRESS and "position" not in room.faults:
            return angle_frame(room.height_mm)[register - as5600.STATUS :][:count]
        if address == lis3dh.ADDRESS and "vibration" not in room.faults:
            return self._accelerometer.read(register, count, room)
        raise NoAnswer

    def i2c_write_register(self, address: int, register: int, data: bytes, room: LiftEnvironment) -> None:
        """Raises NoAnswer as reading does."""
        if address != lis3dh.ADDRESS or "vibration" in room.faults:
            raise NoAnswer
        self._accelerometer.write(register, data, room.at_ms)
