"""Looks up once for a whole batch what would else be asked about each message; most answers are "nothing"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.arrivals.reports import WAITING
from cloud.intake.checks import Envelope
from cloud.store.foresight import Foresight, look_ahead, seen
from cloud.store.models import FieldReport, Incident, Intake
from cloud.store.models_pictures import Picture


def look(session: Session, batch: Sequence[Envelope]) -> None:
    """Keep with the transaction what it will want to know about these messages."""
    incidents = [message for message in batch if message.kind == "incident"]
    if len(incidents) < 2:  # one message asks for itself
        return
    told = [_told(message.payload) for message in incidents]
    ids = {incident_id for _, incident_id, _ in told if incident_id}
    orphans = select(Incident.told_parent).where(Incident.told_parent.in_(ids))
    reports = select(FieldReport.incident_id).where(FieldReport.incident_id.in_(ids), FieldReport.state == WAITING)
    messages = select(Intake.message_id).where(Intake.message_id.in_([message_id for message_id, _, _ in told]))
    pictures = select(Picture.told_incident).where(Picture.told_incident.in_(ids), Picture.incident_id.is_(None))
    named = {parent for _, _, parent in told if parent}
    # what a worker of the same batch reports may come before its incident: then each asks for itself
    waiting = ids if len(incidents) < len(batch) else _texts(session, reports)
    found = Foresight(
        messages=_texts(session, messages),
        incidents=_texts(session, select(Incident.id).where(Incident.id.in_(ids))),
        awaited=named | waiting | _texts(session, orphans) | _texts(session, pictures),
    )
    look_ahead(session, found)


def is_known(session: Session, message_id: str) -> bool:
    """True for a message that was taken in before; it is from now on."""
    known = seen(session, message_id)
    return session.get(Intake, message_id) is not None if known is None else known


def _texts(session: Session, query: Any) -> set[str]:
    return {str(text) for text in session.scalars(query)}


def _told(payload: bytes) -> tuple[str, str, str]:
    """(message, incident, parent) as far as they can be read; what cannot is refused later, with its reason."""
    try:
        event = json.loads(payload)
        data = event["data"]
        return str(event["id"]), str(data["incident_id"]), str(data.get("parent") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", "", ""
