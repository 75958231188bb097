"""Messages of a made-up gateway, for tests and for a seeded centre."""

from __future__ import annotations

from typing import Any

from protocol import events

GRID = "110105001001001"
SITE = "chunfeng"
GATEWAY = "gw-chunfeng"


def incident(number: int, **changes: Any) -> dict[str, Any]:
    """Incident data as a gateway sends them: a suspected fire in Room A unless told otherwise."""
    at_ms = changes.pop("at_ms", 1_795_324_297_817)
    data = {
        "incident_id": f"01935000-0000-7000-8000-{number:012d}",
        "revision": 1,
        "kind": "fire",
        "severity": "major",
        "condition": "active",
        "site": SITE,
        "device": "fire-a",
        "grid": GRID,
        "place": "Room A",
        "signals": [signal("smoke_level", "smoke", 0.034, at_ms, limit=0.02, clear=0.012, unit="1/m")],
        "breach_at_ms": at_ms - 2000,
        "raised_at_ms": at_ms,
        "changed_at_ms": at_ms,
        "cleared_at_ms": None,
        "evidence": {"smoke": [[at_ms - 60_000 + s * 1000, 0.001 + s * s * 1e-5] for s in range(61)]},
    }
    return {**data, **changes}


def signal(rule: str, channel: str, value: float, at_ms: int, **more: Any) -> dict[str, Any]:
    """One rule that speaks."""
    return {"rule": rule, "channel": channel, "value": value, "at_ms": at_ms, **more}


def confirmed(at_ms: int) -> list[dict[str, Any]]:
    """The signals of a confirmed fire."""
    return [
        signal("smoke_level", "smoke", 0.11, at_ms, limit=0.02, clear=0.012, unit="1/m"),
        signal("temp_rise", "temp", 9.1, at_ms, limit=8.0, unit="Cel/min"),
    ]


def event(message: int, data: dict[str, Any], type: str = events.RAISED) -> bytes:
    """The envelope around incident data."""
    subject = data.get("incident_id", GATEWAY)
    source = f"/sites/{SITE}/gateways/{GATEWAY}"
    message_id = f"01935000-1111-7000-8000-{message:012d}"
    return events.encode(events.Event(message_id, source, type, subject, "2026-11-22T05:31:37.817Z", data))


def rows(device: str, first_seq: int, count: int, at_ms: int, boot: int = 1) -> list[dict[str, Any]]:
    """History of an endpoint, one row a second."""
    return [
        {
            "device": device,
            "boot": boot,
            "seq": seq,
            "at_ms": at_ms + (seq - first_seq) * 1000,
            "received_ms": at_ms + (seq - first_seq) * 1000 + 40,
            "backfill": False,
            "quality": "good",
            "values": {"smoke": 0.001 * seq, "temp": 21.0 + 0.1 * seq, "co": 2.0, "call_point": False},
            "faults": {},
        }
        for seq in range(first_seq, first_seq + count)
    ]


def history(message: int, batch: list[dict[str, Any]]) -> bytes:
    """The envelope around history rows."""
    return event(message, {"rows": batch}, events.READINGS)


def status(at_ms: int, state: str = "online", devices: str = "abc", **more: Any) -> dict[str, Any]:
    """A gateway's status with its fire endpoints."""
    endpoints = [
        {
            "device": f"fire-{letter}",
            "kind": "fire",
            "place": f"Room {letter.upper()}",
            "grid": GRID,
            "state": "online",
            "last_seen_ms": at_ms - 400,
            "channels": {"smoke": "good", "temp": "good", "co": "good"},
        }
        for letter in devices
    ]
    return {
        "state": state,
        "why": "heartbeat",
        "boot": 1,
        "at_ms": at_ms,
        "gateway": GATEWAY,
        "software": "0.1.0",
        "outbox": {"pending": 3, "oldest_ms": 800, "dropped": {}},
        "quarantine": {"count": 1, "by_reason": {"not_json": 1}},
        "endpoints": endpoints,
        "counters": {},
        **more,
    }
