"""Vibration where the board hangs, car or machine: RMS and peak of the vector of three axes, over about a second."""

from array import array
from math import sqrt

from firmware.device.drivers import SensorError
from firmware.device.drivers.lis3dh import DEPTH, STEP_MPS2


class Vibration:
    """Adds up bursts of a `source` with `burst(into, at)` and `overruns`; keeps no samples, they would be a kilobyte.

    Gravity is the mean of each axis. What is added up are distances from the mean of the second before.
    """

    def __init__(self, source) -> None:
        self.source = source
        self._digits = array("h", bytes(DEPTH * 6))
        self._mean: list = []
        self._sums = [0] * 6  # samples; x, y, z; squares of the distance; the largest of these
        self._seen_overruns = 0
        self.fault = "not_read"

    def step(self) -> None:
        """Empty the FIFO."""
        try:
            count = self.source.burst(self._digits, 0)
        except SensorError as error:
            self.fault = error.reason
            return
        self.fault = ""
        if count and not self._mean:
            self._mean = list(self._digits[:3])
        for i in range(0, count * 3, 3):
            self._add(self._digits, i)

    def _add(self, digits, i: int) -> None:
        sums, mean = self._sums, self._mean
        x, y, z = digits[i] - mean[0], digits[i + 1] - mean[1], digits[i + 2] - mean[2]
        square = x * x + y * y + z * z
        sums[0] += 1
        sums[1] += x
        sums[2] += y
        sums[3] += z
        sums[4] += square
        sums[5] = max(sums[5], square)

    def take(self) -> tuple:
        """(RMS, peak) in m/s2 since the last call. Raises SensorError."""
        sums, self._sums = self._sums, [0] * 6
        if self.fault:
            raise SensorError(self.fault)
        if self.source.overruns != self._seen_overruns:
            self._seen_overruns = self.source.overruns
            raise SensorError("fifo_overrun")  # the peak may have been among the lost ones
        count = sums[0]
        if not count:
            raise SensorError("no_samples")
        away = [sums[axis] / count for axis in (1, 2, 3)]
        self._mean = [round(self._mean[axis] + away[axis]) for axis in (0, 1, 2)]
        variance = sums[4] / count - sum([part * part for part in away])
        return sqrt(max(0.0, variance)) * STEP_MPS2, sqrt(sums[5]) * STEP_MPS2
