"""Whom the centre calls. Its list says so, and the terminals of these people ring. In the writer's thread."""

from __future__ import annotations

import sqlite3
from typing import Any


def take(db: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    """The centre's list: what changed is looked at again; a case that it does not name stays as it was."""
    known: dict[str, list[tuple[str, int]]] = {}
    for case_id, person, times in db.execute("SELECT case_id, person, times FROM called ORDER BY case_id, place"):
        known.setdefault(case_id, []).append((person, times))
    for row in rows:
        people = list((row.get("called") or {}).items())
        if people == known.get(row["id"], []):
            continue
        db.execute("DELETE FROM called WHERE case_id = ?", (row["id"],))
        db.executemany(
            "INSERT INTO called VALUES (?, ?, ?, ?)",
            [(row["id"], person, times, place) for place, (person, times) in enumerate(people)],
        )
        db.execute("UPDATE cases SET wanted = max(wanted, 1) WHERE id = ?", (row["id"],))
    db.execute("DELETE FROM called WHERE case_id NOT IN (SELECT id FROM cases)")


def of_case(db: sqlite3.Connection, case_id: str) -> tuple[tuple[str, int], ...]:
    """(person, how often), in the order in which the centre called them."""
    query = "SELECT person, times FROM called WHERE case_id = ? ORDER BY place"
    return tuple(db.execute(query, (case_id,)).fetchall())
