"""What gateways say about themselves, and what their silence says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cloud.arrivals.conditions import Conditions
from cloud.arrivals.told import take_told
from cloud.plan import Plan
from cloud.store.models import Endpoint, Gateway, Incident
from domain.incidents import OVER, Condition, Kind, Severity
from domain.sources import Source
from runtime.ids import uuid7

RULE = "gateway_silent"
NOT_KNOWN = "not_known"
ACTOR = "cloud"
MAX_NAMED = 200  # in one status
APART = ("endpoints", "inventory")  # kept in tables of their own


class Gateways:
    """States of gateways and their endpoints; raises and clears gateway_offline. Runs in the caller's transaction."""

    def __init__(self, plan: Plan, conditions: Conditions) -> None:
        self._plan = plan
        self._conditions = conditions

    def take_status(self, session: Session, site: str, gateway_id: str, status: dict[str, Any], at_ms: int) -> set[str]:
        """Store a status message; the ids of incidents that changed.

        An online one that is not newer than the known one is no sign of life: brokers keep the last one for ever.
        """
        gateway = session.get(Gateway, gateway_id)
        said_at_ms = _whole(status.get("at_ms"), at_ms)
        online = status.get("state") == "online"
        if gateway is None:
            gateway = Gateway(id=gateway_id, site=site, state="unknown", said_at_ms=said_at_ms)
            session.add(gateway)
        elif online and said_at_ms <= gateway.said_at_ms and _boot(status) <= _boot(gateway.status):
            return set()
        gateway.state = "online" if online else "offline"
        gateway.last_seen_ms = at_ms if online or gateway.last_seen_ms is None else gateway.last_seen_ms
        if online:
            self._describe(session, gateway, status, said_at_ms, at_ms)
        elif gateway.outbox_pending is None:
            gateway.outbox_pending, gateway.quarantine, gateway.status = 0, 0, {}
        session.flush()
        if not online:
            return self.lost(session, gateway, at_ms)
        return self.back(session, gateway, at_ms) | self._clear_unknown(session, gateway, status.get("unknown"), at_ms)

    def _describe(
        self, session: Session, gateway: Gateway, status: dict[str, Any], said_at_ms: int, at_ms: int
    ) -> None:
        gateway.said_at_ms = said_at_ms
        gateway.outbox_pending = _whole(_object(status.get("outbox")).get("pending"), 0)
        gateway.quarantine = _whole(_object(status.get("quarantine")).get("count"), 0)
        rows = {row["device"]: row for row in _objects(status.get("endpoints")) if isinstance(row.get("device"), str)}
        stale = delete(Endpoint).where(Endpoint.gateway_id == gateway.id)
        # a page of a large site replaces only what it speaks of, unless the list of endpoints is another one
        if "endpoints_list" in status and status["endpoints_list"] == (gateway.status or {}).get("endpoints_list"):
            stale = stale.where(Endpoint.device.in_(rows))
        gateway.status = {key: value for key, value in status.items() if key not in APART}
        session.flush()
        session.execute(stale)
        session.add_all(_endpoint(gateway.id, row) for row in rows.values())
        session.flush()
        take_told(session, gateway, status, at_ms)

    def _clear_unknown(self, session: Session, gateway: Gateway, named: Any, at_ms: int) -> set[str]:
        """Incidents of its site that we believe active and the gateway, whose word it is, does not know any more."""
        touched: set[str] = set()
        for incident_id in named[:MAX_NAMED] if isinstance(named, list) else ():
            incident = session.get(Incident, incident_id) if isinstance(incident_id, str) else None
            ours = incident is not None and incident.site == gateway.site and incident.kind != Kind.GATEWAY_OFFLINE
            ours = ours and incident is not None and incident.source == Source.GATEWAY
            active = incident is not None and ours and incident.condition == Condition.ACTIVE
            if incident is not None and active and not self._may_still_burn(session, gateway, incident):
                touched |= self._conditions.take(session, _over(incident, at_ms), f"gateway:{gateway.id}", at_ms)
        return touched

    def _may_still_burn(self, session: Session, gateway: Gateway, incident: Incident) -> bool:
        """True where lives are at stake and who saw it is a device of the site that says nothing: burnt, perhaps."""
        seen_by = session.get(Endpoint, (gateway.id, incident.device))
        return Kind(incident.kind).life_safety and seen_by is not None and seen_by.state != "online"

    def silent(self, session: Session, gateway_id: str, at_ms: int) -> set[str]:
        """The gateway has said nothing for too long: it counts as offline."""
        gateway = session.get(Gateway, gateway_id)
        if gateway is None or gateway.state == "offline":
            return set()
        gateway.state = "offline"
        return self.lost(session, gateway, at_ms)

    def lost(self, session: Session, gateway: Gateway, at_ms: int) -> set[str]:
        """Raise gateway_offline: one incident for the whole site, its endpoints become unknown."""
        incident = self._open_incident(session, gateway.id)
        if incident is not None and incident.condition == Condition.ACTIVE:
            return set()
        incident_id = uuid7(at_ms) if incident is None else incident.id
        revision = 1 if incident is None else incident.revision + 1
        data = self._data(gateway, incident_id, revision, at_ms, Condition.ACTIVE)
        return self._conditions.take(session, data, ACTOR, at_ms)

    def back(self, session: Session, gateway: Gateway, at_ms: int) -> set[str]:
        """Clear gateway_offline."""
        incident = self._open_incident(session, gateway.id)
        if incident is None or incident.condition == Condition.CLEARED:
            return set()
        data = self._data(gateway, incident.id, incident.revision + 1, at_ms, Condition.CLEARED)
        data["raised_at_ms"], data["breach_at_ms"] = incident.raised_at_ms, incident.breach_at_ms
        return self._conditions.take(session, data, ACTOR, at_ms)

    def _open_incident(self, session: Session, gateway_id: str) -> Incident | None:
        query = select(Incident).where(
            Incident.kind == Kind.GATEWAY_OFFLINE, Incident.device == gateway_id, Incident.stage.not_in(OVER)
        )
        return session.scalars(query.order_by(Incident.reported_at_ms.desc()).limit(1)).first()

    def _data(
        self, gateway: Gateway, incident_id: str, revision: int, at_ms: int, condition: Condition
    ) -> dict[str, Any]:
        area = self._plan.areas.site_area(gateway.site)
        cleared = condition is Condition.CLEARED
        signal = {"rule": RULE, "channel": "status", "value": cleared, "at_ms": at_ms, "unit": ""}
        return {
            "incident_id": incident_id,
            "revision": revision,
            "kind": Kind.GATEWAY_OFFLINE,
            "severity": Severity.MAJOR,
            "condition": condition,
            "site": gateway.site,
            "device": gateway.id,
            "grid": area.code if area else gateway.site,
            "place": gateway.id,
            "signals": [signal],
            "breach_at_ms": gateway.last_seen_ms,
            "raised_at_ms": at_ms,
            "changed_at_ms": at_ms,
            "cleared_at_ms": at_ms if cleared else None,
            "evidence": {},
        }


