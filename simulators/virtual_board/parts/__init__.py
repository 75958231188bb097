"""What is soldered to a virtual board: from the environment to what a bus or pin would show. One file per kind.

`simulators/virtual_board/parts/<kind>.py` has a class `Parts` that says what its kind's parts do; everything it does
not say is an unconnected pin or an empty bus. Nets are called by the names of the pin map.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

ADC_FULL_MV = 3300  # reference
_ADC_LOST_BITS = 4  # the converter has 12 of 16 bits


class NoAnswer(OSError):
    """Nobody on the bus acknowledges."""


def adc_count(signal_mv: float) -> int:
    """What a 12-bit converter with 3.3 V reference makes of it, scaled to 16 bits."""
    count = min(65535, max(0, round(signal_mv / ADC_FULL_MV * 65535)))
    return count >> _ADC_LOST_BITS << _ADC_LOST_BITS


class BareBoard:
    """A board with nothing on it. `room` is the environment of the kind at this moment."""

    def adc(self, net: str, room: Any) -> int:
        """Count at an analogue pin, 0..65535."""
        return 0

    def level(self, net: str, room: Any) -> int:
        """Level at an input pin with pull-up."""
        return 1

    def output(self, net: str, value: int, room: Any) -> None:
        """An output pin was set."""

    def pwm(self, net: str, freq_hz: int, duty: int, room: Any) -> None:
        """A PWM output was set; duty 0..65535."""

    def i2c_write(self, address: int, data: bytes, room: Any) -> None:
        """Raises NoAnswer."""
        raise NoAnswer

    def i2c_read(self, address: int, count: int, room: Any) -> bytes:
        """Raises NoAnswer."""
        raise NoAnswer

    def i2c_read_register(self, address: int, register: int, count: int, room: Any) -> bytes:
        """Raises NoAnswer. As a part sees it: its register number is written, then it is read."""
        self.i2c_write(address, bytes([register]), room)
        return self.i2c_read(address, count, room)

    def i2c_write_register(self, address: int, register: int, data: bytes, room: Any) -> None:
        """Raises NoAnswer."""
        self.i2c_write(address, bytes([register]) + data, room)

    def uart_read(self, net: str, limit: int, room: Any) -> bytes:
        """What has arrived at net <net>_rx and was not read yet, at most so much."""
        return b""

    def uart_write(self, net: str, data: bytes, room: Any) -> None:
        """The board sends on <net>_tx."""

    def spi_write(self, data: bytes, room: Any) -> None:
        """The board writes to its display; levels of dc and cs came before as outputs."""

    def ask(self, words: list[str], room: Any) -> bytes:
        """A question of a fake module that only this kind has (camera, card). Raises NoAnswer."""
        raise NoAnswer


def parts_of(kind: str) -> BareBoard:
    """The parts of a new board of this kind."""
    return cast(BareBoard, import_module(f"simulators.virtual_board.parts.{kind}").Parts())
