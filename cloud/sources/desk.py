"""Use cases on what people tell, each in one transaction. Safe to call from several threads."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.records import Act, write_log
from cloud.sources import handovers
from cloud.sources.callers import opened
from cloud.sources.create import Creator, Taken
from cloud.sources.finding import near_by
from cloud.sources.report import Report, ReportError
from cloud.sources.tracks import Tracks
from cloud.sources.views import (
    CallerView,
    HandoverView,
    MattersView,
    MatterView,
    NearView,
    PatrolView,
    ReportView,
)
from cloud.store.engine import Store
from cloud.store.models import Incident
from cloud.store.models_sources import SourceReport
from cloud.trust.seals import Seals
from domain.sources import Source
from runtime.clock import Clock

Sees = Callable[[str, str], bool]
NEAR_SHOWN = 20


def _all(_area: str, _site: str) -> bool:
    return True


class KeyReused(ReportError):
    """The same Idempotency-Key with another content."""


class UnknownReport(ReportError):
    """Nothing of that number, or no such patrol."""


class Sources:
    """What operators, other lines and readers of reports may do."""

    def __init__(
        self, store: Store, plan: Plan, creator: Creator, tracks: Tracks, clock: Clock,
        tell: Callable[[frozenset[str]], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._plan = plan
        self._creator = creator
        self._tracks = tracks
        self._clock = clock
        self._tell = tell
        self.seals: Seals | None = None  # put here by whoever opens the keys; without them callers are refused

    def choices(self) -> MattersView:
        """What may be reported, how urgent, by which lines."""
        now = self._plan.matters
        return MattersView(
            matters=tuple(MatterView(code=one.code, zh=one.zh, en=one.en, kind=one.kind) for one in now.matters),
            urgencies=tuple(now.urgency),
            lines=tuple((line.code, line.zh, line.en) for line in now.lines),
        )

    def where(self, report: Report) -> tuple[str, str]:
        """(grid, site) of a report, so that rights can be judged before anything is done. Raises ReportError."""
        where = self._creator.where(report)
        return where.grid, where.site

    def where_known(self, report: Report) -> tuple[str, str] | None:
        """(grid, site) of the incident that a report is already; None for a new one. Raises KeyReused."""
        with self._store.read() as session:
            known = self._known(session, report)
            incident = session.get_one(Incident, known.incident_id) if known else None
            return (incident.grid, incident.site) if incident else None

    def report(self, report: Report) -> str:
        """An operator writes down what somebody told; the id of its incident. The same key twice is one.

        Raises MatterError, ReportError, KeyReused.
        """
        return self._once(report)[0].incident_id

    def hand_over(self, report: Report) -> HandoverView:
        """Another line hands over; its own number twice is one. Raises MatterError, ReportError, KeyReused."""
        if report.source is not Source.HANDOVER or not report.number or not self._plan.matters.line(report.line or ""):
            known = ", ".join(line.code for line in self._plan.matters.lines)
            raise ReportError(f"line and number: a hand-over names its line ({known}) and the number it has there")
        row, created = self._once(report)
        with self._store.read() as session:
            return handovers.status(session, row, created=created)

    def _once(self, report: Report) -> tuple[SourceReport, bool]:
        try:
            return self._take(report)
        except IntegrityError:  # somebody with the same number or key was a moment faster, in another process
            return self._take(report)

    def _take(self, report: Report) -> tuple[SourceReport, bool]:
        now_ms = self._clock.now_ms()
        with self._store.write() as session:
            known = self._known(session, report)
            if known is not None:
                self._told_again(session, known, report, now_ms)
                return known, False
            act = Act(actor=report.reporter, at_ms=now_ms)
            taken: Taken = self._creator.take(session, report, act, self.seals)
        self._tell(taken.touched)
        return taken.report, True

    def _known(self, session: Session, report: Report) -> SourceReport | None:
        """The same key, or the same number of the same line."""
        if report.key is not None:
            same = (SourceReport.source == report.source, SourceReport.key == report.key)
            found = session.scalars(select(SourceReport).where(*same)).first()
            if found is not None and found.asked != report.digest:
                raise KeyReused(f"Idempotency-Key {report.key} was used for another report; use a new one for this")
            if found is not None:
                return found
        return handovers.by_number(session, report.line, report.number) if report.line and report.number else None

    def _told_again(self, session: Session, known: SourceReport, report: Report, now_ms: int) -> None:
        """Their number twice is one matter; what is said anew goes on record once."""
        if known.asked == report.digest:
            return
        known.asked = report.digest
        incident = session.get_one(Incident, known.incident_id)
        detail = {"line": known.line, "number": known.number, "place": report.place}
        write_log(
            session, incident, "told_again", Act(actor=report.reporter, at_ms=now_ms, reason=report.text), detail=detail
        )

    def handover(self, line: str, number: str) -> HandoverView:
        """Where a matter handed over is now. Raises UnknownReport."""
        with self._store.read() as session:
            row = handovers.by_number(session, line, number)
            if row is None:
                raise UnknownReport(f"{line} has handed over no number {number}; look at the number again")
            return handovers.status(session, row, created=False)

    def reports(self, incident_id: str) -> tuple[ReportView, ...]:
        """Who told of an incident and of those merged into it, the first one first. Raises UnknownReport."""
        with self._store.read() as session:
            rows = _of(session, incident_id)
        return tuple(self._view(row, first=row.first and row is rows[0]) for row in rows)

    def callers(self, incident_id: str) -> tuple[CallerView, ...]:
        """Who called. Personal: whoever asks needs the right, and is written down. Raises UnknownReport."""
        with self._store.read() as session:
            rows = [row for row in _of(session, incident_id) if row.caller]
        seals = self.seals
        return tuple(opened(row, seals) for row in rows) if seals else ()

    def near(self, incident_id: str) -> tuple[NearView, ...]:
        """Open incidents that may belong to this one; a person links or merges them. Raises UnknownReport."""
        with self._store.read() as session:
            found = near_by(session, self._plan.matters.related, _incident(session, incident_id))
        return tuple(
            NearView(
                incident_id=other.id, kind=other.kind, matter=other.matter, severity=other.severity, stage=other.stage,
                place=other.place, grid_name=self._plan.areas.name_of(other.grid), metres=metres,
                raised_at_ms=other.raised_at_ms, grid=other.grid, site=other.site,
            )
            for other, metres in found[:NEAR_SHOWN]
        )  # fmt: skip

    def patrols(self, from_ms: int, to_ms: int, person: str | None = None, sees: Sees = _all) -> tuple[PatrolView, ...]:
        """Patrols that were under way between two times, newest first; of the places (area, site) one sees."""
        with self._store.read() as session:
            return tuple(self._tracks.listed(session, from_ms, to_ms, person, sees))

    def patrol(self, patrol_id: int) -> PatrolView:
        """One with its track. Raises UnknownReport."""
        with self._store.read() as session:
            found = self._tracks.one(session, patrol_id)
        if found is None:
            raise UnknownReport(f"no patrol {patrol_id}; it may be older than tracks are kept")
        return found

    def _view(self, row: SourceReport, *, first: bool) -> ReportView:
        matter = self._plan.matters.of(row.matter)
        return ReportView(
            id=row.id, incident_id=row.incident_id, source=row.source, line=row.line, number=row.number,
            reporter=row.reporter, reporter_name=self._plan.roster.name_of(row.reporter), matter=row.matter,
            matter_zh=matter.zh if matter else row.matter, matter_en=matter.en if matter else row.matter,
            urgency=row.urgency, place=row.place, text=row.text, photo=row.photo, lat_udeg=row.lat_udeg,
            lon_udeg=row.lon_udeg, first=first, has_caller=row.caller is not None, at_ms=row.at_ms,
            taken_ms=row.taken_ms,
        )  # fmt: skip


def _incident(session: Session, incident_id: str) -> Incident:
    found = session.get(Incident, incident_id)
    if found is None:
        raise UnknownReport(f"no incident {incident_id}; it may belong to another centre")
    return found


def _of(session: Session, incident_id: str) -> list[SourceReport]:
    _incident(session, incident_id)
    query = (
        select(SourceReport)
        .join(Incident, Incident.id == SourceReport.incident_id)
        .where(or_(Incident.id == incident_id, Incident.parent_id == incident_id))
    )
    return list(session.scalars(query.order_by(SourceReport.taken_ms, SourceReport.id)))
