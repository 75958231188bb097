"""Families that a gateway tells: an incident inside its common cause, by the gateway's word, until it says otherwise.

Nobody is called for a member; who has the parent has all of it. Life safety always stands for itself. A fire with its
rooms is another family: the centre makes that one itself (cloud/arrivals/conditions.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.flow.merging import merge_of
from cloud.flow.reopening import reopen
from cloud.records import Act, burns, children_of, write_log
from cloud.routing.placing import Placing
from cloud.store.foresight import is_awaited
from cloud.store.models import Incident
from cloud.store.models_flow import Merge
from domain.incidents import JOINABLE, WORKED, Kind, Stage
from domain.incidents.log_words import CLOCK


def named(data: dict[str, Any]) -> str | None:
    """The parent that a message names, where one may be named."""
    parent = data.get("parent")
    return None if parent is None or Kind(data["kind"]).life_safety else str(parent)


def inside(incident: Incident, told: str | None) -> bool:
    """True for a member whose parent the gateway named; people may have merged it into another one before."""
    return incident.parent_id is not None and told is not None


class Families:
    """Runs inside the caller's transaction."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing

    def parent(self, session: Session, data: dict[str, Any]) -> Incident | None:
        """The open incident that takes this one in; None where it stands for itself, perhaps only until that comes."""
        parent = session.get(Incident, named(data)) if named(data) else None
        if parent is not None and parent.parent_id is not None:
            parent = session.get(Incident, parent.parent_id)  # one level: members of members are nobody's help
        takes = parent is not None and parent.stage in JOINABLE and parent.id != data["incident_id"]
        return parent if takes else None

    def adopt(self, session: Session, parent: Incident, act: Act) -> set[str]:
        """Take in what named this parent before it was known, unless somebody works on it already."""
        if not is_awaited(session, parent.id):
            return set()
        orphans = select(Incident).where(Incident.told_parent == parent.id, Incident.parent_id.is_(None))
        adopted = [orphan for orphan in session.scalars(orphans) if orphan.stage == Stage.REPORTED]
        return {member.id for orphan in adopted for member in self._join(session, parent, orphan, act)}

    def follow(self, session: Session, incident: Incident, data: dict[str, Any], before: str | None, act: Act) -> None:
        """What it means that a revision names another parent than the one before, or none any more."""
        if incident.told_parent == before:
            return
        if before is not None and inside(incident, before) and merge_of(session, incident.id) is None:
            self._leave(session, incident, act)
        parent = self.parent(session, data) if incident.parent_id is None else None
        if parent is not None and incident.stage == Stage.REPORTED:
            self._join(session, parent, incident, act)

    def _join(self, session: Session, parent: Incident, member: Incident, act: Act) -> list[Incident]:
        """Put it under the parent, with what was merged into it; all that did."""
        self._placing.clocks.stop(session, member, act.at_ms)
        before, joined = member.stage, [member, *children_of(session, member)]
        for each in joined:
            each.parent_id = parent.id
            if each.stage != before:
                continue  # somebody went on with it alone
            each.tiers, each.stage, each.holder = parent.tiers, parent.stage, parent.holder
            each.accept_due_ms, each.handling_at_ms = parent.accept_due_ms, parent.handling_at_ms
        write_log(session, member, "grouped", act, detail={"parent": parent.id, "place": parent.place})
        return joined

    def _leave(self, session: Session, member: Incident, act: Act) -> None:
        """The common cause is gone and this one is still there: from now on it is a matter of its own."""
        left = member.parent_id
        for each in _merged_into(session, member, left):
            each.parent_id = member.id
        if burns(session, member) and member.stage not in (Stage.REPORTED, *WORKED):
            reopen(session, self._placing, member, replace(act, reason="active again"))  # people thought it was over
            return
        member.parent_id = None
        member.round += 1
        write_log(session, member, "released", replace(act, reason=""), detail={"left": left})
        if not burns(session, member):
            return
        if member.stage == Stage.REPORTED:
            self._placing.start(session, member, act.at_ms)
        elif member.stage in WORKED:
            self._placing.clocks.begin(session, member, act.at_ms)
            self._placing.tell_holder(session, member, replace(act, actor=CLOCK, reason=""), "released")


def _merged_into(session: Session, member: Incident, root: str | None) -> list[Incident]:
    """What had gone along under the root because it was merged into this member."""
    merged = select(Merge.child_id).where(Merge.parent_id == member.id, Merge.undone_at_ms.is_(None))
    found = select(Incident).where(Incident.id.in_(merged), Incident.parent_id == root)
    return list(session.scalars(found.order_by(Incident.id)))
