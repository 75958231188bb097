"""In which order the board lists what is open."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from cloud.board.views import IncidentRow
from cloud.store.models import Incident
from cloud.store.models_clocks import DeadlineRow
from domain.incidents import OVER, Kind, Severity, Stage, is_grave

FAR_MS = 1 << 62
LIFE = Incident.kind.in_([kind for kind in Kind if kind.life_safety])
GRAVE = or_(LIFE, Incident.severity == Severity.CRITICAL)  # is_grave as a column


def by_urgency() -> Any:
    """Lights of what is open, in the order that decides who is listed at all: a member is as urgent as its parent."""
    live = (DeadlineRow.ended_ms.is_(None), DeadlineRow.paused_at_ms.is_(None))
    due = select(DeadlineRow.incident_id, func.min(DeadlineRow.due_ms).label("due_ms")).where(*live)
    first = due.group_by(DeadlineRow.incident_id).subquery()
    root = func.coalesce(Incident.parent_id, Incident.id)
    one = (
        Incident.id,
        Incident.parent_id,
        Incident.kind,
        Incident.severity,
        Incident.grid,
        Incident.site,
        Incident.stage,
    )
    query = select(*one, Incident.tiers, Incident.holder, first.c.due_ms).outerjoin(first, first.c.incident_id == root)
    order = (LIFE.desc(), GRAVE.desc(), func.coalesce(first.c.due_ms, FAR_MS), Incident.id)
    return query.where(Incident.stage.not_in(OVER)).order_by(*order)


def urgency(row: IncidentRow) -> tuple[bool, int, bool, bool, int, str]:
    """Lives first: the worst, then those nobody has. Then what is critical; then what is due first."""
    rank = -Severity(row.severity).rank if row.life_safety else 0
    taken = row.life_safety and row.stage != Stage.REPORTED
    return (not row.life_safety, rank, taken, not is_grave(row.kind, row.severity), row.deadline_ms or FAR_MS, row.id)
