"""What of the case facts counts for whom, as tables: the sums and the lists of incidents behind them use the same.

Not counted against anybody: time suspended (deadlines stand still), members of a storm or of a merge (their parent
stands for them), what came late while a flood of alarms ran at the site, what was passed up, merged or void before its
end. Not against a person: what was dispatched wrongly, handed over with a shift, opened again or reworked by another
and came late, what became due while he was away, and a late acceptance for which the clock had to call him from above
or which had become due outside his shifts: he only found it waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, false, literal, not_, or_, select

from cloud.review.cases.conditions import missed, over, told_by_others
from cloud.store.among import among
from cloud.store.models_people import StandInRow
from cloud.store.models_review import CaseArea, CaseFact
from domain.assessment.cases import Outcome
from domain.assessment.indicators import Subject
from domain.evaluation import Grade
from domain.incidents import Kind, Stage
from domain.limits import Due
from domain.sources import Source

F = CaseFact
Test = ColumnElement[bool]
PARTS = ("hits", "misses", "of", "spared")  # of a tally, each a list of incidents
_FLOODED = select(CaseArea.site, CaseFact.reported_ms, CaseFact.closed_ms).where(CaseFact.kind == Kind.ALARM_FLOOD)
STORMS = _FLOODED.join(CaseArea, CaseArea.id == CaseFact.area).cte("storms")
_DONE = or_(F.fed_back_ms.is_not(None), F.reworks > 0)
_PASSED_ON = or_(F.returns > 0, F.handed_over > 0, F.reopenings > 0)  # whose the time was that it took, nobody knows
ABOVE_ALL = 99  # rank of somebody who is not in the roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the tests need to know beside the facts. `ranks`: people by the rank of their own area, lowest 0."""

    now_ms: int
    levels: tuple[str, ...]
    ranks: Mapping[int, frozenset[str]]
    seen_by_patrols: frozenset[str]  # kinds of sensors that a patrol could have seen first
    found_waiting: frozenset[str] = frozenset()  # ids: accepted late by somebody in whose shifts it did not become due


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One count of one indicator. `who`: the column that says whose case it is."""

    name: str
    who: Any
    of: Test
    hits: Test
    spared: Test

    def part(self, name: str) -> Test:
        """The cases of a part of the tally; never NULL."""
        hits, of, spared = (_sure(test) for test in (self.hits, self.of, self.spared))
        counted = and_(of, not_(spared))
        return {"of": counted, "hits": and_(counted, hits), "misses": and_(counted, not_(hits)), "spared": spared}[name]


def rules_of(subject: Subject, ground: Ground) -> tuple[Rule, ...]:
    """Every count of a subject that is read from the case facts."""
    make = {Subject.PERSON: _of_people, Subject.DEPARTMENT: _of_departments, Subject.AREA: _of_areas}[subject]
    return make(ground)


def _of_people(ground: Ground) -> tuple[Rule, ...]:
    return (
        _rule(
            "accuracy", F.reporter, and_(F.source == Source.HANDHELD, F.closed_ms.is_not(None)), not_(F.void),
            with_void=True,
        ),
        _accepted(
            F.accepted_by,
            spared=or_(not_(_called_from_the_beginning(ground)), among(F.id, ground.found_waiting)),
        ),
        *_handled(ground, personal=True),
        _rule("completed", F.handled_by, _DONE, not_(_is_among(F.reworked_of, F.reworks, F.handled_by))),
        _overdue("completed", Due.OVERALL, ground),
        _satisfied(F.handled_by),
        _rule("first_reports", F.reporter, F.first_report, F.first_report),
    )  # fmt: skip


def _of_departments(ground: Ground) -> tuple[Rule, ...]:
    return (
        _accepted(F.accepted_by),
        *_handled(ground, personal=False),
        _in_time("closed_in_time", F.handled_by, Due.OVERALL, ground),
        _overdue("closed_in_time", Due.OVERALL, ground, personal=False),
        _rule("rework", F.handled_by, _DONE, _is_among(F.reworked_of, F.reworks, F.handled_by)),
        # sent to it once more after a return: the centre did not agree that it was dispatched wrongly
        _rule(
            "returns",
            F.dispatched_to,
            F.dispatched_ms.is_not(None),
            and_(_is_among(F.returned_by, F.returns, F.dispatched_to), F.stage != Stage.ACCEPTED),
        ),
        _satisfied(F.handled_by),
    )


def _of_areas(ground: Ground) -> tuple[Rule, ...]:
    others, first = told_by_others(ground.seen_by_patrols), _sure(F.first_report)
    return (
        _whole("accepted_in_time", Due.ACCEPT, ground),
        _whole("handled_in_time", Due.FEED_BACK, ground),
        _whole("closed_in_time", Due.OVERALL, ground),
        _rule("rework", F.area, _DONE, F.reworks > 0),
        _rule("returns", F.area, F.dispatched_ms.is_not(None), F.returns > 0),
        _satisfied(F.area),
        _rule("first_reports", F.area, or_(first, others), first),
        _rule("missed_reports", F.area, others, missed(ground.seen_by_patrols)),
    )


def of_tiers(ground: Ground) -> tuple[Rule, ...]:
    """As of areas, by the tier that had it first; what was passed up and came late is not that tier's."""
    first = _highest_first(ground)
    tier = case(*((first == rank, level) for rank, level in enumerate(ground.levels)), else_=None).label("first_tier")
    passed_up = ("handled_in_time", "closed_in_time")
    return tuple(
        replace(rule, who=tier, spared=or_(rule.spared, and_(rule.of, F.passed_up > 0, not_(_sure(rule.hits)))))
        if rule.name in passed_up
        else replace(rule, who=tier)
        for rule in _of_areas(ground)
    )


