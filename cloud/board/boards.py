"""The board as people look at it: one read for all who see the same, until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from cloud.board.filters import ALL, Filter
from cloud.board.queries import Queries, Sees
from cloud.board.views import Board
from cloud.store.engine import Store
from runtime.clock import Clock

AGE_MS = 2000  # default: what changes by time alone (a deadline passes) is seen so late at most
KEPT = 64  # looks remembered; more than a centre has kinds of people times filters in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A board, and what a filter did to it."""

    board: Board
    number: int  # two looks of the same number show the same incidents
    wish: Filter
    outside: frozenset[str]  # concerns lives, so it is there although the filter does not name it
    hidden: int  # what the filter took away; a family counts once
    hidden_late: int


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    version: int = -1
    look: Look | None = None


class Boards:
    """Reads and remembers. Threads that want the same look wait for one read."""

    def __init__(self, store: Store, queries: Queries, clock: Clock) -> None:
        self._store = store
        self._queries = queries
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._version = 0
        self._numbers = 0

    def changed(self, _change: object = None) -> None:
        """A listener: whatever was read before is old now."""
        with self._lock:
            self._version += 1

    def look(self, who: Hashable, sees: Sees, wish: Filter = ALL) -> Look:
        """The board now. `who`: all for whom `sees` judges alike."""
        slot, version = self._slot((who, wish))
        with slot.lock:
            now_ms = self._clock.now_ms()
            found = slot.look
            if found is None or slot.version < version or not 0 <= now_ms - found.board.now_ms < AGE_MS:
                found = slot.look = self._read(sees, wish)
                slot.version = version
        return replace(found, board=replace(found.board, now_ms=now_ms))

    def _slot(self, key: Hashable) -> tuple[_Slot, int]:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > KEPT:
                self._slots.popitem(last=False)
            return slot, self._version  # read before the store is: a change meanwhile reads again

    def _read(self, sees: Sees, wish: Filter) -> Look:
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            chosen = self._queries.chosen(session, now_ms, sees, wish)
            board = Board(
                now_ms=now_ms,
                speed=self._clock.speed,
                open=chosen.rows,
                more=chosen.more,
                recently_closed=self._queries.closed_rows(session, now_ms),
                gateways=self._queries.gateways(session),
            )
        with self._lock:
            self._numbers += 1
            number = self._numbers
        choice = chosen.choice
        return Look(
            board=board, number=number, wish=wish, outside=choice.outside,
            hidden=choice.hidden, hidden_late=choice.hidden_late,
        )  # fmt: skip
