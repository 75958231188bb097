"""How many incidents are open, by their class and severity: no place, no name, and never more rows than the table."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from sqlalchemy import func, select

from cloud.store.engine import Store
from cloud.store.models import Incident
from domain.incidents import OVER, Kind, Severity, Stage


class Class(StrEnum):
    """What an incident is about, as coarsely as an alert needs it."""

    LIFE_SAFETY = "life_safety"
    ALARM = "alarm"  # of a sensor
    TOLD = "told"  # by people
    SYSTEM = "system"  # the system itself: endpoints, gateways, links, their power


OPEN = tuple(stage for stage in Stage if stage not in OVER)
SYSTEM = frozenset(
    {
        Kind.ENDPOINT_OFFLINE, Kind.ENDPOINTS_OFFLINE, Kind.SENSOR_FAULT, Kind.SITE_LINK_DOWN, Kind.BATTERY,
        Kind.CAMERA_FAULT, Kind.FACILITY_FAULT, Kind.ALARM_FLOOD, Kind.UPDATE_FAILED, Kind.CERTIFICATE,
        Kind.GATEWAY_FAULT, Kind.GATEWAY_OFFLINE,
    }
)  # fmt: skip


def class_of(kind: str) -> Class:
    """Of a kind; one that a newer release stored is a sensor's alarm."""
    known = Kind(kind) if kind in tuple(Kind) else None
    if known is None:
        return Class.ALARM
    if known.life_safety:
        return Class.LIFE_SAFETY
    if known.of_people:
        return Class.TOLD
    return Class.SYSTEM if known in SYSTEM else Class.ALARM


def incidents(store: Store) -> dict[str, dict[str, object]]:
    """Open ones that stand for themselves, by class and severity; those of them that nobody has accepted, by class."""
    query = (
        select(Incident.kind, Incident.severity, Incident.stage, func.count())
        .where(Incident.stage.in_(OPEN), Incident.parent_id.is_(None))
        .group_by(Incident.kind, Incident.severity, Incident.stage)
    )
    found: Counter[tuple[str, str]] = Counter()
    waiting: Counter[str] = Counter()
    with store.read() as session:
        for kind, severity, stage, count in session.execute(query):
            one = class_of(kind)
            found[one, severity] += count
            waiting[one] += count if stage == Stage.REPORTED else 0
    return {
        "open": {str(one): {str(severity): found[one, severity] for severity in Severity} for one in Class},
        "waiting": {str(one): waiting[one] for one in Class},
    }
