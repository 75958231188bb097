"""The incidents and the days behind a number: by the very conditions that counted it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from cloud.board.choosing import Sees
from cloud.review.assessing.counts import SHOWN, BehindRow, behind, named
from cloud.review.assessing.others import ByOthers
from cloud.review.assessing.patrols import Walked
from cloud.review.assessing.period import Read
from cloud.review.assessing.rules import Rule, rules_of
from cloud.review.assessing.views import Evidence
from cloud.review.cases.places import spots_of
from domain.assessment.indicators import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which number. `part`: hits, misses, of, spared."""

    indicator: str
    part: str
    sees: Sees


def of_person(read: Read, person: str, asked: Asked) -> Evidence:
    """Of one person; what others told is his by place and duty, which no column says."""
    if asked.indicator == "patrols":
        return of_days([read.days.people.get(person, Walked())], asked.part)
    rules = [rule for rule in rules_of(Subject.PERSON, read.ground) if rule.name == asked.indicator]
    rows = behind(read.session, rules, asked.part, (person,), read.within, SHOWN + 1)
    told = read.told.get(person, ByOthers())
    more = _told_part(told, asked)
    rows = sorted({row.id: row for row in (*rows, *named(read.session, more))}.values(), key=_newest_first)
    return _cut(read, rows, asked)


def of_column(read: Read, rules: Iterable[Rule], who: Collection[Any], asked: Asked) -> Evidence:
    """Of an area, a tier or a department."""
    chosen = [rule for rule in rules if rule.name == asked.indicator]
    return _cut(read, behind(read.session, chosen, asked.part, who, read.within, SHOWN + 1), asked)


def of_days(walked: Iterable[Walked], part: str) -> Evidence:
    """Days, of one person or of several grids."""
    found: set[int] = set()
    for one in walked:
        spared = one.spared - one.patrolled - one.missing
        days = {"hits": one.patrolled, "misses": one.missing, "of": one.patrolled | one.missing, "spared": spared}
        found |= days[part]
    return Evidence(days=tuple(sorted(found, reverse=True)))


def _told_part(told: ByOthers, asked: Asked) -> set[str]:
    if asked.indicator == "missed_reports":
        return {"hits": told.missed, "misses": told.seen, "of": told.missed | told.seen, "spared": told.spared}[
            asked.part
        ]
    if asked.indicator == "first_reports":
        return {"hits": set(), "misses": told.missed, "of": told.missed, "spared": told.spared}[asked.part]
    return set()


def _newest_first(row: BehindRow) -> tuple[int, str]:
    return (-row.reported_ms, row.id)


def _cut(read: Read, rows: list[BehindRow], asked: Asked) -> Evidence:
    """What the reader sees; how many stand elsewhere is said."""
    mine = {spot.area for spot in spots_of(read.every, asked.sees).spots}
    shown = rows[:SHOWN]
    found = tuple(row for row in shown if row.area in mine)
    return Evidence(rows=found, hidden=len(shown) - len(found), more=len(rows) > SHOWN)
