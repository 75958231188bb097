"""Read models: rows of the board, one incident, states of gateways. Nothing here changes anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.board.filters import ALL, Choice, Filter, Light, choose
from cloud.board.gateway_rows import gateway_row
from cloud.board.urgency import by_urgency, urgency
from cloud.board.views import (
    GatewayRow,
    IncidentDetail,
    IncidentRow,
    LogEntry,
    QuarantineRow,
    ReportRow,
    SignalView,
)
from cloud.clocks.deadline_rows import all_of, running_of
from cloud.flow.reading import link_views, neighbours, offered, part_views
from cloud.plan import Plan
from cloud.records import children_of
from cloud.store.models import Endpoint, FieldReport, Gateway, Incident, IncidentLog, Quarantine, Timer
from domain.deadlines import Deadline, Urge, next_due, shown_as
from domain.incidents import OVER, Kind, Stage

QUARANTINE_SHOWN = 100
REPORTS_SHOWN = 200
RECENT = 20  # closed incidents that stay on the board
BOARD_MAX = 1000  # a screen shows twenty; in a storm the rest waits in its order

Sees = Callable[[str, str], bool]  # (grid, site)


def everything(_grid: str, _site: str) -> bool:
    """Sees all there is."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What the clock is about to do, by incident."""

    steps: dict[str, tuple[str, int]]  # the next one, and when
    running: dict[str, list[Deadline]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rows of the board, and what was divided off."""

    rows: tuple[IncidentRow, ...]
    more: int
    choice: Choice


class Queries:
    """Fills the views from one consistent read of the store."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def open_rows(self, session: Session, now_ms: int, sees: Sees = everything) -> tuple[tuple[IncidentRow, ...], int]:
        """What is not closed: life safety first, then by deadline; and how many more there are beyond BOARD_MAX."""
        return (chosen := self.chosen(session, now_ms, sees, ALL)).rows, chosen.more

    def chosen(self, session: Session, now_ms: int, sees: Sees, wish: Filter) -> Chosen:
        """The same, as far as somebody wants to see it; the most urgent BOARD_MAX of that."""
        seen, chain = cache(sees), cache(self._chain)
        lights = [Light(**row._asdict()) for row in session.execute(by_urgency()) if seen(row.grid, row.site)]
        choice = choose(lights, wish, chain, now_ms)
        incidents = _by_id(session, choice.kept[:BOARD_MAX]).values()
        rows = tuple(sorted(self._rows(session, list(incidents), now_ms), key=urgency))
        return Chosen(rows=rows, more=max(0, len(choice.kept) - BOARD_MAX), choice=choice)

    def _chain(self, grid: str, site: str) -> frozenset[str]:
        return frozenset(area.id for area in self._plan.areas.locate(grid, site))

    def closed_rows(self, session: Session, now_ms: int) -> tuple[IncidentRow, ...]:
        """The last closed ones, newest first."""
        query = select(Incident).where(Incident.stage.in_(OVER)).order_by(Incident.closed_at_ms.desc())
        return tuple(self._rows(session, list(session.scalars(query.limit(RECENT))), now_ms))

    def detail(self, session: Session, incident: Incident, now_ms: int) -> IncidentDetail:
        """Everything about one incident."""
        people = self._plan.candidates(incident.grid, incident.site, now_ms)
        return IncidentDetail(
            row=self._rows(session, [incident], now_ms)[0],
            breach_at_ms=incident.breach_at_ms,
            signals=tuple(_signal(signal) for signal in incident.signals),
            log=self._log(session, incident.id),
            moves=tuple(str(move) for move in offered(session, self._plan, incident)),
            people=tuple((person.id, person.name, person.role) for person in people),
            escalation=self._escalation(session, incident),
            deadlines=all_of(session, incident, now_ms),
            children=tuple(self._rows(session, children_of(session, incident), now_ms)),
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

    def _rows(self, session: Session, incidents: list[Incident], now_ms: int) -> list[IncidentRow]:
        parents = _by_id(session, {incident.parent_id for incident in incidents if incident.parent_id})
        roots = {incident.parent_id or incident.id for incident in incidents}
        clocks = Clocks(steps=_next_steps(session, roots), running=running_of(session, roots))
        return [self._row(incident, parents.get(incident.parent_id or ""), clocks, now_ms) for incident in incidents]

    def _row(self, incident: Incident, parent: Incident | None, clocks: Clocks, now_ms: int) -> IncidentRow:
        root = parent or incident  # deadlines and calls of a child are those of its parent
        closed = incident.stage in OVER
        due = None if closed else next_due(clocks.running.get(root.id, ()))
        step, step_ms = (None, None) if closed else clocks.steps.get(root.id, (None, None))
        return IncidentRow(
            id=incident.id,
            parent_id=incident.parent_id,
            kind=incident.kind,
            severity=incident.severity,
            life_safety=Kind(incident.kind).life_safety,
            condition=incident.condition,
            stage=incident.stage,
            site=incident.site,
            device=incident.device,
            grid=incident.grid,
            grid_name=_grid_name(incident) or self._plan.areas.name_of(incident.grid),
            place=incident.place,
            tiers=tuple(incident.tiers),
            raised_at_ms=incident.raised_at_ms,
            cleared_at_ms=incident.cleared_at_ms,
            deadline_ms=due.due_ms if due else None,
            deadline_stage=str(shown_as(Stage(incident.stage), due)) if due else None,
            overdue=due.overdue(now_ms) if due else False,
            urge=due.urge(now_ms) if due else Urge.NONE,
            holder=incident.holder,
            holder_name=self._plan.name_of(incident.holder) if incident.holder else None,
            next_step=step,
            next_step_ms=step_ms,
            signals=tuple(signal["rule"] for signal in incident.signals),
            version=incident.version,
            paused_at_ms=incident.paused_at_ms,
        )

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


def _grid_name(incident: Incident) -> str | None:
    """The name of its grid when it happened."""
    return next((area["name"] for area in incident.grid_chain if area["code"] == incident.grid), None)


def _by_id(session: Session, ids: Iterable[str]) -> dict[str, Incident]:
    found = session.scalars(select(Incident).where(Incident.id.in_(list(ids))))
    return {incident.id: incident for incident in found}


def _next_steps(session: Session, ids: Iterable[str]) -> dict[str, tuple[str, int]]:
    waiting = (Timer.state == "waiting", Timer.incident_id.in_(list(ids)))
    query = select(Timer.incident_id, Timer.step, Timer.due_ms).where(*waiting).order_by(Timer.due_ms, Timer.id)
    steps: dict[str, tuple[str, int]] = {}
    for incident_id, step, due_ms in session.execute(query):
        steps.setdefault(incident_id, (step, due_ms))
    return steps


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
