"""Figures counted from the facts, and from nothing else; whoever asks sees those of his areas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import func

from cloud.board.choosing import Sees, everything
from cloud.plan import Plan
from cloud.review.cases.conditions import Seen
from cloud.review.cases.places import Places, spots_of
from cloud.review.cases.wish import State, Where, WishError
from cloud.review.figures import counting, firsts
from cloud.review.figures.columns import Look
from cloud.review.figures.kept import Kept
from cloud.review.figures.listing import ORDERS, TooManyRows, every_of, page_of
from cloud.review.figures.views import Beside, CaseRow, GridCount, Key, Page, Summary, Totals
from cloud.review.heavy import Heavy, is_long
from cloud.store.engine import Store
from cloud.store.models_review import CaseFact as Fact
from cloud.tables.sheets import ROWS_MAX
from domain.assessment.periods import DAY_MS
from runtime.clock import Clock

PERIOD_MAX_MS = 366 * DAY_MS
OF_NOW = (State.OPEN, State.OVERDUE, State.PAUSED)  # few, and found without looking at the others
T = TypeVar("T")


class Review:
    """Reads only. Every figure is cut to the areas of whoever asks. Long periods take turns: HistoryBusy."""

    def __init__(
        self, store: Store, plan: Plan, clock: Clock, heavy: Heavy | None = None, places: Places | None = None
    ) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._heavy = heavy or Heavy()
        self._kept = Kept()
        self._places = places or Places()

    @property
    def offset_min(self) -> int:
        """Of local time."""
        return self._plan.calendar.utc_offset_min

    def _turn(self, where: Where) -> AbstractContextManager[None]:
        return self._heavy.turn(self._span_ms(where))

    def _span_ms(self, where: Where) -> int | None:
        if where.state in OF_NOW:
            return 0
        until_ms = self._clock.now_ms() if where.to_ms is None else where.to_ms
        return None if where.from_ms is None else until_ms - where.from_ms

    @contextmanager
    def _look(self, where: Where, sees: Sees) -> Iterator[Look]:
        with self._turn(where), self._store.read() as session:
            spots = spots_of(self._places.every(session), sees, where.at, where.grid)
            visible = frozenset(str(kind) for kind in self._plan.matters.missed)
            seen = Seen(now_ms=self._clock.now_ms(), offset_min=self.offset_min, visible=visible, areas=spots.areas)
            yield Look(session=session, where=where, spots=spots, seen=seen)

    def _figure(self, look: Look, count: Callable[..., T], *more: Any) -> T:
        """A figure; of a long period the one that was counted a moment ago, where nothing changed."""
        if not is_long(self._span_ms(look.where)):
            return count(look, *more)
        areas = None if look.seen.areas is None else tuple(look.seen.areas)
        asked = (count, more, look.where, areas, look.seen.visible, look.seen.offset_min)
        return self._kept.get(look.session, asked, look.seen.now_ms, lambda: count(look, *more))

    def summary(self, where: Where, sees: Sees = everything) -> Summary:
        """Everything that is counted of a wish."""
        with self._look(where, sees) as look:
            return self._figure(look, counting.summary)

    def overview(
        self, where: Where, before: tuple[int, int], since_ms: int, sees: Sees = everything
    ) -> tuple[Summary, Beside]:  # fmt: skip
        """The same, and beside it another period, what is open now, and what came `since_ms`, in the same area."""
        with self._look(where, sees) as look:
            told = self._figure(look, counting.summary)
            past = replace(look, where=replace(where, from_ms=before[0], to_ms=before[1]))
            now = {state: replace(look, where=Where(state=state, at=where.at)) for state in (State.OPEN, State.OVERDUE)}
            since = replace(look, where=Where(from_ms=since_ms, at=where.at))
            return told, Beside(
                before=self._figure(past, counting.by_key, Key.KIND), open=counting.totals(now[State.OPEN]),
                holders=counting.by_key(now[State.OVERDUE], Key.HOLDER), since=self._figure(since, counting.totals),
            )  # fmt: skip

    def totals(self, where: Where, sees: Sees = everything) -> Totals:
        """How many, and of these how many with what."""
        with self._look(where, sees) as look:
            return self._figure(look, counting.totals)

    def missed(self, from_ms: int, to_ms: int, sees: Sees = everything) -> tuple[GridCount, ...]:
        """First and missed reports by grid, of both moments and all between. Raises WishError."""
        if not 0 <= to_ms - from_ms <= PERIOD_MAX_MS:
            raise WishError("from_ms, to_ms: at most 366 days, the beginning first / 最多 366 天，先写开始")
        with self._look(Where(from_ms=from_ms, to_ms=to_ms + 1), everything) as look:
            found = self._figure(look, firsts.by_grid, self._plan)
        return tuple(one for one in found if sees(one.grid, ""))

    def cases(
        self, where: Where, sees: Sees = everything, *, page: int = 1, size: int = 50, order: str = ORDERS[0]
    ) -> Page:
        """The incidents behind a number."""
        with self._look(where, sees) as look:
            total = look.session.scalar(look.ask(func.count())) or 0
            return page_of(look.session, look.ask(Fact.id), look.seen.now_ms, total, (page, size, order))

    def every(self, where: Where, sees: Sees = everything) -> tuple[CaseRow, ...]:
        """All of them, the newest first, for a file. Raises TooManyRows."""
        with self._look(where, sees) as look:
            total = look.session.scalar(look.ask(func.count())) or 0
            if total > ROWS_MAX:
                raise TooManyRows(total)
            return every_of(look.session, look.ask(Fact.id), look.seen.now_ms)
