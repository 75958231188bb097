"""Snapshots that show an incident of their endpoint: the centre is owed a few, after all that matters more."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from domain.alarms import Change
from domain.incidents import Condition
from gateway.outward.envelopes import BEFORE_MS, Envelopes
from gateway.outward.snapshots import Snapshots, picture
from gateway.site_file.site import Member
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from protocol.events import MAX_PICTURE

VIDEO = "video"  # the kind of endpoint that has a camera
PER_INCIDENT = 4  # default of ours: how it began, and how it went on
CASES_KEPT = 1_000  # a picture may come long after its incident: endpoints keep them without a network
JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole one; `taken_ms` by its endpoint's clock where that is not ahead of ours."""

    device: str
    id: str
    size: int
    taken_ms: int
    why: str


_SELECT = (
    "SELECT device, id, size, min(coalesce(at_ms, received_ms), received_ms) AS taken_ms, why FROM snapshots "
    "WHERE whole = 1 AND device = ?"
)


class Pictures:
    """Runs in the writer's thread, inside a transaction."""

    def __init__(self, outbox: Outbox, envelopes: Envelopes, counters: Counters) -> None:
        self._outbox = outbox
        self._envelopes = envelopes
        self._counters = counters
        self._snapshots = Snapshots(counters)
        self._snapshots.finished = self._finished

    def take(self, db: sqlite3.Connection, device: str, payload: bytes, received_ms: int) -> bytes:
        """Keep a piece of a snapshot; the receipt for it. Raises PayloadError."""
        return self._snapshots.take(db, device, payload, received_ms)

    def noted(self, db: sqlite3.Connection, member: Member, change: Change, now_ms: int) -> None:
        """The centre is told of an incident: what shows it, from before the breach until it clears, goes there, too."""
        incident = change.incident
        if member.kind != VIDEO:
            return
        db.execute(
            "INSERT INTO picture_cases (incident_id, device, from_ms, to_ms) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (incident_id) DO UPDATE SET to_ms = excluded.to_ms",
            (incident.id, member.device, incident.breach_at_ms - BEFORE_MS, incident.cleared_at_ms),
        )
        if incident.condition is Condition.CLEARED:
            return
        self._forget_old(db)
        since = (member.device, incident.breach_at_ms - BEFORE_MS)
        rows = db.execute(f"{_SELECT} AND taken_ms >= ? ORDER BY taken_ms", since)
        found = [Snapshot(*row) for row in rows]
        for one in dict.fromkeys((*found[:1], *found[1 - PER_INCIDENT :])):
            self._owe(db, incident.id, one, now_ms)

    def _finished(self, db: sqlite3.Connection, device: str, id: str, now_ms: int) -> None:
        """A snapshot is whole."""
        one = Snapshot(*db.execute(f"{_SELECT} AND id = ?", (device, id)).fetchone())
        cases = db.execute(
            "SELECT incident_id FROM picture_cases WHERE device = ? AND from_ms <= ? "
            "AND (to_ms IS NULL OR to_ms >= ?) ORDER BY n",
            (device, one.taken_ms, one.taken_ms),
        ).fetchall()
        for (incident_id,) in cases:
            self._owe(db, incident_id, one, now_ms)

    def _owe(self, db: sqlite3.Connection, incident_id: str, one: Snapshot, now_ms: int) -> None:
        """Once each. What the centre will not take is not sent: it is counted, and stays here."""
        known = "SELECT 1 FROM pictures_owed WHERE incident_id = ? AND snapshot = ?"
        if db.execute(known, (incident_id, one.id)).fetchone() is not None:
            return
        if one.size > MAX_PICTURE:
            self._counters.add("pictures.too_large")
            return
        jpeg = picture(db, one.device, one.id)
        if not jpeg.startswith(JPEG):
            self._counters.add("pictures.not_jpeg")
            return
        if not self._make_room(db, incident_id):
            self._counters.add("pictures.enough")
            return
        message = self._envelopes.picture(incident_id, one.device, one.id, one.taken_ms, one.why, jpeg, now_ms)
        insert = "INSERT INTO pictures_owed (incident_id, snapshot, message_id) VALUES (?, ?, ?)"
        db.execute(insert, (incident_id, one.id, message.id))
        self._outbox.add(db, message)
        self._counters.add("pictures.owed")

    def _make_room(self, db: sqlite3.Connection, incident_id: str) -> bool:
        """True where one more may go: of those that still wait the newest matter, but the first always goes."""
        owed = db.execute(
            "SELECT p.message_id, o.id FROM pictures_owed p LEFT JOIN outbox o ON o.id = p.message_id "
            "WHERE p.incident_id = ? ORDER BY p.n",
            (incident_id,),
        ).fetchall()
        if len(owed) < PER_INCIDENT:
            return True
        waiting = [message_id for message_id, still in owed[1:] if still is not None]
        if waiting:
            self._outbox.remove(db, waiting[:1])
            db.execute("DELETE FROM pictures_owed WHERE message_id = ?", (waiting[0],))
            self._counters.add("pictures.superseded")
        return bool(waiting)

    @staticmethod
    def _forget_old(db: sqlite3.Connection) -> None:
        old = "SELECT n FROM picture_cases ORDER BY n DESC LIMIT -1 OFFSET ?"
        gone = db.execute(f"DELETE FROM picture_cases WHERE n IN ({old})", (CASES_KEPT,)).rowcount  # noqa: S608 - our own words
        if gone:
            db.execute("DELETE FROM pictures_owed WHERE incident_id NOT IN (SELECT incident_id FROM picture_cases)")
