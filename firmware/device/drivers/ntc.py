"""NTC thermistor of 10 kOhm at 25 degrees, B = 3950 K, between the ADC pin and GND; 10 kOhm from the pin to 3.3 V."""

from math import log

from firmware.device import const
from firmware.device.drivers import SensorError

BETA_K = 3950  # B25/50 of the common motor winding part
_SHORT = const(300)  # 46 ohm, as of 225 degrees: no winding gets there
_OPEN = const(64500)  # 623 kohm, as of -46 degrees


def decode(count: int) -> float:
    """ADC count 0..65535 to degrees Celsius by the beta equation. Raises SensorError for a cut or shorted wire."""
    if count > _OPEN:
        raise SensorError("open_circuit")
    if count < _SHORT:
        raise SensorError("short_circuit")
    ratio = count / (65535 - count)  # of the thermistor to the 10 kOhm above it, which is also its own at 25 degrees
    return 1 / (1 / 298.15 + log(ratio) / BETA_K) - 273.15


class NTC:
    """One thermistor on one ADC pin."""

    def __init__(self, adc) -> None:
        self._adc = adc

    async def read(self) -> float:
        """Degrees Celsius. Raises SensorError."""
        return decode(self._adc.read_u16())
