"""What each grid's people saw first (首报), and what others had to tell that they could have seen (漏报)."""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import func, select

from cloud.plan import Plan
from cloud.review.cases.conditions import flag
from cloud.review.cases.wish import Flag
from cloud.review.figures.columns import Look
from cloud.review.figures.views import GridCount
from cloud.store.models_review import CaseArea
from cloud.store.models_review import CaseFact as Fact
from cloud.store.models_sources import SourceReport
from domain.sources import Source

_HELD = (Flag.FIRST, Flag.BY_OTHERS, Flag.MISSED)


def by_grid(look: Look, plan: Plan) -> tuple[GridCount, ...]:
    """Of the cases of a period, and the reports that came in it."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    people: defaultdict[str, Counter[str]] = defaultdict(Counter)
    query = look.ask(CaseArea.grid, Fact.reporter, *(func.count().filter(flag(one, look.seen)) for one in _HELD))
    query = query.join(CaseArea, CaseArea.id == Fact.area).group_by(CaseArea.grid, Fact.reporter)
    for grid, reporter, *numbers in look.session.execute(query):
        told = dict(zip(_HELD, numbers, strict=True))
        if any(numbers):
            counts[grid].update(told)
        if told[Flag.FIRST]:
            people[grid][reporter] += told[Flag.FIRST]
    reports = _reports(look)
    return tuple(
        GridCount(
            grid=grid, grid_name=plan.areas.name_of(grid), reports=reports[grid], first=counts[grid][Flag.FIRST],
            by_others=counts[grid][Flag.BY_OTHERS], missed=counts[grid][Flag.MISSED],
            by_person=tuple((one, plan.roster.name_of(one), number) for one, number in sorted(people[grid].items())),
        )
        for grid in sorted(counts.keys() | reports.keys())
    )  # fmt: skip


def _reports(look: Look) -> Counter[str]:
    """By workers, each of them, whatever became of it."""
    query = select(SourceReport.grid, func.count()).where(
        SourceReport.source == Source.HANDHELD,
        SourceReport.taken_ms >= look.where.from_ms,
        SourceReport.taken_ms < look.where.to_ms,
    )
    rows = look.session.execute(query.group_by(SourceReport.grid))
    return Counter({grid: count for grid, count in rows})  # noqa: C416