def _over(incident: Incident, at_ms: int) -> dict[str, Any]:
    return {
        "incident_id": incident.id,
        "revision": incident.revision + 1,
        "kind": incident.kind,
        "severity": incident.severity,
        "condition": Condition.CLEARED,
        "site": incident.site,
        "device": incident.device,
        "grid": incident.grid,
        "place": incident.place,
        "signals": [{"rule": NOT_KNOWN, "channel": "gateway", "value": True, "at_ms": at_ms, "unit": ""}],
        "breach_at_ms": incident.breach_at_ms,
        "raised_at_ms": incident.raised_at_ms,
        "changed_at_ms": max(at_ms, incident.changed_at_ms),
        "cleared_at_ms": max(at_ms, incident.changed_at_ms),
        "evidence": {},
    }


def _endpoint(gateway_id: str, row: dict[str, Any]) -> Endpoint:
    channels = _object(row.get("channels"))
    return Endpoint(
        gateway_id=gateway_id,
        device=row["device"],
        kind=str(row.get("kind", "")),
        place=str(row.get("place", "")),
        grid=str(row.get("grid", "")),
        state=row["state"] if row.get("state") in ("online", "offline") else "unknown",
        last_seen_ms=_whole(row.get("last_seen_ms"), None),
        channels={name: str(health) for name, health in channels.items()},
    )


def _boot(status: dict[str, Any] | None) -> int:
    # a higher one is newer whatever the clock says; a lower one is a gateway that lost its disk
    return int(_whole((status or {}).get("boot"), 0))


def _whole(value: Any, default: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
