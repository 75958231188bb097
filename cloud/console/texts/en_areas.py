"""Texts of the page of areas."""

from __future__ import annotations

from domain.facilities import FACILITY_KINDS

AREAS = {
    "areas.title": "Areas",
    "areas.where": "Where",
    "areas.map": "Map of the areas; each leads to its page",
    "areas.no_map": "There are no boundaries here yet; import GeoJSON:",
    "areas.below": "Below it: {n}",
    "areas.name": "Area",
    "areas.code": "Code",
    "areas.on_duty": "On duty now",
    "areas.open_head": "Open",
    "areas.open": "{n} open",
    "areas.exclusive": "exclusive grid",
    "areas.unbounded": "without boundary",
    "areas.households": "{n} households",
    "areas.people": "People",
    "areas.facilities": "Facilities: {n}",
    "areas.facility": "Facility",
    "areas.place": "Place",
    "areas.device": "Endpoint",
    "areas.more": "{n} more: see /api/facilities",
    "areas.changes": "Last changes of the areas",
    "areas.no_changes": "None is stored yet.",
    **{f"facility.{kind}": english for kind, (_, english) in FACILITY_KINDS.items()},
}
