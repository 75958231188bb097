"""GCJ-02, the shifted datum of map providers in China, from and to WGS 84. Pure."""

from __future__ import annotations

import numpy as np

from domain.geo import Coordinates

WGS84, GCJ02 = "wgs84", "gcj02"
DATUMS = (WGS84, GCJ02)
# The formula is not official: reverse engineered, published as "eviltransform" and used by every open map library.
SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940
E2 = 0.006_693_421_622_965_943
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: outside nothing is shifted
BASE = (105.0, 35.0)  # where its polynomials begin
ROUNDS = 6  # each divides what is left by some thousands; three suffice for a millimetre


def to_gcj02(points: Coordinates) -> Coordinates:
    """Longitude and latitude of WGS 84 as GCJ-02."""
    return points + _shift(points)


def to_wgs84(points: Coordinates) -> Coordinates:
    """Back again, to far below a metre: the shift has no inverse in closed form, so it is approached."""
    found = points - _shift(points)
    for _ in range(ROUNDS):
        found = found - (to_gcj02(found) - points)
    return found


def _shift(points: Coordinates) -> Coordinates:
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - BASE[0], lat - BASE[1]
    root = np.sqrt(np.abs(x))
    wave = _waves(6 * x, 2 * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    angle = np.radians(lat)
    magic = 1 - E2 * np.sin(angle) ** 2
    north_deg = np.degrees(north * magic * np.sqrt(magic) / (SEMI_MAJOR_M * (1 - E2)))
    east_deg = np.degrees(east * np.sqrt(magic) / (SEMI_MAJOR_M * np.cos(angle)))
    inside = (lon >= CHINA[0]) & (lon <= CHINA[2]) & (lat >= CHINA[1]) & (lat <= CHINA[3])
    return np.column_stack([np.where(inside, east_deg, 0.0), np.where(inside, north_deg, 0.0)])


def _waves(fast: Coordinates, slow: Coordinates) -> Coordinates:
    waves: Coordinates = (20 * np.sin(fast * np.pi) + 20 * np.sin(slow * np.pi)) * 2 / 3
    return waves
