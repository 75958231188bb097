"""Photoelectric smoke chamber with an analogue output, in optical density per metre.

The stray light of a clean chamber gives CLEAN_MV; less than _OPEN_MV means that its light is dead or its wire open.
Wiring: output to an ADC pin, no divider. Where the board has a net `smoke_test`, it lights the chamber's test LED.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

FULL_MV = 3300  # ADC reference
CLEAN_MV = 400  # our chamber board: 400 mV in clean air, 1200 mV for each 1/m above it
MV_PER_OD = 1200
TEST_OD = 0.5  # what its test LED looks like
_OPEN_MV = const(200)  # half the clean signal
_OVERSAMPLE = const(4)  # halves the ADC noise
_SETTLE_MS = const(100)


def decode(count: float) -> float:
    """ADC count 0..65535 to optical density in 1/m; saturates at 2.4. Raises SensorError for a dead chamber."""
    signal_mv = count * FULL_MV / 65535
    if signal_mv < _OPEN_MV:
        raise SensorError("open_circuit")
    return (signal_mv - CLEAN_MV) / MV_PER_OD


class SmokeChamber:
    """One chamber on one ADC pin; `test_light` switches its test LED, None where it has none."""

    def __init__(self, adc, sleep_ms=None, test_light=None) -> None:
        self._adc = adc
        self._sleep_ms = sleep_ms
        self._test_light = test_light

    async def read(self) -> float:
        """Optical density in 1/m. Raises SensorError."""
        total = 0
        for _ in range(_OVERSAMPLE):
            total += self._adc.read_u16()
        return decode(total / _OVERSAMPLE)

    async def check(self) -> None:
        """Clean air looks clean, and the test light like smoke. Nobody else may read meanwhile. Raises SensorError."""
        clean = await self.read()
        if clean > 0.012:  # the level below which smoke clears; clean air stays under 0.005
            raise SensorError("dirty")
        if clean < -0.08:  # a quarter of the clean signal is gone
            raise SensorError("weak_light")
        if self._test_light is None:
            return
        self._test_light.value(1)
        try:
            await self._sleep_ms(_SETTLE_MS)
            lit = await self.read() - clean
        finally:
            self._test_light.value(0)
        await self._sleep_ms(_SETTLE_MS)
        if not 0.5 * TEST_OD < lit < 2 * TEST_OD:
            raise SensorError("test_light_unseen")
