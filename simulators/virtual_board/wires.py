"""The host's end of a virtual board's wires: a loopback port, one line per access."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Any, Protocol, cast

from simulators.virtual_board.edges import Edges
from simulators.virtual_board.parts import BareBoard, NoAnswer


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
    """One connection of one board process. `nets`: GPIO -> net; `room_at` gives the environment at a time.

    A verb that gives bytes answers with their number and then the bytes themselves; a text answer is a line.
    """

    def __init__(
        self,
        parts: BareBoard,
        nets: dict[str, str],
        room_at: Callable[[int], Any],
        now_ms: Callable[[], int],
        listener: Listener,
    ) -> None:
        def room() -> Any:
            return room_at(now_ms())

        self._parts = parts
        self._nets = nets
        self._room = room
        self._now_ms = now_ms
        self._room_at = room_at
        self._edges = Edges(self._level_at)
        self._listener = listener
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._verbs: dict[str, Callable[..., str | bytes | None]] = {
            "a": lambda pin: str(parts.adc(nets[pin], room())),
            "p": self._pin,
            "w": self._write,
            "r": lambda address, count: parts.i2c_read(int(address), int(count), room()),
            "m": lambda address, register, count: parts.i2c_read_register(
                int(address), int(register), int(count), room()
            ),
            "n": self._write_register,
            "u": lambda pin, limit: parts.uart_read(nets[pin].removesuffix("_rx"), int(limit), room()),
            "v": lambda pin, data: parts.uart_write(nets[pin].removesuffix("_tx"), bytes.fromhex(data), room()),
            "s": lambda data: parts.spi_write(bytes.fromhex(data), room()),
            "y": lambda pin, freq_hz, duty: self._pwm(nets[pin], int(freq_hz), int(duty)),
            "k": lambda *words: parts.ask(list(words), room()),
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
                self._transport.write(answer)

    def _answer(self, verb: str, words: list[str]) -> bytes | None:
        try:
            answer = self._verbs[verb](*words)
        except NoAnswer:
            return b"!%d\n" % errno.ENODEV
        if isinstance(answer, bytes):
            return b"%d\n" % len(answer) + answer
        return None if answer is None else answer.encode() + b"\n"

    def _level_at(self, net: str, at_ms: int) -> int:
        return self._parts.level(net, self._room_at(at_ms))

    def _pin(self, pin: str, edge: str = "0", moment: str = "0") -> str:
        """Level, and where an interrupt of this edge is set up and came, its moment; or the level at a moment."""
        net, at_ms = self._nets[pin], int(moment) or self._now_ms()
        level = str(self._level_at(net, at_ms))
        seen_ms = self._edges.since_last_look(net, int(edge), at_ms) if int(edge) and moment == "0" else None
        return level if seen_ms is None else f"{level} {seen_ms}"

    def _write(self, address: str, data: str = "") -> str:
        self._parts.i2c_write(int(address), bytes.fromhex(data), self._room())
        return "ok"

    def _write_register(self, address: str, register: str, data: str = "") -> str:
        self._parts.i2c_write_register(int(address), int(register), bytes.fromhex(data), self._room())
        return "ok"

    def _pwm(self, net: str, freq_hz: int, duty: int) -> None:
        self._parts.pwm(net, freq_hz, duty, self._room())
        self._listener.output(net, freq_hz if duty else 0)

    def _output(self, pin: str, value: str) -> None:
        self._parts.output(self._nets[pin], int(value), self._room())
        self._listener.output(self._nets[pin], int(value))
