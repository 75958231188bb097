"""ST LIS3DH, three axes of acceleration at 100 Hz through its FIFO of 32, on I2C (datasheet DocID17530 rev 2, 2016)."""

from firmware.device import const
from firmware.device.drivers import SensorError

ADDRESS = 0x18  # SA0 to GND
DEPTH = 32
STEP_MPS2 = 0.002 * 9.80665  # 2.1: 2 mg per digit at +-4 g in high resolution
_WHO_AM_I = const(0x0F)
_IDENTITY = const(0x33)  # 8.5
_FIFO_SRC = const(0x2F)  # 8.18: bit 6 overrun, bits 4..0 samples that wait
_OVERRUN = const(0x40)
_OUT = const(0xA8)  # OUT_X_L with the bit for auto-increment; in the FIFO it rolls back after OUT_Z_H
_START = (
    (0x24, b"\x40"),  # CTRL_REG5: FIFO on
    (0x2E, b"\x00"),  # FIFO_CTRL: bypass empties it
    (0x2E, b"\x80"),  # and stream: the newest 32 stay
    (0x23, b"\x98"),  # CTRL_REG4: whole samples only, +-4 g, high resolution
    (0x20, b"\x57"),  # CTRL_REG1: 100 Hz, all axes
)


def decode(frame: bytes, into, at: int) -> int:
    """Samples of six bytes to digits (x, y, z) in `into` from index `at`; how many samples had room."""
    count = min(len(frame) // 6, (len(into) - at) // 3)
    for i in range(count * 3):
        value = (frame[2 * i + 1] << 8 | frame[2 * i]) >> 4  # 12 bits, left-justified
        into[at + i] = value - 4096 if value & 0x800 else value
    return count


class LIS3DH:
    """`overruns` counts bursts that came too late for all samples."""

    def __init__(self, i2c) -> None:
        self._i2c = i2c
        self._byte = bytearray(1)
        self._frame = memoryview(bytearray(DEPTH * 6))
        self._started = False
        self.overruns = 0

    def burst(self, into, at: int) -> int:
        """Everything the FIFO holds, as digits in `into` from index `at`; how many samples. Raises SensorError."""
        try:
            if not self._started:
                self._start()
            self._i2c.readfrom_mem_into(ADDRESS, _FIFO_SRC, self._byte)
            waiting = self._byte[0] & 0x1F
            if self._byte[0] & _OVERRUN:
                self.overruns += 1
                waiting = DEPTH  # 8.18: a full FIFO shows 31 and the overrun bit
            frame = self._frame[: waiting * 6]
            if waiting:
                self._i2c.readfrom_mem_into(ADDRESS, _OUT, frame)
        except OSError:
            self._started = False  # it may come back without its registers
            raise SensorError("no_answer") from None
        return decode(frame, into, at)

    def _start(self) -> None:
        self._i2c.readfrom_mem_into(ADDRESS, _WHO_AM_I, self._byte)
        if self._byte[0] != _IDENTITY:
            raise SensorError("wrong_part")
        for register, value in _START:
            self._i2c.writeto_mem(ADDRESS, register, value)
        self._started = True
