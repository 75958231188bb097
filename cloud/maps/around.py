"""The small map of one thing: the area it stands in with its neighbours, buildings, and what is open there."""

from __future__ import annotations

from cloud.maps.desk import Maps, Seen
from cloud.maps.features import (
    Json,
    area_feature,
    building_feature,
    collection,
    feature,
    incident_feature,
    point,
)
from cloud.maps.frame import Bounds, Frame
from cloud.maps.whereabouts import Spot
from domain.grids import Area

ROOM = 0.35  # of its width and height, shown around an area
NEAR_ZOOM = 17


def around(maps: Maps, seen: Seen, frame: Frame, *, incident: str, device: str, area_id: str) -> Json:
    """Everything of the picture; `bounds` None where nobody knows where it is."""
    area, spot, own = _focus(maps, seen, incident, device, area_id)
    outline = _outline(maps, area, frame)
    empty = {"bounds": None, "here": None, "area": None}
    if area is None or outline is None:
        return {**empty, "areas": collection([]), "incidents": collection([], counts={})}
    frame = Frame(box=_wider(outline[1]), zoom=NEAR_ZOOM, datum=frame.datum)
    found = maps.open_rows(seen.sees)
    spots = maps.spots(found)
    marks = [incident_feature(row, spots[row.id], frame) for row in found if row.id in spots]
    buildings = (one for one in maps.whereabouts.read.facilities.buildings if one.point is not None)
    marked = (building_feature(one, frame) for one in buildings)
    level = _below(maps, area, outline[0]) if area_id else outline[0]
    return {
        "bounds": outline[1],
        "area": area.id,
        "here": feature(own, point(frame.drawn(spot.at)), exact=spot.exact) if spot else None,
        "areas": collection(area_feature(one) for one in maps.outlines(level, frame)),
        "incidents": collection([one for one in marks if _in(frame, one)], counts=maps.counts(found)),
        "buildings": collection([one for one in marked if _in(frame, one)]),
        "endpoints": collection(maps.clusters(seen, frame)),
    }


def _focus(maps: Maps, seen: Seen, incident: str, device: str, area_id: str) -> tuple[Area | None, Spot | None, str]:
    """The area to show, the spot to point at, and its name among the marks."""
    where, tree = maps.whereabouts, maps.whereabouts.read.areas
    if incident:
        row = maps.incident(incident)
        if row is None or not seen.sees(row.grid, row.site):
            return None, None, ""
        return where.area(row.grid, row.site), maps.spots([row]).get(incident), incident
    if device:
        found = next((pair for pair in maps.devices(seen) if pair[0].device == device), None)
        if found is None:
            return None, None, ""
        item = where.read.facilities.of_device(device)
        area = tree.get(item.area) if item else where.area(found[0].grid, found[0].site)
        return area, found[1], f"device:{device}"
    return tree.get(area_id) or tree.of_code(area_id), None, ""


def _outline(maps: Maps, area: Area | None, frame: Frame) -> tuple[str, Bounds] | None:
    """The level and the bounds of an area, or of the lowest one above it that has a boundary."""
    tree = maps.whereabouts.read.areas
    for one in tree.chain(area.id) if area else ():
        for outline in maps.outlines(one.level, Frame(zoom=NEAR_ZOOM, datum=frame.datum)):
            if outline.area.id == one.id:
                return one.level, outline.bounds
    return None


def _below(maps: Maps, area: Area, level: str) -> str:
    """An area that is asked for by itself is shown with its parts, where these have boundaries."""
    tree = maps.whereabouts.read.areas
    return next((one.level for one in tree.areas if one.parent == area.id and one.id in tree.shapes), level)


def _wider(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    more_x, more_y = (east - west) * ROOM, (north - south) * ROOM
    return west - more_x, south - more_y, east + more_x, north + more_y


def _in(frame: Frame, one: Json) -> bool:
    lon, lat = one["geometry"]["coordinates"]
    return frame.holds((lon, lat))
