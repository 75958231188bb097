"""What the other line reads back of a matter it handed over."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.sources.views import HandoverView
from cloud.store.models import Incident, IncidentLog
from cloud.store.models_sources import SourceReport
from domain.incidents import Move, Stage

# for systems that show it to citizens; the console has the same words
STAGES_ZH = {
    Stage.REPORTED: "已上报",
    Stage.ACCEPTED: "已受理",
    Stage.DISPATCHED: "已派遣",
    Stage.HANDLING: "处置中",
    Stage.FED_BACK: "已反馈",
    Stage.VERIFIED: "已核查",
    Stage.CLOSED: "已结案",
    Stage.EVALUATED: "已评价",
    Stage.VOID: "已作废",
}
TOLD = (Move.ACCEPT, Move.FEED_BACK, Move.CLOSE, Move.VOID)


def by_number(session: Session, line: str, number: str) -> SourceReport | None:
    """The report with a number of theirs."""
    same = (SourceReport.line == line, SourceReport.number == number)
    return session.scalars(select(SourceReport).where(*same)).first()


def status(session: Session, report: SourceReport, *, created: bool) -> HandoverView:
    """Where it is now; what was merged shares the fate of what it was merged into."""
    own = session.get_one(Incident, report.incident_id)
    root = session.get_one(Incident, own.parent_id) if own.parent_id else own
    query = select(IncidentLog).where(IncidentLog.incident_id == root.id, IncidentLog.what.in_(TOLD))
    last = {entry.what: entry for entry in session.scalars(query.order_by(IncidentLog.id))}  # the latest of each
    stage = Stage(root.stage)
    done = last.get(Move.VOID if stage is Stage.VOID else Move.FEED_BACK)
    fed_back, accepted = last.get(Move.FEED_BACK), last.get(Move.ACCEPT)
    return HandoverView(
        line=report.line or "", number=report.number or "", incident_id=own.id, handled_as=root.id, created=created,
        stage=stage, stage_zh=STAGES_ZH[stage], received_ms=report.taken_ms,
        accepted_ms=accepted.at_ms if accepted and stage is not Stage.REPORTED else None,
        fed_back_ms=fed_back.at_ms if fed_back and stage in _DONE else None,
        closed_ms=root.closed_at_ms, result=done.reason if done and stage in _DONE else "",
        grid=own.grid, site=own.site,
    )  # fmt: skip


_DONE = (Stage.FED_BACK, Stage.VERIFIED, Stage.CLOSED, Stage.EVALUATED, Stage.VOID)  # before, a result is not one
