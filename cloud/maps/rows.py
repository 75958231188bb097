"""What the map asks of the store: only the columns that it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cloud.store.models import Endpoint, FieldReport, Gateway, Incident
from cloud.store.models_sources import Patrol, SourceReport, TrackPart
from domain.incidents import OVER

PEOPLE_MAX = 2000  # of one picture
LIKE_MAX = 500  # endpoints of a search, before those of others' areas are left out
ASKED_AT_ONCE = 500  # ids of one query; SQLite takes 32,766
HANDHELD = "handheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """One open incident."""

    id: str
    parent_id: str | None
    kind: str
    severity: str
    condition: str
    stage: str
    grid: str
    site: str
    device: str
    place: str
    raised_at_ms: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """One endpoint as its gateway told it last."""

    device: str
    kind: str
    place: str
    grid: str
    site: str
    gateway: str
    state: str  # online, fault, offline, unknown
    last_seen_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Where a worker was when his terminal told it last; in millionths of a degree."""

    person: str
    device: str
    area: str
    site: str
    at_ms: int
    lat_udeg: int
    lon_udeg: int
    told_by: str  # patrol, report, sos


_QUERY = select(*(getattr(Incident, name) for name in OpenRow.__dataclass_fields__))


def open_incidents(session: Session) -> list[OpenRow]:
    """All of them: counts must be whole."""
    return [_row(row) for row in session.execute(_QUERY.where(Incident.stage.not_in(OVER)).order_by(Incident.id))]


def incident(session: Session, incident_id: str) -> OpenRow | None:
    """One of them, open or over."""
    row = session.execute(_QUERY.where(Incident.id == incident_id)).first()
    return _row(row) if row else None


def _row(row: Any) -> OpenRow:
    return OpenRow(**dict(zip(OpenRow.__dataclass_fields__, row, strict=True)))


def told_positions(session: Session, ids: list[str]) -> dict[str, tuple[float, float]]:
    """Where reports say that incidents are: longitude and latitude, of the first one that says it."""
    found: dict[str, tuple[float, float]] = {}
    for begin in range(0, len(ids), ASKED_AT_ONCE):
        some = ids[begin : begin + ASKED_AT_ONCE]
        query = select(SourceReport.incident_id, SourceReport.lon_udeg, SourceReport.lat_udeg).where(
            SourceReport.incident_id.in_(some), SourceReport.lat_udeg.is_not(None)
        )
        for incident_id, lon, lat in session.execute(query.order_by(SourceReport.taken_ms.desc())):
            if lon is not None and lat is not None:
                found[incident_id] = (lon / 1e6, lat / 1e6)
    return found


def endpoints(session: Session) -> list[EndpointState]:
    """All endpoints; those of a gateway that is not heard are unknown."""
    query = select(
        Endpoint.device, Endpoint.kind, Endpoint.place, Endpoint.grid, Endpoint.state, Endpoint.last_seen_ms,
        Endpoint.channels, Gateway.id, Gateway.site, Gateway.state,
    ).join(Gateway, Gateway.id == Endpoint.gateway_id)  # fmt: skip
    return [
        EndpointState(
            device=device, kind=kind, place=place, grid=grid, site=site, gateway=gateway, last_seen_ms=seen_ms,
            state=_state(state, channels) if heard == "online" else "unknown",
        )
        for device, kind, place, grid, state, seen_ms, channels, gateway, site, heard in session.execute(query)
    ]  # fmt: skip


def endpoints_like(session: Session, text: str) -> list[tuple[str, str, str, str]]:
    """Device, place, grid, site of the first endpoints with a text in name or place; lower case."""
    fits = or_(*(func.lower(column).contains(text, autoescape=True) for column in (Endpoint.device, Endpoint.place)))
    query = select(Endpoint.device, Endpoint.place, Endpoint.grid, Gateway.site).join(
        Gateway, Gateway.id == Endpoint.gateway_id
    )
    found = session.execute(query.where(fits).order_by(Endpoint.device).limit(LIKE_MAX))
    return [(device, place, grid, site) for device, place, grid, site in found]


def gateways(session: Session) -> list[EndpointState]:
    """All gateways, in the same shape."""
    query = select(Gateway.id, Gateway.site, Gateway.state, Gateway.last_seen_ms).order_by(Gateway.id)
    return [
        EndpointState(
            device=gateway, kind="gateway", place="", grid="", site=site, gateway=gateway, state=state,
            last_seen_ms=seen_ms,
        )
        for gateway, site, state, seen_ms in session.execute(query)
    ]  # fmt: skip


def _state(state: str, channels: dict[str, Any]) -> str:
    faulty = any(health != "good" for health in channels.values())
    return "fault" if state == "online" and faulty else state


def fixes(session: Session, since_ms: int) -> list[Fix]:
    """The last position of every worker since then: of a patrol, or of a report that came with one."""
    found: dict[str, Fix] = {}
    for fix in (*_patrol_fixes(session, since_ms), *_report_fixes(session, since_ms)):
        known = found.get(fix.device)
        if known is None or known.at_ms < fix.at_ms:
            found[fix.device] = fix
    return sorted(found.values(), key=lambda fix: -fix.at_ms)[:PEOPLE_MAX]


def _patrol_fixes(session: Session, since_ms: int) -> list[Fix]:
    newest = (
        select(func.max(TrackPart.id)).where(TrackPart.first_ms >= since_ms).group_by(TrackPart.patrol_id).subquery()
    )
    query = select(Patrol.person, Patrol.device, Patrol.area, Patrol.site, TrackPart.points).join(
        TrackPart, TrackPart.patrol_id == Patrol.id
    )
    rows = session.execute(query.where(TrackPart.id.in_(select(newest))).order_by(TrackPart.id.desc()))
    return [
        Fix(
            person=person or device, device=device, area=area, site=site, at_ms=points[-1][0],
            lat_udeg=points[-1][1], lon_udeg=points[-1][2], told_by="patrol",
        )
        for person, device, area, site, points in rows
        if points
    ]  # fmt: skip


def _report_fixes(session: Session, since_ms: int) -> list[Fix]:
    """Finds and calls for help carry the position of whoever sent them."""
    query = (
        select(FieldReport)
        .where(FieldReport.what.in_(("found", "sos")), FieldReport.at_ms >= since_ms)
        .order_by(FieldReport.id.desc())
        .limit(PEOPLE_MAX)
    )
    found = []
    for row in session.scalars(query):
        lat, lon = row.details.get("lat_udeg"), row.details.get("lon_udeg")
        if type(lat) is int and type(lon) is int and abs(lat) <= 90_000_000 and abs(lon) <= 180_000_000:
            found.append(
                Fix(
                    person=row.person or row.device, device=row.device, area="", site=row.site, at_ms=row.at_ms,
                    lat_udeg=lat, lon_udeg=lon, told_by="sos" if row.what == "sos" else "report",
                )
            )  # fmt: skip
    return found
