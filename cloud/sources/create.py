"""One way in for everything people tell: an incident of its own, placed, or merged where it is known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.records import Act, write_log
from cloud.routing.placing import Placing
from cloud.sources.callers import sealed
from cloud.sources.finding import twin_of
from cloud.sources.report import Report, ReportError
from cloud.store.models import Incident
from cloud.store.models_sources import SourceReport
from cloud.trust.seals import Seals
from domain.duplicates import Seen
from domain.incidents import Condition, Severity, Stage, is_grave
from domain.incidents.log_words import CLOCK
from domain.matters import Matter
from domain.sources import Source
from runtime.ids import uuid7

METRE_DIGITS = 5  # of a degree: about a metre


class Merging(Protocol):
    """What was told twice becomes one, and can be taken apart again."""

    def join(self, session: Session, into: Incident, twin: Incident, act: Act) -> None:
        """Put `twin`, just created, under `into`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a report."""

    incident: Incident
    report: SourceReport
    merged_into: Incident | None

    @property
    def touched(self) -> frozenset[str]:
        """Ids of the incidents that changed."""
        return frozenset({self.incident.id, *([self.merged_into.id] if self.merged_into else [])})


@dataclass(frozen=True, slots=True)
class Where:
    """The place as the plan knows it."""

    grid: str
    site: str


class Creator:
    """Runs inside the caller's transaction."""

    def __init__(self, plan: Plan, placing: Placing, merging: Merging) -> None:
        self._plan = plan
        self._placing = placing
        self._merging = merging

    def take(self, session: Session, report: Report, act: Act, seals: Seals | None = None) -> Taken:
        """Write it down, place it or merge it. Raises MatterError, ReportError."""
        matters = self._plan.matters  # of one version
        matter = matters.require(report.matter)
        severity = matters.severity(matter, report.urgency)
        where = self.where(report)
        incident = self._incident(report, matter, severity, where, act)
        session.add(incident)
        session.flush()
        seen = Seen(
            kind=matter.kind, matter=matter.code, grid=where.grid, place=report.place, position=report.position,
            at_ms=report.at_ms,
        )  # fmt: skip
        twin = twin_of(session, matters, incident, seen)
        row = _row(report, incident, where, first=twin is None, seals=seals, taken_ms=act.at_ms)
        session.add(row)
        self._log(session, incident, report, act, first=twin is None)
        if twin is None:
            self._placing.start(session, incident, act.at_ms)
        else:
            self._merge(session, twin, incident, act)
        return Taken(incident=incident, report=row, merged_into=twin)

    def _incident(self, report: Report, matter: Matter, severity: Severity, where: Where, act: Act) -> Incident:
        return Incident(
            id=uuid7(act.at_ms), parent_id=None, told_parent=None, kind=matter.kind, severity=severity,
            placed_as=severity, condition=Condition.ACTIVE, stage=Stage.REPORTED, revision=1, site=where.site,
            device=report.device, grid=where.grid, grid_chain=self._plan.chain_of(where.grid, where.site),
            place=report.place or self._somewhere(report, where), tiers=[], signals=[],
            breach_at_ms=report.at_ms, raised_at_ms=report.at_ms, changed_at_ms=act.at_ms, cleared_at_ms=None,
            reported_at_ms=act.at_ms, accept_due_ms=act.at_ms, handling_at_ms=None, closed_at_ms=None, holder=None,
            version=1, round=1, source=report.source, matter=matter.code,
        )  # fmt: skip

    def where(self, report: Report) -> Where:
        """By the code it names, else by the point it was seen at, else by the site it came from. Raises ReportError."""
        areas = self._plan.areas
        area = areas.of_code(report.grid) or areas.get(report.grid)
        if report.grid and area is None:
            raise ReportError(f"grid: nobody knows an area {report.grid}; leave it out, or take a code of the plan")
        if area is None and report.position:
            area = self._plan.grid_at(report.position.lon_udeg / 1e6, report.position.lat_udeg / 1e6)
        if area is None:
            area = areas.site_area(report.site)
        return Where(area.code if area else "", report.site or (self._site(area.id) if area else ""))

    def _site(self, area_id: str) -> str:
        """The site whose gateway serves an area; none where there is no gateway."""
        by_area = {area: site for site, area in self._plan.areas.sites.items()}
        chain = self._plan.areas.chain(area_id)
        return next((by_area[area.id] for area in chain if area.id in by_area), "")

    def _somewhere(self, report: Report, where: Where) -> str:
        """What stands on the board where no place was written down."""
        if report.position:
            at = (report.position.lat_udeg / 1e6, report.position.lon_udeg / 1e6)
            return ", ".join(f"{degrees:.{METRE_DIGITS}f}" for degrees in at)
        return self._plan.areas.name_of(where.grid) or "?"

    def _log(self, session: Session, incident: Incident, report: Report, act: Act, *, first: bool) -> None:
        told = {
            "source": report.source, "matter": incident.matter, "severity": incident.severity,
            "urgency": report.urgency, "line": report.line, "number": report.number, "photo": report.photo,
            "first": first, "event_at_ms": report.at_ms,
        }  # fmt: skip
        detail = {name: value for name, value in told.items() if value is not None}
        write_log(
            session, incident, "reported", Act(actor=act.actor, at_ms=act.at_ms, reason=report.text), detail=detail
        )

    def _merge(self, session: Session, into: Incident, incident: Incident, act: Act) -> None:
        """The same matter again: nobody is called anew, unless it is worse or lives are at stake."""
        self._merging.join(session, into, incident, act)
        self._placing.worsen(session, into, Severity(incident.severity), act.at_ms)
        self._placing.again(session, into, Act(actor=act.actor, at_ms=act.at_ms, reason=incident.place))
        if is_grave(incident.kind, incident.severity):
            self._placing.spread(session, into, incident.id, Act(actor=CLOCK, at_ms=act.at_ms, reason=incident.place))


def _row(
    report: Report, incident: Incident, where: Where, *, first: bool, seals: Seals | None, taken_ms: int
) -> SourceReport:
    report_id = uuid7(taken_ms)
    return SourceReport(
        id=report_id, incident_id=incident.id, source=report.source, line=report.line, number=report.number,
        key=report.key, asked=report.digest, reporter=report.reporter, caller=sealed(report.caller, seals, report_id),
        matter=incident.matter or "", urgency=report.urgency, grid=where.grid, place=report.place, text=report.text,
        photo=report.photo, lat_udeg=report.position.lat_udeg if report.position else None,
        lon_udeg=report.position.lon_udeg if report.position else None,
        first=first and report.source != Source.GATEWAY, taken_ms=taken_ms,
        at_ms=min(report.at_ms, taken_ms),  # by a terminal whose clock is ahead: nobody saw it after he told of it
    )  # fmt: skip
