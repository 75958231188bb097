"""What stands against ending an incident, or putting it aside: members, and departments that say nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cloud.flow.command import ChildrenOpen, PartsOpen
from cloud.records import children_of, keep_open, open_parts
from cloud.store.models import Incident
from domain.incidents import NEVER_IN_DANGER, OVER, Condition, InDanger, Move, StillActive, is_grave


def refuse_hiding(session: Session, incident: Incident, move: Move) -> None:
    """No move hides a member: a dangerous one is not put aside, none is closed or void while it is worked on.

    Raises StillActive, InDanger, ChildrenOpen, PartsOpen.
    """
    if move in NEVER_IN_DANGER and any(_dangerous(child) for child in children_of(session, incident)):
        raise InDanger(move)
    if move not in (Move.CLOSE, Move.VOID):
        return
    active, unfinished = keep_open(session, incident)
    if move is Move.CLOSE and active:
        raise StillActive(tuple(active))
    if unfinished:
        raise ChildrenOpen(f"cannot {move}: {', '.join(unfinished)} under it is still open; close that first")
    if move is Move.CLOSE and (departments := open_parts(session, incident)):
        raise PartsOpen(departments)


def _dangerous(member: Incident) -> bool:
    active = member.stage not in OVER and member.condition == Condition.ACTIVE
    return active and is_grave(member.kind, member.severity)
