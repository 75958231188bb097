"""Each figure, counted from the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import func, select

from cloud.review.cases.conditions import conditions
from cloud.review.cases.places import Step
from cloud.review.figures.columns import (
    BITS,
    LATE,
    LATE_BY,
    MET,
    MISSED,
    RUNNING,
    STOPPED,
    TOOK,
    Cases,
    Codes,
    Look,
    cases_of,
)
from cloud.review.figures.views import AreaCount, Count, Key, OnTime, Summary, Totals
from cloud.store.models_review import CaseFact as Fact
from domain.assessment.figures import Rate, Spread
from domain.assessment.hours import HOUR_MS, HOURS, WEEK_HOURS, Week, hour_of, week_of
from domain.assessment.periods import MINUTE_MS
from domain.grids import LEVELS_MAX
from domain.limits import Due

AGAIN_MAX = 200  # places, or devices; a default of ours
AGAIN = 2  # what happened so often at one place, or with one device, happens again
KEYS = (Key.KIND, Key.MATTER, Key.SOURCE, Key.DEVICE, Key.PLACE)
SHARES = ("open", "overdue", "life_safety", "came_back")
_EPOCH = date(1970, 1, 1)


def summary(look: Look) -> Summary:
    """All of it, in one pass over the facts and one over those that stand aside."""
    spans = (*TOOK.values(), *LATE_BY.values())
    cases, spread = cases_of(look, *KEYS, spans=spans)
    took, late = spread[: len(TOOK)], spread[len(TOOK) :]
    areas = by_area(look, cases)
    return Summary(
        totals=_totals(look, cases), kinds=by(cases, Key.KIND), matters=by(cases, Key.MATTER),
        sources=by(cases, Key.SOURCE), areas=areas, areas_below=_below_one(look, cases, areas),
        on_time=tuple(_on_time(cases, due, one) for due, one in zip(LATE_BY, late, strict=True)),
        spans=dict(zip(TOOK, took, strict=True)), per_day=_per_day(look, cases), week=_week(look, cases),
        devices=by(cases, Key.DEVICE, AGAIN_MAX, AGAIN), places=by(cases, Key.PLACE, AGAIN_MAX, AGAIN),
    )  # fmt: skip


def totals(look: Look) -> Totals:
    """How many, and of these how many with what."""
    return _totals(look, cases_of(look)[0])


def by_key(look: Look, key: Key, top: int | None = None) -> tuple[Count, ...]:
    """By kind, person and so on: the most first."""
    return by(cases_of(look, key)[0], key, top)


def _totals(look: Look, cases: Cases) -> Totals:
    apart, inside = Fact.void.is_(True) & Fact.member_of.is_(None), Fact.member_of.is_not(None)
    others = select(func.count().filter(apart), func.count().filter(inside))
    void, members = look.session.execute(others.where(*conditions(look.where, look.seen))).one()
    held = {name: int(np.count_nonzero(cases.has(name))) for name in BITS}
    return Totals(count=len(cases.bits), void=void, members=members, **held)


def by(cases: Cases, key: Key, top: int | None = None, least: int = 1) -> tuple[Count, ...]:
    """Those with at least so many, the most first; of two or more only what has a name."""
    names, codes = cases.labels[key].names, cases.labels[key].codes
    count, shares = _shares(cases, codes, len(names))
    last = np.zeros(len(names), dtype=np.int64)
    np.maximum.at(last, codes, cases.reported)
    found = np.flatnonzero(count >= least)
    if top is not None and len(found) > top:  # none of the rest can be among them
        found = found[count[found] >= np.partition(count[found], -top)[-top]]
    chosen = sorted((-int(count[one]), names[one], one) for one in found.tolist() if least == 1 or names[one][0])
    return tuple(
        Count(
            value=value, grid=grid, count=-rank, last_ms=int(last[one]),
            **{name: int(share[one]) for name, share in shares.items()},
        )
        for rank, (value, grid), one in chosen[:top]
    )  # fmt: skip


def _shares(cases: Cases, codes: Codes, size: int) -> tuple[Codes, Mapping[str, Codes]]:
    count = np.bincount(codes, minlength=size)
    return count, {name: np.bincount(codes[cases.has(name)], minlength=len(count)) for name in SHARES}


def by_area(look: Look, cases: Cases, at: str | None = None) -> tuple[AreaCount, ...]:
    """The areas right below one, as they were then, the most first; `at` is the one that the wish names."""
    at = look.where.at if at is None else at
    steps: dict[int, Step | None] = {spot.area: spot.below(at) for spot in look.spots.spots}
    names = {step.id: step for step in steps.values() if step is not None}
    count, shares = _shares(cases, cases.area, 0)
    stands = cases.standing(Due.OVERALL)
    kept = {
        "met": np.bincount(cases.area[stands == MET], minlength=len(count)),
        "missed": np.bincount(cases.area[(stands == MISSED) | (stands == LATE)], minlength=len(count)),
    }
    total: dict[str, Counter[str]] = {}
    for area in np.flatnonzero(count).tolist():
        step = steps.get(area)
        told = {name: int(column[area]) for name, column in ({"count": count} | dict(shares) | kept).items()}
        total.setdefault(step.id if step else "", Counter()).update(told)
    found = [_area(names.get(one), told) for one, told in total.items()]
    return tuple(sorted(found, key=lambda row: (-row.count, row.id)))


def _area(step: Step | None, told: Counter[str]) -> AreaCount:
    return AreaCount(
        id=step.id if step else "", name=step.name if step else "", level=step.level if step else "",
        count=told["count"], **{name: told[name] for name in SHARES},
        on_time=Rate(hits=told["met"], of=told["met"] + told["missed"]),
    )  # fmt: skip


def _below_one(look: Look, cases: Cases, areas: tuple[AreaCount, ...]) -> tuple[AreaCount, ...]:
    """Below the lowest area that holds all: a district of one street is told by its communities."""
    at = look.where.at
    for _ in range(LEVELS_MAX):
        if len(areas) != 1 or areas[0].id in ("", at):
            break
        at = areas[0].id
        areas = by_area(look, cases, at)
    return areas


def _on_time(cases: Cases, due: Due, late: Spread) -> OnTime:
    found = np.bincount(cases.standing(due), minlength=STOPPED + 1).tolist()
    missed = found[MISSED] + found[LATE]
    return OnTime(
        due=due, rate=Rate(hits=found[MET], of=found[MET] + missed), missed=missed, running=found[RUNNING],
        overdue=found[LATE], stopped=found[STOPPED], late=late,
    )  # fmt: skip


def _per_day(look: Look, cases: Cases) -> dict[date, int]:
    """By local day of the report; days without any are left out."""
    hours = (cases.reported + look.seen.offset_min * MINUTE_MS) // HOUR_MS
    days, counts = np.unique(hours // HOURS, return_counts=True)
    return {_EPOCH + timedelta(days=day): count for day, count in zip(days.tolist(), counts.tolist(), strict=True)}


def _week(look: Look, cases: Cases) -> Week:
    counts: Sequence[int] = np.bincount(hour_of(cases.reported, look.seen.offset_min), minlength=WEEK_HOURS).tolist()
    return week_of(enumerate(counts))
