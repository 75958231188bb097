"""Parts of the queries: how a deadline is summed up, and the values of which a spread is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, String, and_, case, cast, func

from cloud.review.cases.conditions import column, over
from cloud.review.cases.places import Step
from cloud.review.figures.views import AreaCount, OnTime, Way
from cloud.store.models_review import CaseFact as Fact
from domain.assessment.cases import Outcome
from domain.assessment.figures import Rate, Spread, spread_of
from domain.limits import Due

_ENDS: dict[Way, tuple[Any, Any]] = {
    Way.ACCEPT: (Fact.reported_ms, Fact.accepted_ms),
    Way.DISPATCH: (Fact.accepted_ms, Fact.dispatched_ms),
    Way.ARRIVE: (Fact.accepted_ms, Fact.arrived_ms),
    Way.FEED_BACK: (Fact.accepted_ms, Fact.fed_back_ms),
    Way.VERIFY: (Fact.fed_back_ms, Fact.verified_ms),
    Way.CLOSE: (Fact.verified_ms, Fact.closed_ms),
    Way.WHOLE: (Fact.reported_ms, Fact.closed_ms),
}


def took(way: Way) -> ColumnElement[int]:
    """Milliseconds by the clock, pauses in it; nothing where it has not come so far."""
    begin, end = _ENDS[way]
    found: ColumnElement[int] = end - begin
    return found


def values(of: ColumnElement[int]) -> ColumnElement[str]:
    """All of them in one text: exact percentiles on every database, in one look, without a row for each."""
    return func.aggregate_strings(cast(of, String), ",")


def spread(text: str | None) -> Spread:
    """Of what `values` gave."""
    if not text:
        return Spread()
    return spread_of(np.maximum(np.fromstring(text, dtype=np.int64, sep=","), 0))


def decided(due: Due, now_ms: int) -> tuple[ColumnElement[int], ...]:
    """How many met it and how many missed it, what runs and is over included."""
    state, late = column(due), over(due, now_ms)
    missed = func.count().filter(state == Outcome.MISSED.value) + func.count().filter(late)
    return func.count().filter(state == Outcome.MET.value), missed


def of_due(due: Due, now_ms: int) -> tuple[ColumnElement[Any], ...]:
    """What `on_time` takes."""
    state, late = column(due), over(due, now_ms)
    return (
        *decided(due, now_ms),
        func.count().filter(and_(state == Outcome.RUNNING.value, ~late)),
        func.count().filter(late),
        func.count().filter(state == Outcome.STOPPED.value),
        values(case((state == Outcome.MISSED.value, column(f"{due}_late_ms")))),
    )


def on_time(due: Due, row: Sequence[Any]) -> OnTime:
    """From the columns of `of_due`."""
    met, missed, running, still, stopped, late = row
    return OnTime(
        due=due, rate=Rate(hits=met, of=met + missed), missed=missed, running=running, overdue=still,
        stopped=stopped, late=spread(late),
    )  # fmt: skip


def area_count(step: Step | None, area: str, numbers: Sequence[int]) -> AreaCount:
    """From the shares and what was decided."""
    count, is_open, late, life, back, met, missed = numbers
    return AreaCount(
        id=area, name=step.name if step else "", level=step.level if step else "", count=count, open=is_open,
        overdue=late, life_safety=life, came_back=back, on_time=Rate(hits=met, of=met + missed),
    )  # fmt: skip
