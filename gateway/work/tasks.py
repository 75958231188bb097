"""Tasks on the terminals of workers, sent until the terminal itself says that it has them. In the writer's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from domain import site_tasks
from domain.incidents import Condition, Kind, Severity
from domain.site_tasks import OPEN, TAKEN, IllegalTaskMove, TaskEvent, TaskState, Worker, move_task
from gateway.outward.envelopes import Envelopes
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.work import told_cases
from gateway.work.cases import CaseRow
from gateway.work.mail import Mail
from gateway.work.texts import text_of
from protocol import tasks

AGAIN_MS = 30_000  # a terminal without a link, or one that nobody is logged on to, takes nothing
WITHDRAWALS_MAX = 20  # a terminal that never had the task does not confirm that it is gone
AT_ONCE = 50
REVISION_MAX = 1 << 30  # a small integer on a board
KEPT = 20_000  # rows; a year of a busy site


class Tasks:
    """The table `tasks`."""

    def __init__(self, site: Site, outbox: Outbox, envelopes: Envelopes, counters: Counters) -> None:
        self._site = site
        self._outbox = outbox
        self._envelopes = envelopes
        self._counters = counters
        self._now_ms: int | None = None  # at the last look; a clock may be set back between two starts, too

    def of_case(self, db: sqlite3.Connection, case_id: str) -> list[site_tasks.Task]:
        """Every task that this incident has had."""
        rows = db.execute(
            "SELECT id, person, state, round, called_ms, received, rings FROM tasks WHERE case_id = ?", (case_id,)
        )
        return [
            site_tasks.Task(
                id=task_id, person=person, state=TaskState(state), round=of_round, called_ms=called_ms,
                received=received > 0, rings=rings,
            )
            for task_id, person, state, of_round, called_ms, received, rings in rows
        ]  # fmt: skip

    def family(self, db: sqlite3.Connection, row: CaseRow) -> dict[str, str]:
        """Who has an open task for another place of the same fire: person -> that case."""
        return {person: case_id for person, _, case_id in self._next_door(db, row)}

    def walked(self, db: sqlite3.Connection, row: CaseRow, calling: Collection[str]) -> bool:
        """True where somebody goes to another place of the same fire, or is being called by one of `calling`.

        An offer that nobody has answered, of a fire that calls nobody any more, helps nobody.
        """
        return any(state in TAKEN or case_id in calling for _, state, case_id in self._next_door(db, row))

    def _next_door(self, db: sqlite3.Connection, row: CaseRow) -> list[tuple[str, str, str]]:
        # a fire that is out is no walk any more: who went there was told that it is
        if not Kind(row.kind).spreads:
            return []
        query = (
            "SELECT t.person, t.state, t.case_id FROM open_tasks t JOIN cases c ON c.id = t.case_id "
            "WHERE c.kind = ? AND c.grid = ? AND c.id != ? AND c.condition = 'active'"
        )
        return db.execute(query, (row.kind, row.grid, row.id)).fetchall()

    def counts(self, db: sqlite3.Connection) -> dict[str, int]:
        """How many tasks are open, by state."""
        return dict(db.execute("SELECT state, count(*) FROM open_tasks GROUP BY state"))

    def offer(
        self, db: sqlite3.Connection, row: CaseRow, worker: Worker, places: Sequence[str], why: str, now_ms: int
    ) -> None:
        """Put an incident on a worker's list."""
        (count,) = db.execute("SELECT count(*) FROM tasks WHERE case_id = ?", (row.id,)).fetchone()
        task_id = f"t-{row.id[-12:]}-{count + 1}"
        deadline_ms = now_ms + self._site.tasks.respond_min * 60_000
        fields = {"id": task_id, "revision": 1, "state": str(TaskState.OFFERED), "deadline_ms": deadline_ms}
        payload = tasks.encode({**fields, **self._facts(db, row, worker.device, places)})
        db.execute(
            "INSERT OR REPLACE INTO tasks (id, case_id, person, device, state, revision, round, called_ms, send_ms, "
            "payload) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
            (task_id, row.id, worker.id, worker.device, TaskState.OFFERED, row.round, now_ms, now_ms, payload),
        )
        self._counters.add(f"tasks.offered.{why}")
        self._tell(db, task_id, 1, "offered", why, now_ms)

    def withdraw(self, db: sqlite3.Connection, task_id: str, why: str, now_ms: int) -> None:
        """Take it off the list. Raises IllegalTaskMove where it is over already."""
        self._move(db, task_id, TaskEvent.WITHDRAW)
        revision = self._rewrite(db, task_id, {"state": str(TaskState.WITHDRAWN)}, now_ms)
        self._counters.add(f"tasks.withdrawn.{why}")
        self._tell(db, task_id, revision, "withdrawn", why, now_ms)

    def ring(self, db: sqlite3.Connection, task_id: str, now_ms: int) -> None:
        """The same offer once more, so that it sounds."""
        self._rewrite(db, task_id, {}, now_ms)
        db.execute("UPDATE tasks SET rings = rings + 1, called_ms = ? WHERE id = ?", (now_ms, task_id))
        self._counters.add("tasks.rung")

    def refresh(self, db: sqlite3.Connection, row: CaseRow, places: Sequence[str], now_ms: int) -> None:
        """The incident is not what the open tasks say: they change, and sound again."""
        query = "SELECT id, device, payload FROM open_tasks WHERE case_id = ?"
        for task_id, device, payload in db.execute(query, (row.id,)).fetchall():
            before, news = _read(payload), self._facts(db, row, device, places)
            if any(before.get(name) != value for name, value in news.items()):
                self._rewrite(db, task_id, news, now_ms)

    def answered(self, db: sqlite3.Connection, device: str, report: dict[str, Any]) -> tuple[str | None, bool]:
        """(incident, does it count) of a report about a task; (None, False) where it is no task of this terminal."""
        task_id, what = report.get("task"), report["what"]
        found = db.execute("SELECT case_id FROM tasks WHERE id = ? AND device = ?", (task_id, device)).fetchone()
        if found is None:
            return None, False
        if what == "received":
            self._received(db, str(task_id), report.get("revision"))
            return str(found[0]), False
        try:
            state = self._move(db, str(task_id), TaskEvent(what))
        except IllegalTaskMove:
            self._counters.add("tasks.answers_too_late")
            return str(found[0]), False
        # the terminal knows its own step; who logs on with another PIN, or on a new terminal, must find it there
        if state in OPEN:
            self._write_payload(db, str(task_id), {"state": str(state)})
        db.execute("UPDATE tasks SET send_ms = NULL WHERE id = ?", (task_id,))
        self._counters.add(f"tasks.{what}")
        return str(found[0]), True

    def again(self, db: sqlite3.Connection, device: str, now_ms: int) -> None:
        """Somebody came, or came back: what is open goes out again, and withdrawals that are not confirmed."""
        db.execute(
            "UPDATE tasks SET send_ms = ?, sends = 0 WHERE device = ? AND (id IN (SELECT id FROM open_tasks) "
            "OR (state = 'withdrawn' AND received BETWEEN 1 AND revision - 1))",
            (now_ms, device),
        )

    def due(self, db: sqlite3.Connection, now_ms: int, silent: set[str]) -> list[Mail]:
        """What goes out now, nothing to the devices in `silent`."""
        # after a step back of the clock nothing may wait for the old time
        db.execute("UPDATE tasks SET send_ms = ? WHERE send_ms > ?", (now_ms, now_ms + 2 * AGAIN_MS))
        if self._now_ms is None or now_ms < self._now_ms:
            open_ones = "id IN (SELECT id FROM open_tasks) AND called_ms > ?"
            db.execute(f"UPDATE tasks SET called_ms = ? WHERE {open_ones}", (now_ms, now_ms))  # noqa: S608 - our own words
        self._now_ms = now_ms
        rows = db.execute(
            "SELECT id, device, payload FROM tasks WHERE send_ms <= ? ORDER BY send_ms LIMIT ?", (now_ms, AT_ONCE)
        ).fetchall()
        for task_id, _, _ in rows:
            db.execute(
                "UPDATE tasks SET sends = sends + 1, send_ms = CASE WHEN received >= revision "
                "OR (state = 'withdrawn' AND sends + 1 >= ?) THEN NULL ELSE ? END WHERE id = ?",
                (WITHDRAWALS_MAX, now_ms + AGAIN_MS, task_id),
            )
        return [
            Mail(device=device, kind="task", payload=payload) for _, device, payload in rows if device not in silent
        ]

    def revoke(self, db: sqlite3.Connection, device: str, now_ms: int) -> None:
        """Nothing of this terminal's list is open any more, and nothing goes there."""
        for (task_id,) in db.execute("SELECT id FROM open_tasks WHERE device = ?", (device,)).fetchall():
            self.withdraw(db, task_id, "revoked", now_ms)
        db.execute("UPDATE tasks SET send_ms = NULL WHERE device = ? AND send_ms IS NOT NULL", (device,))

    def prune(self, db: sqlite3.Connection) -> None:
        """Forget the oldest that are over, beyond the bound."""
        (count,) = db.execute("SELECT count(*) FROM tasks").fetchone()
        if count > KEPT:
            db.execute(
                "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE id NOT IN (SELECT id FROM open_tasks) "
                "ORDER BY called_ms LIMIT ?)",
                (count - KEPT,),
            )

    def _received(self, db: sqlite3.Connection, task_id: str, revision: object) -> None:
        number = revision if type(revision) is int and 1 <= revision < REVISION_MAX else 1
        # a terminal that is ahead of us knows what our restored backup does not: the next revision must be above it
        db.execute("UPDATE tasks SET revision = ? WHERE id = ? AND revision < ?", (number, task_id, number))
        db.execute("UPDATE tasks SET received = max(received, ?) WHERE id = ?", (number, task_id))
        db.execute("UPDATE tasks SET send_ms = NULL WHERE id = ? AND received >= revision", (task_id,))

    def _move(self, db: sqlite3.Connection, task_id: str, event: TaskEvent) -> TaskState:
        (state,) = db.execute("SELECT state FROM tasks WHERE id = ?", (task_id,)).fetchone()
        after = move_task(TaskState(state), event)
        db.execute("UPDATE tasks SET state = ? WHERE id = ?", (after, task_id))
        return after

    def _rewrite(self, db: sqlite3.Connection, task_id: str, news: dict[str, Any], now_ms: int) -> int:
        """Another revision, to be sent at once."""
        db.execute("UPDATE tasks SET revision = revision + 1, sends = 0, send_ms = ? WHERE id = ?", (now_ms, task_id))
        (revision,) = db.execute("SELECT revision FROM tasks WHERE id = ?", (task_id,)).fetchone()
        self._write_payload(db, task_id, news | {"revision": revision})
        return int(revision)

    def _write_payload(self, db: sqlite3.Connection, task_id: str, news: dict[str, Any]) -> None:
        (payload,) = db.execute("SELECT payload FROM tasks WHERE id = ?", (task_id,)).fetchone()
        before = _read(payload)
        if before:
            db.execute("UPDATE tasks SET payload = ? WHERE id = ?", (tasks.encode(before | news), task_id))

    def _facts(self, db: sqlite3.Connection, row: CaseRow, device: str, places: Sequence[str]) -> dict[str, Any]:
        member = self._site.endpoints.get(device)
        language = str(member.settings.get("language", "zh")) if member else "zh"
        caller = self._site.people.person_of(row.device)
        text = text_of(
            Kind(row.kind), Severity(row.severity), language,
            cleared=row.condition == Condition.CLEARED, who=self._site.people.name_of(caller) if caller else row.device,
        )  # fmt: skip
        return {
            "kind": row.kind,
            "severity": row.severity,
            "place": "、".join(places)[:200] or row.device,
            "text": told_cases.worded(db, row.id, text),
        }

    def _tell(self, db: sqlite3.Connection, task_id: str, revision: int, state: str, why: str, now_ms: int) -> None:
        case_id, person, device = db.execute(
            "SELECT case_id, person, device FROM tasks WHERE id = ?", (task_id,)
        ).fetchone()
        data = {
            "id": f"{task_id}:{revision}", "device": device, "person": person, "task": task_id,
            "incident_id": case_id, "state": state, "why": why, "at_ms": now_ms,
        }  # fmt: skip
        self._outbox.add(db, self._envelopes.task(data, now_ms))


def _read(payload: bytes) -> dict[str, Any]:
    """A payload of ours; empty, where it rotted on the disk: everybody else is called all the same."""
    try:
        return dict(msgspec.json.decode(payload))
    except (ValueError, TypeError):
        return {}
