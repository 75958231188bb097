"""The area tree of a district: any depth, every area under the next level up (a grid never directly under a street)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class AreaError(ValueError):
    """The area tree is not usable; the text names the area and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One node of the tree. `code` is the published grid code, `level` the tier at which incidents can stand."""

    id: str
    parent: str | None
    level: str
    name: str
    code: str


class AreaTree:
    """The areas, checked once. `levels` are the tiers, lowest first."""

    def __init__(self, levels: tuple[str, ...], areas: tuple[Area, ...], sites: Mapping[str, str]) -> None:
        self.levels = levels
        self._by_id = {area.id: area for area in areas}
        self._by_code = {area.code: area for area in areas}
        self._sites = dict(sites)
        if len(self._by_id) != len(areas) or len(self._by_code) != len(areas):
            raise AreaError("two areas share an id or a code; both must be unique in the district")
        for area in areas:
            self._check(area)
        for site, area_id in sites.items():
            if area_id not in self._by_id:
                raise AreaError(f"site {site} is in area {area_id}, which does not exist")

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> AreaTree:
        """From a parsed TOML file with `levels`, `[[areas]]` and `[[sites]]`. Raises AreaError."""
        try:
            areas = tuple(Area(**{"parent": None, **row}) for row in table["areas"])
            sites = {row["site"]: row["area"] for row in table.get("sites", ())}
            return cls(tuple(table["levels"]), areas, sites)
        except (KeyError, TypeError) as error:
            raise AreaError(f"areas: {error}; an area has id, parent, level, name and code") from None

    def _check(self, area: Area) -> None:
        if area.level not in self.levels:
            raise AreaError(f"area {area.id}: unknown level {area.level}; levels: {', '.join(self.levels)}")
        above = self.levels.index(area.level) + 1
        wanted = self.levels[above] if above < len(self.levels) else None
        parent = self._by_id.get(area.parent) if area.parent else None
        if area.parent and parent is None:
            raise AreaError(f"area {area.id}: its parent {area.parent} does not exist")
        if (parent.level if parent else None) != wanted:
            raise AreaError(f"area {area.id} is a {area.level}: its parent must be a {wanted or 'nothing'}")

    @property
    def areas(self) -> tuple[Area, ...]:
        """All areas."""
        return tuple(self._by_id.values())

    def has(self, area_id: str) -> bool:
        """True for an area of this tree."""
        return area_id in self._by_id

    def chain(self, area_id: str) -> tuple[Area, ...]:
        """The area and everything above it, lowest first."""
        area = self._by_id[area_id]
        return (area, *(self.chain(area.parent) if area.parent else ()))

    def locate(self, code: str, site: str) -> tuple[Area, ...]:
        """Where an incident stands, lowest first: by its grid code, else by its site, else the top of the tree.

        An incident with a code nobody knows still reaches somebody.
        """
        area = self._by_code.get(code) or self._by_id.get(self._sites.get(site, ""))
        if area is not None:
            return self.chain(area.id)
        return tuple(area for area in self.areas if area.parent is None)

    def site_area(self, site: str) -> Area | None:
        """The community of a site."""
        return self._by_id.get(self._sites.get(site, ""))

    def name_of(self, code: str) -> str:
        """Name of the area with this code; the code itself where nobody knows it."""
        area = self._by_code.get(code)
        return area.name if area else code
