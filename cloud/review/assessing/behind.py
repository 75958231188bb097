"""The incidents and the days behind a number: by the very conditions that counted it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.review.assessing.counts import SHOWN, CaseRow, Within, behind, named
from cloud.review.assessing.others import Told
from cloud.review.assessing.patrols import PatrolDays, Walked
from cloud.review.assessing.rules import Ground, Rule, rules_of
from cloud.review.assessing.views import Behind
from cloud.store.models_review import CaseArea
from domain.assessment.indicators import Subject


class Reading(Protocol):
    """What was read of the period."""

    @property
    def session(self) -> Session: ...
    @property
    def within(self) -> Within: ...
    @property
    def ground(self) -> Ground: ...
    @property
    def days(self) -> PatrolDays: ...
    @property
    def told(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which number. `part`: hits, misses, of, spared."""

    indicator: str
    part: str
    sees: Callable[[str, str], bool]


def of_person(read: Reading, person: str, asked: Asked) -> Behind:
    """Of one person; what others told is his by place and duty, which no column says."""
    if asked.indicator == "patrols":
        return of_days([read.days.people.get(person, Walked())], asked.part)
    rules = [rule for rule in rules_of(Subject.PERSON, read.ground) if rule.name == asked.indicator]
    rows = behind(read.session, rules, asked.part, (person,), read.within, SHOWN + 1)
    told = read.told.get(person, Told())
    more = _told_part(told, asked)
    rows = sorted({row.id: row for row in (*rows, *named(read.session, more))}.values(), key=_newest_first)
    return _cut(read, rows, asked)


def of_column(read: Reading, rules: Iterable[Rule], who: Collection[Any], asked: Asked) -> Behind:
    """Of an area, a tier or a department."""
    chosen = [rule for rule in rules if rule.name == asked.indicator]
    return _cut(read, behind(read.session, chosen, asked.part, who, read.within, SHOWN + 1), asked)


def of_days(walked: Iterable[Walked], part: str) -> Behind:
    """Days, of one person or of several grids."""
    found: set[int] = set()
    for one in walked:
        spared = one.spared - one.patrolled - one.missing
        days = {"hits": one.patrolled, "misses": one.missing, "of": one.patrolled | one.missing, "spared": spared}
        found |= days[part]
    return Behind(days=tuple(sorted(found, reverse=True)))


def _told_part(told: Told, asked: Asked) -> set[str]:
    if asked.indicator == "missed_reports":
        return {"hits": told.missed, "misses": told.seen, "of": told.missed | told.seen, "spared": told.spared}[
            asked.part
        ]
    if asked.indicator == "first_reports":
        return {"hits": set(), "misses": told.missed, "of": told.missed, "spared": told.spared}[asked.part]
    return set()


def _newest_first(row: CaseRow) -> tuple[int, str]:
    return (-row.reported_ms, row.id)


def _cut(read: Reading, rows: list[CaseRow], asked: Asked) -> Behind:
    """What the reader sees; how many stand elsewhere is said."""
    places = {
        place: (grid, site)
        for place, grid, site in read.session.execute(select(CaseArea.id, CaseArea.grid, CaseArea.site))
    }
    shown = rows[:SHOWN]
    mine = tuple(row for row in shown if asked.sees(*places[row.area]))
    return Behind(rows=mine, hidden=len(shown) - len(mine), more=len(rows) > SHOWN)