def others_told(ground: Ground) -> Rule:
    """Matters that others told: by person only where he had duty, which no column says."""
    visible = ground.seen_by_patrols
    return _rule("missed_reports", F.area, told_by_others(visible), missed(visible))


def _rule(
    name: str, who: Any, of: Test | Any, hits: Test | Any, spared: Test | None = None, *, with_void: bool = False
) -> Rule:
    whole = F.member_of.is_(None) if with_void else and_(F.member_of.is_(None), not_(F.void))
    spared = false() if spared is None else and_(whole, spared)
    return Rule(name=name, who=who, of=and_(whole, of), hits=hits, spared=spared)


def _column(due: Due, more: str = "") -> Any:
    return getattr(F, f"{due}{more}")


def _ended(due: Due) -> Test:
    return _column(due).in_((Outcome.MET, Outcome.MISSED))  # type: ignore[no-any-return]


def _late(due: Due) -> Test:
    return _column(due) == Outcome.MISSED  # type: ignore[no-any-return]


def _in_time(name: str, who: Any, due: Due, ground: Ground, spared: Test | None = None) -> Rule:
    stopped = _column(due) == Outcome.STOPPED
    stormy = and_(_late(due), _in_a_storm(due))
    left_out = or_(stopped, stormy) if spared is None else or_(stopped, stormy, and_(_late(due), spared))
    return _rule(name, who, or_(_ended(due), stopped), _column(due) == Outcome.MET, left_out)


def _accepted(who: Any, spared: Test | None = None) -> Rule:
    nobodys = [_in_a_storm(Due.ACCEPT)] if spared is None else [_in_a_storm(Due.ACCEPT), spared, _away(who, Due.ACCEPT)]
    nobodys += [] if spared is None else [F.reopenings > 0]  # the worst round may have been another's
    return _rule(
        "accepted_in_time", who, _ended(Due.ACCEPT), F.accept == Outcome.MET, and_(_late(Due.ACCEPT), or_(*nobodys))
    )


def _handled(ground: Ground, *, personal: bool) -> tuple[Rule, ...]:
    of_another = and_(F.reworks > 0, not_(_is_among(F.reworked_of, F.reworks, F.handled_by)))
    nobodys = or_(_PASSED_ON, of_another, _away(F.handled_by, Due.FEED_BACK)) if personal else None
    return (
        _in_time("handled_in_time", F.handled_by, Due.FEED_BACK, ground, nobodys),
        _overdue("handled_in_time", Due.FEED_BACK, ground, personal=personal),
    )


def _overdue(name: str, due: Due, ground: Ground, *, personal: bool = True) -> Rule:
    """What somebody has and is over already: a miss of who has it now, unless it went wrong elsewhere."""
    nobodys = or_(_away(F.holder, due), _in_a_storm(due), _PASSED_ON if personal else false())
    late = over(due, ground.now_ms)
    return _rule(name, F.holder, late, false(), and_(late, nobodys))


def _whole(name: str, due: Due, ground: Ground) -> Rule:
    """Of a place: what ended and what is over, whoever has it."""
    stormy = and_(or_(_late(due), over(due, ground.now_ms)), _in_a_storm(due))
    of = or_(_ended(due), over(due, ground.now_ms))
    return _rule(name, F.area, of, _column(due) == Outcome.MET, stormy)


def _satisfied(who: Any) -> Rule:
    asked = or_(F.grade.is_not(None), F.unsatisfied > 0)
    return _rule("satisfied", who, asked, and_(F.unsatisfied == 0, F.grade != Grade.UNSATISFIED))


def _is_among(names: Any, count: Any, who: Any) -> Test:
    """`who` stands in a list of names; ids have no quotes."""
    return and_(count > 0, cast(names, Text).contains(literal('"') + who + literal('"')))


def _away(who: Any, due: Due) -> Test:
    """The roster knew that he was not there when it became due."""
    at = _column(due, "_due_ms")
    ended = or_(StandInRow.ended_at_ms.is_(None), StandInRow.ended_at_ms > at)
    return exists().where(StandInRow.absent == who, StandInRow.from_ms <= at, StandInRow.to_ms > at, ended)


def _in_a_storm(due: Due) -> Test:
    """A flood of alarms ran at the same site before it became due."""
    here = select(CaseArea.site).where(CaseArea.id == F.area).correlate(F).scalar_subquery()
    over = or_(STORMS.c.closed_ms.is_(None), STORMS.c.closed_ms > F.reported_ms)
    begun = STORMS.c.reported_ms < _column(due, "_due_ms")
    found = select(literal(1)).select_from(STORMS).where(STORMS.c.site == here, begun, over)
    return and_(F.kind != Kind.ALARM_FLOOD, found.correlate(F).exists())


def _called_from_the_beginning(ground: Ground) -> Any:
    """His own tier had it before the clock or anybody passed it up."""
    own = case(*((F.accepted_by.in_(sorted(ids)), rank) for rank, ids in ground.ranks.items()), else_=ABOVE_ALL)
    return own <= _highest_first(ground)


def _highest_first(ground: Ground) -> Any:
    """Rank of the highest tier that had it before the clock or a person passed it up."""
    highest = case(*((F.tier == level, rank) for rank, level in enumerate(ground.levels)), else_=ABOVE_ALL)
    return highest - F.escalations - F.passed_up


def _sure(test: Test | Any) -> Test:
    """NULL is no."""
    return case((test, 1), else_=0) == 1
