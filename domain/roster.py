"""Who is responsible where, and who is on duty: the roster, and what differs from it just now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.duty_book import DutyBook
from domain.people import PAGED, STAND_BY, Person, Role, by_role
from domain.shifts import DAY_MIN, Duty, Shift, local_of

__all__ = ["DAY_MIN", "Duty", "DutyPolicy", "Handheld", "OnDuty", "Person", "Roster", "RosterError", "Shift"]


class RosterError(ValueError):
    """The roster is not usable; the text names the person and says what to mend."""


class Handheld(StrEnum):
    """What the duty key of a handheld changes."""

    IGNORED = "ignored"  # the roster alone
    OFF = "off"  # whoever says off is not called
    BOTH = "both"  # ... and whoever says on is


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyPolicy:
    """How the word of a handheld counts. No document gives figures."""

    handheld: Handheld = Handheld.BOTH
    on_max_h: int = 16  # a terminal that somebody forgot to switch off; longer than any shift but a whole day's watch

    def __post_init__(self) -> None:
        if not 1 <= self.on_max_h <= 168:
            raise ValueError("on_max_h must be from 1 to 168 hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Somebody on duty, and why: by the roster, instead of somebody absent, or by the duty key of the handheld."""

    person: Person
    instead_of: str | None = None
    by_handheld: bool = False


