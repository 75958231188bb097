"""Counters that survive a restart: what came, what was refused, what was dropped."""

from __future__ import annotations

import sqlite3
from collections import Counter


class Counters:
    """Collects in memory, written with the transaction it counts."""

    def __init__(self) -> None:
        self._new: Counter[str] = Counter()

    def add(self, name: str, by: int = 1) -> None:
        """Count."""
        self._new[name] += by

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what is new."""
        db.executemany(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n", self._new.items()
        )
        self._new.clear()

    def forget(self) -> None:
        """Drop what the undone transaction counted."""
        self._new.clear()


def all_counters(db: sqlite3.Connection) -> dict[str, int]:
    """Everything counted since the database was made."""
    return dict(db.execute("SELECT name, n FROM counters ORDER BY name"))
