"""The newest starts of a gateway, in its database: a box that restarts ten times a day must not look healthy."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

KEPT = 100  # starts
CLEAN = "clean_exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One start. `ended` is empty where the process was killed, lost its power, or still runs."""

    boot: int
    version: str
    started_ms: int
    alive_ms: int  # its last commit that we know of
    ended: str = ""


def note_alive(db: sqlite3.Connection, boot: int, version: str, started_ms: int, now_ms: int) -> None:
    """Write that this run commits; the proof that feeds the watchdog."""
    db.execute(
        "INSERT INTO runs (boot, version, started_ms, alive_ms) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (boot) DO UPDATE SET version = excluded.version, started_ms = excluded.started_ms, "
        "alive_ms = excluded.alive_ms, ended = ''",
        (boot, version, started_ms, now_ms),
    )
    db.execute("DELETE FROM runs WHERE boot <= ?", (boot - KEPT,))


def note_end(db: sqlite3.Connection, boot: int, why: str) -> None:
    """Write that this run ended properly."""
    db.execute("UPDATE runs SET ended = ? WHERE boot = ?", (why, boot))


def newest(db: sqlite3.Connection, count: int = KEPT) -> list[Run]:
    """The newest runs, the present one first."""
    rows = db.execute(
        "SELECT boot, version, started_ms, alive_ms, ended FROM runs ORDER BY boot DESC LIMIT ?", (count,)
    )
    return [
        Run(boot=boot, version=version, started_ms=started_ms, alive_ms=alive_ms, ended=ended)
        for boot, version, started_ms, alive_ms, ended in rows
    ]
