"""What a webhook gets: CloudEvents 1.0 in a batch, and a signature over time and body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cloud.store.models import Incident, IncidentLog

CONTENT_TYPE = "application/cloudevents-batch+json; charset=utf-8"
WEBHOOK, TIMESTAMP, SIGNATURE = "Gridwhistle-Webhook", "Gridwhistle-Timestamp", "Gridwhistle-Signature"


def event(entry: IncidentLog, incident: Incident) -> dict[str, Any]:
    """One entry of a log, with the incident as it is now."""
    return {
        "specversion": "1.0",
        "id": str(entry.id),  # the same one twice is one: receivers keep it
        "source": "/gridwhistle/centre",
        "type": f"gridwhistle.desk.{entry.what}",
        "subject": incident.id,
        "time": datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": {"entry": _entry(entry), "incident": _incident(incident)},
    }


def _entry(entry: IncidentLog) -> dict[str, Any]:
    return {
        "what": entry.what,
        "at_ms": entry.at_ms,
        "actor": entry.actor,
        "from_stage": entry.from_stage,
        "to_stage": entry.to_stage,
        "reason": entry.reason,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    names = (
        "id", "parent_id", "kind", "matter", "severity", "condition", "stage", "site", "device", "grid", "place",
        "tiers", "holder", "raised_at_ms", "changed_at_ms", "cleared_at_ms", "closed_at_ms", "version",
    )  # fmt: skip
    return {name: getattr(incident, name) for name in names}


def body_of(events: Sequence[dict[str, Any]]) -> bytes:
    """A batch on the wire."""
    return json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()


def sign(secret: str, at_ms: int, body: bytes) -> str:
    """HMAC-SHA256 over "<at_ms>.<body>": a receiver checks it, and refuses what is older than some minutes."""
    mac = hmac.new(secret.encode(), f"{at_ms}.".encode() + body, hashlib.sha256)
    return f"v1={mac.hexdigest()}"


def headers(webhook: str, secret: str, at_ms: int, body: bytes) -> dict[str, str]:
    """Of one request."""
    return {
        "Content-Type": CONTENT_TYPE,
        WEBHOOK: webhook,
        TIMESTAMP: str(at_ms),
        SIGNATURE: sign(secret, at_ms, body),
    }
