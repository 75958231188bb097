"""Incidents, history and people's work from gateway to cloud: CloudEvents 1.0, structured JSON (MQTT 3.1.1 binding)."""

import json

from protocol.errors import PayloadError
from protocol.fields import list_of, load_object, object_of, text, whole, whole_or_none
from protocol.reports import WHATS

RAISED = "gridwhistle.incident.raised"
CHANGED = "gridwhistle.incident.changed"
CLEARED = "gridwhistle.incident.cleared"
READINGS = "gridwhistle.readings"
REPORT = "gridwhistle.report"  # what an endpoint or its worker reported
TASK = "gridwhistle.task"  # the gateway gave a worker a task, or took it back
PICTURE = "gridwhistle.picture"  # a snapshot that shows an incident
TYPES = (RAISED, CHANGED, CLEARED, READINGS, REPORT, TASK, PICTURE)
INCIDENT_TYPES = (RAISED, CHANGED, CLEARED)
WORK_TYPES = (REPORT, TASK)
TASK_STATES = ("offered", "withdrawn")

KINDS = (
    "fire",
    "entrapment",
    "sos",
    "endpoint_offline",
    "sensor_fault",
    "site_link_down",
    "water_pressure",
    "escape_door",
    "extinguisher",
    "tamper",
    "power",
    "lift_fault",
    "lift_alarm_button",
    "camera_fault",
    "intrusion",
    "battery",
    "facility_fault",
    "endpoints_offline",
    "alarm_flood",
    "update_failed",
    "certificate",
    "gateway_fault",
    "gateway_offline",
)
SEVERITIES = ("warning", "minor", "major", "critical")  # rising
CONDITIONS = ("active", "cleared")
QUALITIES = ("good", "uncertain")
MAX_BYTES = 262144  # mosquitto and amqtt both carry this; a full history batch is about 40 kB
MAX_ROWS = 500
MAX_PICTURE = 190000  # bytes of a JPEG: in base64 and with its envelope it stays below MAX_BYTES


class Event:
    """One envelope: `id` is unique per message and the key of de-duplication, `subject` is the incident."""

    def __init__(self, id: str, source: str, type: str, subject: str, time: str, data: dict) -> None:
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.data = data


def encode(event: Event) -> bytes:
    """The event on the wire."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": event.type,
            "subject": event.subject,
            "time": event.time,
            "datacontenttype": "application/json",
            "data": event.data,
        }
    ).encode()


def decode(payload: bytes) -> Event:
    """The checked event. Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    text(fields, "specversion", ("1.0",))
    kind = text(fields, "type", TYPES)
    event = Event(
        text(fields, "id"),
        text(fields, "source"),
        kind,
        text(fields, "subject"),
        text(fields, "time"),
        object_of(fields, "data"),
    )
    if kind in INCIDENT_TYPES:
        check_incident(event.data)
    elif kind in WORK_TYPES:
        check_work(event.data, kind)
    elif kind == PICTURE:
        check_picture(event.data)
    else:
        check_rows(event.data)
    return event


def check_incident(data: dict) -> None:
    """Raises PayloadError where incident data lack a field or hold a wrong one."""
    for name in ("incident_id", "site", "device", "grid", "place"):
        text(data, name)
    text(data, "kind", KINDS)
    text(data, "severity", SEVERITIES)
    text(data, "condition", CONDITIONS)
    for name in ("revision", "breach_at_ms", "raised_at_ms", "changed_at_ms"):
        whole(data, name)
    whole_or_none(data, "cleared_at_ms")
    if data.get("parent") is not None:
        text(data, "parent")
    for signal in list_of(data, "signals"):
        if not isinstance(signal, dict):
            raise PayloadError("bad_signals", "a signal is an object")
        text(signal, "rule")
        text(signal, "channel")
        whole(signal, "at_ms")
    for points in object_of(data, "evidence").values():
        if not isinstance(points, list):
            raise PayloadError("bad_evidence", "evidence holds arrays of [at_ms, value]")


def check_work(data: dict, kind: str) -> None:
    """Raises PayloadError where a report or a task on its way to the cloud lacks a field or holds a wrong one."""
    for name in ("id", "device", "site"):
        text(data, name)
    whole(data, "at_ms")
    for name in ("incident_id", "person", "task"):
        if data.get(name) is not None:
            text(data, name)
    if kind == TASK:
        text(data, "incident_id")
        text(data, "state", TASK_STATES)
        text(data, "why")
    else:
        text(data, "what", WHATS)
        object_of(data, "details")
        if not isinstance(data.get("counts", True), bool):
            raise PayloadError("bad_counts", "'counts' must be a truth value")


def check_picture(data: dict) -> None:
    """Raises PayloadError where a picture lacks a field or holds a wrong one; what is in it is looked at elsewhere."""
    for name in ("site", "incident_id", "device", "picture", "sha256", "jpeg"):
        text(data, name)
    whole(data, "taken_ms")
    if len(data["jpeg"]) > (MAX_PICTURE + 2) // 3 * 4:
        raise PayloadError("too_long", "a picture has at most %d bytes" % MAX_PICTURE)


def check_rows(data: dict) -> None:
    """Raises PayloadError where a history batch holds a row that cannot be stored."""
    rows = list_of(data, "rows")
    if not 1 <= len(rows) <= MAX_ROWS:
        raise PayloadError("bad_rows", "a batch has 1 to %d rows" % MAX_ROWS)
    for row in rows:
        if not isinstance(row, dict):
            raise PayloadError("bad_rows", "a row is an object")
        text(row, "device")
        for name in ("boot", "seq", "at_ms", "received_ms"):
            whole(row, name)
        text(row, "quality", QUALITIES)
        for value in object_of(row, "values").values():
            # NaN is the number that differs from itself
            if not isinstance(value, (bool, int, float)) or value != value:  # noqa: PLR0124
                raise PayloadError("bad_rows", "a value is a number or a truth value")
        object_of(row, "faults")
