"""Back to the start (重开): by a person, by a reporter who is not satisfied, or because the cause is there again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cloud.flow.merging import end_merge
from cloud.flow.standing import standing
from cloud.records import Act, children_of, write_log
from cloud.routing.placing import Placing
from cloud.store.models import Incident
from domain.incidents import Condition, Move, Severity, Stage, move_stage
from domain.sources import OF_PEOPLE


def reopen(session: Session, placing: Placing, incident: Incident, act: Act) -> None:
    """A new round of timers; a member leaves its parent, whose people may be gone."""
    before, version = incident.stage, incident.version
    incident.stage = move_stage(Stage(before), Move.REOPEN, standing(incident), act.reason)
    left = incident.parent_id
    incident.parent_id = None
    end_merge(session, incident.id, act)
    incident.version += 1
    incident.round += 1
    incident.holder = incident.handling_at_ms = incident.closed_at_ms = None
    if incident.source in OF_PEOPLE:  # no sensor says that it is there again
        incident.condition, incident.cleared_at_ms = Condition.ACTIVE, None
    members = [incident, *children_of(session, incident)]
    incident.placed_as = max((Severity(member.severity) for member in members), key=lambda s: s.rank)
    detail = {"left": left} if left else {}
    write_log(session, incident, Move.REOPEN, act, stages=(before, incident.stage), version=version, detail=detail)
    placing.start(session, incident, act.at_ms)
