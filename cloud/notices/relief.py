"""Whoever goes off duty before a notice reached him is relieved: who has his place now is owed the same."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.notices.owe import owe
from cloud.notices.people import Recipients
from cloud.records import Act
from cloud.store.models import Incident, Notice
from domain.incidents.log_words import CLOCK


def relieve(session: Session, recipients: Recipients, pairs: Iterable[tuple[Notice, Incident]], now_ms: int) -> None:
    """Owe what was withdrawn because of the shift to who is there now; whoever was told already is not told again."""
    act = Act(actor=CLOCK, at_ms=now_ms)
    # always in one order: another channel may find the same at the same moment
    for notice, incident in sorted(pairs, key=lambda pair: (pair[1].id, pair[0].step, pair[0].person)):
        if notice.round != incident.round:
            continue
        since = select(Notice.person).where(Notice.incident_id == incident.id, Notice.made_at_ms > notice.made_at_ms)
        known = set(session.scalars(since))  # by the change of shift, or a later call
        people = sorted(set(recipients.instead(notice.tier, incident, now_ms)) - known)
        try:
            with session.begin_nested():
                owe(session, incident, people, notice.tier, notice.step, act)
        except IntegrityError:
            continue  # another channel owed it just now
