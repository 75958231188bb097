"""Settings of endpoints: what the site file says, pushed until the endpoint answers that it has them, or why not."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

import structlog

from gateway.site_file.site import Site
from gateway.store.counters import Counters
from protocol import commands, configuration

log = structlog.get_logger()
PENDING, APPLIED, REFUSED = "pending", "applied", "refused"


class EndpointSettings:
    """Runs in the writer's thread, inside a transaction. The version grows by one with every other content."""

    def __init__(self, site: Site, counters: Counters) -> None:
        self._site = site
        self._counters = counters

    def due(self, db: sqlite3.Connection, device: str, status_fields: dict[str, Any]) -> bytes | None:
        """After a status of the endpoint: the settings to push, None where it has them or refused just these."""
        settings = self._site.endpoints[device].settings
        applied = status_fields.get("config", 0)
        row = db.execute("SELECT version, digest, state FROM settings WHERE device = ?", (device,)).fetchone()
        if not isinstance(applied, int) or (row is None and not settings):
            return None
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        version, known, state = row or (0, "", PENDING)
        # another content, or an endpoint that is ahead of us, for instance because our database was lost
        if known != digest or applied > version:
            version, state = max(version, applied) + 1, PENDING
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?, ?, '')", (device, version, digest, state))
        if applied == version or state == REFUSED:
            return None
        self._counters.add("settings.pushed")
        return configuration.encode({**settings, "version": version})

    def answered(self, db: sqlite3.Connection, device: str, payload: bytes) -> None:
        """An endpoint says what became of settings or of a command. Raises PayloadError."""
        answer_id, ok, data = commands.decode_answer(payload)
        error = "" if ok else str(data.get("error", ""))[:500]
        row = db.execute("SELECT version FROM settings WHERE device = ?", (device,)).fetchone()
        if row is None or answer_id != configuration.answer_id(row[0]):
            return  # whoever gave the command listens for its answer
        state = APPLIED if ok else REFUSED
        db.execute("UPDATE settings SET state = ?, error = ? WHERE device = ?", (state, error, device))
        self._counters.add(f"settings.{state}")
        log.info("settings_answered", device=device, version=row[0], state=state, error=error)
