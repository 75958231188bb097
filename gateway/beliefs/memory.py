"""Endpoints as the rules believe them, in memory and in the database: always both or neither."""

from __future__ import annotations

import sqlite3

import msgspec
import structlog

from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.rules.program import NOTHING, Program
from gateway.site_file.site import Site
from gateway.telemetry.recent import Recent

log = structlog.get_logger()
# in place: a row that is replaced moves, and its index with it; flash wears by the page
_KEEP = """
INSERT INTO endpoints (device, slot, state) VALUES (?, 0, ?)
ON CONFLICT (device) DO UPDATE SET state = excluded.state
"""


class Memory:
    """Reads an endpoint when it is first needed, writes it with the transaction that changed it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._endpoints: dict[str, Endpoint] = {}
        self.recent = Recent()
        self._judged_by: dict[str, tuple[FireLimits, Program]] = {}
        self._changed: set[str] = set()
        self._left = True  # endpoints may have left the site file: since the last start, or with a reload

    def look(self, db: sqlite3.Connection, device: str) -> Endpoint:
        """The endpoint, to read."""
        if device not in self._endpoints:
            row = db.execute("SELECT state FROM endpoints WHERE device = ?", (device,)).fetchone()
            self._endpoints[device] = self._restored(device, None if row is None else row[0])
        return self._endpoints[device]

    def _judges(self, device: str) -> tuple[FireLimits, Program]:
        return self._site.fire, self._site.programs.get(device, NOTHING)

    def _restored(self, device: str, state: bytes | None) -> Endpoint:
        limits, program = self._judged_by[device] = self._judges(device)
        if state is None:
            return Endpoint(limits, program)
        try:
            return Endpoint.from_state(limits, msgspec.json.decode(state), program)
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # rotten bytes; it is judged
            log.warning("endpoint_begins_anew", device=device, why=str(error))
            return Endpoint(limits, program)

    def change(self, db: sqlite3.Connection, device: str) -> Endpoint:
        """The endpoint, to change in this transaction."""
        self._changed.add(device)
        return self.look(db, device)

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what changed, and forget who is not of the site any more: what comes back begins anew."""
        if self._left:
            known = [device for (device,) in db.execute("SELECT device FROM endpoints")]
            gone = [(device,) for device in known if device not in self._site.endpoints]
            db.executemany("DELETE FROM endpoints WHERE device = ?", gone)
            self._left = False
        for device in self._changed:
            state = msgspec.json.encode(self._endpoints[device].to_state())
            db.execute(_KEEP, (device, state))
        self._changed.clear()

    def use(self, site: Site) -> None:
        """Judge by another site file from now on. Nothing of this transaction is lost; what was active stays so."""
        self._site = site
        self._left = True
        for device in self._endpoints.keys() - site.endpoints.keys():
            del self._endpoints[device]
            self._changed.discard(device)
        for device, endpoint in self._endpoints.items():
            if self._judged_by[device] != self._judges(device):
                state = msgspec.json.encode(endpoint.to_state())
                self._endpoints[device] = self._restored(device, state)

    def forget(self) -> None:
        """Read again when needed."""
        self.recent.forget()
        self._endpoints.clear()
        self._judged_by.clear()
        self._changed.clear()
        self._left = True
