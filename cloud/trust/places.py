"""Where things are, so that rights by area can be judged before anything is read or done."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from cloud.store.engine import Store
from cloud.store.models import Endpoint, Gateway, Incident
from cloud.trust.door import Place


class StoredPlaces:
    """Places by the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def incident(self, incident_id: str) -> Place | None:
        """Where an incident stands; None for one that nobody knows."""
        with self._store.read() as session:
            row = session.execute(select(Incident.grid, Incident.site).where(Incident.id == incident_id)).first()
        return (row[0], row[1]) if row else None

    def incidents(self, ids: Iterable[str]) -> dict[str, Place]:
        """Where several stand."""
        query = select(Incident.id, Incident.grid, Incident.site).where(Incident.id.in_(list(ids)))
        with self._store.read() as session:
            return {row[0]: (row[1], row[2]) for row in session.execute(query)}

    def device(self, device: str) -> Place | None:
        """Where an endpoint hangs; where its newest incident stood, for one that its gateway does not name."""
        told = select(Endpoint.grid, Gateway.site).join(Gateway, Gateway.id == Endpoint.gateway_id)
        with self._store.read() as session:
            row = session.execute(told.where(Endpoint.device == device).order_by(Gateway.id)).first()
            if row is None:
                past = select(Incident.grid, Incident.site).where(Incident.device == device)
                row = session.execute(past.order_by(Incident.raised_at_ms.desc()).limit(1)).first()
        return (row[0], row[1]) if row else None
