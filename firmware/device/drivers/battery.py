"""One lithium cell behind a 2:1 divider, in percent of its charge. Wiring: middle of the divider to an ADC pin."""

from firmware.device import const
from firmware.device.drivers import SensorError

FULL_MV = 3300  # ADC reference
DIVIDER = 2
EMPTY_CELL_MV = 3300
FULL_CELL_MV = 4200
_MISSING_MV = const(2500)  # a protected cell switches off at 2500 mV: less means none is there


def decode(count: int) -> float:
    """ADC count 0..65535 to 0..100 %, linear between empty and full. Raises SensorError where no cell is there."""
    cell_mv = count * FULL_MV * DIVIDER / 65535
    if cell_mv < _MISSING_MV:
        raise SensorError("no_battery")
    charge = (cell_mv - EMPTY_CELL_MV) * 100 / (FULL_CELL_MV - EMPTY_CELL_MV)
    return min(100.0, max(0.0, charge))


class Battery:
    """One cell on one ADC pin."""

    def __init__(self, adc) -> None:
        self._adc = adc

    async def read(self) -> float:
        """Charge in percent. Raises SensorError."""
        return decode(self._adc.read_u16())
