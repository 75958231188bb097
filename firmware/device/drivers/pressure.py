"""Pressure transmitter of 4-20 mA, in kPa, on a TI ADS1115 (datasheet SBAS444): 16 bits on I2C, single shots.

Wiring: loop, 100 ohm shunt to GND, one of the inputs 0..3 of the converter.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

ADDRESS = 0x48  # ADDR to GND
FULL_KPA = 1600  # at 20 mA
SHUNT_OHM = 100
UV_PER_STEP = 125  # at a full scale of 4.096 V
_CONVERT_MS = const(10)  # 128 samples a second, and its clock may be 10 % slow
# NAMUR NE 43: below 3.6 mA and above 21 mA a transmitter or its loop has failed. What lies between that and the healthy
# 3.8 to 20.5 mA is outside the range of the channel.
_OPEN_UA = const(3600)
_SHORT_UA = const(21_000)


def config(number: int) -> bytes:
    """Start one conversion of input 0..3: MUX 100 + number, 4.096 V, single shot, 128 SPS, comparator off."""
    return bytes((0xC3 | number << 4, 0x83))


def decode(frame: bytes) -> float:
    """The conversion register, two's complement, to kPa. Raises SensorError where the loop is broken or shorted."""
    steps = int.from_bytes(frame, "big")
    current_ua = (steps - 65536 if steps & 0x8000 else steps) * UV_PER_STEP / SHUNT_OHM
    if current_ua < _OPEN_UA:
        raise SensorError("open_loop")
    if current_ua > _SHORT_UA:
        raise SensorError("short_loop")
    return (current_ua - 4000) * FULL_KPA / 16_000


class Pressure:
    """One transmitter. One of another range gets a `scale` in the settings of its channel."""

    def __init__(self, i2c, sleep_ms, number: int) -> None:
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._config = config(number)

    async def read(self) -> float:
        """kPa. Raises SensorError, also where the last conversion is not the one we asked for."""
        try:
            self._i2c.writeto(ADDRESS, b"\x01" + self._config)  # the config register
            await self._sleep_ms(_CONVERT_MS)
            self._i2c.writeto(ADDRESS, b"\x01")
            done = self._i2c.readfrom(ADDRESS, 2)
            self._i2c.writeto(ADDRESS, b"\x00")  # the conversion register
            frame = self._i2c.readfrom(ADDRESS, 2)
        except OSError:
            raise SensorError("no_answer") from None
        if done != self._config:  # bit 15 is 1 again when it is done; other bits differ after a reset of the part
            raise SensorError("not_ready")
        return decode(frame)
