"""What a gateway tells of itself and its endpoints now and then: one bounded page in each status, in turn.

    {"part": "endpoints", "page": 0, "pages": 5, "rows": [{"device": "fire-a", "firmware": "0.3.0", "battery": 96}]}

A page replaces the page of the same number; pages above the last do not count any more. Whoever never heard a part
was not told.
"""

from protocol.errors import PayloadError
from protocol.fields import list_of, text, whole

GATEWAY = "gateway"  # one row: disk_free, disk_size, database_bytes, started_ms, starts_day, last_end, last_alive_ms
RULES = "rules"  # rules in force, with their limits
ROLLOUTS = "rollouts"  # the newest updates in waves
QUARANTINE = "quarantine"  # the newest refused messages, with the beginning of each
ENDPOINTS = "endpoints"  # firmware, board, boot, battery, update
PARTS = (GATEWAY, RULES, ROLLOUTS, QUARANTINE, ENDPOINTS)
MAX_ROWS = 100  # of a page; an endpoint takes some 200 bytes, beside a status of at most 262144
MAX_PAGES = 1000


def page(part: str, number: int, pages: int, rows: list) -> dict:
    """One page."""
    return {"part": part, "page": number, "pages": pages, "rows": rows}


def check(fields: dict) -> dict:
    """The checked page. Raises PayloadError."""
    text(fields, "part", PARTS)
    rows = list_of(fields, "rows")
    if len(rows) > MAX_ROWS or not all([isinstance(row, dict) for row in rows]):
        raise PayloadError("bad_rows", "a page of the inventory holds at most %d objects" % MAX_ROWS)
    if not 0 <= whole(fields, "page") < whole(fields, "pages") <= MAX_PAGES:
        raise PayloadError("bad_page", "'page' must be below 'pages', which are at most %d" % MAX_PAGES)
    return fields
