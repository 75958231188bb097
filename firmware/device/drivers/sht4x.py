"""Sensirion SHT4x, temperature, on I2C (datasheet version 6, 2023).

sensor = SHT4x(machine.I2C(0, sda=machine.Pin(8), scl=machine.Pin(9)), uptime.sleep_ms)
"""

from firmware.device import const
from firmware.device.drivers import SensorError

ADDRESS = 0x44
MEASURE_HIGH = b"\xfd"  # 4.5: high repeatability
READ_SERIAL = b"\x89"  # 4.5
_MEASURE_MS = const(10)  # table 4: at most 8.3 ms
_SERIAL_MS = const(2)


def crc8(data: bytes) -> int:
    """4.4: polynomial 0x31, start 0xFF."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x31 if crc & 0x80 else crc << 1
        crc &= 0xFF
    return crc


def words(frame: bytes) -> tuple:
    """The two words of six bytes (word, CRC, word, CRC). Raises SensorError."""
    if len(frame) != 6:
        raise SensorError("short_frame")
    if crc8(frame[0:2]) != frame[2] or crc8(frame[3:5]) != frame[5]:
        raise SensorError("bad_crc")
    return int.from_bytes(frame[:2], "big"), int.from_bytes(frame[3:5], "big")


def decode(frame: bytes) -> float:
    """Six bytes of the sensor (temperature, CRC, humidity, CRC) to degrees Celsius. Raises SensorError."""
    return -45 + 175 * words(frame)[0] / 65535  # 4.6


class SHT4x:
    """`sleep_ms` is awaited while the part converts."""

    def __init__(self, i2c, sleep_ms, address: int = ADDRESS) -> None:
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._address = address

    async def _ask(self, command: bytes, wait_ms: int) -> bytes:
        try:
            self._i2c.writeto(self._address, command)
            await self._sleep_ms(wait_ms)
            return self._i2c.readfrom(self._address, 6)
        except OSError:
            raise SensorError("no_answer") from None

    async def read(self) -> float:
        """Degrees Celsius. Raises SensorError."""
        return decode(await self._ask(MEASURE_HIGH, _MEASURE_MS))

    async def check(self) -> None:
        """It has a serial number and both its temperatures are those of a room; no heater. Raises SensorError."""
        if words(await self._ask(READ_SERIAL, _SERIAL_MS)) in ((0, 0), (0xFFFF, 0xFFFF)):
            raise SensorError("no_serial")
        await self.read()
