"""Electrochemical CO cell behind a transimpedance front end, in ppm. Wiring: output to an ADC pin, no divider."""

from firmware.device import const
from firmware.device.drivers import SensorError

FULL_MV = 3300  # ADC reference
ZERO_MV = 600  # our front end is biased, so that an open wire cannot look like clean air
MV_PER_PPM = 0.5
_OPEN_MV = const(300)


def decode(count: int) -> float:
    """ADC count 0..65535 to ppm; about 1.6 ppm per step of a 12-bit converter. Raises SensorError for an open wire."""
    signal_mv = count * FULL_MV / 65535
    if signal_mv < _OPEN_MV:
        raise SensorError("open_circuit")
    return (signal_mv - ZERO_MV) / MV_PER_PPM


class COCell:
    """One cell on one ADC pin."""

    def __init__(self, adc) -> None:
        self._adc = adc

    async def read(self) -> float:
        """CO in ppm. Raises SensorError."""
        return decode(self._adc.read_u16())
