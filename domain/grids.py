"""The area tree of a district: any depth, every area under the next level up (a grid never directly under a street)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shapely import STRtree
from shapely.geometry import Point

from domain.geo import Shape, ShapeError, read_shape
from domain.grid_codes import EXCLUSIVE, GRID, ORDINARY, CodeScheme

LEVELS_MAX = 8  # three to five occur
NAME_MAX, CODE_MAX = 100, 64  # columns of the store
ABOVE_A_GRID = ("street", "town", "district", "county")  # never directly: DB6101/T 3185, and every scheme we know
# GCJ-02 maps are shifted by up to 700 m, differently everywhere: a gap report would not show it
DATUMS = ("wgs84", "cgcs2000")
TOLERANCE_M2 = 10.0  # 1 km of boundary written once to 1 cm and once to 2 cm
KEYS = {"levels", "areas", "sites", "scheme", "datum", "tolerance_m2", "former"}


class AreaError(ValueError):
    """The area tree is not usable; the text names the area and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One node of the tree. `code` is the published grid code, `level` the tier at which incidents can stand."""

    id: str
    parent: str | None = None
    level: str
    name: str
    code: str
    kind: str = ORDINARY  # of a grid: ordinary, or exclusive to a school, a hospital, a company
    households: int | None = None

    def __post_init__(self) -> None:
        for name, most in (("id", CODE_MAX), ("level", CODE_MAX), ("name", NAME_MAX), ("code", CODE_MAX)):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value) <= most:
                raise AreaError(f"area {self.id}: {name} must be text of 1 to {most} letters · {name} 须为文字")
        if self.kind not in (ORDINARY, EXCLUSIVE) or (self.kind == EXCLUSIVE and self.level != GRID):
            raise AreaError(f"area {self.id}: kind is {ORDINARY}, or {EXCLUSIVE} for a grid · 只有网格可为专属网格")
        if self.households is not None and (type(self.households) is not int or self.households < 0):
            raise AreaError(f"area {self.id}: households must be a whole number · 户数须为整数")


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A code that was taken away from area `was`: gateways and open incidents may still say it; `area` answers now."""

    code: str
    name: str
    area: str
    was: str


