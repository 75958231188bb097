"""What we tell the cloud, as CloudEvents on the wire."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from domain.alarms import Change
from domain.field_work import ANSWERS
from gateway.site_file.site import Member, Site
from gateway.store.outbox import Message, Priority
from gateway.telemetry.recent import Recent
from protocol import events
from runtime.ids import uuid7

log = structlog.get_logger()
_TOLD = ("id", "boot", "what", "at_ms", "age_ms", "task")  # of a report, told in fields of their own
BEFORE_MS = 60_000  # readings that go with a raise
TYPES = {"raised": events.RAISED, "changed": events.CHANGED, "cleared": events.CLEARED}


def _utc(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


class Envelopes:
    """Makes messages of this gateway; each gets an id of its own."""

    def __init__(self, site: Site, recent: Recent) -> None:
        self._site = site
        self._recent = recent
        self._source = f"/sites/{site.site}/gateways/{site.gateway}"

    def _message(
        self, kind: str, priority: Priority, type: str, subject: str, data: dict[str, Any], now_ms: int
    ) -> Message:
        message_id = uuid7(now_ms)
        event = events.Event(message_id, self._source, type, subject, _utc(now_ms), data)
        return Message(id=message_id, priority=priority, kind=kind, created_ms=now_ms, payload=events.encode(event))

    def incident(
        self, db: sqlite3.Connection, member: Member, change: Change, now_ms: int, parent: str | None = None
    ) -> Message:
        """One revision of an incident, with the readings since the one before; `parent`: whose member it is."""
        incident = change.incident
        after_ms = incident.changed_at_ms - BEFORE_MS if change.since_ms is None else change.since_ms
        data = {
            "incident_id": incident.id,
            "revision": incident.revision,
            "kind": str(incident.kind),
            "severity": str(incident.severity),
            "condition": str(incident.condition),
            "site": self._site.site,
            "device": member.device,
            "grid": member.grid,
            "place": member.place,
            "signals": msgspec.to_builtins(incident.signals),
            "breach_at_ms": incident.breach_at_ms,
            "raised_at_ms": incident.raised_at_ms,
            "changed_at_ms": incident.changed_at_ms,
            "cleared_at_ms": incident.cleared_at_ms,
            "parent": parent,
            "evidence": self._recent.evidence(db, member.device, after_ms, incident.changed_at_ms),
        }
        priority = Priority.LIFE_SAFETY if incident.kind.life_safety else Priority.INCIDENT
        return self._message("incident", priority, TYPES[change.event], incident.id, data, now_ms)

    def report(
        self, device: str, person: str | None, report: dict[str, Any], case_id: str | None, counts: bool, now_ms: int
    ) -> Message:
        """What an endpoint or its worker reported. Answers to tasks and finds are as durable as incidents."""
        at_ms = report.get("at_ms")
        data = {
            "id": report["id"],
            "device": device,
            "person": person,
            "what": report["what"],
            "task": report.get("task"),
            "incident_id": case_id,
            "counts": counts,
            "at_ms": min(now_ms, max(0, now_ms - report["age_ms"] if at_ms is None else at_ms)),
            "received_ms": now_ms,
            "details": {name: value for name, value in report.items() if name not in _TOLD},
        }
        priority = Priority.INCIDENT if report["what"] in (*ANSWERS, "found") else Priority.STATUS
        return self._work(events.REPORT, data, priority, now_ms)

    def task(self, data: dict[str, Any], now_ms: int) -> Message:
        """A task that was given or taken back."""
        return self._work(events.TASK, data, Priority.INCIDENT, now_ms)

    def _work(self, type: str, data: dict[str, Any], priority: Priority, now_ms: int) -> Message:
        subject = data["incident_id"] or data["device"]
        return self._message("report", priority, type, subject, {"site": self._site.site, **data}, now_ms)

    def picture(
        self, incident_id: str, device: str, snapshot: str, taken_ms: int, why: str, jpeg: bytes, now_ms: int
    ) -> Message:
        """A snapshot that shows an incident."""
        data = {
            "site": self._site.site,
            "incident_id": incident_id,
            "device": device,
            "picture": snapshot,
            "taken_ms": taken_ms,
            "why": why,
            "sha256": hashlib.sha256(jpeg).hexdigest(),
            "jpeg": base64.b64encode(jpeg).decode(),
        }
        return self._message("history", Priority.PICTURE, events.PICTURE, incident_id, data, now_ms)

    def history(self, rows: list[bytes], now_ms: int, *, backfill: bool) -> Message:
        """One batch of staged samples."""
        data = {"rows": [reading for row in rows for reading in _readable(row)]}
        priority = Priority.BACKFILL if backfill else Priority.LIVE
        return self._message("history", priority, events.READINGS, self._site.gateway, data, now_ms)


def _readable(row: bytes) -> list[Any]:
    """A staged sample; none, where it rotted on the disk: those behind it must not wait for ever."""
    try:
        return [msgspec.json.decode(row)]
    except ValueError as error:
        log.warning("staged_sample_unreadable", why=str(error))
        return []
