"""Boundaries as an SVG: metres on the ground, north up. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from domain.geo import Coordinates, Shape, middle, plane
from domain.geo import parts as polygons

WIDTH = 1000  # units of the drawing; the page scales it
MARGIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One area: the path of its boundary, and where its name fits."""

    id: str
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaMap:
    """A drawing of `height` by WIDTH units."""

    width: int
    height: int
    outlines: tuple[Outline, ...]


def draw(shapes: Mapping[str, Shape], ids: Sequence[str]) -> AreaMap | None:
    """The boundaries of these areas; None where none of them has one."""
    found = [area_id for area_id in ids if area_id in shapes]
    if not found:
        return None
    bounds = shapely.total_bounds([shapes[area_id] for area_id in found])
    squeeze = math.cos(math.radians((bounds[1] + bounds[3]) / 2))  # the projection stretches east, and presses north

    def flat(points: Coordinates) -> Coordinates:
        return plane(points) * (squeeze, -1 / squeeze)

    drawn = [shapely.transform(shapes[area_id], flat) for area_id in found]
    left, top, right, bottom = shapely.total_bounds(drawn)
    scale = (WIDTH - 2 * MARGIN) / max(right - left, bottom - top, 1.0)
    placed = [shapely.transform(one, lambda points: (points - (left, top)) * scale + MARGIN) for one in drawn]
    size = (math.ceil((right - left) * scale) + 2 * MARGIN, math.ceil((bottom - top) * scale) + 2 * MARGIN)
    outlines = (_outline(area_id, one) for area_id, one in zip(found, placed, strict=True))
    return AreaMap(width=size[0], height=size[1], outlines=tuple(outlines))


def _outline(area_id: str, shape: Shape) -> Outline:
    rings = [ring for polygon in polygons(shape) for ring in (polygon.exterior, *polygon.interiors)]
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in list(ring.coords)[:-1]) + "Z" for ring in rings)
    x, y = middle(shape)
    return Outline(id=area_id, path=path, x=round(x), y=round(y))
