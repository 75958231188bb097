"""Stacks of real processes on mosquitto, playing recorded fires."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulators.fire import rooms_of
from simulators.recording import Recording, read
from simulators.stack import StackSpec


@pytest.fixture
def recording(shared_data) -> Recording:
    """The fire of the system tests."""
    return read(shared_data / "SDC07.csv")


@pytest.fixture
def spec_of(tmp_path, recording) -> Callable[..., StackSpec]:
    """A specification of the whole house, on mosquitto."""

    def make(speed: float) -> StackSpec:
        return StackSpec(rooms=rooms_of(recording), work_dir=tmp_path, speed=speed, broker="mosquitto")

    return make
