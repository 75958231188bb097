"""What an endpoint reports beside its readings: facts in order, each kept on its flash until the gateway has it.

    {"id": "hand-07-3-12", "boot": 3, "at_ms": 1795324297817, "age_ms": 0, "what": "accepted", ...}

`id` is <device>-<boot>-<number>, numbers grow; a report without UTC has at_ms null and its age.
"""

import json

from protocol.errors import PayloadError
from protocol.fields import list_of, load_object, text, whole, whole_or_none

WHATS = (
    "received",  # a task stands on the handheld's list: `task`, `revision`
    "accepted", "declined", "on_the_way", "on_site", "done",  # of `task`; done has a `note`
    "found",  # the worker reports something: `kind`, `place`, `urgency`, `photo`
    "patrol_started", "track", "patrol_finished",  # a track has `points`: [[at_ms, lat_udeg, lon_udeg], ...]
    "sos", "sos_cancelled",
    "duty_on", "duty_off",
    "logged_off", "wiped",
    "self_test", "test_call",  # `passed`, and what failed
    "silenced", "alarm_reset",  # a person at the endpoint pressed the button
    "event",  # a coded event of the endpoint: `code_set`, `code`
)  # fmt: skip
MAX_BYTES = 2048


def encode(report: dict) -> bytes:
    """A report on the wire. Raises PayloadError."""
    check(report)
    return json.dumps(report).encode()


def decode(payload: bytes) -> dict:
    """The checked report; what its `what` adds is kept as it is. Raises PayloadError."""
    report = load_object(payload, MAX_BYTES)
    check(report)
    return report


def check(report: dict) -> None:
    """Raises PayloadError naming the wrong field."""
    text(report, "id")
    text(report, "what", WHATS)
    whole(report, "boot")
    if whole_or_none(report, "at_ms") is None:
        whole(report, "age_ms")


def encode_receipt(ids: list) -> bytes:
    """The gateway has these reports; the endpoint may forget them."""
    return json.dumps({"reports": ids}).encode()


def encode_piece_receipt(id: str, next_offset: int) -> bytes:
    """The gateway has the first `next_offset` bytes of this snapshot."""
    return json.dumps({"piece": id, "next": next_offset}).encode()


def decode_receipt(payload: bytes) -> tuple[list, str, int]:
    """(ids of reports, id of a snapshot or "", bytes of it that are durable). Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    ids = list_of(fields, "reports")
    if not all([isinstance(report, str) for report in ids]):
        raise PayloadError("bad_reports", "'reports' holds texts")
    if "piece" not in fields:
        return ids, "", 0
    return ids, text(fields, "piece"), whole(fields, "next")
