"""The host's end of a virtual board's wires: a loopback port, one line per access."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Protocol, cast

from simulators.physics import Environment
from simulators.virtual_board.parts import NoAnswer, Parts


class Listener(Protocol):
    """What the board hears from its own pins."""

    def output(self, name: str, value: int) -> None:
        """An output pin was set."""

    def watchdog_started(self, timeout_ms: int) -> None:
        """The watchdog runs from here."""

    def watchdog_fed(self) -> None:
        """A complete cycle is done."""

    def watchdog_on_timer(self) -> None:
        """A technician has the board: a timer feeds the watchdog."""

    def reset_requested(self) -> None:
        """The firmware called machine.reset()."""


class Wires(asyncio.Protocol):
    """One connection of one board process."""

    def __init__(self, parts: Parts, room: Callable[[], Environment], listener: Listener) -> None:
        self._parts = parts
        self._room = room
        self._listener = listener
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._verbs: dict[str, Callable[..., str | None]] = {
            "a": self._adc,
            "p": self._pin,
            "w": self._write,
            "r": self._read,
            "o": self._output,
            "d": lambda timeout: listener.watchdog_started(int(timeout)),
            "f": listener.watchdog_fed,
            "t": listener.watchdog_on_timer,
            "x": listener.reset_requested,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The board process is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer every complete line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            verb, *words = line.decode().split()
            answer = self._answer(verb, words)
            if answer is not None and self._transport is not None:
                self._transport.write(answer.encode() + b"\n")

    def _answer(self, verb: str, words: list[str]) -> str | None:
        try:
            return self._verbs[verb](*words)
        except NoAnswer:
            return f"!{errno.ENODEV}"

    def _adc(self, pin: str) -> str:
        return str(self._parts.adc(int(pin), self._room()))

    def _pin(self, pin: str) -> str:
        return str(self._parts.level(int(pin), self._room()))

    def _write(self, address: str, data: str) -> str:
        self._parts.i2c_write(int(address), bytes.fromhex(data), self._room())
        return "ok"

    def _read(self, address: str, count: str) -> str:
        return self._parts.i2c_read(int(address), int(count), self._room()).hex()

    def _output(self, pin: str, value: str) -> None:
        self._listener.output(self._parts.output_name(int(pin)), int(value))
