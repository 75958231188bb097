"""Figures counted from the facts, and from nothing else; each in one look at the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from cloud.board.choosing import Sees, everything
from cloud.plan import Plan
from cloud.review import sums
from cloud.review.conditions import (
    CAME_BACK,
    Condition,
    Seen,
    column,
    conditions,
    counted,
    flag,
    hour_of_week,
    local_day,
    overdue,
)
from cloud.review.listing import ORDERS, TooManyRows, every_of, page_of
from cloud.review.places import Spots, spots_of
from cloud.review.views import AreaCount, CaseRow, Count, Key, OnTime, Page, Totals, Way
from cloud.review.wish import Flag, Where
from cloud.store.engine import Store
from cloud.store.models_review import CaseArea
from cloud.store.models_review import CaseFact as Fact
from cloud.tables.sheets import ROWS_MAX
from domain.assessment.figures import Spread
from domain.assessment.hours import Week, week_of
from domain.limits import Due
from runtime.clock import Clock

TOP = 20  # rows of one table; a default of ours
TOP_MAX = 1000
_EPOCH = date(1970, 1, 1)
_PLACED: dict[Key, list[Any]] = {Key.GRID: [CaseArea.grid], Key.PLACE: [Fact.place, CaseArea.grid]}
_FLAGS = {
    "returned": Flag.RETURNED, "reworked": Flag.REWORKED, "reopened": Flag.REOPENED, "came_back": Flag.CAME_BACK,
    "passed_up": Flag.PASSED_UP, "escalated": Flag.ESCALATED, "supervised": Flag.SUPERVISED,
    "extended": Flag.EXTENDED, "suspended": Flag.SUSPENDED, "joint": Flag.JOINT, "graded": Flag.GRADED,
    "unsatisfied": Flag.UNSATISFIED, "by_worker": Flag.BY_WORKER, "first": Flag.FIRST, "by_others": Flag.BY_OTHERS,
    "missed": Flag.MISSED,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One wish in one transaction."""

    session: Session
    where: Where
    spots: Spots
    seen: Seen

    def ask(self, *columns: Any) -> Select[Any]:
        """A query over the cases that are counted."""
        return select(*columns).where(*conditions(self.where, self.seen), *counted(self.where))

    def number(self, *held: Condition) -> ColumnElement[int]:
        """How many of them hold something."""
        return func.count().filter(and_(*held)) if held else func.count()

    @property
    def shares(self) -> tuple[ColumnElement[int], ...]:
        """All, open, overdue, life safety, came back."""
        is_open = Fact.closed_ms.is_(None)
        late = and_(is_open, overdue(self.seen.now_ms))
        return tuple(
            self.number(*held) for held in ((), (is_open,), (late,), (Fact.life_safety.is_(True),), (CAME_BACK,))
        )


