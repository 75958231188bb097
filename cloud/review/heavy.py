"""Reports over long periods take turns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cloud.history.turns import Turns
from domain.assessment.periods import DAY_MS

LONG_MS = 62 * DAY_MS  # default of ours: two months of a district are read in some tenths of a second


class Heavy:
    """One per centre: of long reports so many run at once, whichever page they are of. Whoever has a turn keeps it."""

    def __init__(self, at_once: int = 2, waiting: int = 8, wait_s: float = 30.0) -> None:  # defaults of ours
        self._turns = Turns(at_once, waiting, wait_s, "a shorter period")
        self._mine = threading.local()

    @contextmanager
    def turn(self, span_ms: int | None) -> Iterator[None]:
        """Around a report of so long a period, None for one without bounds. Raises HistoryBusy."""
        if not is_long(span_ms) or getattr(self._mine, "held", False):
            yield
            return
        with self._turns.take():
            self._mine.held = True
            try:
                yield
            finally:
                self._mine.held = False


def is_long(span_ms: int | None) -> bool:
    """True for what many incidents may be read for."""
    return span_ms is None or span_ms > LONG_MS
