"""Figures counted from the facts, and from nothing else; whoever asks sees those of his areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.board.choosing import Sees, everything
from cloud.plan import Plan
from cloud.review.cases.conditions import Seen
from cloud.review.cases.places import Spot, Spots, every_spot, spots_of
from cloud.review.cases.wish import State, Where
from cloud.review.figures import counting
from cloud.review.figures.counting import Look
from cloud.review.figures.kept import Kept
from cloud.review.figures.listing import ORDERS, TooManyRows, every_of, page_of
from cloud.review.figures.views import AreaCount, CaseRow, Count, Key, OnTime, Page, Totals, Way
from cloud.review.heavy import Heavy, is_long
from cloud.store.engine import Store
from cloud.store.models_review import CaseArea
from cloud.store.models_review import CaseFact as Fact
from cloud.tables.sheets import ROWS_MAX
from domain.assessment.figures import Spread
from domain.assessment.hours import HOUR_MS, HOURS, Week, hour_of, week_of
from domain.limits import Due
from runtime.clock import Clock

TOP = 20  # rows of one table; a default of ours
_EPOCH = date(1970, 1, 1)
OF_NOW = (State.OPEN, State.OVERDUE, State.PAUSED)  # few, and found without looking at the others
T = TypeVar("T")


class Review:
    """Reads only. Every figure is cut to the areas of whoever asks. Long periods take turns: HistoryBusy."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, heavy: Heavy | None = None) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._heavy = heavy or Heavy()
        self._kept = Kept()
        self._places: tuple[int, list[Spot]] = (0, [])  # none is changed or deleted: up to which number, and all

    @property
    def offset_min(self) -> int:
        """Of local time."""
        return self._plan.calendar.utc_offset_min

    def turn(self, where: Where) -> AbstractContextManager[None]:
        """Around all that one page counts of a wish: it waits for others once, not figure by figure."""
        return self._heavy.turn(self._span_ms(where))

    def _span_ms(self, where: Where) -> int | None:
        if where.state in OF_NOW:
            return 0
        until_ms = self._clock.now_ms() if where.to_ms is None else where.to_ms
        return None if where.from_ms is None else until_ms - where.from_ms

    @contextmanager
    def _look(self, where: Where, sees: Sees) -> Iterator[Look]:
        with self.turn(where), self._store.read() as session:
            spots = spots_of(self._every(session), sees, where.at, where.grid)
            visible = frozenset(str(kind) for kind in self._plan.matters.missed)
            seen = Seen(now_ms=self._clock.now_ms(), offset_min=self.offset_min, visible=visible, areas=spots.areas)
            yield Look(session=session, where=where, spots=spots, seen=seen)

    def _every(self, session: Session) -> list[Spot]:
        newest = session.scalar(select(func.max(CaseArea.id))) or 0
        if self._places[0] != newest:
            self._places = (newest, every_spot(session))
        return self._places[1]

    def _read(self, where: Where, sees: Sees, count: Callable[..., T], *more: Any, **named: Any) -> T:
        """A figure; of a long period the one that was counted a moment ago, where nothing changed."""
        with self._look(where, sees) as look:
            if not is_long(self._span_ms(where)):
                return count(look, *more, **named)
            asked = (count, more, *named.items(), where, _key(look.spots), look.seen.visible, look.seen.offset_min)
            return self._kept.get(look.session, asked, look.seen.now_ms, lambda: count(look, *more, **named))

    def totals(self, where: Where, sees: Sees = everything) -> Totals:
        """How many, and of these how many with what."""
        return self._read(where, sees, counting.totals)

    def by(self, key: Key, where: Where, sees: Sees = everything, top: int = TOP) -> tuple[Count, ...]:
        """By kind, place, person and so on: the most first."""
        return self._read(where, sees, counting.by, key, top)

    def again(self, key: Key, where: Where, sees: Sees = everything, top: int = TOP) -> tuple[Count, ...]:
        """Devices or places where it happened at least twice."""
        return self._read(where, sees, counting.by, key, top, 2)

    def by_area(self, where: Where, sees: Sees = everything, *, down: bool = False) -> tuple[AreaCount, ...]:
        """The areas right below the one that is named, or the topmost ones, as they were then; the most first.

        `down`: where that is one area alone, those below it: a district of one street is told by its communities.
        """
        return self._read(where, sees, counting.by_area, down=down)

    def on_time(self, where: Where, sees: Sees = everything) -> tuple[OnTime, ...]:
        """Every deadline: how many were met of those that are decided, and how late the others were."""
        return self._read(where, sees, counting.on_time)

    def on_time_by(self, due: Due, key: Key, where: Where, sees: Sees = everything) -> dict[str, OnTime]:
        """One deadline by kind, person and so on."""
        return self._read(where, sees, counting.on_time_by, due, key)

    def spans(self, where: Where, sees: Sees = everything) -> dict[Way, Spread]:
        """How long each stretch of the way took those that have come to its end."""
        return self._read(where, sees, counting.spans)

    def per_day(self, where: Where, sees: Sees = everything) -> dict[date, int]:
        """By local day of the report; days without any are left out."""
        found: Counter[int] = Counter()
        for hour, count in self._read(where, sees, counting.per_hour).items():
            found[hour // HOURS] += count
        return {_EPOCH + timedelta(days=day): found[day] for day in sorted(found)}

    def hours(self, where: Where, sees: Sees = everything) -> Week:
        """By day of the week and hour of the report."""
        found = self._read(where, sees, counting.per_hour)
        return week_of((hour_of(hour * HOUR_MS, 0), count) for hour, count in found.items())

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


def _key(spots: Spots) -> tuple[int, ...] | None:
    return None if spots.areas is None else tuple(spots.areas)
