"""What was counted of a long period is kept while nothing new was counted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from cloud.review.facts.keeper import MARK
from cloud.store.models_review import CaseMark

KEPT = 200  # figures of long periods
FRESH_MS = 30_000  # what runs becomes overdue by itself: no older than that
T = TypeVar("T")


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
