"""Do the boundaries of a district fit together (无缝覆盖、不重叠)? Overlaps and gaps, each with its square metres.

Overlaps, gaps and what sticks out are computed in the plane of longitude and latitude, where GeoJSON's edges are
straight (RFC 7946, 3.1.1); their areas by an equal-area projection (domain/geo.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from domain.facilities import Building, Facility
from domain.geo import DIGITS, Shape, area_m2, parts
from domain.grids import Area, AreaTree

OVERLAP, GAP, OUTSIDE = "overlap", "gap", "outside"
UNBOUNDED, MISPLACED = "unbounded", "misplaced"  # only told
WORDS = {
    OVERLAP: ("{0} and {1} overlap", "{0} 与 {1} 重叠"),
    GAP: ("{0} has a gap that belongs to nobody below it", "{0} 内有未划入下级区域的空白"),
    OUTSIDE: ("{0} reaches out of {1}", "{0} 超出 {1} 的范围"),
    MISPLACED: ("{0} is listed in {1}, its point lies in {2}", "{0} 登记在 {1}，坐标却在 {2}"),
    UNBOUNDED: ("{0} has no boundary, its neighbours have", "{0} 没有边界，而相邻区域有"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where boundaries do not fit; `at` is a point in it."""

    what: str
    areas: tuple[str, ...]
    area_m2: float
    at: tuple[float, float] | None

    @property
    def open(self) -> bool:
        """True for what must be mended or accepted; boundaries may come one community after the other."""
        return self.what not in (UNBOUNDED, MISPLACED)

    def text(self, names: Mapping[str, str]) -> str:
        """For people, in both languages."""
        return f"{self._worded(names, 'en')} · {self._worded(names, 'zh')}{self._where}"

    def said(self, names: Mapping[str, str], lang: str) -> str:
        """The same in one language."""
        return self._worded(names, lang) + self._where

    def _worded(self, names: Mapping[str, str], lang: str) -> str:
        return WORDS[self.what][lang == "zh"].format(*(names.get(area, area) for area in self.areas))

    @property
    def _where(self) -> str:
        size = f"{self.area_m2:.1f} m², " if self.area_m2 else ""
        return f" ({size}{self.at[0]}, {self.at[1]})" if self.at else ""


def findings(tree: AreaTree) -> tuple[Finding, ...]:
    """Everything above the tree's tolerance, the largest first."""
    children: dict[str | None, list[Area]] = {}
    for area in tree.areas:
        children.setdefault(area.parent, []).append(area)
    found = [*_overlaps(tree)]
    covered: dict[str, shapely.Geometry] = dict(tree.shapes)
    for level in tree.levels[1:]:  # from the lowest parents up: what has no boundary has that of its children
        for parent in (area for area in tree.areas if area.level == level):
            found += _family(tree, parent, children.get(parent.id, []), covered)
    return tuple(sorted(found, key=lambda finding: (-finding.area_m2, finding.what, finding.areas)))


def misplaced(things: Iterable[Building | Facility], tree: AreaTree) -> tuple[Finding, ...]:
    """Buildings and facilities whose point lies in another area than they are listed in."""
    found = []
    for thing in things:
        here = tree.at(*thing.point) if thing.point else None
        if here is not None and not (tree.within(thing.area, here.id) or tree.within(here.id, thing.area)):
            names = (thing.id, thing.area, here.id)
            found.append(Finding(what=MISPLACED, areas=names, area_m2=0.0, at=thing.point))
    return tuple(found)


def _overlaps(tree: AreaTree) -> Iterator[Finding]:
    for level in tree.levels:
        areas = [area for area in tree.areas if area.level == level and area.id in tree.shapes]
        if not areas:
            continue
        shapes = [tree.shapes[area.id] for area in areas]
        ones, others = STRtree(shapes).query(shapes, predicate="intersects")
        ones, others = ones[ones < others], others[ones < others]
        common = shapely.intersection(np.array(shapes)[ones], np.array(shapes)[others])
        for pair in np.flatnonzero(shapely.area(common)):  # neighbours have a line in common, without an area
            names = (areas[ones[pair]].id, areas[others[pair]].id)
            yield from _finding(tree, OVERLAP, names, common[pair])


def _family(
    tree: AreaTree, parent: Area, children: list[Area], covered: dict[str, shapely.Geometry]
) -> Iterator[Finding]:
    with_shape = [child for child in children if child.id in covered]
    if not with_shape:
        return
    union = shapely.union_all([covered[child.id] for child in with_shape])
    stated = tree.shapes.get(parent.id)
    if len(with_shape) < len(children):
        for child in children:
            if child.id not in covered:
                yield Finding(what=UNBOUNDED, areas=(child.id,), area_m2=0.0, at=None)
    else:
        room = stated if stated is not None else _filled(union)
        for part in parts(shapely.difference(room, union)):
            yield from _finding(tree, GAP, (parent.id,), part)
    if stated is None:
        covered[parent.id] = union
        return
    for child in with_shape:
        beyond = shapely.difference(covered[child.id], stated)
        yield from _finding(tree, OUTSIDE, (child.id, parent.id), beyond)


def _filled(union: shapely.Geometry) -> shapely.Geometry:
    return shapely.union_all([shapely.Polygon(part.exterior) for part in parts(union)])


def _finding(tree: AreaTree, what: str, areas: tuple[str, ...], shape: shapely.Geometry | Shape) -> Iterator[Finding]:
    size = area_m2(shape)
    if size > tree.tolerance_m2:
        point = shapely.point_on_surface(max(parts(shape), key=lambda part: part.area))
        at = (round(point.x, DIGITS), round(point.y, DIGITS))
        yield Finding(what=what, areas=areas, area_m2=round(size, 1), at=at)
