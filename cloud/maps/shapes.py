"""Boundaries of a level as a map at some zoom can show them: simplified together, so that seams stay seams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cloud.maps.frame import TILE_PX, Bounds, Frame, Lonlat
from domain.datum import GCJ02, to_gcj02
from domain.geo import middle, write_shape
from domain.grids import Area, AreaTree

FULL_ZOOM = 18  # from here on every point is drawn
COARSE_ZOOM = 8
FULL_DIGITS = 7
LOOSE_PX = 0.8  # a default: less than this nobody sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One area as drawn."""

    area: Area
    geometry: dict[str, Any]  # GeoJSON
    bounds: Bounds
    middle: Lonlat


class Shapes:
    """Draws on demand and remembers it as long as the tree is the same; the zooms are few, so this is bounded."""

    def __init__(self) -> None:
        self._known: tuple[AreaTree | None, dict[tuple[str, int, str], tuple[Outline, ...]]] = (None, {})

    def level(self, tree: AreaTree, level: str, frame: Frame) -> tuple[Outline, ...]:
        """Every area of a level that has a boundary."""
        known = self._known
        if known[0] is not tree:
            known = self._known = (tree, {})
        key = (level, max(COARSE_ZOOM, min(FULL_ZOOM, frame.zoom)), frame.datum)
        if key not in known[1]:
            known[1][key] = tuple(draw(tree, level, key[1], frame.datum))
        return known[1][key]


def draw(tree: AreaTree, level: str, zoom: int, datum: str) -> Iterable[Outline]:
    """The outlines of a level, neighbours with the same points on their common boundary."""
    areas = [area for area in tree.areas if area.level == level and area.id in tree.shapes]
    given = [tree.shapes[area.id] for area in areas]
    for area, shape, simple in zip(areas, given, simplified(given, zoom), strict=True):
        drawn = shapely.transform(simple, to_gcj02) if datum == GCJ02 else simple
        west, south, east, north = (float(edge) for edge in shapely.bounds(drawn))
        place = Frame(datum=datum).drawn(middle(shape))
        yield Outline(
            area=area, geometry=_written(drawn, zoom), bounds=(west, south, east, north),
            middle=(round(place[0], FULL_DIGITS), round(place[1], FULL_DIGITS)),
        )  # fmt: skip


def simplified(shapes: list[Any], zoom: int) -> list[Any]:
    """Together, by the coverage simplification of GEOS (Visvalingam-Whyatt on shared edges)."""
    if zoom >= FULL_ZOOM or not shapes:
        return shapes
    degrees = LOOSE_PX * 360 / (TILE_PX * 2**zoom)
    found = shapely.coverage_simplify(np.array(shapes, dtype=object), degrees, simplify_boundary=True)
    # what became nothing at this zoom is drawn as it is: an area never disappears
    return [simple if not simple.is_empty else shape for simple, shape in zip(found, shapes, strict=True)]


def _written(shape: Any, zoom: int) -> dict[str, Any]:
    """To a tenth of a pixel; the same rounding everywhere keeps the seams."""
    digits = FULL_DIGITS if zoom >= FULL_ZOOM else min(FULL_DIGITS, 2 + zoom // 3)
    geometry = write_shape(shape)

    def rounded(value: Any) -> Any:
        return [rounded(inner) for inner in value] if isinstance(value, list) else round(value, digits)

    return {**geometry, "coordinates": rounded(geometry["coordinates"])}
