"""The serial port of a virtual board: one pseudo-terminal for the board, one for whoever plugs in."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections import deque

TAIL_BYTES = 65536
PROMPT = b">>> "


class Console:
    """Outlives the board's resets, as a USB cable does. Output that nobody reads is lost, as on a cable."""

    def __init__(self) -> None:
        self._board_master, self.board_fd = os.openpty()
        self._port_master, self._port_fd = os.openpty()
        tty.setraw(self._port_fd)  # the cable echoes nothing
        _leave_output_alone(self.board_fd)
        self._as_plugged = termios.tcgetattr(self.board_fd)
        os.set_blocking(self._board_master, False)
        os.set_blocking(self._port_master, False)
        self.path = os.ttyname(self._port_fd)
        self._tail: deque[int] = deque(maxlen=TAIL_BYTES)
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._board_master, self._from_board)
        self._loop.add_reader(self._port_master, self._from_port)

    def power_on(self) -> None:
        """A process that was killed at its prompt leaves the line without Ctrl-C; a chip would not."""
        termios.tcsetattr(self.board_fd, termios.TCSANOW, self._as_plugged)

    def tail(self) -> list[str]:
        """The last lines of output."""
        return bytes(self._tail).decode(errors="replace").splitlines()

    def type(self, keys: bytes) -> None:
        """Press keys at the board."""
        os.write(self._board_master, keys)

    async def wait_for(self, text: bytes, timeout_s: float) -> bool:
        """True once the output ends with this text; False when it does not within the time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not bytes(self._tail).endswith(text):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def forget(self) -> None:
        """Begin a new tail."""
        self._tail.clear()

    def close(self) -> None:
        """Unplug."""
        for master in (self._board_master, self._port_master):
            self._loop.remove_reader(master)
        for fd in (self._board_master, self.board_fd, self._port_master, self._port_fd):
            os.close(fd)

    def _from_board(self) -> None:
        data = _read(self._board_master)
        self._tail.extend(data)
        self._news.set()
        _write(self._port_master, data)

    def _from_port(self) -> None:
        _write(self._board_master, _read(self._port_master))


def _leave_output_alone(fd: int) -> None:
    """No second carriage return: tools look for the exact bytes of the raw REPL."""
    attributes = termios.tcgetattr(fd)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except (BlockingIOError, OSError):
        return b""


def _write(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            return  # nobody reads
