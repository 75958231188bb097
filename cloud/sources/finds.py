"""What workers report from their terminals: `found` becomes an incident, tracks become patrols. Nothing is refused.

A terminal forgets a report once it has its receipt, so whatever a field holds, what can be read of it is kept.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.records import Act
from cloud.sources.create import Creator
from cloud.sources.report import PHOTO_MAX, PLACE_MAX, TEXT_MAX, Report
from cloud.sources.tracks import PATROL, Tracks
from cloud.store.models import Endpoint, FieldReport, Gateway
from domain.duplicates import Position
from domain.matters import URGENCIES
from domain.sources import Source

HERE = "here"  # the terminal's own word for where the worker stands; its position says where


class Finds:
    """Runs inside the caller's transaction, once for every report."""

    def __init__(self, plan: Plan, creator: Creator, tracks: Tracks) -> None:
        self._plan = plan
        self._creator = creator
        self._tracks = tracks

    def take(self, session: Session, row: FieldReport, at_ms: int) -> set[str]:
        """Do what a report stands for; the ids of incidents that changed."""
        if row.what == "found":
            return self._found(session, row, at_ms)
        if row.what in PATROL:
            self._tracks.take(session, row, self._area(session, row))
        return set()

    def _found(self, session: Session, row: FieldReport, at_ms: int) -> set[str]:
        details, position = row.details, position_in(row.details)
        here = details.get("place") == HERE
        report = Report(
            source=Source.HANDHELD,
            matter=self._plan.matters.named(_text(details, "kind", 48)).code,
            urgency=details["urgency"] if details.get("urgency") in URGENCIES else URGENCIES[0],
            place="" if here else _text(details, "place_text", PLACE_MAX) or _text(details, "place", PLACE_MAX),
            text=_text(details, "note", TEXT_MAX) or _text(details, "kind_text", TEXT_MAX),
            grid=self._grid(session, row, position),
            site=row.site,
            device=row.device,
            position=position,
            photo=_photo(details.get("photo")),
            reporter=row.person or row.device,
            at_ms=row.at_ms,
        )
        taken = self._creator.take(session, report, Act(actor=report.reporter, at_ms=at_ms))
        row.incident_id = taken.incident.id
        return set(taken.touched)

    def _grid(self, session: Session, row: FieldReport, position: Position | None) -> str:
        """Where it was seen; without a position the worker's own grid."""
        area = self._plan.grid_at(position.lon_udeg / 1e6, position.lat_udeg / 1e6) if position else None
        return area.code if area else self._area(session, row)

    def _area(self, session: Session, row: FieldReport) -> str:
        """The code of the grid that the terminal belongs to, as its gateway says; else that of the worker."""
        areas = self._plan.areas
        query = select(Endpoint.grid).join(Gateway, Gateway.id == Endpoint.gateway_id)
        told = session.scalars(query.where(Gateway.site == row.site, Endpoint.device == row.device).limit(1)).first()
        if told and areas.of_code(told):
            return told
        person = self._plan.roster.get(row.person) if row.person else None
        area = areas.get(person.area) if person else None
        return area.code if area else ""


def position_in(details: dict[str, Any]) -> Position | None:
    """The position of a report; None without a fix, and for one that lies on no earth."""
    latitude, longitude = details.get("lat_udeg"), details.get("lon_udeg")
    if type(latitude) is not int or type(longitude) is not int:
        return None
    try:
        return Position(lat_udeg=latitude, lon_udeg=longitude)
    except ValueError:
        return None


def _text(details: dict[str, Any], name: str, most: int) -> str:
    value = details.get(name)
    return value.replace("\0", " ").strip()[:most] if isinstance(value, str) else ""


def _photo(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= PHOTO_MAX else None
