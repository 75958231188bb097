"""Incidents of the gateway about itself, durable: one per kind and topic."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from domain.alarms import Change, NewId
from domain.incidents import Kind
from domain.standing import Problem, Standing


def note(
    db: sqlite3.Connection, kind: Kind, problems: Sequence[Problem], at_ms: int, new_id: NewId, topic: str = ""
) -> list[Change]:
    """What it changes that exactly these problems stand now. `topic`: of several who look at the same kind."""
    key = f"{kind}/{topic}" if topic else kind
    standing = Standing(kind)
    row = db.execute("SELECT state FROM standing WHERE kind = ?", (key,)).fetchone()
    if row is not None:
        with suppress(ValueError):  # rotten bytes: what is wrong is told anew
            standing.restore(msgspec.json.decode(row[0]))
    changes = standing.on(problems, at_ms, new_id)
    if changes:
        state = msgspec.json.encode(standing.to_state())
        db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?)", (key, state))
    return changes
