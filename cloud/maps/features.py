"""GeoJSON (RFC 7946) of what the map draws. Times are UTC epoch milliseconds; codes are worded by who shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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


def clustered(things: Iterable[tuple[EndpointState, Spot]], frame: Frame) -> list[Json]:
    """Endpoints that would cover each other as one mark: their number and the worst state; others as themselves."""
    clusters: dict[tuple[int, int], list[_Cluster]] = {}
    places: dict[Lonlat, _Cluster] = {}
    for one, spot in sorted(things, key=lambda pair: (pair[1].at, pair[0].device)):
        drawn = frame.drawn(spot.at)
        if not frame.holds(drawn):
            continue
        if drawn not in places:
            places[drawn] = _near(clusters, frame.pixel(drawn), drawn)
        places[drawn].members.append((one, spot, drawn))
    return [_told(cluster) for cell in clusters.values() for cluster in cell]


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The first of its places is where it is drawn."""

    pixel: tuple[float, float]
    at: Lonlat
    members: list[tuple[EndpointState, Spot, Lonlat]] = field(default_factory=list)


def _near(clusters: dict[tuple[int, int], list[_Cluster]], pixel: tuple[float, float], at: Lonlat) -> _Cluster:
    """The cluster whose mark is too close for another one; a new one where there is none."""
    x, y = int(pixel[0] // CLUSTER_PX), int(pixel[1] // CLUSTER_PX)
    around = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    for cluster in (one for cell in around for one in clusters.get(cell, ())):
        if math.dist(cluster.pixel, pixel) < CLUSTER_PX:
            return cluster
    clusters.setdefault((x, y), []).append(new := _Cluster(pixel, at))
    return new


def _told(cluster: _Cluster) -> Json:
    members = cluster.members
    return _alone(*members[0]) if len(members) == 1 else _cluster(cluster)


def _alone(one: EndpointState, spot: Spot, drawn: Lonlat) -> Json:
    return feature(
        f"device:{one.device}", point(drawn), device=one.device, kind=one.kind, state=one.state, place=one.place,
        grid=one.grid, gateway=one.gateway, last_seen_ms=one.last_seen_ms, exact=spot.exact, count=1,
    )  # fmt: skip


def _cluster(cluster: _Cluster) -> Json:
    members = cluster.members
    states = {state: sum(one.state == state for one, _, _ in members) for state in WORST_FIRST}
    states = {state: count for state, count in states.items() if count}
    lons, lats = [at[0] for _, _, at in members], [at[1] for _, _, at in members]
    box = [round(edge, 6) for edge in (min(lons), min(lats), max(lons), max(lats))]
    devices = sorted(one.device for one, _, _ in members)
    return feature(
        f"cluster:{devices[0]}:{len(devices)}", point(cluster.at), count=len(members), states=states, box=box,
        state=next(state for state in WORST_FIRST if state in states), devices=devices[:MEMBERS_SHOWN],
        kinds=sorted({one.kind for one, _, _ in members}),
    )  # fmt: skip
