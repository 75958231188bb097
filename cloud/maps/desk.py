"""Use cases of the map: each a picture of one moment, cut to what somebody may see. Safe to call from threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloud.maps import rows
from cloud.maps.devices import Change, KnownDevices
from cloud.maps.features import (
    Anchors,
    Json,
    area_feature,
    building_feature,
    clustered,
    collection,
    feature,
    incident_feature,
    point,
    tally,
    urgency,
)
from cloud.maps.frame import Bounds, Frame, FrameError
from cloud.maps.rows import EndpointState, Fix, OpenRow
from cloud.maps.shapes import Outline, Shapes
from cloud.maps.tiles import Tiles
from cloud.maps.whereabouts import TOLD, Spot, Whereabouts
from cloud.plan import Plan
from cloud.sources.views import PatrolView
from cloud.store.engine import Store
from domain.datum import WGS84
from runtime.clock import Clock

Sees = Callable[[str, str], bool]  # (grid or area code, site)
MARKS_MAX = 1000  # incidents of one picture, those that matter most; counts are always whole
BUILDINGS_MAX = 500
FRESH_MS = 24 * 3_600_000  # default: where somebody was yesterday is no help today


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What may be seen: places, and sites whose gateway serves one's area."""

    sees: Sees
    reaches: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is open, as far as somebody sees it: the most urgent first, with places, and counts by area."""

    rows: tuple[OpenRow, ...]
    spots: dict[str, Spot]
    counts: dict[str, Json]


class Maps:
    """Everything the map asks for."""

    def __init__(self, store: Store, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._shapes = Shapes()
        self._where: Whereabouts | None = None
        self._known = KnownDevices(store, clock)
        self._anchors: dict[Any, Any] = {}
        self.tiles: Tiles | None = None  # put here by whoever opens the centre

    @property
    def datum(self) -> str:
        """In which datum our own pages draw: that of the tiles below."""
        return self.tiles.datum if self.tiles else WGS84

    @property
    def whereabouts(self) -> Whereabouts:
        """Of the present plan."""
        read, known = self._plan.read, self._where
        if known is None or known.read is not read:
            known = self._where = Whereabouts(read)
        return known

    def outlines(self, level: str, frame: Frame) -> tuple[Outline, ...]:
        """Areas of a level that touch the frame. Raises FrameError."""
        tree = self._plan.areas
        if level not in tree.levels:
            raise FrameError(f"level: one of {', '.join(tree.levels)} · 没有这一层级")
        return tuple(one for one in self._shapes.level(tree, level, frame) if _meet(one.bounds, frame.box))

    def areas(self, level: str, frame: Frame) -> Json:
        """Boundaries of a level. Raises FrameError."""
        return collection(area_feature(one) for one in self.outlines(level, frame))

    def levels(self, frame: Frame) -> list[Json]:
        """Levels that can be drawn, lowest first: how many areas, and the width of the middle one, in degrees."""
        found = []
        for level in self._plan.areas.levels:
            widths = sorted(one.bounds[2] - one.bounds[0] for one in self.outlines(level, frame))
            if widths:
                found.append({"level": level, "count": len(widths), "width": round(widths[len(widths) // 2], 6)})
        return found

    def bounds(self, ids: Iterable[str], frame: Frame) -> Bounds | None:
        """Of some areas, as drawn; of all where none of them has a boundary."""
        wanted = set(ids)
        every = [one for level in self._plan.areas.levels for one in self.outlines(level, frame)]
        some = [one.bounds for one in every if one.area.id in wanted] or [one.bounds for one in every]
        if not some:
            return None
        west, south, east, north = zip(*some, strict=True)
        return min(west), min(south), max(east), max(north)

    def open_rows(self, sees: Sees) -> list[OpenRow]:
        """What is open in the places that one sees, the most urgent first."""
        seen = cache(sees)
        with self._store.read() as session:
            return sorted((row for row in rows.open_incidents(session) if seen(row.grid, row.site)), key=urgency)

    def incident(self, incident_id: str) -> OpenRow | None:
        """One incident, open or not."""
        with self._store.read() as session:
            return rows.incident(session, incident_id)

    def counts(self, found: list[OpenRow]) -> dict[str, Json]:
        """Area id -> open incidents in it and below."""
        tree = self._plan.areas
        return tally(found, {at: [area.id for area in tree.locate(*at)] for at in {(r.grid, r.site) for r in found}})

    def opened(self, sees: Sees) -> Opened:
        """What is open, where, and how much of it in which area: one reading for all that one page says of it."""
        found = self.open_rows(sees)
        return Opened(rows=tuple(found), spots=self.spots(found), counts=self.counts(found))

    def incidents(self, opened: Opened, frame: Frame) -> Json:
        """Open incidents where they are, and how many there are in each area."""
        found, spots = opened.rows, opened.spots
        drawn = [incident_feature(row, spots[row.id], frame) for row in found if row.id in spots]
        inside = [one for one in drawn if frame.holds(tuple(one["geometry"]["coordinates"]))]
        return collection(
            inside[:MARKS_MAX], counts=opened.counts, open=len(found), nowhere=len(found) - len(drawn),
            more=max(0, len(inside) - MARKS_MAX),
        )  # fmt: skip

    def spots(self, found: Iterable[OpenRow]) -> dict[str, Spot]:
        """Incident id -> where it is; without those that are nowhere."""
        wanted = list(found)
        with self._store.read() as session:
            told = rows.told_positions(session, [row.id for row in wanted if row.source != "gateway"])
        spots = {row.id: self.whereabouts.of_device(row.device, row.grid, row.site) for row in wanted}
        spots |= {incident: Spot(at=at, exact=TOLD) for incident, at in told.items()}
        return {incident: spot for incident, spot in spots.items() if spot is not None}

    def changed(self, change: Change) -> None:
        """A listener: what was read of devices before is old now."""
        if change.gateways:
            self._known.forget()

    def devices(self, seen: Seen) -> list[tuple[EndpointState, Spot]]:
        """Endpoints and gateways that one sees, heard or only planned, with their places."""
        sees, known = cache(seen.sees), self._known.get(self.whereabouts)
        found = [pair for pair in known.endpoints if sees(pair[0].grid, pair[0].site)]
        found += [pair for pair in known.gateways if seen.reaches(pair[0].site)]
        heard = {one.device for one, _ in found}
        return found + [
            pair for pair in known.planned if pair[0].device not in heard and sees(pair[0].grid, pair[0].site)
        ]

    def heard_like(self, text: str, sees: Sees) -> list[tuple[str, str, str, str]]:
        """Device, place, grid, site of endpoints that gateways told of and one sees, by a part of name or place."""
        with self._store.read() as session:
            return [one for one in rows.endpoints_like(session, text) if sees(one[2], one[3])]

    def endpoints(self, seen: Seen, frame: Frame) -> Json:
        """Endpoints and gateways in a frame, by squares of the screen where they are close together."""
        return collection(self.clusters(seen, frame))

    def clusters(self, seen: Seen, frame: Frame) -> list[Json]:
        """The same as a list. Which places are one mark is worked out once for a plan and a zoom."""
        found, kept = self.devices(seen), self._anchors
        if kept.get("plan") is not self._plan.read:
            kept = self._anchors = {"plan": self._plan.read}
        anchors = kept.get(frame.zoom)
        if anchors is None:
            anchors = kept[frame.zoom] = Anchors(frame.zoom, self.whereabouts.places())
        return clustered(found, frame, anchors)

    def buildings(self, frame: Frame) -> Json:
        """Buildings in a frame."""
        placed = (one for one in self._plan.facilities.buildings if one.point is not None)
        drawn = (building_feature(one, frame) for one in placed)
        inside = [one for one in drawn if frame.holds(tuple(one["geometry"]["coordinates"]))]
        return collection(inside[:BUILDINGS_MAX], more=max(0, len(inside) - BUILDINGS_MAX))

    def fixes(self, sees: Sees) -> list[Fix]:
        """Where workers were last, of the areas that one sees. Personal."""
        since_ms = self._clock.now_ms() - FRESH_MS
        with self._store.read() as session:
            found = rows.fixes(session, since_ms)
        return [fix for fix in found if sees(fix.area or self._code_at(fix), fix.site)]

    def people(self, sees: Sees, frame: Frame) -> Json:
        """The same as features."""
        return collection(self._person(fix, frame) for fix in self.fixes(sees))

    def track(self, patrol: PatrolView, frame: Frame) -> Json:
        """A patrol as a line, with the time of each of its points. Personal."""
        drawn = [frame.drawn((lon / 1e6, lat / 1e6)) for _, lat, lon in patrol.track]
        line = {"type": "LineString", "coordinates": [[round(at[0], 6), round(at[1], 6)] for at in drawn]}
        told = {
            "person_name": patrol.person_name, "area_name": patrol.area_name, "started_ms": patrol.started_ms,
            "finished_ms": patrol.finished_ms, "times_ms": [at_ms for at_ms, _, _ in patrol.track],
        }  # fmt: skip
        return feature(f"track:{patrol.id}", line, **told)

    def _person(self, fix: Fix, frame: Frame) -> Json:
        at = point(frame.drawn((fix.lon_udeg / 1e6, fix.lat_udeg / 1e6)))
        return feature(
            f"person:{fix.device}", at, person=fix.person, name=self._plan.roster.name_of(fix.person),
            device=fix.device, at_ms=fix.at_ms, told_by=fix.told_by,
        )  # fmt: skip

    def _code_at(self, fix: Fix) -> str:
        area = self._plan.grid_at(fix.lon_udeg / 1e6, fix.lat_udeg / 1e6)
        return area.code if area else ""


def _meet(one: Any, other: Any) -> bool:
    return bool(one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3])
