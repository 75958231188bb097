"""Every list of every section, as the pages go through them."""

from __future__ import annotations

from collections.abc import Mapping

from cloud.console.planning.fields import Part
from cloud.console.planning.fields_matters import DUPLICATES, LINES, MATTERS, READING
from cloud.console.planning.fields_people import DEPARTMENTS, DUTY, PEOPLE, TERMINALS
from cloud.console.planning.fields_places import AREAS, BUILDINGS, FACILITIES, SITES, TREE
from cloud.console.planning.fields_rules import CHAINS, DAYS_OFF, DAYS_ON, HOURS, PLACEMENTS

SECTION_PARTS: Mapping[str, tuple[Part, ...]] = {
    "areas": (AREAS, SITES, TREE),
    "people": (PEOPLE, DUTY, TERMINALS),
    "departments": (DEPARTMENTS,),
    "dispatch": (PLACEMENTS, CHAINS),
    "calendar": (HOURS, DAYS_OFF, DAYS_ON),
    "facilities": (FACILITIES, BUILDINGS),
    "matters": (MATTERS, DUPLICATES, READING, LINES),
}


def part_of(section: str, name: str) -> Part | None:
    """One list of a section."""
    return next((part for part in SECTION_PARTS.get(section, ()) if part.name == name), None)
