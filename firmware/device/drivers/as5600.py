"""ams AS5600, magnetic angle over one turn, on I2C (datasheet v1-06, 2018-06)."""

from firmware.device import const
from firmware.device.drivers import SensorError

ADDRESS = 0x36
TURN = 4096  # counts of one turn
STATUS = const(0x0B)  # the two bytes of RAW ANGLE follow it, so one burst reads both
_MAGNET = const(0x20)  # STATUS bit 5, MD: a magnet was detected. ML and MH (bits 4, 3) only concern its strength


def decode(frame: bytes) -> int:
    """STATUS and RAW ANGLE to 0..4095. Raises SensorError where the magnet is gone."""
    if len(frame) != 3:
        raise SensorError("short_frame")
    if not frame[0] & _MAGNET:
        raise SensorError("no_magnet")
    return (frame[1] & 0x0F) << 8 | frame[2]


class AS5600:
    """The angle as it is now: the part itself measures all the time."""

    def __init__(self, i2c) -> None:
        self._i2c = i2c
        self._frame = bytearray(3)

    async def read(self) -> int:
        """Counts, 0..4095. Raises SensorError."""
        try:
            self._i2c.readfrom_mem_into(ADDRESS, STATUS, self._frame)
        except OSError:
            raise SensorError("no_answer") from None
        return decode(self._frame)
