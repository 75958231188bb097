"""Late acceptances of what somebody only found waiting: it had become due outside his shifts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.review.assessing.counts import Within
from cloud.review.assessing.patrols import Rosters
from cloud.review.assessing.rules import F
from domain.assessment.cases import Outcome
from domain.roster import Roster


def found_waiting(session: Session, held: Rosters, within: Within) -> frozenset[str]:
    """Incident ids. By the roster as it was then; for whom it knows no shifts, and before the first, nothing."""
    late = (within.test, F.accept == Outcome.MISSED, F.accepted_by.is_not(None))
    rows = session.execute(select(F.id, F.accepted_by, F.accept_due_ms).where(*late))
    return frozenset(id_ for id_, who, due_ms in rows if who and due_ms and _out_of_duty(held.at(due_ms), who, due_ms))


def _out_of_duty(roster: Roster | None, who: str, at_ms: int) -> bool:
    person = roster.get(who) if roster else None
    if roster is None or person is None or not (person.duty or roster.rules_of(who)):
        return False
    return not roster.covers(who, at_ms)
