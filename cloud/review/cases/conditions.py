"""A wish in SQL. What is counted and what is listed come from the same conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, true

from cloud.review.cases.wish import TEXTS, Flag, State, Where
from cloud.store.models_review import CaseFact as Fact
from domain.assessment.cases import Outcome
from domain.assessment.hours import HOURS, hour_of
from domain.limits import Due

COLUMNS = tuple(
    name for name in TEXTS if name not in ("at", "grid", "q")
)  # which areas the first two mean is looked up first
Condition = ColumnElement[bool]
CAME_BACK = or_(Fact.returns > 0, Fact.reworks > 0, Fact.reopenings > 0, Fact.unsatisfied > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What decides beside the wish: the time, the zone, what a grid can see, and the areas; None: all of them."""

    now_ms: int
    offset_min: int
    visible: frozenset[str]  # kinds that a grid could have told of (漏报)
    areas: Sequence[int] | None


def conditions(where: Where, seen: Seen) -> list[Condition]:
    """All that must hold, without what is said of members and void ones."""
    found: list[Condition] = [] if seen.areas is None else [Fact.area.in_(seen.areas) if seen.areas else false()]
    found += [getattr(Fact, name) == getattr(where, name) for name in COLUMNS if getattr(where, name)]
    if where.from_ms is not None:
        found.append(Fact.reported_ms >= where.from_ms)
    if where.to_ms is not None:
        found.append(Fact.reported_ms < where.to_ms)
    found += _with_word(where.q)
    if where.life_safety is not None:
        found.append(Fact.life_safety.is_(where.life_safety))
    if where.hour is not None:
        found.append(hour_of_week(seen.offset_min) % HOURS == where.hour)
    if where.day is not None:
        found.append(hour_of_week(seen.offset_min) // HOURS == where.day)
    if where.flag is not None:
        found.append(flag(where.flag, seen))
    if where.due is not None:
        found.append(outcome(where.due, where.outcome, seen.now_ms))
    return [*found, *_state(where.state, seen.now_ms)]


def _with_word(word: str) -> list[Condition]:
    searched = (Fact.place, Fact.device, Fact.id)
    return [or_(*(text.icontains(word, autoescape=True) for text in searched))] if word else []


def counted(where: Where) -> list[Condition]:
    """A member is counted with its parent, and what is void by nobody who does not ask for it."""
    return [Fact.member_of.is_(None), Fact.void.is_(where.state is State.VOID or bool(where.voided_by))]


def _state(state: State, now_ms: int) -> list[Condition]:
    found: dict[State, list[Condition]] = {
        State.ANY: [],
        State.OPEN: [Fact.closed_ms.is_(None)],
        State.OVERDUE: [Fact.closed_ms.is_(None), overdue(now_ms)],
        State.PAUSED: [Fact.closed_ms.is_(None), Fact.paused_since_ms.is_not(None)],
        State.CLOSED: [Fact.closed_ms.is_not(None)],
        State.VOID: [],
    }
    return found[state]


def overdue(now_ms: int) -> Condition:
    """A deadline that runs is over; where it is paused, it was over before."""
    return Fact.next_due_ms < func.coalesce(Fact.paused_since_ms, now_ms)


def over(due: Due, now_ms: int) -> Condition:
    """This deadline runs and is over."""
    due_ms = column(f"{due}_due_ms")
    return and_(column(due) == Outcome.RUNNING.value, due_ms < func.coalesce(Fact.paused_since_ms, now_ms))


def outcome(due: Due, wanted: Outcome | None, now_ms: int) -> Condition:
    """How a deadline ended; without an outcome, that there is one."""
    state = column(due)
    if wanted is None:
        return state.is_not(None)
    if wanted is Outcome.MISSED:
        return or_(state == Outcome.MISSED.value, over(due, now_ms))
    if wanted is Outcome.RUNNING:
        return and_(state == Outcome.RUNNING.value, ~over(due, now_ms))
    return state == wanted.value


def told_by_others(visible: Iterable[str]) -> Condition:
    """A line told of it, or a sensor of a kind that a grid could have seen."""
    return or_(Fact.line_ms.is_not(None), and_(Fact.sensor_ms.is_not(None), _seen_by_sensor(visible)))


def missed(visible: Iterable[str]) -> Condition:
    """Of what others told: no worker had told before the first of them (漏报)."""
    by_sensor = and_(_seen_by_sensor(visible), Fact.worker_ms > Fact.sensor_ms)
    return or_(Fact.worker_ms.is_(None), Fact.worker_ms > Fact.line_ms, by_sensor)


def _seen_by_sensor(visible: Iterable[str]) -> Condition:
    return Fact.kind.in_(sorted(visible))


def flag(wanted: Flag, seen: Seen) -> Condition:
    """That something happened."""
    by_others = told_by_others(seen.visible)
    found: dict[Flag, Condition] = {
        Flag.RETURNED: Fact.returns > 0,
        Flag.REWORKED: Fact.reworks > 0,
        Flag.REOPENED: Fact.reopenings > 0,
        Flag.CAME_BACK: CAME_BACK,
        Flag.PASSED_UP: Fact.passed_up > 0,
        Flag.ESCALATED: Fact.escalations > 0,
        Flag.SUPERVISED: Fact.supervised > 0,
        Flag.EXTENDED: Fact.extensions > 0,
        Flag.SUSPENDED: Fact.suspensions > 0,
        Flag.HANDED_OVER: Fact.handed_over > 0,
        Flag.JOINT: Fact.parts > 0,
        Flag.GRADED: Fact.grade.is_not(None),
        Flag.UNSATISFIED: Fact.unsatisfied > 0,
        Flag.BY_WORKER: Fact.worker_ms.is_not(None),
        Flag.FIRST: Fact.first_report.is_(true()),
        Flag.BY_OTHERS: by_others,
        Flag.MISSED: and_(by_others, missed(seen.visible)),
    }
    return found[wanted]


def hour_of_week(offset_min: int) -> ColumnElement[int]:
    """Of the report, in local time: 0 to 167, from Monday's first hour."""
    found: ColumnElement[int] = hour_of(Fact.reported_ms, offset_min)
    return found


def column(name: str) -> ColumnElement[Any]:
    """A column by its name."""
    found: ColumnElement[Any] = getattr(Fact, name)
    return found
