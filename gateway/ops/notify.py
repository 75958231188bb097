"""One datagram to the service manager: systemd's sd_notify(3) protocol, nothing without one."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress


class Manager:
    """Where systemd listens (`NOTIFY_SOCKET`) and how often it wants to hear of us (`WATCHDOG_USEC`)."""

    def __init__(self, env: Mapping[str, str]) -> None:
        address = env.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        usec = env.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1_000_000 if usec.isdigit() and int(usec) else None

    def tell(self, *lines: str) -> None:
        """Send `READY=1`, `WATCHDOG=1`, `STATUS=...`; a manager that is away is no reason to stop."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto("\n".join(lines).encode(), self._address)
