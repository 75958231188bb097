"""Photoelectric smoke chamber with an analogue output, in optical density per metre.

The stray light of a clean chamber gives CLEAN_MV; less than _OPEN_MV means that its light is dead or its wire open.
Wiring: output to an ADC pin, no divider.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

FULL_MV = 3300  # ADC reference
CLEAN_MV = 400  # our chamber board: 400 mV in clean air, 1200 mV for each 1/m above it
MV_PER_OD = 1200
_OPEN_MV = const(200)  # half the clean signal
_OVERSAMPLE = const(4)  # halves the ADC noise


def decode(count: float) -> float:
    """ADC count 0..65535 to optical density in 1/m; saturates at 2.4. Raises SensorError for a dead chamber."""
    signal_mv = count * FULL_MV / 65535
    if signal_mv < _OPEN_MV:
        raise SensorError("open_circuit")
    return (signal_mv - CLEAN_MV) / MV_PER_OD


class SmokeChamber:
    """One chamber on one ADC pin."""

    def __init__(self, adc) -> None:
        self._adc = adc

    async def read(self) -> float:
        """Optical density in 1/m. Raises SensorError."""
        total = 0
        for _ in range(_OVERSAMPLE):
            total += self._adc.read_u16()
        return decode(total / _OVERSAMPLE)
