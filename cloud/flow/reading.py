"""What people are shown of the flow of one incident: what they may do, which departments, what it is linked to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.flow.closing import refuse_hiding
from cloud.flow.joint import parts_of
from cloud.flow.links import linked_to
from cloud.flow.merging import merge_of
from cloud.flow.moves import OF_THE_WHOLE
from cloud.flow.standing import standing
from cloud.flow.transfer import tier_above
from cloud.flow.views import LinkView, PartView
from cloud.plan import Plan
from cloud.records import DeskError, open_parts
from cloud.store.models import Incident
from domain.incidents import NEVER_IN_DANGER, OVER, IncidentError, Move, Stage, moves_at

NEIGHBOURS = 50  # open incidents nearby that a form offers


def offered(session: Session, plan: Plan, incident: Incident) -> tuple[Move, ...]:
    """What would be taken now, the sensible move first."""
    out: set[Move] = set(OF_THE_WHOLE) | {Move.MERGE} if incident.parent_id else set()
    out |= {move for move in (Move.CLOSE, *NEVER_IN_DANGER) if _hides(session, incident, move)}
    if not open_parts(session, incident, family=False):
        out |= {Move.REPLY, Move.DECLINE, Move.RELEASE}
    if tier_above(plan, incident) is None:
        out |= {Move.TRANSFER_UP}
    if not plan.departments.all:
        out |= {Move.ASK}
    if merge_of(session, incident.id) is None:
        out |= {Move.SPLIT}
    if not linked_to(session, incident.id):
        out |= {Move.UNLINK}
    return tuple(move for move in moves_at(Stage(incident.stage), standing(incident)) if move not in out)


def _hides(session: Session, incident: Incident, move: Move) -> bool:
    try:
        refuse_hiding(session, incident, move)
    except (DeskError, IncidentError):
        return True
    return False


def part_views(session: Session, plan: Plan, incident: Incident) -> tuple[PartView, ...]:
    """Its departments, who leads first."""
    return tuple(
        PartView(
            department=part.department, name=plan.departments.name_of(part.department), leads=part.leads,
            state=part.state, asked_for=part.asked_for, asked_at_ms=part.asked_at_ms, said=part.said,
            said_at_ms=part.said_at_ms,
        )
        for part in parts_of(session, incident.id)
    )  # fmt: skip


def link_views(session: Session, incident: Incident) -> tuple[LinkView, ...]:
    """What it is linked to."""
    ids = linked_to(session, incident.id)
    found = {other.id: other for other in session.scalars(select(Incident).where(Incident.id.in_(ids)))}
    return tuple(_link(found[other_id]) for other_id in ids)


def neighbours(session: Session, incident: Incident) -> tuple[LinkView, ...]:
    """Open incidents nearby that it may be merged into or linked to: its own grid first, the newest first."""
    same_site = (Incident.site == incident.site, Incident.id != incident.id, Incident.parent_id.is_(None))
    query = select(Incident).where(*same_site, Incident.stage.not_in(OVER))
    near = query.order_by((Incident.grid == incident.grid).desc(), Incident.reported_at_ms.desc(), Incident.id)
    return tuple(_link(other) for other in session.scalars(near.limit(NEIGHBOURS)))


def _link(other: Incident) -> LinkView:
    return LinkView(id=other.id, place=other.place, kind=other.kind, severity=other.severity, stage=other.stage)
