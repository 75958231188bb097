"""Who is responsible where, and who is on duty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DAY_MIN = 24 * 60


class RosterError(ValueError):
    """The roster is not usable; the text names the person and says what to mend."""


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    value = int(hours) * 60 + int(minutes)
    if not 0 <= value <= DAY_MIN:
        raise ValueError(text)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Daily duty in local minutes of the day; an end before the start runs over midnight."""

    start_min: int
    end_min: int

    def covers(self, minute: int) -> bool:
        """True where the minute of the day is inside."""
        if self.start_min <= self.end_min:
            return self.start_min <= minute < self.end_min
        return minute >= self.start_min or minute < self.end_min

    @classmethod
    def parse(cls, text: str) -> Shift:
        """From "08:00-20:00"."""
        start, end = str(text).split("-")
        return cls(start_min=_minutes(start), end_min=_minutes(end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the grid team. `role` is a code that the console words."""

    id: str
    name: str
    role: str
    area: str
    duty: tuple[Shift, ...]


class Roster:
    """The people, checked once."""

    def __init__(self, people: Iterable[Person], utc_offset_min: int) -> None:
        self._people: dict[str, Person] = {}
        self._offset_min = utc_offset_min
        for person in people:
            if person.id in self._people:
                raise RosterError(f"two people have the id {person.id}")
            self._people[person.id] = person

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Roster:
        """From a parsed TOML file with `utc_offset_min` and `[[people]]`. Raises RosterError."""
        people = []
        for row in table.get("people", ()):
            try:
                shifts = tuple(Shift.parse(text) for text in row["duty"])
                people.append(Person(**{**row, "duty": shifts}))
            except (KeyError, TypeError, ValueError) as error:
                raise RosterError(
                    f"person {row.get('id', '?')}: {error}; needs id, name, role, area, duty = ['HH:MM-HH:MM', ...]"
                ) from None
        return cls(people, int(table.get("utc_offset_min", 480)))

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody."""
        return tuple(self._people.values())

    def knows(self, person_id: str) -> bool:
        """True for somebody of this roster."""
        return person_id in self._people

    def name_of(self, person_id: str) -> str:
        """Name of a person; the id itself for actors that are not people."""
        person = self._people.get(person_id)
        return person.name if person else person_id

    def covers(self, person_id: str, at_ms: int) -> bool:
        """True while this person is on duty."""
        person = self._people.get(person_id)
        return person is not None and any(shift.covers(self._minute(at_ms)) for shift in person.duty)

    def of_area(self, area_id: str) -> tuple[Person, ...]:
        """Everybody of an area."""
        return tuple(person for person in self.people if person.area == area_id)

    def on_duty(self, area_id: str, at_ms: int) -> tuple[Person, ...]:
        """Who is on duty in an area; everybody of it where the roster has a hole, because someone must hear it."""
        everybody = self.of_area(area_id)
        return tuple(person for person in everybody if self.covers(person.id, at_ms)) or everybody

    def _minute(self, at_ms: int) -> int:
        return (at_ms // 60_000 + self._offset_min) % DAY_MIN
