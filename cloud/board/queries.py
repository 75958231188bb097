"""Read models: rows of the board, one incident, states of gateways. Nothing here changes anything."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.board.book_rows import clocks, current_row, facts_of
from cloud.board.gateway_rows import gateway_row
from cloud.board.views import (
    GatewayRow,
    IncidentDetail,
    IncidentRow,
    LogEntry,
    QuarantineRow,
    ReportRow,
    SignalView,
)
from cloud.clocks.deadline_rows import all_of
from cloud.flow.reading import link_views, neighbours, offered, part_views
from cloud.plan import Plan
from cloud.records import children_of
from cloud.store.models import Endpoint, FieldReport, Gateway, Incident, IncidentLog, Quarantine, Timer

QUARANTINE_SHOWN = 100
REPORTS_SHOWN = 200


class Queries:
    """Fills the views from one consistent read of the store."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def detail(self, session: Session, incident: Incident, now_ms: int) -> IncidentDetail:
        """Everything about one incident."""
        people = self._plan.candidates(incident.grid, incident.site, now_ms)
        return IncidentDetail(
            row=self.rows(session, [incident.id], now_ms)[0],
            breach_at_ms=incident.breach_at_ms,
            signals=tuple(_signal(signal) for signal in incident.signals),
            log=self._log(session, incident.id),
            moves=tuple(str(move) for move in offered(session, self._plan, incident)),
            people=tuple((person.id, person.name, person.role) for person in people),
            escalation=self._escalation(session, incident),
            deadlines=all_of(session, incident, now_ms),
            children=self.rows(session, [child.id for child in children_of(session, incident)], now_ms),
            parent_place=session.get_one(Incident, incident.parent_id).place if incident.parent_id else None,
            areas=tuple(area["name"] for area in reversed(_chain(self._plan, incident))),
            facility=self._plan.facilities.told(incident.device),
            parts=part_views(session, self._plan, incident),
            links=link_views(session, incident),
            neighbours=neighbours(session, incident),
            departments=tuple((one.id, one.name) for one in self._plan.departments.all),
        )

    def gateways(self, session: Session) -> tuple[GatewayRow, ...]:
        """All gateways with their endpoints; endpoints of a gateway that is not heard are unknown."""
        endpoints: dict[str, list[Endpoint]] = {}
        for endpoint in session.scalars(select(Endpoint).order_by(Endpoint.place, Endpoint.device)):
            endpoints.setdefault(endpoint.gateway_id, []).append(endpoint)
        gateways = session.scalars(select(Gateway).order_by(Gateway.id))
        return tuple(gateway_row(gateway, endpoints.get(gateway.id, [])) for gateway in gateways)

    def reports(self, session: Session, site: str, device: str | None) -> tuple[ReportRow, ...]:
        """What a site reported last, newest first."""
        query = select(FieldReport).where(FieldReport.site == site)
        if device is not None:
            query = query.where(FieldReport.device == device)
        return tuple(
            ReportRow(
                site=row.site, device=row.device, person=row.person, what=row.what, incident_id=row.incident_id,
                task=row.task, at_ms=row.at_ms, taken_ms=row.taken_ms, details=row.details,
            )
            for row in session.scalars(query.order_by(FieldReport.id.desc()).limit(REPORTS_SHOWN))
        )  # fmt: skip

    def quarantine(self, session: Session) -> tuple[QuarantineRow, ...]:
        """What was refused last, newest first."""
        query = select(Quarantine).order_by(Quarantine.id.desc()).limit(QUARANTINE_SHOWN)
        return tuple(
            QuarantineRow(at_ms=row.at_ms, topic=row.topic, reason=row.reason, text=row.text, payload=row.payload)
            for row in session.scalars(query)
        )

    def rows(self, session: Session, ids: Iterable[str], now_ms: int) -> tuple[IncidentRow, ...]:
        """Lines of some incidents, open or not, in the order named."""
        facts = facts_of(session, ids)
        found = clocks(session, {one.root for one in facts.values()})
        return tuple(current_row(self._plan, facts[one], found, now_ms) for one in ids if one in facts)

    def _log(self, session: Session, incident_id: str) -> tuple[LogEntry, ...]:
        query = select(IncidentLog).where(IncidentLog.incident_id == incident_id).order_by(IncidentLog.id)
        return tuple(
            LogEntry(
                at_ms=entry.at_ms,
                what=entry.what,
                actor=entry.actor,
                actor_name=self._plan.roster.name_of(entry.actor),
                from_stage=entry.from_stage,
                to_stage=entry.to_stage,
                reason=entry.reason,
                detail=entry.detail,
                source=entry.source,
                version=entry.version,
            )
            for entry in session.scalars(query)
        )

    def _escalation(self, session: Session, incident: Incident) -> tuple[tuple[str, int, str], ...]:
        """The computed timeline of the present round: what has happened, what waits, what was stopped."""
        root = session.get_one(Incident, incident.parent_id) if incident.parent_id else incident
        query = select(Timer).where(
            Timer.incident_id == root.id, or_(Timer.round == root.round, Timer.state.in_(("waiting", "paused")))
        )
        timers = session.scalars(query.order_by(Timer.due_ms, Timer.id))
        return tuple((timer.step, timer.due_ms, timer.state) for timer in timers)


def _chain(plan: Plan, incident: Incident) -> list[dict[str, str]]:
    """As it was when it happened; as it is now for what is older than that record."""
    return incident.grid_chain or plan.chain_of(incident.grid, incident.site)


def _signal(signal: dict[str, object]) -> SignalView:
    def number(name: str) -> float | None:
        found = signal.get(name)
        return float(found) if isinstance(found, (int, float)) and math.isfinite(found) else None

    value = signal.get("value")
    at_ms = signal.get("at_ms")
    return SignalView(
        rule=str(signal["rule"]),
        channel=str(signal["channel"]),
        unit=str(signal.get("unit", "")),
        value=value if isinstance(value, bool) else number("value") or 0.0,
        limit=number("limit"),
        clear=number("clear"),
        at_ms=at_ms if isinstance(at_ms, int) else 0,
        label=str(signal.get("label", "")),
        reason=str(signal.get("reason", "")),
    )
