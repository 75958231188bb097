"""Sends in order what somebody takes a bounded number of at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

AGAIN_S = 0.02  # until some of it is acknowledged

T = TypeVar("T")


class Paced(Generic[T]):
    """`send` raises OverflowError where it takes no more for now; then the rest waits here, for as long as we live."""

    def __init__(self, send: Callable[[T], object]) -> None:
        self._send = send
        self._waiting: deque[T] = deque()
        self._later: asyncio.TimerHandle | None = None

    def put(self, one: T) -> None:
        """Send it after all that were put before."""
        self._waiting.append(one)
        if self._later is None:
            self._pour()

    def end(self) -> None:
        """Send no more."""
        self._waiting.clear()
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _pour(self) -> None:
        self._later = None
        while self._waiting:
            try:
                self._send(self._waiting[0])
            except OverflowError:
                self._later = asyncio.get_running_loop().call_later(AGAIN_S, self._pour)
                return
            self._waiting.popleft()
