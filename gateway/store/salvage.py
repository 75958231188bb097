"""Copies rows between databases of ours, also out of a torn one: from both ends of a table up to where it is broken."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

import structlog

log = structlog.get_logger()

# what may be large and is not needed to judge; of `outbox` the incidents always go along
BULK = frozenset({"outbox", "telemetry", "staged", "reports", "quarantine", "pieces", "snapshots", "recent"})
AT_ONCE = 256  # rows
INCIDENTS = "priority <= 1"  # gateway.outbox.URGENT


def tables(db: sqlite3.Connection) -> list[str]:
    """Every table that holds facts."""
    made = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in made if name != "totals"]  # totals are counted again, row by row


def copy_all(old: sqlite3.Connection, new: sqlite3.Connection, *, lean: bool) -> int:
    """Copy what can be read, in the caller's transaction; `lean`: what judging needs and the incidents we owe."""
    rows = 0
    for table in tables(new):
        if not (lean and table in BULK):
            rows += copy_rows(old, new, table)
    if lean:
        rows += copy_rows(old, new, "outbox", INCIDENTS)
    copy_rows(old, new, "totals", "name = 'boot'")
    _go_on_counting(old, new)
    return rows


def _go_on_counting(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Numbers go on above the old ones, which may still be known elsewhere."""
    try:
        counted = old.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except sqlite3.DatabaseError as error:
        log.warning("salvage_ended", table="sqlite_sequence", why=str(error))
        return
    for name, seq in counted:
        known = new.execute("UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?", (seq, name)).rowcount
        if not known:
            new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, seq))


def copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, table: str, where: str = "1") -> int:
    """Copy the columns that both know; where a page is broken, what lies before it and, from the end, behind it."""
    try:
        columns, key = _shape(old, new, table)
    except sqlite3.DatabaseError as error:
        log.warning("salvage_ended", table=table, why=str(error))
        return 0
    rows = 0
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    how = "REPLACE" if table == "totals" else "IGNORE"
    insert = f"INSERT OR {how} INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our names
    for index, backwards in itertools.product(("", "NOT INDEXED"), (False, True)) if columns else ():
        walk = _Walk(old, f"SELECT {names}, {', '.join(key)} FROM {table} {index} WHERE ({where})", key, backwards)  # noqa: S608
        rows += sum(new.execute(insert, row[: len(columns)]).rowcount for row in walk)
        if walk.broken is None:
            break
        log.warning("salvage_ended", table=table, rows=rows, why=walk.broken)
    return rows


def _shape(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    """The columns that both know, and the key that orders the rows."""
    theirs = {name for _, name, *_ in old.execute(f"PRAGMA table_info({table})")}
    ours = {name: place for _, name, _, _, _, place in new.execute(f"PRAGMA table_info({table})")}
    key = sorted((name for name, place in ours.items() if place), key=lambda name: ours[name])
    return [name for name in ours if name in theirs], key or ["rowid"]


class _Walk:
    """Rows in the order of a key, from page to page of a few; up to the first that cannot be read."""

    def __init__(self, db: sqlite3.Connection, select: str, key: list[str], backwards: bool) -> None:
        self._db = db
        self._select = select
        self._key = key
        self._order = ", ".join(f"{name} {'DESC' if backwards else 'ASC'}" for name in key)
        self._beyond = f"AND ({', '.join(key)}) {'<' if backwards else '>'} ({', '.join('?' * len(key))})"
        self.broken: str | None = None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        last: tuple[Any, ...] = ()
        count = AT_ONCE
        while True:
            beyond = self._beyond if last else ""
            try:
                rows = self._db.execute(
                    f"{self._select} {beyond} ORDER BY {self._order} LIMIT {count}", last
                ).fetchall()
            except sqlite3.DatabaseError as error:
                if count == 1:
                    self.broken = str(error)
                    return
                count = 1  # the last ones before the break, one by one: an error takes the row before it along
                continue
            if not rows:
                return
            yield from rows
            last = rows[-1][-len(self._key) :]
