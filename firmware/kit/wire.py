"""The serial line to one board: the only module that knows mpremote. Every wait ends, every failure has a code.

mpremote's own way into the raw REPL prints and gives up at the first noise; ours waits for quiet, tries again and tells
a board that does not stop from one that does not answer and from garbage.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from firmware.kit.texts import KitError

CHUNK_BYTES = 768  # 1 kB of base64: two such strings fit even beside a running endpoint's heap
READ_S = 2.0  # for the next byte of a dialogue
ENTER_S = 4.0  # our firmware takes up to 1.5 s to say goodbye at the broker
ENTER_ALL_S = 9.0  # two or three attempts
LONGEST_S = 120.0  # no answer of a board takes so long
TEXT_SHARE = 0.9  # of what is heard: above it somebody prints, below it is noise
_RAW = b"raw REPL; CTRL-B to exit\r\n"
_BUSY = (errno.EBUSY, errno.EAGAIN)

Progress = Callable[[int], None]  # told how many bytes more


class _Line(SerialTransport):  # type: ignore[misc]
    """mpremote's transport, whose own waits never end where something keeps talking."""

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = 10,
        data_consumer: Callable[[bytes], None] | None = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """As mpremote's: everything up to `ending`, or what came until the time was over."""
        data, now_s = b"", time.monotonic()
        end_s = now_s + (timeout_overall or LONGEST_S)
        quiet_s = now_s + (timeout or LONGEST_S)
        while not data.endswith(ending) and now_s < min(end_s, quiet_s):
            self.serial.timeout = max(0.001, min(end_s, quiet_s) - now_s)
            new = self.serial.read(1)
            now_s = time.monotonic()
            if new:
                data, quiet_s = data + new, now_s + (timeout or LONGEST_S)
        self.serial.timeout = READ_S
        return data


class Wire:
    """An open port with the board in its raw REPL. Use `opened`."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._entered = False
        try:
            self._link: Any = _Line(port, timeout=READ_S)
        except (OSError, TransportError):  # mpremote hides the reason: ask again for it
            raise _why_not_open(port) from None

    def close(self) -> None:
        """Let go of the port; the board goes on with whatever it does, or waits at its ordinary prompt."""
        with contextlib.suppress(OSError):
            if self._entered:
                self._link.exit_raw_repl()
            self._link.close()

    def enter(self) -> None:
        """Stop the program and enter the raw REPL. Raises KitError: no_answer, garbage, repl_busy, unplugged."""
        heard, end_s = b"", time.monotonic() + ENTER_ALL_S
        while time.monotonic() < end_s:
            with self._failures():
                self._link.serial.write(b"\r\x03\x03")
                heard += self.listen(0.3, ENTER_S / 2)
                self._link.serial.write(b"\r\x01")
                answer: bytes = self._link.read_until(1, _RAW, timeout=ENTER_S / 2, timeout_overall=ENTER_S)
            if answer.endswith(_RAW):
                self._link.in_raw_repl = self._entered = True
                return
            heard += answer
        raise KitError(silence(heard), f"{self.port}: {heard[-60:]!r}")

    def listen(self, quiet_s: float, at_most_s: float) -> bytes:
        """What the board says until it is quiet, or until the time is over."""
        said, end_s = b"", time.monotonic() + at_most_s
        with self._failures():
            self._link.serial.timeout = quiet_s
            while time.monotonic() < end_s and (data := self._link.serial.read(max(1, self._link.serial.in_waiting))):
                said += data
            self._link.serial.timeout = READ_S
        return said

    def run(self, code: str, timeout_s: float = 10.0) -> str:
        """What the code prints on the board. `timeout_s` is for the next line of it. Raises KitError."""
        with self._failures():
            out, err = self._link.exec_raw(code, timeout=timeout_s)
        if err:
            raise _board_error(self.port, err.decode(errors="replace"))
        return str(out.decode(errors="replace"))

    def restart(self) -> None:
        """Soft reset: main.py starts. The loader takes a hard one for a failed start, so boards are left like this."""
        with self._failures():
            self._link.serial.write(b"\r\x02")  # friendly REPL: in the raw one main.py would not run
            self.listen(0.1, 1.0)
            self._link.serial.write(b"\x04")
        self._entered = False

    def reset(self) -> None:
        """Hard reset, which also ends a watchdog; with native USB the port goes away for a moment."""
        with self._failures():
            self._link.exec_raw_no_follow("import machine\nmachine.reset()")
        self._entered = False

    def enter_boot_loader(self) -> None:
        """Where a USB drive takes the next image."""
        with self._failures():
            self._link.exec_raw_no_follow("import machine\nmachine.bootloader()")
        self._entered = False

    def put(self, path: str, content: bytes, progress: Progress) -> None:
        """Write a file and the folders above it. Its digest is not checked here."""
        folders = path.strip("/").split("/")[:-1]
        self.run(
            "import os,binascii\nq=''\n"
            f"for p in {folders!r}:\n q+='/'+p\n try:\n  os.mkdir(q)\n except OSError as e:\n  if e.errno!=17:raise\n"
            f"f=open({path!r},'wb')\n"
            "def w(b):f.write(binascii.a2b_base64(b))"
        )
        for at in range(0, len(content), CHUNK_BYTES):
            piece = content[at : at + CHUNK_BYTES]
            self.run(f"w({base64.b64encode(piece)!r})")
            progress(len(piece))
        self.run("f.close()")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turns what pyserial and mpremote raise into a code."""
        try:
            yield
        except OSError as error:
            raise KitError("unplugged", f"{self.port}: {error}") from None
        except (TransportError, struct.error, TypeError) as error:  # TypeError: pyserial reading a closed port
            noise = "unexpected" in str(error) and "b''" not in str(error)
            code = "garbage" if noise else "unplugged" if self._entered else "no_answer"
            raise KitError(code, f"{self.port}: {error}") from None


