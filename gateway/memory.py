"""Endpoints as the rules believe them, in memory and in the database: always both or neither."""

from __future__ import annotations

import sqlite3

import msgspec

from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.readings import Reading
from domain.rules.program import NOTHING, Program
from gateway.site import Site

RING = 256  # samples kept per endpoint: four minutes at 1 Hz, evidence needs one
MAX_POINTS = 120  # per channel of one piece of evidence
# in place: a row that is replaced moves, and its index with it; flash wears by the page
_KEEP = """
INSERT INTO endpoints (device, slot, state) VALUES (?, ?, ?)
ON CONFLICT (device) DO UPDATE SET slot = excluded.slot, state = excluded.state
"""


class Memory:
    """Reads an endpoint when it is first needed, writes it with the transaction that changed it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._endpoints: dict[str, Endpoint] = {}
        self._slots: dict[str, int] = {}
        self._judged_by: dict[str, tuple[FireLimits, Program]] = {}
        self._changed: set[str] = set()

    def look(self, db: sqlite3.Connection, device: str) -> Endpoint:
        """The endpoint, to read."""
        if device not in self._endpoints:
            row = db.execute("SELECT slot, state FROM endpoints WHERE device = ?", (device,)).fetchone()
            slot, state = (0, None) if row is None else row
            self._endpoints[device], self._slots[device] = self._restored(device, state), slot
        return self._endpoints[device]

    def _judges(self, device: str) -> tuple[FireLimits, Program]:
        return self._site.fire, self._site.programs.get(device, NOTHING)

    def _restored(self, device: str, state: bytes | None) -> Endpoint:
        limits, program = self._judged_by[device] = self._judges(device)
        if state is None:
            return Endpoint(limits, program)
        return Endpoint.from_state(limits, msgspec.json.decode(state), program)

    def change(self, db: sqlite3.Connection, device: str) -> Endpoint:
        """The endpoint, to change in this transaction."""
        self._changed.add(device)
        return self.look(db, device)

    def remember(self, db: sqlite3.Connection, reading: Reading) -> None:
        """Keep a sample as evidence; it takes the place of the oldest."""
        device = reading.device
        self.change(db, device)
        slot = self._slots[device]
        self._slots[device] = (slot + 1) % RING
        channels = msgspec.json.encode(reading.values)
        db.execute("INSERT OR REPLACE INTO recent VALUES (?, ?, ?, ?)", (device, slot, reading.at_ms, channels))

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what changed."""
        for device in self._changed:
            state = msgspec.json.encode(self._endpoints[device].to_state())
            db.execute(_KEEP, (device, self._slots[device], state))
        self._changed.clear()

    def use(self, site: Site) -> None:
        """Judge by another site file from now on. Nothing of this transaction is lost; what was active stays so."""
        self._site = site
        for device, endpoint in self._endpoints.items():
            if self._judged_by[device] != self._judges(device):
                state = msgspec.json.encode(endpoint.to_state())
                self._endpoints[device] = self._restored(device, state)

    def forget(self) -> None:
        """Read again when needed."""
        self._endpoints.clear()
        self._slots.clear()
        self._judged_by.clear()
        self._changed.clear()


def evidence(db: sqlite3.Connection, device: str, after_ms: int, until_ms: int) -> dict[str, list[list[object]]]:
    """The samples of an endpoint with after_ms < at_ms <= until_ms: channel -> [[at_ms, value], ...], bounded."""
    rows = db.execute(
        "SELECT at_ms, channels FROM recent WHERE device = ? AND at_ms > ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT ?",
        (device, after_ms, until_ms, MAX_POINTS),
    ).fetchall()
    points: dict[str, list[list[object]]] = {}
    for at_ms, channels in reversed(rows):
        for channel, value in msgspec.json.decode(channels).items():
            points.setdefault(channel, []).append([at_ms, value])
    return points
