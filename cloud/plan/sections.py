"""The sections of a plan: which file each begins with, and how its document is read. One row per section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cloud.plan.errors import PlanError
from cloud.plan.national import ChineseDays
from domain import matters
from domain.calendar import CalendarError, WorkCalendar
from domain.departments import DepartmentError, Departments
from domain.dispatch import DispatchError, PlacementTable
from domain.facilities import Facilities, FacilityError
from domain.grids import AreaError, AreaTree
from domain.matters import MatterError, Matters
from domain.people_check import problems
from domain.roster import Roster, RosterError

T = TypeVar("T")
Document = dict[str, Any]  # what JSON can say
Documents = Mapping[str, Document]
TEXT_MAX = 2000  # of what is said about people; they may be many
ERRORS = (  # what readers raise
    AreaError,
    CalendarError,
    RosterError,
    DepartmentError,
    DispatchError,
    FacilityError,
    MatterError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All sections, read and checked against each other; `documents` and `numbers` say from what."""

    documents: Documents
    numbers: Mapping[str, int]  # version of each section; 0: straight from the files
    areas: AreaTree
    roster: Roster
    departments: Departments
    placements: PlacementTable
    calendar: WorkCalendar
    facilities: Facilities
    matters: Matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`file` is its stem in the config folder; `empty` is what it is where no file says anything."""

    file: str
    empty: Document | None = None  # None: a file must be there, the samples serve where there is none


SECTIONS: Mapping[str, Section] = {
    "areas": Section(file="areas"),
    "people": Section(file="roster"),
    "departments": Section(file="departments", empty={"departments": []}),
    "dispatch": Section(file="dispatch"),
    "calendar": Section(file="calendar", empty={}),
    "facilities": Section(file="facilities", empty={"buildings": [], "facilities": []}),
    "matters": Section(file="matters", empty={}),  # never empty: we ship the file
}


def read(
    documents: Documents,
    numbers: Mapping[str, int],
    *,
    where: Mapping[str, str] | None = None,
    before: Read | None = None,
) -> Read:
    """Every section read, then checked against the others. Raises PlanError naming the section, or `where` it is.

    `before`: what was read last; its tree is taken where the areas are the very same, because boundaries take time.
    """
    names = where or {}

    def part(section: str, reader: Callable[[Document], T]) -> T:
        try:
            return reader(documents[section])
        except ERRORS as error:
            raise PlanError(f"{names.get(section, section)}: {error}") from None

    same = before is not None and documents["areas"] is before.documents["areas"]
    areas = before.areas if before is not None and same else part("areas", areas_of)
    departments = part("departments", Departments.from_table)
    known = {department.id for department in departments.all}
    return Read(
        documents=documents,
        numbers=numbers,
        areas=areas,
        roster=part("people", lambda table: _people(table, areas, departments)),
        departments=departments,
        placements=part("dispatch", lambda table: PlacementTable.from_table(table, areas.levels, areas, known)),
        calendar=part("calendar", lambda table: WorkCalendar.from_table(table, ChineseDays())),
        facilities=part("facilities", lambda table: Facilities.from_table(table, areas)),
        matters=part("matters", Matters.from_table),
    )


def check_new(section: str, document: Document) -> None:
    """What stored versions may still have and a new one must not. Raises PlanError."""
    try:
        if section == "matters":
            matters.check_new(document)
    except MatterError as error:
        raise PlanError(f"{section}: {error}") from None


def doubts(section: str, document: Document) -> tuple[str, ...]:
    """The same, to be said of a version that was stored before."""
    return matters.doubts(document) if section == "matters" else ()


def areas_of(document: Document) -> AreaTree:
    """The area tree of a document. Raises AreaError."""
    return AreaTree.from_table(document)


def _people(table: Document, areas: AreaTree, departments: Departments) -> Roster:
    roster = Roster.from_table(table)
    if wrong := problems((area.id for area in areas.areas), roster, departments):
        raise RosterError("\n".join(wrong)[:TEXT_MAX])
    return roster
