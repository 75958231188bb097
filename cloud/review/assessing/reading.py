"""How people, areas, tiers and departments did in a period: counted from the facts, graded by the scheme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cloud.board.choosing import Sees
from cloud.plan import Plan
from cloud.plan.files import load_toml
from cloud.review.assessing import behind as lists
from cloud.review.assessing import whose
from cloud.review.assessing.counts import Counts, Within, add, sums
from cloud.review.assessing.duty import found_waiting
from cloud.review.assessing.others import ByOthers, told_by_person
from cloud.review.assessing.patrols import WALKS, away_of, days_of, rosters
from cloud.review.assessing.period import Read
from cloud.review.assessing.rules import Ground, of_tiers, rules_of
from cloud.review.assessing.views import Evidence, Own, Result, Span
from cloud.review.cases.places import Places, spots_of
from cloud.review.cases.wish import WishError
from cloud.review.heavy import Heavy
from cloud.settings import SAMPLES
from cloud.store.engine import Store
from domain.assessment.grades import Scheme, assess, scheme_from
from domain.assessment.indicators import NONE, Subject, Tally
from domain.assessment.periods import DAY_MS
from domain.people import Person
from runtime.clock import Clock

FILE = "assessment.toml"
DAYS_MAX = 366  # the longest that is assessed is a year


class UnknownSubject(LookupError):
    """Nobody and nothing of that name is assessed."""


def load_scheme(folder: Path) -> Scheme:
    """That of the config folder, or ours. Raises PlanError, SchemeError."""
    own = folder / FILE
    return scheme_from(load_toml(own if own.exists() else SAMPLES / FILE))


class Assessing:
    """The use cases. They only read, long periods by turns (HistoryBusy); what corrects a fact corrects the result."""

    def __init__(
        self, store: Store, plan: Plan, clock: Clock, heavy: Heavy | None = None, places: Places | None = None
    ) -> None:
        self._heavy = heavy or Heavy()
        self._store = store
        self._plan = plan
        self._clock = clock
        self._places = places or Places()
        self.scheme = load_scheme(SAMPLES)

    def span(self, from_ms: int, to_ms: int) -> Span:
        """A period as it is now. Raises WishError for one that is longer than is assessed."""
        if to_ms - from_ms > DAYS_MAX * DAY_MS:
            raise WishError(f"from_ms, to_ms: at most {DAYS_MAX} days; ask for fewer / 最多 {DAYS_MAX} 天")
        return Span(from_ms=from_ms, to_ms=to_ms, now_ms=self._clock.now_ms())

    def people(self, span: Span, sees: Sees, at: str = "") -> tuple[Result, ...]:
        """Everybody of the grid teams whose home area one sees, by name of the area, then of the person."""
        with self._reading(span) as read:
            counts = sums(read.session, rules_of(Subject.PERSON, read.ground), read.within)
            chosen = [person for person in self._plan.roster.people if whose.is_in(person, self._plan.areas, sees, at)]
            found = [self._person(person, counts, read) for person in chosen]
        wanted = (one for one, person in zip(found, chosen, strict=True) if person.active or one.found.cases)
        return tuple(sorted(wanted, key=lambda one: (one.area_name, one.name, one.id)))

    def person(self, person_id: str, span: Span, compared: tuple[int, int]) -> Own:
        """One person, against another period. Raises UnknownSubject."""
        person = self._known(person_id)
        before = Span(from_ms=compared[0], to_ms=compared[1], now_ms=span.now_ms)
        return Own(
            now=self._one(person, span), before=self._one(person, before), to=whose.objections(self._plan.read, person)
        )

    def home_of(self, person_id: str) -> str:
        """Code of somebody's home area, by which his leader is found. Raises UnknownSubject."""
        area = self._plan.areas.get(self._known(person_id).area)
        return area.code if area else ""

    def areas(self, level: str, span: Span, sees: Sees, at: str = "") -> tuple[Result, ...]:
        """Every area of a level, with everything below it. Raises WishError."""
        tree = self._plan.areas
        if level not in tree.levels:
            raise WishError(f"level: one of {', '.join(tree.levels)} / 没有这一层级")
        with self._reading(span) as read:
            counts = self._by_area(read)
            return tuple(
                Result(
                    subject=Subject.AREA, id=area.id, name=area.name, level=area.level, code=area.code,
                    area_name=tree.chain(area.id)[min(1, len(tree.chain(area.id)) - 1)].name,
                    found=assess(Subject.AREA, counts.get(area.id, {}), self.scheme),
                )
                for area in tree.areas
                if area.level == level and (not at or tree.within(area.id, at)) and sees(area.code, "")
            )  # fmt: skip

    def tiers(self, span: Span, sees: Sees, at: str = "") -> tuple[Result, ...]:
        """Incidents by the highest tier that had them at first, lowest first; no patrols: those are of grids."""
        with self._reading(span) as read:
            within = self._at_places(read, sees, at)
            counts = sums(read.session, of_tiers(read.ground), within)
        return tuple(
            Result(
                subject=Subject.AREA, id=level, name=level, level=level, code="",
                found=assess(Subject.AREA, counts.get(level, {}), self.scheme),
            )
            for level in self._plan.areas.levels
        )  # fmt: skip

    def departments(self, span: Span, sees: Sees) -> tuple[Result, ...]:
        """Every department of an area that one sees."""
        now = self._plan.read
        with self._reading(span) as read:
            counts = sums(read.session, rules_of(Subject.DEPARTMENT, read.ground), read.within)
        found = []
        for one in now.departments.all:
            area = now.areas.get(one.area)
            if area is None or not sees(area.code, ""):
                continue
            tallies: dict[str, Tally] = {}
            for name in whose.speaking_for(now.roster, one.id):
                tallies = add(tallies, counts.get(name, {}))
            found.append(
                Result(
                    subject=Subject.DEPARTMENT, id=one.id, name=one.name, level="department", code=area.code,
                    area_name=area.name, found=assess(Subject.DEPARTMENT, tallies, self.scheme),
                )
            )  # fmt: skip
        return tuple(found)

    def behind(
        self, subject: Subject, who: str, indicator: str, part: str, span: Span, sees: Sees, at: str = ""
    ) -> Evidence:  # fmt: skip
        """The incidents, or the days, behind one number; `at`: the area of a number of tiers. Raises UnknownSubject."""
        with self._reading(span) as read:
            asked = lists.Asked(indicator=indicator, part=part, sees=sees)
            if subject is Subject.PERSON:
                return lists.of_person(read, who, asked)
            if subject is Subject.DEPARTMENT:
                return lists.of_column(
                    read, rules_of(subject, read.ground), whose.speaking_for(self._plan.roster, who), asked
                )
            tree = self._plan.areas
            if who in tree.levels:
                here = replace(read, within=self._at_places(read, sees, at))
                return lists.of_column(here, of_tiers(read.ground), (who,), asked)
            if not tree.has(who):
                raise UnknownSubject(f"there is no area {who} / 没有这个区域")
            if indicator == "patrols":
                grids = [area.id for area in tree.areas if tree.within(area.id, who)]
                return lists.of_days([read.days.grids[one] for one in grids if one in read.days.grids], part)
            below = [spot.area for spot in read.every if spot.within(who)]
            return lists.of_column(read, rules_of(subject, read.ground), below, asked)

    def _known(self, person_id: str) -> Person:
        person = self._plan.roster.get(person_id)
        if person is None:
            raise UnknownSubject(f"nobody called {person_id} is in the roster / 名册中没有 {person_id}")
        return person

    @contextmanager
    def _reading(self, span: Span) -> Iterator[Read]:
        now = self._plan.read
        tree = now.areas
        ground = Ground(
            now_ms=span.now_ms,
            levels=tree.levels,
            ranks=whose.ranks(now.roster, tree),
            seen_by_patrols=frozenset(map(str, now.matters.missed)),
        )
        within = Within(from_ms=span.from_ms, to_ms=span.to_ms)
        with self._heavy.turn(span.to_ms - span.from_ms), self._store.read() as session:
            held = rosters(session, now.roster, span.from_ms, span.until_ms)
            away = away_of(session, span.from_ms, span.to_ms)
            ground = replace(ground, found_waiting=found_waiting(session, held, within))
            yield Read(
                session=session, span=span, within=within, ground=ground, every=self._places.every(session), held=held,
                days=days_of(session, tree, held, span.from_ms, span.until_ms, now.roster.utc_offset_min),
                told=told_by_person(session, ground, tree, held, away, within),
            )  # fmt: skip

    def _one(self, person: Person, span: Span) -> Result:
        with self._reading(span) as read:
            rules = rules_of(Subject.PERSON, read.ground)
            return self._person(person, sums(read.session, rules, read.within, only=(person.id,)), read)

    def _person(self, person: Person, counts: Counts, read: Read) -> Result:
        tallies = counts.get(person.id, {})
        if person.roles & WALKS:
            told, days = read.told.get(person.id, ByOthers()), read.days.people.get(person.id)
            more = {"missed_reports": told.missed_reports(), "first_reports": told.not_first()}
            tallies = add(tallies, more | {"patrols": days.tally() if days else NONE})
        else:  # a leader who sees something first is thanked, and nobody asks him for patrols
            tallies = {name: tally for name, tally in tallies.items() if name != "first_reports"}
        area = self._plan.areas.get(person.area)
        return Result(
            subject=Subject.PERSON, id=person.id, name=person.name, level=person.role, code=area.code if area else "",
            area_name=area.name if area else "", found=assess(Subject.PERSON, tallies, self.scheme),
            silent=person.id in read.days.silent,
        )  # fmt: skip

    def _by_area(self, read: Read) -> Counts:
        """By id of every area that stood above a case when it happened, patrols by the tree as it is."""
        found: Counts = {}
        by_place = sums(read.session, rules_of(Subject.AREA, read.ground), read.within)
        for spot in read.every:
            tallies = by_place.get(str(spot.area), {})
            for area in {step.id for step in spot.chain} if tallies else ():
                found[area] = add(found.get(area, {}), tallies)
        tree = self._plan.areas
        for grid, walked in read.days.grids.items():
            for above in tree.chain(grid):
                found[above.id] = add(found.get(above.id, {}), {"patrols": walked.tally()})
        return found

    def _at_places(self, read: Read, sees: Sees, at: str) -> Within:
        return replace(read.within, areas=spots_of(read.every, sees, at).areas)
