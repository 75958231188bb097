"""The active incidents that anybody here still believes in, read from what each has written down of itself.

For a book that was lost, or is younger than the rest: without them the centre would be told that nobody knows them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import msgspec

from domain.alarms import Incident
from domain.incidents import Condition

_NEEDED = {field.name for field in fields(Incident) if field.default is MISSING}
ACTIVE = b'"condition":"active"'  # as msgspec writes it
TABLES = (
    ("endpoints", "device"),
    ("panels", "device"),
    ("site_link", "NULL"),
    ("standing", "NULL"),
)  # table, and who it is about; NULL: the gateway itself
BELIEFS = ("state", "presence")  # columns of JSON


def believed(db: sqlite3.Connection, own: str) -> Iterator[tuple[str, Incident]]:
    """(device, incident) of all of them; `own`: the name of the gateway."""
    for table, device in TABLES:
        there = [column for _, column, *_ in db.execute(f"PRAGMA table_info({table})") if column in BELIEFS]
        for column in there:
            query = f"SELECT {device}, {column} FROM {table} WHERE instr({column}, ?)"  # noqa: S608 - our own words
            for name, state in db.execute(query, (ACTIVE,)).fetchall():
                for incident in _incidents(msgspec.json.decode(state)):
                    yield name or own, incident


def _incidents(state: Any) -> Iterator[Incident]:
    rest = [state]
    while rest:
        value = rest.pop()
        if isinstance(value, list):
            rest += value
        elif isinstance(value, dict) and not _NEEDED - value.keys():
            if value["condition"] == Condition.ACTIVE:
                yield msgspec.convert(value, Incident)
        elif isinstance(value, dict):
            rest += value.values()
