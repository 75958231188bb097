"""Cases that no endpoint raised: people told the centre, and it may send one of our workers. Their device is ''."""

from __future__ import annotations

import sqlite3
from typing import Any

from domain.incidents import Condition, Kind, Stage
from protocol import desk

TEXT_MAX = 160  # letters on a terminal; with its place a task stays below the 2048 bytes that one may have
LIFE = frozenset(str(kind) for kind in Kind if kind.life_safety)


def take(db: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    """The centre's list: what is told in it becomes a case; one that the whole list does not name any more is over."""
    for row in rows:
        if row.get("by") == desk.PEOPLE and "told" in row:
            _note(db, row["id"], row["told"])
    if len(rows) < desk.MAX_ROWS:
        _forget(db, {str(row["id"]) for row in rows})


def _note(db: sqlite3.Connection, case_id: str, told: dict[str, Any]) -> None:
    """An incident of an endpoint is never overwritten: its gateway knows better."""
    condition = Condition.ACTIVE if told["active"] else Condition.CLEARED
    db.execute(
        "INSERT INTO cases (id, kind, severity, condition, device, grid, place, round, changed_ms, raise_id, wanted) "
        "VALUES (?, ?, ?, ?, '', ?, ?, 1, ?, '', ?) ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, "
        "place = excluded.place, condition = excluded.condition, wanted = max(wanted, 1), "
        "round = round + (condition = 'cleared' AND excluded.condition = 'active') "
        "WHERE device = '' AND (severity != excluded.severity OR place != excluded.place "
        "OR condition != excluded.condition)",
        (case_id, told["kind"], told["severity"], condition, told["grid"], told["place"], told["at_ms"],
         2 if told["kind"] in LIFE else 1),
    )  # fmt: skip
    db.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (case_id, told["text"][:TEXT_MAX]))


def _forget(db: sqlite3.Connection, named: set[str]) -> None:
    """Closed so long ago that the centre speaks of it no more, or put under another incident."""
    known = db.execute("SELECT id FROM cases WHERE device = '' AND wanted > 0").fetchall()
    for (case_id,) in known:
        if case_id not in named:
            db.execute(
                "UPDATE cases SET stage = ?, condition = ? WHERE id = ?", (Stage.CLOSED, Condition.CLEARED, case_id)
            )
    db.execute("DELETE FROM told WHERE case_id NOT IN (SELECT id FROM cases)")


def worded(db: sqlite3.Connection, case_id: str, text: str) -> str:
    """The text of a task, with what people told."""
    found = db.execute("SELECT text FROM told WHERE case_id = ?", (case_id,)).fetchone()
    return f"{text}: {found[0]}" if found and found[0] else text
