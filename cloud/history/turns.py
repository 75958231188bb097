"""Large questions take turns: whoever asks for much does not slow down the centre for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class HistoryBusy(Exception):
    """Too many large questions at once; nothing is wrong with this one."""


class Turns:
    """So many at a time; some more wait for a while, the others are told to come again."""

    def __init__(
        self, at_once: int = 2, waiting: int = 8, wait_s: float = 10.0,  # defaults of ours
        fewer: str = "fewer curves, a shorter span or a coarser level",
    ) -> None:  # fmt: skip
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)  # each holds a thread of the server
        self._at_once = at_once
        self._wait_s = wait_s
        self._fewer = fewer

    @contextmanager
    def take(self, *, large: bool = True) -> Iterator[None]:
        """Blocks; small questions pass. Raises HistoryBusy."""
        if not large:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise HistoryBusy(self._text())
        try:
            if not self._turns.acquire(timeout=self._wait_s):
                raise HistoryBusy(self._text())
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def _text(self) -> str:
        return (
            f"{self._at_once} questions of this size are answered at a time; try again in some seconds, or ask for "
            f"{self._fewer}"
        )