class Review:
    """Reads only. Every figure is cut to the areas of whoever asks."""

    def __init__(self, store: Store, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock

    @property
    def offset_min(self) -> int:
        """Of local time."""
        return self._plan.calendar.utc_offset_min

    @contextmanager
    def _look(self, where: Where, sees: Sees) -> Iterator[Look]:
        with self._store.read() as session:
            spots = spots_of(session, sees, where.at, where.grid)
            visible = frozenset(str(kind) for kind in self._plan.matters.missed)
            seen = Seen(now_ms=self._clock.now_ms(), offset_min=self.offset_min, visible=visible, areas=spots.areas)
            yield Look(session=session, where=where, spots=spots, seen=seen)

    def totals(self, where: Where, sees: Sees = everything) -> Totals:
        """How many, and of these how many with what."""
        with self._look(where, sees) as look:
            is_open, beside = Fact.closed_ms.is_(None), conditions(where, look.seen)
            held: dict[str, list[Condition]] = {
                "count": [], "open": [is_open], "overdue": [is_open, overdue(look.seen.now_ms)],
                "paused": [is_open, Fact.paused_since_ms.is_not(None)], "closed": [Fact.closed_ms.is_not(None)],
                "life_safety": [Fact.life_safety.is_(True)],
                **{name: [flag(one, look.seen)] for name, one in _FLAGS.items()},
            }  # fmt: skip
            row = look.session.execute(look.ask(*(look.number(*each) for each in held.values()))).one()
            apart, inside = Fact.void.is_(True) & Fact.member_of.is_(None), Fact.member_of.is_not(None)
            others = select(look.number(apart), look.number(inside)).where(*beside)
            void, members = look.session.execute(others).one()
            return Totals(**dict(zip(held, row, strict=True)), void=void, members=members)

    def by(self, key: Key, where: Where, sees: Sees = everything, top: int = TOP) -> tuple[Count, ...]:
        """By kind, place, person and so on: the most first."""
        with self._look(where, sees) as look:
            return tuple(self._by(look, key, top))

    def again(self, key: Key, where: Where, sees: Sees = everything, top: int = TOP) -> tuple[Count, ...]:
        """Devices or places where it happened at least twice."""
        with self._look(where, sees) as look:
            return tuple(self._by(look, key, top, least=2))

    def _by(self, look: Look, key: Key, top: int, least: int = 1) -> Iterator[Count]:
        placed = key in _PLACED
        keys: list[Any] = _PLACED.get(key) or [column(key)]
        query = look.ask(*keys, *look.shares, func.max(Fact.reported_ms)).group_by(*keys)
        query = query.join(CaseArea, CaseArea.id == Fact.area) if placed else query
        if least > 1:
            query = query.having(func.count() >= least).where(keys[0] != "")
        query = query.order_by(func.count().desc(), *keys).limit(min(top, TOP_MAX))
        for row in look.session.execute(query):
            count, is_open, late, life, back, last_ms = row[len(keys) :]
            yield Count(
                value=row[0] or "", grid=row[1] if key is Key.PLACE else "", count=count, open=is_open, overdue=late,
                life_safety=life, came_back=back, last_ms=last_ms,
            )  # fmt: skip

    def by_area(self, where: Where, sees: Sees = everything) -> tuple[AreaCount, ...]:
        """The areas right below the one that is named, or the topmost ones, as they were then; the most first."""
        with self._look(where, sees) as look:
            kept = sums.decided(Due.OVERALL, look.seen.now_ms)
            query = look.ask(Fact.area, *look.shares, *kept).group_by(Fact.area)
            steps = {spot.area: spot.below(where.at) for spot in look.spots.spots}
            total: dict[str, Counter[int]] = {}
            names = {step.id: step for step in steps.values() if step is not None}
            for area, *numbers in look.session.execute(query):
                step = steps.get(area)
                total.setdefault(step.id if step else "", Counter()).update(dict(enumerate(numbers)))
        rows = [sums.area_count(names.get(one), one, [numbers[place] for place in range(7)])
                for one, numbers in total.items()]  # fmt: skip
        return tuple(sorted(rows, key=lambda row: (-row.count, row.id)))

    def on_time(self, where: Where, sees: Sees = everything) -> tuple[OnTime, ...]:
        """Every deadline: how many were met of those that are decided, and how late the others were."""
        with self._look(where, sees) as look:
            query = look.ask(*(part for due in Due for part in sums.of_due(due, look.seen.now_ms)))
            row = look.session.execute(query).one()
        size = len(row) // len(Due)
        return tuple(sums.on_time(due, row[at * size : (at + 1) * size]) for at, due in enumerate(Due))

    def on_time_by(self, due: Due, key: Key, where: Where, sees: Sees = everything) -> dict[str, OnTime]:
        """One deadline by kind, person and so on."""
        by = CaseArea.grid if key is Key.GRID else column(key)
        with self._look(where, sees) as look:
            query = look.ask(by, *sums.of_due(due, look.seen.now_ms)).group_by(by)
            query = query.join(CaseArea, CaseArea.id == Fact.area) if key is Key.GRID else query
            return {row[0] or "": sums.on_time(due, row[1:]) for row in look.session.execute(query)}

    def spans(self, where: Where, sees: Sees = everything) -> dict[Way, Spread]:
        """How long each stretch of the way took those that have come to its end."""
        with self._look(where, sees) as look:
            row = look.session.execute(look.ask(*(sums.values(sums.took(way)) for way in Way))).one()
        return {way: sums.spread(text) for way, text in zip(Way, row, strict=True)}

    def spans_by(self, way: Way, key: Key, where: Where, sees: Sees = everything) -> dict[str, Spread]:
        """One stretch by kind, person and so on."""
        by = CaseArea.grid if key is Key.GRID else column(key)
        with self._look(where, sees) as look:
            query = look.ask(by, sums.values(sums.took(way))).group_by(by)
            query = query.join(CaseArea, CaseArea.id == Fact.area) if key is Key.GRID else query
            return {row[0] or "": sums.spread(row[1]) for row in look.session.execute(query)}

    def per_day(self, where: Where, sees: Sees = everything) -> dict[date, int]:
        """By local day of the report; days without any are left out."""
        with self._look(where, sees) as look:
            day = local_day(look.seen.offset_min)
            rows = look.session.execute(look.ask(day, func.count()).group_by(day).order_by(day))
            return {_EPOCH + timedelta(days=row[0]): row[1] for row in rows}

    def hours(self, where: Where, sees: Sees = everything) -> Week:
        """By day of the week and hour of the report."""
        with self._look(where, sees) as look:
            hour = hour_of_week(look.seen.offset_min)
            return week_of(
                (row[0], row[1]) for row in look.session.execute(look.ask(hour, func.count()).group_by(hour))
            )

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
