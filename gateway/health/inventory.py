"""What the centre cannot see by itself: firmware, batteries, rules with their limits, updates, disk; a page per status.

The next page goes with the next status, round and round: 500 endpoints are told in 45 s, and a status grows by at most
a hundred rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from domain.rollouts import plan
from gateway.beliefs.memory import Memory
from gateway.health.in_force import rules_in_force
from gateway.ops import runs
from gateway.ops.overview import bytes_of, disk_of
from gateway.rollouts import ledger
from gateway.site_file.site import Site
from gateway.store.schema import DATABASE
from protocol import inventory

ROLLOUTS = 5  # the newest; older ones are listed at the gateway
DAY_MS = 86_400_000
KILLED = "killed"  # or its power went: it had no time to say so
SAMPLE = 160  # bytes of a refused message
REFUSED = 20  # of the newest in quarantine; all of them are counted in the status
BATTERY = "battery"
UPDATE = ("rollout", "version", "wave", "progress", "since_ms", "attempts", "error")
Rows = list[dict[str, Any]]


class Inventory:
    """Runs in the writer's thread, inside a transaction."""

    def __init__(self, site: Site, memory: Memory, folder: Path, started_ms: int) -> None:
        self._site = site
        self._memory = memory
        self._folder = folder
        self._started_ms = started_ms
        self._around = self._pages()

    def fields(self, db: sqlite3.Connection) -> dict[str, Any]:
        """For the status: the page whose turn it is."""
        part, number = next(self._around)
        if part != inventory.ENDPOINTS:
            return {"inventory": inventory.page(part, 0, 1, self._rows(db, part)[: inventory.MAX_ROWS])}
        devices, size = list(self._site.endpoints), inventory.MAX_ROWS
        pages = -(-len(devices) // size)
        number = min(number, pages - 1)  # the site file may have become shorter meanwhile
        rows = self._endpoints(db, devices[number * size : (number + 1) * size])
        return {"inventory": inventory.page(part, number, pages, rows)}

    def _pages(self) -> Iterator[tuple[str, int]]:
        while True:
            for part in inventory.PARTS:
                count = len(self._site.endpoints) if part == inventory.ENDPOINTS else 1
                yield from ((part, number) for number in range(max(1, -(-count // inventory.MAX_ROWS))))

    def _rows(self, db: sqlite3.Connection, part: str) -> Rows:
        if part == inventory.GATEWAY:
            return [self._gateway() | _last_run(db)]
        if part == inventory.RULES:
            return rules_in_force(self._site)
        if part == inventory.ROLLOUTS:
            return [_rollout(db, rollout) for rollout in reversed(ledger.in_state(db)[-ROLLOUTS:])]
        return _refused(db)

    def _gateway(self) -> dict[str, Any]:
        disk = disk_of(self._folder)
        row = {"started_ms": self._started_ms, "database_bytes": bytes_of(self._folder / DATABASE)}
        return row if disk is None else row | {"disk_free": disk.free, "disk_size": disk.total}

    def _endpoints(self, db: sqlite3.Connection, devices: list[str]) -> Rows:
        rows: dict[str, dict[str, Any]] = {device: {"device": device} for device in devices}
        marks = ", ".join("?" * len(devices))
        query = f"SELECT device, board, version FROM firmware WHERE device IN ({marks})"  # noqa: S608 - only marks
        for device, board, version in db.execute(query, devices):
            rows[device] |= {"board": board, "firmware": version}
        for device, row in rows.items():
            if boot := self._memory.look(db, device).boot:
                row["boot"] = boot
            level = self._memory.recent.newest(db, device, BATTERY)
            if level is not None:
                row[BATTERY] = round(level)
        for rollout in ledger.in_state(db)[-ROLLOUTS:]:  # the newest has the last word
            for unit in ledger.units(db, rollout.id):
                if unit.device in rows:
                    update = msgspec.to_builtins(unit) | {"rollout": rollout.id, "version": rollout.version_text}
                    rows[unit.device]["update"] = {name: update[name] for name in UPDATE}
        return list(rows.values())


def _rollout(db: sqlite3.Connection, rollout: ledger.Rollout) -> dict[str, Any]:
    row = {name: getattr(rollout, name) for name in ("id", "kind", "board", "why", "changed_ms")}
    counts = {str(progress): count for progress, count in plan.count(ledger.units(db, rollout.id)).items()}
    return row | {"version": rollout.version_text, "state": str(rollout.state), "counts": counts}


def _last_run(db: sqlite3.Connection) -> dict[str, Any]:
    """How the run before this one ended, and how often it was started within a day of now."""
    found = runs.newest(db)
    if not found:
        return {}
    lately = [run for run in found if run.started_ms > found[0].alive_ms - DAY_MS]
    last = {"last_end": found[1].ended or KILLED, "last_alive_ms": found[1].alive_ms} if len(found) > 1 else {}
    return {"starts_day": len(lately), **last}


def _refused(db: sqlite3.Connection) -> Rows:
    query = "SELECT received_ms, reason, topic, substr(payload, 1, ?) FROM quarantine ORDER BY n DESC LIMIT ?"
    return [  # of an empty payload SQLite makes NULL
        {"at_ms": at_ms, "reason": reason, "topic": topic, "sample": bytes(payload or b"").decode(errors="replace")}
        for at_ms, reason, topic, payload in db.execute(query, (SAMPLE, REFUSED))
    ]
