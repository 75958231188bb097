"""The plan of a district as everybody reads it: one live object, whose content changes as a whole."""

from __future__ import annotations

from pathlib import Path

from cloud.plan import files, sections
from cloud.plan.sections import Document, Read
from cloud.settings import SAMPLES
from domain.calendar import WorkCalendar
from domain.departments import Departments
from domain.dispatch import Placement, PlacementTable
from domain.facilities import Facilities
from domain.grids import Area, AreaTree
from domain.matters import Matters
from domain.people import Person, Role
from domain.roster import Roster


class Plan:
    """Where, who and how. Ask it at every use and keep no part of it: a new version replaces everything at once."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def use(self, read: Read) -> None:
        """From now on this is the plan; what was asked for before keeps its content."""
        read.roster.use(self._read.roster.book)
        self._read = read

    @property
    def read(self) -> Read:
        """Everything of one moment, for whoever needs several parts that belong together."""
        return self._read

    @property
    def areas(self) -> AreaTree:
        """The area tree."""
        return self._read.areas

    @property
    def roster(self) -> Roster:
        """The people."""
        return self._read.roster

    @property
    def departments(self) -> Departments:
        """The departments and their matters."""
        return self._read.departments

    @property
    def placements(self) -> PlacementTable:
        """The routing table."""
        return self._read.placements

    @property
    def matters(self) -> Matters:
        """What people may report, and how reports are read."""
        return self._read.matters

    @property
    def facilities(self) -> Facilities:
        """Buildings, and what stands in them."""
        return self._read.facilities

    def name_of(self, name: str) -> str:
        """Name of a person or a department; the id itself for whoever is neither."""
        now = self._read
        return now.departments.name_of(name) if now.departments.knows(name) else now.roster.name_of(name)

    def document(self, section: str) -> Document:
        """The document of a section; do not change it."""
        return self._read.documents[section]

    def number(self, section: str) -> int:
        """Its version; 0 straight from the files."""
        return self._read.numbers.get(section, 0)

    @property
    def calendar(self) -> WorkCalendar:
        """Working time."""
        return self._read.calendar

    @property
    def offset_min(self) -> int:
        """Local time ahead of UTC: that of the calendar, by which pages, words and figures take their days."""
        return self.calendar.utc_offset_min

    def placement(
        self, kind: str, severity: str, *, grid: str = "", site: str = "", matter: str | None = None
    ) -> Placement:  # fmt: skip
        """How a kind is handled at a severity, at a place and for a matter."""
        now = self._read
        chain = [area.id for area in now.areas.locate(grid, site)]
        return now.placements.of(kind, severity, areas=chain, matter=matter)

    def grid_at(self, lon: float, lat: float) -> Area | None:
        """The lowest area at a point; None where no boundary holds it."""
        return self.areas.at(lon, lat)

    def chain_of(self, grid: str, site: str) -> list[dict[str, str]]:
        """Where an incident stands at this moment, lowest first, to be kept with it."""
        chain = self.areas.locate(grid, site)
        return [{"id": area.id, "level": area.level, "name": area.name, "code": area.code} for area in chain]

    def team(self, grid: str, site: str, tier: str, at_ms: int) -> tuple[Person, ...]:
        """Who answers for a place at a tier now; the next tier up where nobody is known or may be called."""
        now = self._read
        chain = now.areas.locate(grid, site)
        rank = now.areas.rank
        at_or_above = (area for area in chain if rank(area.level) >= rank(tier))
        for area in at_or_above:
            if people := now.roster.on_duty(area.id, at_ms):
                return people
        return now.roster.last_resort(area.id for area in chain)

    def role_on_duty(self, role: str, grid: str, site: str, tier: str, at_ms: int) -> tuple[Person, ...]:
        """Who of a role is on duty for a place at a tier; the next tier up where nobody has it."""
        now = self._read
        rank = now.areas.rank
        for area in now.areas.locate(grid, site):
            if rank(area.level) >= rank(tier) and (people := now.roster.role_on_duty(Role(role), area.id, at_ms)):
                return people
        return ()

    def responsible(self, matter: str, kind: str, grid: str, site: str) -> str:
        """The department whose matter it is at a place; nothing where nobody has it."""
        now = self._read
        areas = [area.id for area in now.areas.locate(grid, site)]
        found = now.departments.for_matter([matter, kind], areas)
        return found.id if found else ""

    def department_on_duty(self, department: str, at_ms: int) -> tuple[Person, ...]:
        """Who is on duty in a department now; all of it where its roster has a hole."""
        return self.roster.department_on_duty(department, at_ms)

    def hearing(self, name: str | None, at_ms: int) -> list[str]:
        """Who hears what is said to a holder: a person, or who of a department is on duty; nobody for nobody."""
        if name is None:
            return []
        if self.departments.knows(name):
            return [person.id for person in self.department_on_duty(name, at_ms)]
        return [name]

    def candidates(self, grid: str, site: str, at_ms: int) -> tuple[Person, ...]:
        """Who can be dispatched to a place: its tiers, lowest first, those on duty before the others."""
        now = self._read
        found: list[Person] = []
        for area in now.areas.locate(grid, site):
            duty = now.roster.on_duty(area.id, at_ms)
            found += [*duty, *(person for person in now.roster.of_area(area.id) if person not in duty)]
        return tuple(dict.fromkeys(found))


def load_plan(folder: Path = SAMPLES) -> Plan:
    """The plan in a folder's files. Raises PlanError."""
    documents, names = files.documents_of(folder)
    return Plan(sections.read(documents, {}, where=names))
