"""What a map draws first, sent with its page: no question has to be asked before the district stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cloud.maps.desk import Maps, Opened
from cloud.maps.features import Json
from cloud.maps.frame import TILE_PX, Bounds, Frame

DESK_PX = (
    794,
    636,
)  # default: the map on a screen of 1366×768 without its edges; others draw it, too
READABLE_PX = 72  # as map.js: from here on an area has room for a number, its sign and most names
STEPS, ZOOM_MAX = 4, 18  # as map_base.js and map_view.js: quarters of a zoom, and no nearer at first
FINER = 1  # zooms more than a desk needs: larger screens


def first_picture(maps: Maps, opened: Opened, levels: Sequence[Json], bounds: Bounds | None) -> Json | None:
    """The boundaries of the level that is readable from afar, those above it, and what is open."""
    if bounds is None or not levels:
        return None
    zoom = _zoom(bounds)
    readable = (at for at, level in enumerate(levels) if _px(level["width"], zoom) >= READABLE_PX)
    at = next(readable, len(levels) - 1)
    frame = Frame(zoom=math.ceil(zoom) + FINER, datum=maps.datum)
    return {
        "level": levels[at]["level"], "zoom": frame.zoom, "areas": maps.areas(levels[at]["level"], frame),
        "above": maps.areas(levels[at + 1]["level"], frame) if at + 1 < len(levels) else None,
        "incidents": maps.incidents(opened, frame),
    }  # fmt: skip


def _zoom(bounds: Bounds) -> float:
    """At which all of it is on a desk's screen."""
    west, south, east, north = bounds
    (left, top), (right, bottom) = (Frame(zoom=0).pixel(at) for at in ((west, north), (east, south)))
    wide, high = max(right - left, 1e-9), max(bottom - top, 1e-9)
    zoom = min(math.log2(DESK_PX[0] / wide), math.log2(DESK_PX[1] / high), ZOOM_MAX)
    return math.floor(zoom * STEPS) / STEPS


def _px(degrees: float, zoom: float) -> float:
    return float(degrees / 360 * TILE_PX * 2**zoom)
