"""Where an incident is, in words that somebody finds the door by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.store.models import Endpoint, Incident
from domain.facilities import Building

VIDEO = "video"  # the kind of an endpoint with a camera


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereView:
    """As far as the plan knows; empty texts and None for what nobody has written down."""

    place: str  # as the site names it
    building: str = ""
    storeys: int | None = None
    spot: str = ""  # floor and room: where the facility is in its building
    facility: str = ""
    way: str = ""  # how to get there
    households: int | None = None  # of the building; of the grid where it is not known
    of_grid: bool = False  # the households are those of the grid
    point: tuple[float, float] | None = None  # longitude, latitude (WGS 84)
    mapped: bool = False  # a map has something to show
    pictures_at: str = ""  # the gateway that keeps the snapshots of its camera; the centre has none


def where_of(session: Session, plan: Plan, incident: Incident) -> WhereView:
    """By the device that tells of it, else by the grid alone."""
    now = plan.read
    item = now.facilities.of_device(incident.device) if incident.device else None
    home: Building | None = now.facilities.building(item.building) if item and item.building else None
    chain = now.areas.locate(incident.grid, incident.site)
    area = chain[0] if chain else None
    households = home.households if home else None
    point = (item.point if item else None) or (home.point if home else None)
    return WhereView(
        place=incident.place,
        building=home.name if home else "",
        storeys=home.storeys if home else None,
        spot=item.place if item else "",
        facility=item.name if item else "",
        way=home.way if home else "",
        households=households if households is not None else area.households if area else None,
        of_grid=households is None,
        point=point,
        pictures_at=_camera(session, incident.device),
        mapped=point is not None or any(one.id in now.areas.shapes for one in chain),
    )


def _camera(session: Session, device: str) -> str:
    query = select(Endpoint.gateway_id).where(Endpoint.device == device, Endpoint.kind == VIDEO)
    return (session.scalars(query.limit(1)).first() or "") if device else ""