class AreaTree:
    """The areas, checked once. `levels` are the tiers, lowest first."""

    def __init__(
        self,
        levels: tuple[str, ...],
        areas: tuple[Area, ...],
        sites: Mapping[str, str],
        *,
        scheme: CodeScheme | None = None,
        former: Iterable[Former] = (),
        shapes: Mapping[str, Shape] | None = None,
        tolerance_m2: float = TOLERANCE_M2,
    ) -> None:
        self.levels = levels
        self.scheme = scheme or CodeScheme()
        self.shapes: Mapping[str, Shape] = dict(shapes or {})
        self.tolerance_m2 = tolerance_m2
        self._by_id = {area.id: area for area in areas}
        self._by_code = {area.code: area for area in areas}
        self._former = {gone.code: gone for gone in former if gone.code not in self._by_code}
        self._sites = dict(sites)
        self._check_all(areas)
        self._chains = {area.id: self._chain(area) for area in areas}
        self._tops = tuple(area for area in areas if area.parent is None)
        self._shaped = list(self.shapes)
        self._index = STRtree([self.shapes[area_id] for area_id in self._shaped])

    def rank(self, level: str) -> int:
        """How high a level is, 0 for the lowest; what the tree has no more counts as the top: somebody must hear."""
        return self.levels.index(level) if level in self.levels else len(self.levels) - 1

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> AreaTree:
        """From a document with `levels`, `areas`, `sites` and what docs/areas.md names. Raises AreaError."""
        if unknown := sorted(set(table) - KEYS):
            raise AreaError(f"unknown {', '.join(unknown)}; known: {', '.join(sorted(KEYS))} · 未知字段")
        try:
            areas = tuple(Area(**{key: row[key] for key in row if key != "boundary"}) for row in table["areas"])
            former = tuple(Former(**row) for row in table.get("former", ()))
            sites = {row["site"]: row["area"] for row in table.get("sites", ())}
            scheme = CodeScheme(**table.get("scheme", {}))
            levels = tuple(table["levels"])
            shapes = {row["id"]: _shape(row) for row in table["areas"] if row.get("boundary") is not None}
            tolerance = _tolerance(table)
        except (KeyError, TypeError, AttributeError) as error:
            raise AreaError(f"areas: {error}; an area has id, parent, level, name and code") from None
        except ValueError as error:
            raise error if isinstance(error, AreaError) else AreaError(str(error)) from None
        return cls(levels, areas, sites, scheme=scheme, former=former, shapes=shapes, tolerance_m2=tolerance)

    def _check_all(self, areas: tuple[Area, ...]) -> None:
        _check_levels(self.levels)
        if len(self._by_id) != len(areas) or len(self._by_code) != len(areas):
            raise AreaError(f"two areas share an id or a code ({_twice(areas)}); both must be unique in the district")
        for area in areas:
            self._check(area)
        for site, area_id in self._sites.items():
            if area_id not in self._by_id:
                raise AreaError(f"site {site} is in area {area_id}, which does not exist")
        for gone in self._former.values():
            if gone.area not in self._by_id:
                raise AreaError(f"former code {gone.code}: area {gone.area} does not exist")

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
        pattern, words = self.scheme.wanted(area.level, area.kind, parent.code if parent else None, self.levels)
        if not re.fullmatch(pattern, area.code):
            raise AreaError(f"area {area.id}: its code {area.code} does not fit: {words}")

    def _chain(self, area: Area) -> tuple[Area, ...]:
        return (area, *(self._chain(self._by_id[area.parent]) if area.parent else ()))

    @property
    def areas(self) -> tuple[Area, ...]:
        """All areas."""
        return tuple(self._by_id.values())

    @property
    def former(self) -> tuple[Former, ...]:
        """Codes that are no longer given to anybody."""
        return tuple(self._former.values())

    @property
    def sites(self) -> Mapping[str, str]:
        """site -> area."""
        return self._sites

    def has(self, area_id: str) -> bool:
        """True for an area of this tree."""
        return area_id in self._by_id

    def get(self, area_id: str) -> Area | None:
        """An area by its id."""
        return self._by_id.get(area_id)

    def of_code(self, code: str) -> Area | None:
        """Who answers for a code now, be it a former one."""
        if area := self._by_code.get(code):
            return area
        gone = self._former.get(code)
        return self._by_id[gone.area] if gone else None

    def chain(self, area_id: str) -> tuple[Area, ...]:
        """The area and everything above it, lowest first."""
        return self._chains[area_id]

    def within(self, area_id: str, top_id: str) -> bool:
        """True where `top_id` is the area or stands above it."""
        return any(area.id == top_id for area in self._chains.get(area_id, ()))

    def locate(self, code: str, site: str) -> tuple[Area, ...]:
        """Where an incident stands, lowest first: by its grid code, else by its site, else the top of the tree.

        An incident with a code nobody knows still reaches somebody.
        """
        area = self.of_code(code) or self.site_area(site)
        return self._chains[area.id] if area is not None else self._tops

    def site_area(self, site: str) -> Area | None:
        """The community of a site."""
        return self._by_id.get(self._sites.get(site, ""))

    def name_of(self, code: str) -> str:
        """Name of the area with this code, be it a former one; the code itself where nobody knows it."""
        area = self._by_code.get(code)
        gone = self._former.get(code)
        return area.name if area else gone.name if gone else code

    def at(self, lon: float, lat: float) -> Area | None:
        """The lowest area whose boundary holds a point; on a common boundary the one with the smaller code."""
        hits = self._index.query(Point(lon, lat), predicate="intersects")
        found = [self._by_id[self._shaped[hit]] for hit in hits]
        return min(found, key=lambda area: (self.levels.index(area.level), area.code), default=None)


def _shape(row: Mapping[str, Any]) -> Shape:
    try:
        return read_shape(row["boundary"])
    except ShapeError as error:
        raise AreaError(f"area {row['id']}: boundary {error}") from None


def _tolerance(table: Mapping[str, Any]) -> float:
    datum, tolerance = table.get("datum", DATUMS[0]), table.get("tolerance_m2", TOLERANCE_M2)
    if datum not in DATUMS:
        raise AreaError(f"datum {datum!r}: one of {', '.join(DATUMS)}; convert maps in GCJ-02 first · 请先换算坐标系")
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or not 0 <= tolerance <= 1e6:
        raise AreaError("tolerance_m2 must be a number of square metres from 0 · 容差须为平方米数")
    return float(tolerance)


def _check_levels(levels: tuple[str, ...]) -> None:
    if not 1 <= len(levels) <= LEVELS_MAX or len(set(levels)) != len(levels):
        raise AreaError(f"levels: 1 to {LEVELS_MAX} different names, lowest first · 层级不得重复")
    for level, above in pairwise(levels):
        if level == GRID and above in ABOVE_A_GRID:
            raise AreaError(f"levels: a grid belongs to a community, never directly to a {above} · 网格须属社区（村）")


def _twice(areas: tuple[Area, ...]) -> str:
    seen: set[tuple[str, str]] = set()
    for area in areas:
        for key in (("id", area.id), ("code", area.code)):
            if key in seen:
                return " ".join(key)
            seen.add(key)
    return "?"
