"""On which days of duty somebody patrolled. A day is one of duty where the roster of that day had a shift begin.

Recorded are patrols with a track. Households visited and facilities looked at are not recorded by themselves, so
nothing is counted of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.store.models_assessment import PastPatrol
from cloud.store.models_people import StandInRow
from cloud.store.models_plans import PlanVersion
from cloud.store.models_review import CaseArea, CaseFact
from cloud.store.models_sources import Patrol
from domain.assessment.indicators import Tally
from domain.assessment.periods import DAY_MS, MINUTE_MS
from domain.grids import AreaTree
from domain.incidents import SITE_AWAY
from domain.people import Person, Role
from domain.roster import Roster
from domain.shifts import Duty, local_of

WALKS = frozenset({Role.GRID_WORKER, Role.ASSISTANT})  # whose day has a patrol
LONG_MS = 31 * DAY_MS  # default of ours: a site that is away for longer is known
DOWN_MS = 3_600_000  # default of ours: a site away for an hour of a day may have cost that day's patrol
VERSIONS_MAX = 400  # of the roster in one period: more than one a day
Day = int  # date.toordinal
Spans = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rosters:
    """The roster as it was, each from when it held."""

    held: tuple[tuple[int, Roster], ...]  # (from_ms, roster), oldest first

    def at(self, at_ms: int) -> Roster | None:
        """None for before anything is known."""
        return next((roster for from_ms, roster in reversed(self.held) if from_ms <= at_ms), None)


@dataclass(slots=True)
class Walked:
    """Days of one person or one grid."""

    patrolled: set[Day] = field(default_factory=set)
    missing: set[Day] = field(default_factory=set)
    spared: set[Day] = field(default_factory=set)  # away, or the site was down, and no patrol

    def tally(self) -> Tally:
        """As an indicator counts it."""
        spared = self.spared - self.patrolled - self.missing
        return Tally(hits=len(self.patrolled), of=len(self.patrolled) + len(self.missing), spared=len(spared))


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolDays:
    """By person, and by grid (id of its area)."""

    people: Mapping[str, Walked]
    grids: Mapping[str, Walked]
    silent: frozenset[str] = frozenset()  # people of communities without any patrol: nothing is known of them


def rosters(session: Session, now: Roster, from_ms: int, to_ms: int) -> Rosters:
    """Every roster that held in a period; none before the first that was stored. One that never was always held."""
    query = select(PlanVersion.at_ms, PlanVersion.document).where(
        PlanVersion.section == "people", PlanVersion.at_ms < to_ms
    )
    newest = session.execute(query.order_by(PlanVersion.number.desc()).limit(VERSIONS_MAX))
    held: list[tuple[int, Roster]] = []
    for at_ms, document in newest:
        held.append((at_ms, Roster.from_table(document)))
        if at_ms <= from_ms:
            break
    stored = held or session.scalar(select(PlanVersion.number).where(PlanVersion.section == "people").limit(1))
    return Rosters(held=tuple(reversed(held)) if stored else ((0, now),))


def days_of(session: Session, tree: AreaTree, held: Rosters, from_ms: int, to_ms: int, offset_min: int) -> PatrolDays:
    """Everybody's days in a period; the day that is not over counts only where there was a patrol."""
    by_person, by_code = _patrolled(session, held, from_ms, to_ms, offset_min)
    away, down = away_of(session, from_ms, to_ms), _down(session, from_ms, to_ms)
    people: dict[str, Walked] = {}
    grids: dict[str, Walked] = {}
    silent: set[str] = set()
    telling = {home for code in by_code if (known := tree.of_code(code)) for home in [_home(tree, known.id)]}
    for at_ms in _days(from_ms, to_ms, offset_min):
        day, end_ms = local_of(at_ms, offset_min)[0], at_ms + DAY_MS
        roster = held.at(at_ms)
        for person in _begins(roster, day):
            homes = [area for area in person.areas if tree.has(area) and _home(tree, area) in telling]
            if not homes and person.id not in by_person:
                silent.add(person.id)
                continue
            walked = day in by_person.get(person.id, ())
            excused = _overlaps(away.get(person.id, ()), at_ms, end_ms, 1) or _site_down(
                tree, person, down, at_ms, end_ms
            )
            _put(people.setdefault(person.id, Walked()), day, walked=walked, excused=excused, over=end_ms <= to_ms)
            for area in homes:
                seen = walked or day in by_code.get(tree.chain(area)[0].code, ())
                _put(grids.setdefault(area, Walked()), day, walked=seen, excused=excused, over=end_ms <= to_ms)
    return PatrolDays(people=people, grids=grids, silent=frozenset(silent))


def _home(tree: AreaTree, area: str) -> str:
    """The community of a grid; the area itself where nothing stands above it."""
    chain = tree.chain(area)
    return chain[min(1, len(chain) - 1)].id


