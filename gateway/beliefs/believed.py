"""The active incidents that anybody here still believes in, read from what each has written down of itself.

For a book that was lost, or is younger than the rest: without them the centre would be told that nobody knows them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
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
UNREADABLE = "site.unreadable"


def _nobody_counts(_name: str) -> None:
    pass


def believed(
    db: sqlite3.Connection, own: str, count: Callable[[str], None] = _nobody_counts
) -> Iterator[tuple[str, Incident]]:
    """(device, incident) of all of them; `own`: the name of the gateway. What cannot be read is counted."""
    for table, device in TABLES:
        there = [column for _, column, *_ in db.execute(f"PRAGMA table_info({table})") if column in BELIEFS]
        for column in there:
            query = f"SELECT {device}, {column} FROM {table} WHERE instr({column}, ?)"  # noqa: S608 - our own words
            for name, state in db.execute(query, (ACTIVE,)).fetchall():
                for incident in _incidents(state, count):
                    yield name or own, incident


def _incidents(state: bytes, count: Callable[[str], None]) -> Iterator[Incident]:
    """One that a torn page or another version left must not keep the others from being told."""
    try:
        found = [value for value in _parts(msgspec.json.decode(state)) if value["condition"] == Condition.ACTIVE]
    except ValueError:
        count(UNREADABLE)
        return
    for value in found:
        try:
            yield msgspec.convert(value, Incident)
        except msgspec.ValidationError:
            count(UNREADABLE)


def _parts(state: Any) -> Iterator[dict[str, Any]]:
    """Whatever looks like an incident in it."""
    rest = [state]
    while rest:
        value = rest.pop()
        if isinstance(value, list):
            rest += value
        elif isinstance(value, dict) and not _NEEDED - value.keys():
            yield value
        elif isinstance(value, dict):
            rest += value.values()
