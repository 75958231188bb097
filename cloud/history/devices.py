"""Where devices with readings are: as their gateways and the list of facilities tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.store.models import Endpoint, Gateway, Incident
from domain.facilities import Facilities

NEIGHBOURS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An endpoint and where it hangs; what no gateway has told of stands at the top of the district."""

    device: str
    kind: str = ""
    place: str = ""
    grid: str = ""
    site: str = ""
    channels: tuple[str, ...] = ()  # as its gateway told last


def devices_of(session: Session, names: Iterable[str] | None = None) -> dict[str, Device]:
    """Those named, or all, by name. One that no gateway names stands where its newest incident stood, as for rights."""
    query = select(Endpoint, Gateway.site).join(Gateway, Gateway.id == Endpoint.gateway_id)
    wanted = None if names is None else list(names)
    if wanted is not None:
        query = query.where(Endpoint.device.in_(wanted))
    found: dict[str, Device] = {}
    for endpoint, site in session.execute(query.order_by(Endpoint.device, Gateway.id)):
        found.setdefault(endpoint.device, _device(endpoint, site))
    for name in wanted or ():
        if name not in found and (past := _past(session, name)):
            found[name] = past
    return found


def _past(session: Session, device: str) -> Device | None:
    query = select(Incident.grid, Incident.site, Incident.place).where(Incident.device == device)
    row = session.execute(query.order_by(Incident.raised_at_ms.desc()).limit(1)).first()
    return Device(device=device, grid=row[0], site=row[1], place=row[2]) if row else None


def neighbours(session: Session, device: str, facilities: Facilities) -> tuple[Device, ...]:
    """Devices of the same kind nearby, bounded: of the same building first, then of the same place and grid."""
    own = devices_of(session, [device]).get(device)
    if own is None or not own.grid:
        return ()
    same = (Endpoint.kind == own.kind, Endpoint.grid == own.grid, Gateway.site == own.site)
    query = select(Endpoint, Gateway.site).join(Gateway, Gateway.id == Endpoint.gateway_id).where(*same)
    others = [_device(endpoint, site) for endpoint, site in session.execute(query) if endpoint.device != device]
    home = _building(facilities, device)

    def farness(other: Device) -> tuple[bool, bool, str]:
        elsewhere = home is None or _building(facilities, other.device) != home
        return elsewhere, other.place != own.place, other.device

    return tuple(sorted(others, key=farness)[:NEIGHBOURS_MAX])


def _building(facilities: Facilities, device: str) -> str | None:
    item = facilities.of_device(device)
    return item.building if item else None


def _device(endpoint: Endpoint, site: str) -> Device:
    return Device(
        device=endpoint.device, kind=endpoint.kind, place=endpoint.place, grid=endpoint.grid, site=site,
        channels=tuple(endpoint.channels),
    )  # fmt: skip
