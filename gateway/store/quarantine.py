"""Messages that we could not accept, kept with the reason: bounded, the oldest go first, each is counted."""

from __future__ import annotations

import re
import sqlite3

import structlog

from gateway.store.counters import Counters

log = structlog.get_logger()
MAX_PAYLOAD = 16_384  # bytes kept of one: what is longer is told by its beginning; 16 MB at the default number
MAX_TOPIC, MAX_REASON = 256, 64  # a reason may come from the cloud
MAX_REASONS = 50  # told one by one; the rest are `OTHER`
OTHER = "other"  # a reason that is a sentence, perhaps with an id in it, must not become a counter of its own
_CODE = re.compile(r"[a-z][a-z_0-9]{0,40}(:[a-z][a-z_]{0,40})?")


class Quarantine:
    """The newest `max_rows` refused messages."""

    def __init__(self, max_rows: int, counters: Counters) -> None:
        self._max_rows = max_rows
        self._counters = counters

    def add(self, db: sqlite3.Connection, received_ms: int, reason: str, topic: str, payload: bytes) -> None:
        """Keep one message."""
        reason = reason[:MAX_REASON]
        insert = "INSERT INTO quarantine (received_ms, reason, topic, payload) VALUES (?, ?, ?, ?)"
        last = db.execute(insert, (received_ms, reason, topic[:MAX_TOPIC], payload[:MAX_PAYLOAD])).lastrowid or 0
        dropped = db.execute("DELETE FROM quarantine WHERE n <= ?", (last - self._max_rows,)).rowcount
        self._counters.add(f"quarantined.{reason if _CODE.fullmatch(reason) else OTHER}")
        if dropped:
            self._counters.add("quarantine.dropped", dropped)
        log.warning("quarantined", reason=reason, topic=topic, bytes=len(payload))


def by_reason(db: sqlite3.Connection) -> dict[str, int]:
    """How many messages it holds for each reason, the most frequent; the rest together."""
    rows = db.execute(
        "SELECT reason, COUNT(*) FROM quarantine GROUP BY reason ORDER BY COUNT(*) DESC, reason"
    ).fetchall()
    rest = sum(count for _, count in rows[MAX_REASONS:])
    return dict(sorted(rows[:MAX_REASONS])) | ({OTHER: rest} if rest else {})