def silence(heard: bytes) -> str:
    """The code for a board that said this instead of entering its REPL."""
    if not heard:
        return "no_answer"
    text = heard.decode(errors="replace")
    shown = sum(1 for char in text if (char.isprintable() and char != "\ufffd") or char in "\r\n\t\x1b")
    return "repl_busy" if shown / len(text) > TEXT_SHARE else "garbage"


@contextmanager
def opened(port: str, patience_s: float = 0.0) -> Iterator[Wire]:
    """The board on this port, in its raw REPL; the port is closed at the end. Raises KitError.

    `patience_s`: after a reset a USB port is gone, then there, then not yet ours; only after that it is an error.
    """
    wire = _plugged(port, time.monotonic() + patience_s)
    try:
        wire.enter()
        yield wire
    finally:
        wire.close()


def _plugged(port: str, end_s: float) -> Wire:
    while True:
        try:
            return Wire(port)
        except KitError:
            if time.monotonic() >= end_s:
                raise
        time.sleep(0.2)


def _why_not_open(port: str) -> KitError:
    if not port.upper().startswith("COM") and "://" not in port and not os.path.exists(port):  # noqa: PTH110 - a device
        return KitError("no_board", f"{port}: no such port")
    try:
        serial.serial_for_url(port, exclusive=True).close()
    except OSError as error:
        said = f"{port}: {error}"
        if error.errno == errno.EACCES or "Permission" in said:
            return KitError("permission", said)
        if error.errno in _BUSY or "lock" in said or "busy" in said:
            return KitError("port_in_use", said)
        return KitError("unplugged", said)
    return KitError("unplugged", f"{port}: gone for a moment")


def _board_error(port: str, trace: str) -> KitError:
    last = trace.strip().splitlines()[-1] if trace.strip() else ""
    if "ENOSPC" in last or last.startswith("OSError: 28"):
        return KitError("flash_full", f"{port}: {last}")
    if last.startswith("MemoryError"):
        return KitError("memory_full", f"{port}: {last}")
    return KitError("board_error", f"{port}: {last}")
