"""The incidents behind a number, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from cloud.review.cases.conditions import column
from cloud.review.figures.views import CaseRow, Page
from cloud.store.greatest import greatest
from cloud.store.models_review import CaseArea
from cloud.store.models_review import CaseFact as Fact
from cloud.tables.sheets import ROWS_MAX
from domain.assessment.cases import Outcome
from domain.limits import Due

SIZE_MAX = 200
AT_ONCE = 500  # parameters of one statement
ORDERS = ("reported", "oldest", "late", "longest")
_SAME = (
    "id", "kind", "matter", "life_safety", "severity", "source", "stage", "tier", "device", "place", "reported_ms",
    "accepted_ms", "fed_back_ms", "closed_ms", "holder", "accepted_by", "dispatched_to", "handled_by", "closed_by",
    "returns", "reworks", "reopenings", "grade", "void", "members",
)  # fmt: skip


class TooManyRows(ValueError):
    """More than a file takes; nothing was written."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} incidents, a file takes {ROWS_MAX}: choose a shorter period, an area or a kind")


def page_of(session: Session, ids: Select[Any], now_ms: int, total: int, wish: tuple[int, int, str]) -> Page:
    """Of a query for the numbers of facts. Whatever is asked for, some page there is."""
    page, size, order = wish
    size = min(max(1, size), SIZE_MAX)
    pages = max(1, math.ceil(total / size))
    page = min(max(1, page), pages)
    few = ids.order_by(*_order(order, now_ms), Fact.id).limit(size).offset((page - 1) * size)
    found = list(session.scalars(few))  # first the numbers: to sort whole rows of a year takes seconds
    rows = {row.id: row for row in _rows(session, found, now_ms)}
    return Page(rows=tuple(rows[one] for one in found), total=total, page=page, pages=pages)


def every_of(session: Session, ids: Select[Any], now_ms: int) -> tuple[CaseRow, ...]:
    """All, the newest first."""
    found = list(session.scalars(ids.order_by(*_order(ORDERS[0], now_ms), Fact.id)))
    parts = (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))
    rows = {row.id: row for part in parts for row in _rows(session, part, now_ms)}
    return tuple(rows[one] for one in found)


def _rows(session: Session, ids: Sequence[str], now_ms: int) -> Iterator[CaseRow]:
    query = select(Fact, CaseArea).join(CaseArea, CaseArea.id == Fact.area).where(Fact.id.in_(ids))
    return (row_of(fact, area, now_ms) for fact, area in session.execute(query))


def row_of(fact: Fact, area: CaseArea, now_ms: int) -> CaseRow:
    """One of them."""
    late = {due: _late(fact, due, now_ms) for due in Due}
    return CaseRow(
        **{name: getattr(fact, name) for name in _SAME}, site=area.site, grid=area.grid,
        missed=tuple(due.value for due, late_ms in late.items() if late_ms), late_ms=max(late.values()),
    )  # fmt: skip


def _late(fact: Fact, due: Due, now_ms: int) -> int:
    if getattr(fact, due) == Outcome.RUNNING:
        until_ms = now_ms if fact.paused_since_ms is None else fact.paused_since_ms
        return max(0, until_ms - int(getattr(fact, f"{due}_due_ms")))
    return int(getattr(fact, f"{due}_late_ms") or 0)


def _order(order: str, now_ms: int) -> tuple[Any, ...]:
    if order == "oldest":
        return (Fact.reported_ms,)
    if order == "late":  # by what the column shows: the worst of all deadlines
        return (greatest(0, *(_late_at(due, now_ms) for due in Due)).desc(), Fact.reported_ms.desc())
    if order == "longest":
        return ((func.coalesce(Fact.closed_ms, now_ms) - Fact.reported_ms).desc(),)
    return (Fact.reported_ms.desc(),)


def _late_at(due: Due, now_ms: int) -> ColumnElement[int]:
    """As `_late` says of one row."""
    until_ms = func.coalesce(Fact.paused_since_ms, now_ms)
    runs = column(due) == Outcome.RUNNING.value
    return case((runs, until_ms - column(f"{due}_due_ms")), else_=func.coalesce(column(f"{due}_late_ms"), 0))