def _put(one: Walked, day: Day, *, walked: bool, excused: bool, over: bool) -> None:
    """Of several people of one grid, one patrol is enough, and one who was there counts before one who was not."""
    if walked:
        one.patrolled.add(day)
        one.missing.discard(day)
    elif excused:
        one.spared.add(day)
    elif over and day not in one.patrolled:
        one.missing.add(day)


def _begins(roster: Roster | None, day: Day) -> Iterator[Person]:
    for person in roster.people if roster else ():
        if person.active and person.roles & WALKS and _has_shift(roster, person, day):
            yield person


def _has_shift(roster: Roster | None, person: Person, day: Day) -> bool:
    rules = roster.rules_of(person.id) if roster else ()
    return bool(person.duty) or any(rule.begins_on(day) for rule in rules)


def _days(from_ms: int, to_ms: int, offset_min: int) -> Iterator[int]:
    """When each local day begins, from the first whole one on."""
    minute = local_of(from_ms, offset_min)[1]
    start_ms = from_ms - from_ms % MINUTE_MS - minute * MINUTE_MS
    yield from range(start_ms if start_ms >= from_ms else start_ms + DAY_MS, to_ms, DAY_MS)


def _patrolled(
    session: Session, held: Rosters, from_ms: int, to_ms: int, offset_min: int
) -> tuple[dict[str, set[Day]], dict[str, set[Day]]]:  # fmt: skip
    """(by person, by code of the grid): days with a patrol that has a track, forgotten or not."""
    people: dict[str, set[Day]] = {}
    codes: dict[str, set[Day]] = {}
    first, last = local_of(from_ms, offset_min)[0], local_of(to_ms - 1, offset_min)[0]
    to_ms += DAY_MS  # the last night ends later
    kept = select(Patrol.person, Patrol.area, Patrol.started_ms).where(
        Patrol.started_ms >= from_ms, Patrol.started_ms < to_ms, Patrol.points > 0, Patrol.person.is_not(None)
    )
    past = select(PastPatrol.person, PastPatrol.area, PastPatrol.started_ms).where(
        PastPatrol.started_ms >= from_ms, PastPatrol.started_ms < to_ms, PastPatrol.tracked
    )
    for person, code, started_ms in (*session.execute(kept), *session.execute(past)):
        day = _begun_on(held.at(started_ms), person, *local_of(started_ms, offset_min))
        if first <= day <= last:
            people.setdefault(person, set()).add(day)
            codes.setdefault(code, set()).add(day)
    return people, codes


def _begun_on(roster: Roster | None, person_id: str, day: Day, minute: int) -> Day:
    """The day to which a moment on duty belongs: a night to the one on which it began."""
    person = roster.get(person_id) if roster else None
    if roster is None or person is None:
        return day
    daily = [Duty(person=person_id, hours=hours) for hours in person.duty]
    nights = (rule for rule in (*daily, *roster.rules_of(person_id)) if rule.hours.start_min >= rule.hours.end_min)
    return day - 1 if any(minute < rule.hours.end_min and rule.begins_on(day - 1) for rule in nights) else day


def away_of(session: Session, from_ms: int, to_ms: int) -> Spans:
    """When the roster knew somebody to be away."""
    found: Spans = {}
    query = select(StandInRow).where(StandInRow.from_ms < to_ms, StandInRow.to_ms > from_ms)
    for row in session.scalars(query):
        ended_ms = row.to_ms if row.ended_at_ms is None else min(row.to_ms, row.ended_at_ms)
        found.setdefault(row.absent, []).append((row.from_ms, ended_ms))
    return found


def away_at(spans: Iterable[tuple[int, int]], at_ms: int) -> bool:
    """True within one of them."""
    return any(start <= at_ms < end for start, end in spans)


def _down(session: Session, from_ms: int, to_ms: int) -> Spans:
    """When whole sites were away, by site."""
    found: Spans = {}
    query = (
        select(CaseArea.site, CaseFact.raised_ms, CaseFact.cleared_ms)
        .join(CaseArea, CaseArea.id == CaseFact.area)
        .where(CaseFact.kind.in_(SITE_AWAY), CaseFact.reported_ms < to_ms, CaseFact.reported_ms >= from_ms - LONG_MS)
        .where(or_(CaseFact.cleared_ms.is_(None), CaseFact.cleared_ms > from_ms))
    )
    for site, raised_ms, cleared_ms in session.execute(query):
        found.setdefault(site, []).append((raised_ms, to_ms if cleared_ms is None else cleared_ms))
    return found


def _site_down(tree: AreaTree, person: Person, down: Spans, at_ms: int, end_ms: int) -> bool:
    homes = {area.id for one in person.areas if tree.has(one) for area in tree.chain(one)}
    spans = (span for site, area in tree.sites.items() if area in homes for span in down.get(site, ()))
    return _overlaps(spans, at_ms, end_ms, DOWN_MS)


def _overlaps(spans: Iterable[tuple[int, int]], from_ms: int, to_ms: int, least_ms: int) -> bool:
    return any(min(end, to_ms) - max(start, from_ms) >= least_ms for start, end in spans)
