"""Patrols and where they went. Positions of people are personal: cloud/workers/retention.py forgets them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.sources.views import PatrolView, Point
from cloud.store.models import FieldReport
from cloud.store.models_sources import Patrol, TrackPart
from domain.duplicates import Position

PATROL = ("patrol_started", "track", "patrol_finished")
SHOWN = 200  # patrols of one answer
LOOKED_AT = 10_000  # ... of a whole district in some weeks
POINTS_MAX = 20_000  # of one patrol: a week at one point in 30 s
COUNT_MAX = 10**9


class Tracks:
    """Runs inside the caller's transaction."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def take(self, session: Session, row: FieldReport, area: str) -> None:
        """Keep what a terminal told of a patrol."""
        if row.what == "patrol_started":
            self._start(session, row, area)
            return
        patrol = self._patrol(session, row) or self._start(session, row, area)
        if row.what == "track":
            self._add(session, patrol, row)
        else:
            patrol.finished_ms = max(patrol.started_ms, row.at_ms)
            patrol.length_m = _whole(row.details.get("length_m"), patrol.length_m)

    def _start(self, session: Session, row: FieldReport, area: str) -> Patrol:
        points = _points(row.details)
        begun_ms = min([row.at_ms, *(point[0] for point in points)])
        patrol = Patrol(
            site=row.site, device=row.device, person=row.person, area=area, started_ms=begun_ms, finished_ms=None,
            points=0, length_m=0,
        )  # fmt: skip
        session.add(patrol)
        session.flush()
        return patrol

    def _patrol(self, session: Session, row: FieldReport) -> Patrol | None:
        """The one under way; a terminal tells in order, so it is its latest."""
        query = select(Patrol).where(Patrol.site == row.site, Patrol.device == row.device)
        last = session.scalars(query.order_by(Patrol.id.desc()).limit(1).with_for_update()).first()
        return last if last is not None and last.finished_ms is None and last.person == row.person else None

    def _add(self, session: Session, patrol: Patrol, row: FieldReport) -> None:
        points = _points(row.details)[: max(0, POINTS_MAX - patrol.points)]
        row.details = {**row.details, "points": len(points)}  # the positions stand in one place, and go from there
        if points:
            patrol.points += len(points)
            session.add(TrackPart(patrol_id=patrol.id, first_ms=points[0][0], points=[list(point) for point in points]))

    def listed(
        self, session: Session, from_ms: int, to_ms: int, person: str | None, sees: Callable[[str, str], bool]
    ) -> list[PatrolView]:
        """Patrols that were under way between two times, newest first, without their points; bounded."""
        over = func.coalesce(Patrol.finished_ms, Patrol.started_ms)
        query = select(Patrol).where(Patrol.started_ms <= to_ms, over >= from_ms)
        if person is not None:
            query = query.where(Patrol.person == person)
        newest = query.order_by(Patrol.started_ms.desc(), Patrol.id.desc())
        mine = (patrol for patrol in session.scalars(newest.limit(LOOKED_AT)) if sees(patrol.area, patrol.site))
        return [self._view(patrol) for patrol in islice(mine, SHOWN)]

    def one(self, session: Session, patrol_id: int) -> PatrolView | None:
        """A patrol with its track, in order of time."""
        patrol = session.get(Patrol, patrol_id)
        if patrol is None:
            return None
        query = select(TrackPart.points).where(TrackPart.patrol_id == patrol_id)
        parts = session.scalars(query.order_by(TrackPart.first_ms, TrackPart.id))
        return self._view(patrol, tuple((p[0], p[1], p[2]) for points in parts for p in points))

    def _view(self, patrol: Patrol, track: tuple[Point, ...] = ()) -> PatrolView:
        return PatrolView(
            id=patrol.id, site=patrol.site, device=patrol.device, person=patrol.person,
            person_name=self._plan.roster.name_of(patrol.person) if patrol.person else patrol.device,
            area=patrol.area, area_name=self._plan.areas.name_of(patrol.area), started_ms=patrol.started_ms,
            finished_ms=patrol.finished_ms, points=patrol.points, length_m=patrol.length_m, track=track,
        )  # fmt: skip


def _points(details: dict[str, Any]) -> list[Point]:
    """The points that are some: three whole numbers, somewhere on earth."""
    told = details.get("points")
    found = []
    for point in told if isinstance(told, list) else ():
        if isinstance(point, list) and len(point) == 3 and all(type(number) is int for number in point):
            at_ms, latitude, longitude = point
            if at_ms >= 0 and _on_earth(latitude, longitude):
                found.append((at_ms, latitude, longitude))
    return found


def _on_earth(latitude: int, longitude: int) -> bool:
    try:
        Position(lat_udeg=latitude, lon_udeg=longitude)
    except ValueError:
        return False
    return True


def _whole(value: object, otherwise: int) -> int:
    return value if type(value) is int and 0 <= value <= COUNT_MAX else otherwise
