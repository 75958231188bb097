"""GeoJSON (RFC 7946) of what the map draws. Times are UTC epoch milliseconds; codes are worded by who shows them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloud.maps.frame import Frame, Lonlat
from cloud.maps.rows import EndpointState, OpenRow
from cloud.maps.shapes import Outline
from cloud.maps.whereabouts import Spot
from domain.facilities import Building
from domain.incidents import Kind, Severity
from domain.incidents.kinds import is_grave

Json = dict[str, Any]
WORST_FIRST = ("offline", "unknown", "fault", "unheard", "online")
CLUSTER_PX = 40  # a default: closer marks would cover each other
MEMBERS_SHOWN = 5


def collection(features: Iterable[Json], **more: Any) -> Json:
    """A FeatureCollection; more members are allowed (RFC 7946, 6.1)."""
    return {"type": "FeatureCollection", "features": list(features), **more}


def feature(feature_id: str, geometry: Json, **properties: Any) -> Json:
    """One feature."""
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties}


def point(at: Lonlat) -> Json:
    """A point."""
    return {"type": "Point", "coordinates": [round(at[0], 6), round(at[1], 6)]}


def area_feature(outline: Outline) -> Json:
    """A boundary with its name and where that fits."""
    area = outline.area
    return feature(
        area.id, outline.geometry, name=area.name, code=area.code, level=area.level, kind=area.kind,
        parent=area.parent, middle=[round(value, 6) for value in outline.middle],
    )  # fmt: skip


def incident_feature(row: OpenRow, spot: Spot, frame: Frame) -> Json:
    """An open incident where it is, as far as anybody knows."""
    return feature(
        row.id, point(frame.drawn(spot.at)), kind=row.kind, severity=row.severity,
        life_safety=Kind(row.kind).life_safety, grave=is_grave(row.kind, row.severity),
        condition=row.condition, stage=row.stage, place=row.place, grid=row.grid,
        device=row.device, raised_at_ms=row.raised_at_ms, exact=spot.exact,
    )  # fmt: skip


def building_feature(building: Building, frame: Frame) -> Json:
    """A building with its name."""
    at = building.point or (0.0, 0.0)
    return feature(building.id, point(frame.drawn(at)), name=building.name, storeys=building.storeys)


def urgency(row: OpenRow) -> tuple[bool, int, int]:
    """Sorts what matters most to the front."""
    return (not Kind(row.kind).life_safety, -Severity(row.severity).rank, row.raised_at_ms)


def tally(rows: Iterable[OpenRow], chains: Mapping[tuple[str, str], Sequence[str]]) -> dict[str, Json]:
    """Area id -> how many are open in it and below, how many of them concern lives, and the worst of them."""
    found: dict[str, Json] = {}
    for row in rows:
        life, rank = Kind(row.kind).life_safety, Severity(row.severity).rank
        for area_id in chains[row.grid, row.site]:
            entry = found.setdefault(area_id, {"open": 0, "life": 0, "worst": row.severity})
            entry["open"] += 1
            entry["life"] += life
            if rank > Severity(entry["worst"]).rank:
                entry["worst"] = row.severity
    return found


def clustered(things: Iterable[tuple[EndpointState, Spot]], frame: Frame, anchors: Anchors) -> list[Json]:
    """Endpoints that would cover each other as one mark: their number and the worst state; others as themselves."""
    groups: dict[Lonlat, list[tuple[EndpointState, Spot]]] = {}
    for thing in things:
        groups.setdefault(anchors.of(thing[1].at), []).append(thing)
    around = frame.wider(CLUSTER_PX)
    return [_told(anchor, members, frame) for anchor, members in groups.items() if around.holds(frame.drawn(anchor))]


class Anchors:
    """Which places are one mark at one zoom: every place belongs to the first that came so near. Grows, never moves."""

    def __init__(self, zoom: int, places: Iterable[Lonlat]) -> None:
        self._frame = Frame(zoom=zoom)
        self._of: dict[Lonlat, Lonlat] = {}
        self._cells: dict[tuple[int, int], list[tuple[tuple[float, float], Lonlat]]] = {}
        for place in sorted(set(places)):  # whoever looks first, they are the same
            self.of(place)

    def of(self, place: Lonlat) -> Lonlat:
        """The place whose mark this one is part of; itself where none is near."""
        known = self._of.get(place)
        if known is None:
            known = self._of[place] = self._near(place)
        return known

    def _near(self, place: Lonlat) -> Lonlat:
        pixel = self._frame.pixel(place)
        x, y = int(pixel[0] // CLUSTER_PX), int(pixel[1] // CLUSTER_PX)
        around = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        for other, anchor in (one for cell in around for one in self._cells.get(cell, ())):
            if math.dist(other, pixel) < CLUSTER_PX:
                return anchor
        self._cells.setdefault((x, y), []).append((pixel, place))
        return place


def _told(anchor: Lonlat, members: list[tuple[EndpointState, Spot]], frame: Frame) -> Json:
    return _alone(*members[0], frame) if len(members) == 1 else _cluster(anchor, members, frame)


def _alone(one: EndpointState, spot: Spot, frame: Frame) -> Json:
    return feature(
        f"device:{one.device}", point(frame.drawn(spot.at)), device=one.device, kind=one.kind, state=one.state,
        place=one.place, grid=one.grid, gateway=one.gateway, last_seen_ms=one.last_seen_ms, exact=spot.exact, count=1,
    )  # fmt: skip


def _cluster(anchor: Lonlat, members: list[tuple[EndpointState, Spot]], frame: Frame) -> Json:
    states = Counter(one.state for one, _ in members)
    # the nearest is where it is drawn: what one may not see gives no place
    places = sorted({spot.at for _, spot in members}, key=lambda place: math.dist(place, anchor))
    drawn = [frame.drawn(place) for place in places]
    lons, lats = [at[0] for at in drawn], [at[1] for at in drawn]
    box = [round(edge, 6) for edge in (min(lons), min(lats), max(lons), max(lats))]
    devices = sorted(one.device for one, _ in members)
    return feature(
        f"cluster:{devices[0]}:{len(devices)}", point(drawn[0]), count=len(members), box=box,
        states={state: states[state] for state in WORST_FIRST if state in states},
        state=next(state for state in WORST_FIRST if state in states), devices=devices[:MEMBERS_SHOWN],
        kinds=sorted({one.kind for one, _ in members}),
    )  # fmt: skip
