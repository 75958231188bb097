"""Shelves that somebody at the centre orders: they stand in its list, and the gateway says what became of each.

    in the list:    {"id": ..., "device": "fire-a", "kinds": ["tamper"], "author": "zhou-mingyuan", "reason": ...,
                     "until_ms": ..., "for_ms": 7200000}, and "taken_back_by" once somebody wants it back
    in the status:  {"id": ..., "state": "in_force", "why": ""}

The same id is one order, however often it comes. One that arrives after `until_ms` is never executed. `until_ms` is by
the clock of the centre, as `at_ms` of the list (protocol.desk); `for_ms`, how long was ordered, and what was left of it
at `at_ms` bound it where the clock of the gateway is behind. An older centre tells neither.
"""

from protocol.errors import PayloadError
from protocol.fields import list_of, load_object, text, whole

IN_FORCE = "in_force"
REFUSED = "refused"  # `why`: the sentence of the gateway
LATE = "late"  # it came after its end
ENDED = "ended"  # `why`: "time", or who ended it
STATES = (IN_FORCE, REFUSED, LATE, ENDED)
MAX_ORDERS = 50  # for one gateway; some 250 bytes each
MAX_BYTES = 262144  # of the list that they stand in


def of_list(payload: bytes) -> list:
    """The orders of a list of the centre that can be read; an older centre has none. Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    if "shelves" not in fields:
        return []
    return [row for row in list_of(fields, "shelves")[:MAX_ORDERS] if _is_order(row)]


def told_ms(payload: bytes) -> int | None:
    """The clock of the centre when it sent the list; None where it does not tell. Raises PayloadError."""
    at_ms = load_object(payload, MAX_BYTES).get("at_ms")
    return at_ms if isinstance(at_ms, int) and not isinstance(at_ms, bool) and at_ms > 0 else None


def _is_order(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    try:
        for name in ("id", "device", "author", "reason"):
            text(row, name)
        whole(row, "until_ms")
        if "for_ms" in row:
            whole(row, "for_ms")
        kinds = list_of(row, "kinds")
        if "taken_back_by" in row:
            text(row, "taken_back_by")
    except PayloadError:
        return False
    return all([isinstance(kind, str) for kind in kinds])
