"""The plan of a district, read once at start: areas, people, placement. A mistake in a file stops the start."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from domain.dispatch import DispatchError, Placement, PlacementTable
from domain.grids import Area, AreaError, AreaTree
from domain.roster import Person, Roster, RosterError

log = structlog.get_logger()
SAMPLES = Path(__file__).parent / "config"


class PlanError(ValueError):
    """A configuration file is missing or wrong; the text names it and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where, who and how."""

    areas: AreaTree
    roster: Roster
    placements: PlacementTable

    def placement(self, kind: str, severity: str) -> Placement:
        """How a kind is handled at a severity."""
        return self.placements.of(kind, severity)

    def team(self, grid: str, site: str, tier: str, at_ms: int) -> tuple[Person, ...]:
        """Who answers for a place at a tier now; the next tier up where nobody is known."""
        chain = self.areas.locate(grid, site)
        levels = self.areas.levels
        at_or_above = (area for area in chain if levels.index(area.level) >= levels.index(tier))
        for area in at_or_above:
            if people := self.roster.on_duty(area.id, at_ms):
                return people
        return ()

    def candidates(self, grid: str, site: str, at_ms: int) -> tuple[Person, ...]:
        """Who can be dispatched to a place: its tiers, lowest first, those on duty before the others."""
        found: list[Person] = []
        for area in self.areas.locate(grid, site):
            duty = self.roster.on_duty(area.id, at_ms)
            found += [*duty, *(person for person in self.roster.of_area(area.id) if person not in duty)]
        return tuple(found)


def _table(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    path = folder / f"{name}.toml"
    if not path.exists():
        path = folder / f"sample_{name}.toml"
        log.warning("sample_configuration", file=path.name, remedy=f"put your own {name}.toml into the config folder")
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{folder / name}.toml cannot be read: {error.strerror}; set the config folder") from None
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path} is not TOML: {error}") from None


def _check_people(areas: tuple[Area, ...], people: tuple[Person, ...]) -> None:
    known = {area.id for area in areas}
    lost = [person.id for person in people if person.area not in known]
    if lost:
        raise RosterError(f"people in areas that do not exist: {', '.join(lost)}")


def load_plan(folder: Path = SAMPLES) -> Plan:
    """The plan in a folder: areas.toml, roster.toml, dispatch.toml. Raises PlanError."""
    areas_file, areas_table = _table(folder, "areas")
    roster_file, roster_table = _table(folder, "roster")
    dispatch_file, dispatch_table = _table(folder, "dispatch")
    file = areas_file
    try:
        areas = AreaTree.from_table(areas_table)
        file = roster_file
        roster = Roster.from_table(roster_table)
        _check_people(areas.areas, roster.people)
        file = dispatch_file
        placements = PlacementTable.from_table(dispatch_table, areas.levels)
    except (AreaError, RosterError, DispatchError) as error:
        raise PlanError(f"{file}: {error}") from None
    return Plan(areas=areas, roster=roster, placements=placements)
