"""Owes people notices: rows of the caller's transaction, spread to other channels and delivered after its commit."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.notices.ways import CONSOLE
from cloud.records import Act
from cloud.store.foresight import is_born, told_since_birth
from cloud.store.models import Incident, Notice

STEP_MAX = 48  # a column of the store


def owe(session: Session, incident: Incident, people: Iterable[str], tier: str, step: str, act: Act) -> list[str]:
    """Owe each person one notice per step and round, however often this runs; who was not told yet."""
    people = list(people)
    told = _told(session, incident, people, step)
    new = [person for person in dict.fromkeys(people) if person not in told]
    for person in new:
        session.add(
            Notice(
                incident_id=incident.id,
                person=person,
                tier=tier,
                step=step,
                round=incident.round,
                channel=CONSOLE,
                state="owed",
                made_at_ms=act.at_ms,
                delivered_at_ms=None,
                attempts=0,
            )
        )
    return new


def _told(session: Session, incident: Incident, people: list[str], step: str) -> set[str]:
    if is_born(session, incident.id):
        return told_since_birth(session, step, people)
    session.flush()
    same = (Notice.incident_id == incident.id, Notice.step == step, Notice.round == incident.round)
    return set(session.scalars(select(Notice.person).where(*same)))
