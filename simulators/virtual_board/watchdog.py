"""The watchdog of a virtual board. Real time, as hardware: it is there for a program that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_LOOKS_PER_TIMEOUT = 4


class Watchdog:
    """Calls `expired` once when it was started and is not fed within its timeout."""

    def __init__(self, expired: Callable[[], None]) -> None:
        self._expired = expired
        self._loop = asyncio.get_running_loop()
        self._timeout_s = 0.0
        self._fed_at = 0.0
        self._look: asyncio.TimerHandle | None = None

    def start(self, timeout_ms: int) -> None:
        """Runs from here until `stop`."""
        self.stop()
        self._timeout_s = timeout_ms / 1000
        self.feed()
        self._schedule()

    def feed(self) -> None:
        """All is well."""
        self._fed_at = self._loop.time()

    def stop(self) -> None:
        """The power is off, or a timer feeds it."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _schedule(self) -> None:
        self._look = self._loop.call_later(self._timeout_s / _LOOKS_PER_TIMEOUT, self._check)

    def _check(self) -> None:
        if self._loop.time() - self._fed_at > self._timeout_s:
            self._look = None
            self._expired()
        else:
            self._schedule()
