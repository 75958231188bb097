"""Vibration of the car: RMS and peak over the samples of one second."""

from array import array
from math import sqrt

from firmware.device.drivers import SensorError
from firmware.device.drivers.lis3dh import DEPTH, STEP_MPS2

_ROOM = 128 + DEPTH  # samples: a second, and a late look


class Vibration:
    """Collects bursts of a `source` with `burst(into, at)` and `overruns`."""

    def __init__(self, source) -> None:
        self._source = source
        self._digits = array("h", bytes(_ROOM * 6))
        self._count = 0
        self._seen_overruns = 0
        self.fault = "not_read"

    def step(self) -> None:
        """Empty the FIFO."""
        if self._count * 3 + DEPTH * 3 > len(self._digits):
            self._count = 0  # nobody looked for more than a second
        try:
            self._count += self._source.burst(self._digits, self._count * 3)
            self.fault = ""
        except SensorError as error:
            self.fault = error.reason
            self._count = 0

    def overruns(self) -> int:
        """Looks that came so late that samples were lost."""
        return self._source.overruns

    def take(self) -> tuple:
        """(RMS, peak) in m/s2 since the last call, each axis without its mean, which is gravity. Raises SensorError."""
        count, self._count = self._count, 0
        if self.fault:
            raise SensorError(self.fault)
        if self._source.overruns != self._seen_overruns:
            self._seen_overruns = self._source.overruns
            raise SensorError("fifo_overrun")  # the peak may have been among the lost ones
        if not count:
            raise SensorError("no_samples")
        return spread(self._digits, count)


def spread(digits, count: int) -> tuple:
    """(RMS, peak) of the length of the vector (x, y, z) around its mean, in m/s2. No lists: they would be kilobytes."""
    x = y = z = 0
    for i in range(0, count * 3, 3):
        x += digits[i]
        y += digits[i + 1]
        z += digits[i + 2]
    x, y, z = x / count, y / count, z / count
    total = peak = 0.0
    for i in range(0, count * 3, 3):
        square = (digits[i] - x) ** 2 + (digits[i + 1] - y) ** 2 + (digits[i + 2] - z) ** 2
        total += square
        peak = max(peak, square)
    return sqrt(total / count) * STEP_MPS2, sqrt(peak) * STEP_MPS2
