"""What the centre knows of the open incidents of one site: its whole list, retained, so that the newest is enough.

    {"number": 512, "incidents": [{"id": ..., "stage": "dispatched", "holder": "lin-zhixia", "version": 3, ...}]}

`number` grows with every change; a gateway says in its status which one it has. `version` counts the moves of people,
`answers` how many answers of workers the centre has taken for this incident. `revision` and `active`: what it believes
of the condition, which is the gateway's to say. An incident that is missing is unknown to the centre, or closed for so
long that nobody works on it any more.

`called`, while nobody has it: {"lin-zhixia": 2}, whom the centre calls by handheld and how often it has.

What people reported has `by` "people" and no word of the gateway on its condition; where a worker may be sent there,
`told` says what a task needs: {"kind", "severity", "place", "grid", "at_ms", "active", "text"}.
"""

import json

from protocol.errors import PayloadError
from protocol.events import SEVERITIES
from protocol.fields import list_of, load_object, object_of, text, whole

STAGES = ("reported", "accepted", "dispatched", "fed_back", "verified", "closed")
MAX_ROWS = 1000  # about 150 bytes each: life safety first, then the newest
MAX_BYTES = 262144
PEOPLE = "people"
CALLED_MAX = 20  # people of one incident


def encode(number: int, rows: list, shelves: tuple = (), at_ms: int = 0) -> bytes:
    """The list on the wire; `shelves`: see protocol.shelf_orders; `at_ms`: the centre's clock as it sends."""
    fields: dict = {"number": number, "incidents": rows}
    if at_ms:
        fields["at_ms"] = at_ms
    if shelves:
        fields["shelves"] = list(shelves)
    return json.dumps(fields).encode()


def decode(payload: bytes) -> tuple[int, list]:
    """(number, rows), checked. Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    rows = list_of(fields, "incidents")
    if len(rows) > MAX_ROWS:
        raise PayloadError("bad_incidents", "a list has at most %d incidents" % MAX_ROWS)
    for row in rows:
        if not isinstance(row, dict):
            raise PayloadError("bad_incidents", "'incidents' holds objects")
        text(row, "id")
        text(row, "stage", STAGES)
        whole(row, "version")
        whole(row, "answers")
        if "revision" in row:
            whole(row, "revision")
        if row.get("holder") is not None:
            text(row, "holder")
        if "called" in row:
            _check_called(object_of(row, "called"))
        if "told" in row:
            _check_told(object_of(row, "told"))
    return whole(fields, "number"), rows


def of_sensors(rows: list) -> list:
    """The rows whose condition is the gateway's to say."""
    return [row for row in rows if row.get("by") != PEOPLE]


def _check_called(called: dict) -> None:
    if len(called) > CALLED_MAX:
        raise PayloadError("bad_called", "at most %d people are called at once" % CALLED_MAX)
    for person in called:
        if not person or whole(called, person) < 1:
            raise PayloadError("bad_called", "'called' says how often each person was called")


def _check_told(told: dict) -> None:
    for name in ("kind", "place", "grid"):
        text(told, name)
    text(told, "severity", SEVERITIES)
    whole(told, "at_ms")
    for name, wanted in (("active", bool), ("text", str)):
        if not isinstance(told.get(name), wanted):
            raise PayloadError("bad_" + name, "'%s' of what was told is missing or wrong" % name)
