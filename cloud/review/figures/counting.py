"""Each figure as one look at the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from cloud.review.cases.conditions import (
    CAME_BACK,
    Condition,
    Seen,
    column,
    conditions,
    counted,
    flag,
    hours_since_1970,
    overdue,
)
from cloud.review.cases.places import Spots, Step
from cloud.review.cases.wish import Flag, Where
from cloud.review.figures import sums
from cloud.review.figures.views import AreaCount, Count, Key, OnTime, Totals, Way
from cloud.store.models_review import CaseArea
from cloud.store.models_review import CaseFact as Fact
from domain.assessment.figures import Spread
from domain.grids import LEVELS_MAX
from domain.limits import Due

TOP_MAX = 1000
_PLACED: dict[Key, list[Any]] = {Key.GRID: [CaseArea.grid], Key.PLACE: [Fact.place, CaseArea.grid]}
_FLAGS = [one for one in Flag if one.value in Totals.__slots__]  # what Totals counts is named alike


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


def totals(look: Look) -> Totals:
    """How many, and of these how many with what."""
    is_open, beside = Fact.closed_ms.is_(None), conditions(look.where, look.seen)
    held: dict[str, list[Condition]] = {
        "count": [], "open": [is_open], "overdue": [is_open, overdue(look.seen.now_ms)],
        "paused": [is_open, Fact.paused_since_ms.is_not(None)], "closed": [Fact.closed_ms.is_not(None)],
        "life_safety": [Fact.life_safety.is_(True)],
        **{one.value: [flag(one, look.seen)] for one in _FLAGS},
    }  # fmt: skip
    row = look.session.execute(look.ask(*(look.number(*each) for each in held.values()))).one()
    apart, inside = Fact.void.is_(True) & Fact.member_of.is_(None), Fact.member_of.is_not(None)
    others = select(look.number(apart), look.number(inside)).where(*beside)
    void, members = look.session.execute(others).one()
    return Totals(**dict(zip(held, row, strict=True)), void=void, members=members)


def by(look: Look, key: Key, top: int, least: int = 1) -> tuple[Count, ...]:
    """By kind, place, person and so on, those with at least so many: the most first."""
    placed = key in _PLACED
    keys: list[Any] = _PLACED.get(key) or [column(key)]
    query = look.ask(*keys, *look.shares, func.max(Fact.reported_ms)).group_by(*keys)
    query = query.join(CaseArea, CaseArea.id == Fact.area) if placed else query
    if least > 1:
        query = query.having(func.count() >= least).where(keys[0] != "")
    query = query.order_by(func.count().desc(), *keys).limit(min(top, TOP_MAX))
    return tuple(_count(key, len(keys), row) for row in look.session.execute(query))


def _count(key: Key, size: int, row: Sequence[Any]) -> Count:
    count, is_open, late, life, back, last_ms = row[size:]
    return Count(
        value=row[0] or "", grid=row[1] if key is Key.PLACE else "", count=count, open=is_open, overdue=late,
        life_safety=life, came_back=back, last_ms=last_ms,
    )  # fmt: skip


def by_area(look: Look, *, down: bool) -> tuple[AreaCount, ...]:
    """The areas right below the one that is named; with `down`, below the lowest one that holds all of them."""
    kept = sums.decided(Due.OVERALL, look.seen.now_ms)
    query = look.ask(Fact.area, *look.shares, *kept).group_by(Fact.area)
    rows = [(area, numbers) for area, *numbers in look.session.execute(query)]
    at = look.where.at
    found = _below(look, rows, at)
    for _ in range(LEVELS_MAX if down else 0):
        if len(found) != 1 or found[0].id in ("", at):
            break
        at = found[0].id
        found = _below(look, rows, at)
    return found


def _below(look: Look, rows: Sequence[tuple[int, Sequence[int]]], at: str) -> tuple[AreaCount, ...]:
    steps: dict[int, Step | None] = {spot.area: spot.below(at) for spot in look.spots.spots}
    names = {step.id: step for step in steps.values() if step is not None}
    total: dict[str, Counter[int]] = {}
    for area, numbers in rows:
        step = steps.get(area)
        total.setdefault(step.id if step else "", Counter()).update(dict(enumerate(numbers)))
    found = [sums.area_count(names.get(one), one, [numbers[place] for place in range(7)])
             for one, numbers in total.items()]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.count, row.id)))


def on_time(look: Look) -> tuple[OnTime, ...]:
    """Every deadline."""
    row = look.session.execute(look.ask(*(part for due in Due for part in sums.of_due(due, look.seen.now_ms)))).one()
    size = len(row) // len(Due)
    return tuple(sums.on_time(due, row[at * size : (at + 1) * size]) for at, due in enumerate(Due))


def on_time_by(look: Look, due: Due, key: Key) -> dict[str, OnTime]:
    """One deadline by kind, person and so on."""
    rows = _grouped(look, key, sums.of_due(due, look.seen.now_ms))
    return {row[0] or "": sums.on_time(due, row[1:]) for row in rows}


def spans(look: Look) -> dict[Way, Spread]:
    """How long each stretch of the way took."""
    row = look.session.execute(look.ask(*(sums.values(sums.took(way)) for way in Way))).one()
    return {way: sums.spread(text) for way, text in zip(Way, row, strict=True)}


def _grouped(look: Look, key: Key, columns: Sequence[Any]) -> Sequence[Any]:
    by_key = CaseArea.grid if key is Key.GRID else column(key)
    query = look.ask(by_key, *columns).group_by(by_key)
    query = query.join(CaseArea, CaseArea.id == Fact.area) if key is Key.GRID else query
    return look.session.execute(query).all()


def per_hour(look: Look) -> dict[int, int]:
    """By local hour of the report, counted from 1970."""
    hour = hours_since_1970(look.seen.offset_min)
    return {row[0]: row[1] for row in look.session.execute(look.ask(hour, func.count()).group_by(hour))}
