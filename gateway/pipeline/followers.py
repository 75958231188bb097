"""Who else follows what endpoints say, beside the judging: in the writer's thread, in the same transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, Protocol

from domain.readings import Reading


class Follower(Protocol):
    """Hears what endpoints say of themselves."""

    def noted(self, db: sqlite3.Connection, device: str, fields: dict[str, Any], at_ms: int) -> None:
        """A status of one that is there."""

    def answered(self, db: sqlite3.Connection, device: str, payload: bytes, now_ms: int) -> None:
        """An answer to a command. Raises PayloadError."""


def nobody_shows(_reading: Reading) -> None:
    """A new sample, where nothing shows it."""
