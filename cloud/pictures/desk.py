"""Use cases of pictures that gateways send. `cloud/pictures/gallery.py` lists them. Safe to call from threads."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cloud.pictures.errors import UnknownPicture
from cloud.pictures.jpeg import checked
from cloud.store.engine import Store
from cloud.store.foresight import is_awaited
from cloud.store.models import Incident
from cloud.store.models_pictures import Picture
from protocol import events
from protocol.errors import PayloadError

PER_INCIDENT = 8  # default of ours: the first, and the newest; gateways send four
WAITING_KEPT = 100  # whose incident has not come yet: 19 MB
WHY_MAX = 64


class Pictures:
    """`take` and `catch_up` join the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, session: Session, event: events.Event, at_ms: int) -> set[str]:
        """Keep a picture, once; the incident that it shows, where that is known. Raises PayloadError."""
        data = event.data
        told, fact = data["incident_id"], data["picture"]
        same = select(Picture.id).where(Picture.told_incident == told, Picture.fact == fact)
        if session.scalars(same.limit(1)).first() is not None:
            return set()
        incident = session.get(Incident, told)
        if incident is not None and (incident.site, incident.device) != (data["site"], data["device"]):
            raise PayloadError("wrong_device", "a picture must be of the endpoint that its incident is of")
        jpeg = checked(data["jpeg"], data["sha256"])
        row = Picture(
            incident_id=None if incident is None else incident.id,
            told_incident=told,
            site=data["site"],
            device=data["device"],
            fact=fact,
            taken_ms=data["taken_ms"],
            received_ms=at_ms,
            why=str(data.get("why") or "")[:WHY_MAX],
            width=jpeg.width,
            height=jpeg.height,
            size=len(jpeg.data),
            sha256=jpeg.sha256,
            jpeg=jpeg.data,
        )
        session.add(row)
        session.flush()
        _make_room(session, row)
        return set() if incident is None else {incident.id}

    def catch_up(self, session: Session, incident_id: str) -> None:
        """An incident is known now: what was overtaken by its pictures shows it."""
        incident = session.get(Incident, incident_id) if is_awaited(session, incident_id) else None
        if incident is None:
            return
        session.flush()
        waiting = update(Picture).where(Picture.told_incident == incident_id, Picture.incident_id.is_(None))
        ours = waiting.where(Picture.site == incident.site, Picture.device == incident.device)
        session.execute(ours.values(incident_id=incident_id))

    def jpeg(self, incident_id: str, picture_id: int) -> bytes:
        """One picture. Raises UnknownPicture, also for one of another incident."""
        query = select(Picture.jpeg).where(Picture.id == picture_id, Picture.incident_id == incident_id)
        with self._store.read() as session:
            found = session.scalars(query).first()
        if found is None:
            raise UnknownPicture(picture_id)
        return found


def _make_room(session: Session, row: Picture) -> None:
    """The first of an incident and the newest stay; of those that wait the newest."""
    if row.incident_id is None:
        kept = select(Picture.id).where(Picture.incident_id.is_(None)).order_by(Picture.id.desc()).limit(WAITING_KEPT)
        oldest = min(session.scalars(kept))
        session.execute(delete(Picture).where(Picture.incident_id.is_(None), Picture.id < oldest))
        return
    ours = select(Picture.id).where(Picture.incident_id == row.incident_id).order_by(Picture.taken_ms, Picture.id)
    over = list(session.scalars(ours))[1 : 1 - PER_INCIDENT]
    if over:
        session.execute(delete(Picture).where(Picture.id.in_(over)))
