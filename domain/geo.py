"""Plane geometry of places: GeoJSON shapes in, areas in square metres out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

Shape = Polygon | MultiPolygon
Coordinates = NDArray[np.float64]

# WGS 84; the ellipsoid of CGCS2000 differs from it by a tenth of a millimetre at the pole
SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257_223_563
E2 = FLATTENING * (2 - FLATTENING)
E = math.sqrt(E2)
POINTS_MAX = 20_000  # of one boundary; a default, a street drawn every metre has fewer
DIGITS = 7  # of degrees that we write: 1 cm
_DEPTH = {"Polygon": 1, "MultiPolygon": 2}  # lists between the outermost and the positions


class ShapeError(ValueError):
    """Not a usable polygon; the text says why."""


def area_m2(shape: shapely.Geometry) -> float:
    """Its area on the ellipsoid, by the cylindrical equal-area projection (Snyder, USGS PP 1395, eq. 3-12, 10-13)."""
    return float(shapely.area(shapely.transform(shape, plane)))


def plane(points: Coordinates) -> Coordinates:
    """Longitude and latitude to metres east and north, equal in area; true in shape only at the equator."""
    # equal-area for every standard parallel: take the equator's, so that all shapes lie on one sheet
    sine = np.sin(np.radians(points[:, 1]))
    strip = sine / (1 - E2 * sine**2) - np.log((1 - E * sine) / (1 + E * sine)) / (2 * E)
    return np.column_stack([SEMI_MAJOR_M * np.radians(points[:, 0]), SEMI_MAJOR_M * (1 - E2) * strip / 2])


def read_shape(geometry: object) -> Shape:
    """A GeoJSON Polygon or MultiPolygon (RFC 7946: longitude first, degrees). Raises ShapeError."""
    if not isinstance(geometry, dict) or geometry.get("type") not in _DEPTH:
        raise ShapeError("must be a GeoJSON geometry of type Polygon or MultiPolygon · 须为 Polygon 或 MultiPolygon")
    depth = _DEPTH[geometry["type"]]
    coordinates = geometry.get("coordinates")
    count = sum(1 for _ in _positions(coordinates, depth))
    if count > POINTS_MAX:
        raise ShapeError(f"has {count} points; at most {POINTS_MAX}: simplify it · 顶点过多，请简化")
    try:
        shape = _polygon(coordinates) if depth == 1 else MultiPolygon([_polygon(rings) for rings in coordinates or ()])
    except ValueError as error:  # a ring with fewer than three points
        raise ShapeError(f"{error} · 边界环不完整") from None
    return _checked(shape)


def _polygon(rings: Any) -> Polygon:
    return Polygon([tuple(position[:2]) for position in rings[0]], [[tuple(p[:2]) for p in ring] for ring in rings[1:]])


def _checked(shape: Shape) -> Shape:
    if shape.is_empty:
        raise ShapeError("is empty · 边界为空")
    if not shape.is_valid:
        raise ShapeError(f"crosses itself or is broken: {shapely.is_valid_reason(shape)} · 边界自相交或不成立")
    return shape


def _positions(value: object, depth: int) -> Iterator[tuple[float, float]]:
    if not isinstance(value, list) or not value:
        raise ShapeError("coordinates are not nested as GeoJSON asks for · 坐标结构不符合 GeoJSON")
    for inner in value:
        if depth:
            yield from _positions(inner, depth - 1)
        else:
            yield read_point(inner)


def read_point(value: object) -> tuple[float, float]:
    """A position [longitude, latitude] in degrees. Raises ShapeError."""
    if not isinstance(value, (list, tuple)) or not 2 <= len(value) <= 3:
        raise ShapeError("a position is [longitude, latitude] · 坐标须为 [经度, 纬度]")
    lon, lat = value[0], value[1]
    if any(isinstance(number, bool) or not isinstance(number, (int, float)) for number in (lon, lat)):
        raise ShapeError("a position holds two numbers · 坐标须为两个数字")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ShapeError(f"[{lon}, {lat}] is not on Earth; longitude comes first · 经度在前、纬度在后，单位为度")
    return float(lon), float(lat)


def write_shape(shape: Shape) -> dict[str, Any]:
    """As a GeoJSON geometry, to the centimetre."""
    if isinstance(shape, Polygon):
        return {"type": "Polygon", "coordinates": _rings(shape)}
    return {"type": "MultiPolygon", "coordinates": [_rings(part) for part in shape.geoms]}


def _rings(polygon: Polygon) -> list[list[list[float]]]:
    rings = (polygon.exterior, *polygon.interiors)
    return [[[round(x, DIGITS), round(y, DIGITS)] for x, y in ring.coords] for ring in rings]


def parts(shape: shapely.Geometry) -> Iterator[Polygon]:
    """The polygons of a result; points and lines in it have no area."""
    for part in shapely.get_parts(shape):
        if isinstance(part, Polygon):
            yield part
        elif hasattr(part, "geoms"):
            yield from parts(part)


def middle(shape: Shape) -> tuple[float, float]:
    """A point well inside, where a name fits: of the largest part the centroid, or a point on its surface."""
    largest = max(parts(shape), key=lambda polygon: polygon.area)
    centre = shapely.centroid(largest)
    point = centre if largest.contains(centre) else shapely.point_on_surface(largest)
    return float(point.x), float(point.y)
