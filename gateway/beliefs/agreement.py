"""After a lost or restored database, here or there, gateway and centre agree again without a person.

The gateway has the word on conditions; the centre's list (protocol.desk) says what it believes of them. Where its
revision is above the one we remember (an older backup is back), or it does not know an incident of ours, it is told
again, above its revision. What it believes active and we do not know is named in our status, and the centre clears it;
where lives are at stake only once the endpoint that saw it talks again, or has left the site.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from domain.site_rules.records import Telling
from gateway.beliefs.site_book import SiteBook
from gateway.store.counters import Counters
from gateway.store.outbox import URGENT
from protocol import desk
from protocol.errors import PayloadError

SETTLE_LOOKS = 60  # a look a second: what still burns after a lost database has raised its new incident by then
MAX_NAMED = 200  # in one status; the next list has the rest


class Agreement:
    """Runs in the writer's thread, inside a transaction. The broker keeps the list: it comes after every start."""

    def __init__(self, book: SiteBook, counters: Counters) -> None:
        self._book = book
        self._counters = counters
        self._revisions: dict[str, int] = {}  # of the centre's list, where it is news to nobody
        self._active: tuple[str, ...] = ()
        self._complete = False  # the list has everything, and came when we owed nothing
        self._worked_in: tuple[dict[str, int], bool] | None = None  # by the last look, whose transaction may be undone
        self._looks = 0

    def hear(self, db: sqlite3.Connection, payload: bytes) -> None:
        """The list of the centre; one that cannot be read is kept in quarantine by who reads it for the tasks."""
        try:
            _, named = desk.decode(payload)
        except PayloadError:
            return
        rows = desk.of_sensors(named)
        self._worked_in = None
        self._revisions = {row["id"]: row["revision"] for row in rows if "revision" in row}
        self._active = tuple(row["id"] for row in rows if row.get("active") is True)
        self._complete = len(named) < desk.MAX_ROWS and len(self._revisions) == len(rows) and not _owes(db)

    def look(self, db: sqlite3.Connection, now_ms: int) -> list[Telling]:
        """What the centre must be told again; about once a second."""
        self._looks += 1
        self._worked_in = None
        if not self._revisions and not self._complete:
            return []
        if _owes(db):
            return []  # it may lie in what it has not heard yet
        tellings = self._book.agree(db, self._revisions, now_ms, complete=self._complete)
        if tellings:
            self._counters.add("told_again", len(tellings))
        self._worked_in = (self._revisions, self._complete)
        self._revisions, self._complete = {}, False
        return tellings

    def flush(self, db: sqlite3.Connection) -> None:
        """One of the writer's caches: nothing of it is written."""

    def forget(self) -> None:
        """The transaction was undone: the list is news again. Telling the same once more does no harm."""
        if self._worked_in is not None:
            (self._revisions, self._complete), self._worked_in = self._worked_in, None

    def fields(self, db: sqlite3.Connection) -> dict[str, Any]:
        """For the status: incidents that the centre believes active and nobody here knows."""
        if self._looks < SETTLE_LOOKS or _owes(db):
            return {"unknown": []}
        return {"unknown": [told for told in self._active if not self._book.knows(db, told)][:MAX_NAMED]}


def _owes(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM outbox WHERE priority <= ? LIMIT 1", (URGENT,)).fetchone() is not None
