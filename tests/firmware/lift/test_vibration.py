"""RMS and peak against numpy, gravity at any angle, and what is no measurement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.drivers import SensorError
from firmware.device.drivers.lis3dh import STEP_MPS2
from firmware.device.endpoints.lift_vibration import Vibration


class Source:
    """Bursts to come."""

    def __init__(self) -> None:
        self.bursts: list[list[list[int]]] = []
        self.overruns = 0
        self.fault = ""

    def burst(self, into: Any, at: int) -> int:
        if self.fault:
            raise SensorError(self.fault)
        samples = self.bursts.pop(0) if self.bursts else []
        for index, sample in enumerate(samples):
            for axis in range(3):
                into[at + index * 3 + axis] = sample[axis]
        return len(samples)


@given(
    gravity=st.lists(st.integers(-500, 500), min_size=3, max_size=3),
    amplitude=st.integers(0, 1500),
    counts=st.lists(st.integers(1, 32), min_size=1, max_size=7),
    seed=st.integers(0, 1000),
)
def test_rms_and_peak(gravity: list[int], amplitude: int, counts: list[int], seed: int) -> None:
    """However the part is mounted; in the second window, when the mean of the first is known."""
    dice = np.random.default_rng(seed)
    source = Source()
    vibration = Vibration(source)
    for _ in range(2):
        samples = [
            np.clip(dice.integers(-amplitude, amplitude + 1, (count, 3)) + gravity, -2048, 2047).tolist()
            for count in counts
        ]
        source.bursts = list(samples)
        for _ in counts:
            vibration.step()
        mean_before = np.array(vibration._mean)
        rms, peak = vibration.take()
    window = np.array([sample for burst in samples for sample in burst])
    around = window - window.mean(axis=0)
    assert rms == pytest.approx(np.sqrt((around**2).sum(axis=1).mean()) * STEP_MPS2, rel=1e-6, abs=1e-6)
    assert peak == pytest.approx(np.sqrt(((window - mean_before) ** 2).sum(axis=1).max()) * STEP_MPS2)
    assert peak >= 0.99 * rms - 1e-9 or abs(window.mean(axis=0) - mean_before).max() > 0


def test_what_is_no_measurement() -> None:
    """Never read, dead, nothing came, samples lost: each is a reason, and the next second is whole again."""
    source = Source()
    vibration = Vibration(source)
    with pytest.raises(SensorError, match="not_read"):
        vibration.take()
    vibration.step()
    with pytest.raises(SensorError, match="no_samples"):
        vibration.take()
    source.bursts = [[[0, 0, 500]] * 10] * 3
    source.overruns = 1
    vibration.step()
    with pytest.raises(SensorError, match="fifo_overrun"):
        vibration.take()
    vibration.step()
    assert (0.0, 0.0) == vibration.take()
    source.fault = "no_answer"
    vibration.step()
    with pytest.raises(SensorError, match="no_answer"):
        vibration.take()
