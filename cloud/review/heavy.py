"""Reports over long periods take turns, and what was counted of one is kept while nothing new was counted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from cloud.history.turns import Turns
from cloud.review.keeper import MARK
from cloud.store.models_review import CaseMark
from domain.assessment.periods import DAY_MS

LONG_MS = 62 * DAY_MS  # default of ours: two months of a district are read in some tenths of a second
KEPT = 200  # figures of long periods
FRESH_MS = 30_000  # what runs becomes overdue by itself: no older than that
T = TypeVar("T")


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


class Kept:
    """Figures that were counted a moment ago, by what was asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[Hashable, int, Any]] = OrderedDict()

    def get(self, session: Session, asked: Hashable, now_ms: int, count: Callable[[], T]) -> T:
        """As it was counted, where no fact has been made since; else counted now."""
        mark = session.get(CaseMark, MARK)
        stamp = (mark.form, mark.log_id, mark.filled_to, tuple(mark.aside)) if mark is not None else None
        with self._lock:
            known = self._found.get(asked)
        if known is not None and known[0] == stamp and 0 <= now_ms - known[1] < FRESH_MS:
            found: T = known[2]
            return found
        found = count()
        with self._lock:
            self._found[asked] = (stamp, now_ms, found)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return found


def is_long(span_ms: int | None) -> bool:
    """True for what many incidents may be read for."""
    return span_ms is None or span_ms > LONG_MS
