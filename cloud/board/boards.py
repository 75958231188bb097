"""The board as people look at it: one read for all who see the same, until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from cloud.board.book import AGE_MS, Book
from cloud.board.choosing import Chosen, Sees, chosen
from cloud.board.filters import ALL, Filter
from cloud.board.queries import Queries
from cloud.board.views import Board, GatewayRow, IncidentRow
from cloud.plan import Plan
from cloud.store.engine import Store
from runtime.clock import Clock

KEPT = 64  # looks remembered; more than a centre has kinds of people times filters in use

T = TypeVar("T")
Closed = tuple[IncidentRow, ...]


class Change(Protocol):
    """What a transaction changed."""

    @property
    def incidents(self) -> frozenset[str]:
        """Ids."""

    @property
    def gateways(self) -> bool:
        """True where gateways or their endpoints changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A board, and what a filter did to it."""

    board: Board
    wish: Filter
    outside: frozenset[str]  # concerns lives, so it is there although the filter does not name it
    hidden: int  # what the filter took away; a family counts once
    hidden_late: int


@dataclass(slots=True)
class _Slot(Generic[T]):
    """One thing that was read: which version of the world it shows, and when."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    version: int = -1
    at_ms: int = 0
    found: T | None = None

    def get(self, version: int, now_ms: int, read: Callable[[], tuple[T, int]]) -> T:
        """What was read, or is read now: once for all threads that wait. `read` says of when it is."""
        with self.lock:
            found = self.found
            if found is None or self.version < version or not 0 <= now_ms - self.at_ms < AGE_MS:
                found, self.at_ms = read()
                self.found, self.version = found, version
            return found


class Boards:
    """Reads and remembers."""

    def __init__(self, store: Store, queries: Queries, clock: Clock, plan: Plan) -> None:
        self._store = store
        self._queries = queries
        self._plan = plan
        self._book = Book(store, plan)
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot[tuple[Chosen, Closed]]] = OrderedDict()
        self._gateways: _Slot[tuple[GatewayRow, ...]] = _Slot()
        self._incident_version = 0
        self._gateway_version = 0

    def changed(self, change: Change) -> None:
        """A listener: what was read before is old now."""
        self._book.changed(change.incidents)
        with self._lock:
            self._incident_version += bool(change.incidents)
            self._gateway_version += bool(change.gateways)

    def look(self, who: Hashable, sees: Sees, wish: Filter = ALL) -> Look:
        """The board now, with every gateway. `who`: all for whom `sees` judges alike."""
        now_ms = self._clock.now_ms()
        slot, incidents, gateways = self._slot((who, wish))  # versions before the store: a change meanwhile reads again
        chosen, closed = slot.get(incidents, now_ms, lambda: self._read(now_ms, sees, wish))
        board = Board(
            now_ms=now_ms, speed=self._clock.speed, open=chosen.rows, more=chosen.more, recently_closed=closed,
            gateways=self._gateways.get(gateways, now_ms, lambda: self._read_gateways(now_ms)),
        )  # fmt: skip
        choice = chosen.choice
        return Look(
            board=board, wish=wish, outside=choice.outside, hidden=choice.hidden, hidden_late=choice.hidden_late
        )

    def _slot(self, key: Hashable) -> tuple[_Slot[tuple[Chosen, Closed]], int, int]:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > KEPT:
                self._slots.popitem(last=False)
            return slot, self._incident_version, self._gateway_version

    def _read(self, now_ms: int, sees: Sees, wish: Filter) -> tuple[tuple[Chosen, Closed], int]:
        page = self._book.page(now_ms)
        return (chosen(page.lines, self._plan, sees, wish, now_ms), page.closed), page.read_ms

    def _read_gateways(self, now_ms: int) -> tuple[tuple[GatewayRow, ...], int]:
        with self._store.read() as session:
            return self._queries.gateways(session), now_ms