class Roster:
    """The people, checked once. `book` is what differs just now; it is replaced whole by whoever keeps it."""

    def __init__(
        self,
        people: Iterable[Person],
        utc_offset_min: int,
        rules: Iterable[Duty] = (),
        policy: DutyPolicy | None = None,
    ) -> None:
        self._people: dict[str, Person] = {}
        self._offset_min = utc_offset_min
        self.policy = policy or DutyPolicy()
        self.book = DutyBook()
        for person in people:
            if person.id in self._people:
                raise RosterError(f"two people have the id {person.id}")
            self._people[person.id] = person
        self._rules: dict[str, list[Duty]] = {}
        for rule in rules:
            self._add_rule(rule)
        self._by_area: dict[str, list[Person]] = {}
        for person in self._people.values():
            for area in dict.fromkeys(person.areas):
                self._by_area.setdefault(area, []).append(person)
        self._called = {area: by_role(team, PAGED) or by_role(team, STAND_BY) for area, team in self._by_area.items()}

    def _add_rule(self, rule: Duty) -> None:
        person = self._people.get(rule.person)
        if person is None:
            raise RosterError(f"duty roster: nobody has the id {rule.person}")
        if rule.area is not None and not person.of(rule.area):
            raise RosterError(f"duty roster: {rule.person} does not belong to area {rule.area}; add it under also")
        self._rules.setdefault(rule.person, []).append(rule)

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Roster:
        """From a document with `utc_offset_min`, `[[people]]`, `[[duty]]`, `[handheld]`. Raises RosterError."""
        people = [_person(row) for row in table.get("people", ())]
        rules = [_rule(number, row) for number, row in enumerate(table.get("duty", ()), 1)]
        return cls(people, int(table.get("utc_offset_min", 480)), rules, _policy(table.get("handheld", {})))

    def use(self, book: DutyBook) -> None:
        """From now on this differs from the roster."""
        self.book = book

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, also who has left."""
        return tuple(self._people.values())

    @property
    def utc_offset_min(self) -> int:
        """Local time."""
        return self._offset_min

    def rules_of(self, person_id: str) -> tuple[Duty, ...]:
        """The lines of the duty roster on somebody."""
        return tuple(self._rules.get(person_id, ()))

    def knows(self, person_id: str) -> bool:
        """True for somebody of this roster."""
        return person_id in self._people

    def get(self, person_id: str) -> Person | None:
        """Somebody of this roster."""
        return self._people.get(person_id)

    def has_left(self, person_id: str) -> bool:
        """True for whoever is not in the roster, is no longer there, or may not log in."""
        return person_id in self.book.disabled or not (self.knows(person_id) and self._people[person_id].active)

    def name_of(self, person_id: str) -> str:
        """Name of a person; the id itself for actors that are not people."""
        person = self._people.get(person_id)
        return person.name if person else person_id

    def covers(self, person_id: str, at_ms: int, area_id: str | None = None) -> bool:
        """True while the roster has this person on duty, in an area or anywhere."""
        person = self._people.get(person_id)
        if person is None or not person.active:
            return False
        day, minute = local_of(at_ms, self._offset_min)
        if any(shift.covers(minute) for shift in person.duty):
            return True
        return any(
            rule.covers(day, minute)
            for rule in self._rules.get(person_id, ())
            if area_id is None or rule.area in (None, area_id)
        )

    def may_page(self, person_id: str, at_ms: int) -> bool:
        """False for whoever has left, is away, has said off duty or may not log in: never call these."""
        if self.has_left(person_id):
            return False
        return self.book.absence(person_id, at_ms) is None and self._said(person_id, at_ms) is not False

    def _said(self, person_id: str, at_ms: int) -> bool | None:
        """What his handheld or a hand-over says, as long as that counts: off until his next shift, on for hours."""
        mark, obeyed = self.book.marks.get(person_id), self.policy.handheld
        if mark is None or mark.at_ms > at_ms or (obeyed is Handheld.IGNORED and not mark.by_handover):
            return None
        fresh = at_ms - mark.at_ms <= self.policy.on_max_h * 3_600_000
        if mark.on:
            return True if fresh and (mark.by_handover or obeyed is Handheld.BOTH) else None
        return None if (mark.by_handover and not fresh) or self.begun_since(person_id, mark.at_ms, at_ms) else False

    def begun_since(self, person_id: str, since_ms: int, at_ms: int) -> bool:
        """True where a shift of somebody began in this time."""
        since, until = local_of(since_ms, self._offset_min), local_of(at_ms, self._offset_min)
        daily = [Duty(person=person_id, hours=s) for s in self._people[person_id].duty if not s.endless]
        return any(rule.begun_since(since, until) for rule in (*daily, *self._rules.get(person_id, ())))

    def of_area(self, area_id: str) -> tuple[Person, ...]:
        """Who is called for an area, on duty or not; its supervisors where it has nobody else."""
        return self._called.get(area_id, ())

    def everybody_of(self, area_id: str) -> tuple[Person, ...]:
        """Everybody of an area, of whatever role, who has not left."""
        return tuple(person for person in self._by_area.get(area_id, ()) if person.active)

    def on_duty(self, area_id: str, at_ms: int) -> tuple[Person, ...]:
        """Who is on duty in an area. Where the roster has a hole: everybody of it who may be called at all."""
        return self._now(self.of_area(area_id), at_ms, area_id)

    def of_department(self, department: str) -> tuple[Person, ...]:
        """The people of a department."""
        mine = (person for person in self._people.values() if person.department == department)
        return by_role(mine, frozenset({Role.DEPARTMENT}))

    def department_on_duty(self, department: str, at_ms: int) -> tuple[Person, ...]:
        """Who is on duty in a department; everybody of it who may be called where its roster has a hole."""
        return self._now(self.of_department(department), at_ms, None)

    def role_on_duty(self, role: Role, area_id: str, at_ms: int) -> tuple[Person, ...]:
        """Who of a role is on duty in an area; everybody of it who may be called where the roster has a hole."""
        return self._now(by_role(self.everybody_of(area_id), frozenset({role})), at_ms, area_id)

    def last_resort(self, area_ids: Iterable[str]) -> tuple[Person, ...]:
        """Nobody may be called anywhere: everybody not revoked of the highest area, whatever they said."""
        for area_id in reversed(tuple(area_ids)):
            people = self.of_area(area_id) or self.everybody_of(area_id)
            if found := tuple(person for person in people if person.id not in self.book.disabled):
                return found
        return ()

    def working(self, area_id: str, at_ms: int) -> tuple[OnDuty, ...]:
        """Who is on duty in an area, and why; empty where the roster has a hole."""
        return self._working(self.of_area(area_id), at_ms, area_id)

    def department_working(self, department: str, at_ms: int) -> tuple[OnDuty, ...]:
        """The same of a department."""
        return self._working(self.of_department(department), at_ms, None)

    def _working(self, everybody: tuple[Person, ...], at_ms: int, area_id: str | None) -> tuple[OnDuty, ...]:
        found: dict[str, OnDuty] = {}
        for person in everybody:
            if self._said(person.id, at_ms) is True and self.may_page(person.id, at_ms):
                by_roster = self.covers(person.id, at_ms, area_id)
                found[person.id] = OnDuty(person=person, by_handheld=not by_roster)
            elif self.covers(person.id, at_ms, area_id):
                other = self._people.get(self.book.stand_in_of(person.id, at_ms))
                if other is not None and self.may_page(other.id, at_ms):
                    found.setdefault(other.id, OnDuty(person=other, instead_of=None if other is person else person.id))
        return tuple(found.values())

    def _now(self, everybody: tuple[Person, ...], at_ms: int, area_id: str | None) -> tuple[Person, ...]:
        working = tuple(row.person for row in self._working(everybody, at_ms, area_id))
        return working or tuple(person for person in everybody if self.may_page(person.id, at_ms))


def _person(row: Mapping[str, Any]) -> Person:
    try:
        lists = {name: tuple(row[name]) for name in ("also", "more_roles") if name in row}
        shifts = tuple(Shift.parse(text) for text in row.get("duty", ()))
        person = Person(**{**row, **lists, "duty": shifts})
        person.check()
    except (KeyError, TypeError, ValueError) as error:
        raise RosterError(
            f"person {row.get('id', '?')}: {error}; needs id, name, role, area, duty = ['HH:MM-HH:MM', ...]"
        ) from None
    return person


def _rule(number: int, row: Mapping[str, Any]) -> Duty:
    try:
        return Duty.from_row(row)
    except (KeyError, TypeError, ValueError) as error:
        raise RosterError(
            f"duty roster, line {number} ({row.get('person', '?')}): {error}; needs person and hours = 'HH:MM-HH:MM'"
        ) from None


def _policy(row: Mapping[str, Any]) -> DutyPolicy:
    try:
        values = dict(row)
        if "handheld" in values:
            values["handheld"] = Handheld(values["handheld"])
        return DutyPolicy(**values)
    except (TypeError, ValueError) as error:
        raise RosterError(f"handheld: {error}; known: handheld = {' | '.join(Handheld)}, on_max_h") from None
