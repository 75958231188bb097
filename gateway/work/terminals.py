"""What we know of each worker's terminal: on duty, wiped, revoked. Runs in the writer's thread, in a transaction."""

from __future__ import annotations

import sqlite3

WIPED, REVOKED = 1, 2  # a wiped one is back once somebody goes on duty with it; a revoked one when a person says so
_DUTY = {"duty_on": True, "duty_off": False, "logged_off": False, "wiped": False}


def reported(db: sqlite3.Connection, device: str, what: str) -> None:
    """Note what a report says about its terminal."""
    if what not in _DUTY:
        return
    _make(db, device)
    db.execute("UPDATE terminals SET on_duty = ? WHERE device = ?", (_DUTY[what], device))
    if what == "wiped":
        db.execute("UPDATE terminals SET revoked = max(revoked, ?) WHERE device = ?", (WIPED, device))
    elif what == "duty_on":
        db.execute("UPDATE terminals SET revoked = 0 WHERE device = ? AND revoked = ?", (device, WIPED))


def revoke(db: sqlite3.Connection, device: str) -> None:
    """A person has revoked it: nothing goes to it any more."""
    _make(db, device)
    db.execute("UPDATE terminals SET revoked = ?, on_duty = 0 WHERE device = ?", (REVOKED, device))


def restore(db: sqlite3.Connection, device: str) -> None:
    """A person has enrolled it again."""
    db.execute("UPDATE terminals SET revoked = 0 WHERE device = ?", (device,))


def revoked(db: sqlite3.Connection) -> set[str]:
    """Devices to which nothing may be sent."""
    return {device for (device,) in db.execute("SELECT device FROM terminals WHERE revoked > 0")}


def on_duty(db: sqlite3.Connection) -> frozenset[str]:
    """Devices whose workers said that they are there."""
    return frozenset(device for (device,) in db.execute("SELECT device FROM terminals WHERE on_duty AND NOT revoked"))


def _make(db: sqlite3.Connection, device: str) -> None:
    db.execute("INSERT OR IGNORE INTO terminals (device) VALUES (?)", (device,))
