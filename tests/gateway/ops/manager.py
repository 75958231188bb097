"""The service manager of these tests: listens where NOTIFY_SOCKET points, and aborts what stops feeding it."""

from __future__ import annotations

import socket
import tempfile
import time
from pathlib import Path


class Listener:
    """A real notify socket."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gw")  # a socket's path has at most 108 bytes
        self.path = Path(self._folder.name) / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self.heard: list[str] = []

    def env(self, watchdog_s: float) -> dict[str, str]:
        """What systemd would set."""
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(round(watchdog_s * 1_000_000))}

    def listen(self, timeout_s: float) -> str | None:
        """The next line; None where nothing came in time."""
        self._socket.settimeout(timeout_s)
        try:
            line = self._socket.recv(4096).decode()
        except TimeoutError:
            return None
        self.heard.append(line)
        return line

    def wait_for(self, start: str, timeout_s: float = 20.0) -> None:
        """Return once a line begins so."""
        deadline = time.monotonic() + timeout_s
        while (line := self.listen(max(0.01, deadline - time.monotonic()))) is not None:
            if line.startswith(start):
                return
        raise AssertionError(f"not within its time: {start}; heard {self.heard[-5:]}")

    def starves(self, watchdog_s: float, timeout_s: float = 30.0) -> bool:
        """True once nothing fed it for the whole of its time."""
        last_fed = time.monotonic()
        deadline = last_fed + timeout_s
        while time.monotonic() < deadline:
            line = self.listen(0.05)
            if line is not None and "WATCHDOG=1" in line:
                last_fed = time.monotonic()
            if time.monotonic() - last_fed > watchdog_s:
                return True
        return False

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()
        self._folder.cleanup()
