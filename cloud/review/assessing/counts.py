"""Sums over the case facts, and the incidents behind a sum. One scan for each column by which cases are somebody's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from cloud.review.assessing.rules import F, Rule, Test
from domain.assessment.indicators import NONE, Tally

Counts = dict[str, dict[str, Tally]]  # who, indicator
SHOWN = 200  # incidents of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class BehindRow:
    """One incident behind a number."""

    id: str
    kind: str
    severity: str
    stage: str
    place: str
    area: int
    reported_ms: int
    closed_ms: int | None
    void: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Which cases: reported in a period, at places (`case_areas`), None for all."""

    from_ms: int
    to_ms: int
    areas: Collection[int] | None = None

    @property
    def test(self) -> Test:
        """As a condition."""
        period = and_(F.reported_ms >= self.from_ms, F.reported_ms < self.to_ms)
        return period if self.areas is None else and_(period, F.area.in_(sorted(self.areas)))


def sums(
    session: Session, rules: Iterable[Rule], within: Within, only: Collection[str] | None = None
) -> Counts:  # fmt: skip
    """Tallies by who and indicator; `only` of some."""
    columns: dict[str, list[Rule]] = {}
    for rule in rules:
        columns.setdefault(rule.who.key, []).append(rule)
    found: Counts = {}
    for group in columns.values():
        for who, tallies in _scan(session, group, within, group[0].who, only):
            mine = found.setdefault(str(who), {})
            for name, tally in tallies:
                mine[name] = mine.get(name, NONE) + tally
    return found


def _scan(
    session: Session, rules: list[Rule], within: Within, who: Any, only: Collection[str] | None
) -> Iterable[tuple[Any, list[tuple[str, Tally]]]]:  # fmt: skip
    numbers = [_count(rule.part(part)) for rule in rules for part in ("hits", "of", "spared")]
    query = select(who, *numbers).where(within.test, who.is_not(None)).group_by(who)
    if only is not None:
        query = query.where(who.in_(sorted(only)))
    for one, *told in session.execute(query):
        three = zip(*[iter(told)] * 3, strict=True)
        tallies = [Tally(hits=hits, of=of, spared=spared) for hits, of, spared in three]
        yield one, [(rule.name, tally) for rule, tally in zip(rules, tallies, strict=True)]


def _count(test: Test) -> Any:
    return func.coalesce(func.sum(case((test, 1), else_=0)), 0)


def behind(
    session: Session, rules: Iterable[Rule], part: str, who: Collection[Any], within: Within, limit: int = SHOWN
) -> list[BehindRow]:
    """The incidents of one part of one tally, newest first; by the very conditions that counted them."""
    tests = [and_(rule.who.in_(list(who)), rule.part(part)) for rule in rules]
    if not tests:
        return []
    return _rows(session, _chosen().where(within.test, or_(*tests)).limit(limit))


def named(session: Session, ids: Collection[str]) -> list[BehindRow]:
    """These incidents, newest first."""
    return _rows(session, _chosen().where(F.id.in_(sorted(ids))))


def _chosen() -> Any:
    columns = (F.id, F.kind, F.severity, F.stage, F.place, F.area, F.reported_ms, F.closed_ms, F.void)
    return select(*columns).order_by(F.reported_ms.desc(), F.id.desc())


def _rows(session: Session, query: Any) -> list[BehindRow]:
    return [BehindRow(**row._asdict()) for row in session.execute(query)]


def add(whole: Mapping[str, Tally], more: Mapping[str, Tally]) -> dict[str, Tally]:
    """Both together."""
    return {name: whole.get(name, NONE) + more.get(name, NONE) for name in {**whole, **more}}
