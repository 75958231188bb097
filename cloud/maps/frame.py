"""What part of the ground a map shows, in which datum, how near."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from domain.datum import GCJ02, WGS84, to_gcj02, to_wgs84

Lonlat = tuple[float, float]
Bounds = tuple[float, float, float, float]  # west, south, east, north
TILE_PX = 256
ZOOM_MAX = 22
EVERYWHERE: Bounds = (-180.0, -90.0, 180.0, 90.0)
MERCATOR_MAX = 85.051_129  # degrees; the square world of web maps ends there


class FrameError(ValueError):
    """Not a part of the ground; the text says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`box` is in `datum`, as is everything that is drawn in the frame; what is known is WGS 84."""

    box: Bounds = EVERYWHERE
    zoom: int = 16
    datum: str = WGS84

    def drawn(self, point: Lonlat) -> Lonlat:
        """A point as this map shows it."""
        if self.datum != GCJ02:
            return point
        lon, lat = to_gcj02(np.array([point]))[0]
        return round(float(lon), 7), round(float(lat), 7)

    def ground(self) -> Bounds:
        """Its box on the ground, WGS 84."""
        if self.datum != GCJ02:
            return self.box
        (west, south), (east, north) = to_wgs84(np.array([self.box[:2], self.box[2:]]))
        return float(west), float(south), float(east), float(north)

    def holds(self, drawn: Lonlat) -> bool:
        """True for a point, as drawn, inside the box."""
        west, south, east, north = self.box
        return west <= drawn[0] <= east and south <= drawn[1] <= north

    def wider(self, px: int) -> Frame:
        """With so much of the screen more on each side."""
        lon = px * 360 / (TILE_PX * 2**self.zoom)
        west, south, east, north = self.box
        return replace(self, box=(west - lon, south - lon, east + lon, north + lon))

    def pixel(self, drawn: Lonlat) -> tuple[float, float]:
        """Where a point lies on the screen, from the north-west of the world (Web Mercator, as tiles are)."""
        world = TILE_PX * 2**self.zoom
        sine = math.sin(math.radians(max(-MERCATOR_MAX, min(MERCATOR_MAX, drawn[1]))))
        return (drawn[0] + 180) / 360 * world, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * world


def read_box(text: str) -> Bounds:
    """`west,south,east,north` in degrees; everywhere for nothing. Raises FrameError."""
    if not text:
        return EVERYWHERE
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise FrameError("bbox is west,south,east,north in degrees · bbox 须为 `西,南,东,北`") from None
    if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
        raise FrameError("bbox: west before east, south before north · 须先西后东、先南后北")
    return west, south, east, north
