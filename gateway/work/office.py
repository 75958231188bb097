"""The work of people at the site in one place: what came is put where it belongs, and what follows is done.

Runs in the writer's thread, inside a transaction; what has to be sent is handed out and goes after the commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Set
from typing import Any

from domain.alarms import Change
from domain.field_work import ANSWERS
from domain.incidents import Condition, Kind
from domain.site_tasks import OPEN, TAKEN_AT_CENTRE, Case, Orders, Worker, decide, rung_out, tiers
from gateway.outward.envelopes import Envelopes
from gateway.site_file.site import Member, Site
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.work import called, finds, terminals
from gateway.work.cases import CaseRow, Cases, desk_number, reopened, settled, severity_of, stage_of, unheard
from gateway.work.mail import Mail
from gateway.work.reports import Reports
from gateway.work.sirens import Sirens
from gateway.work.tasks import Tasks
from protocol import desk

PRUNE_STEPS = 3_600


Known = Callable[[sqlite3.Connection, str, Kind, str], None]


def _nobody_asks(_db: sqlite3.Connection, _device: str, _kind: Kind, _case_id: str) -> None:
    pass


class Office:
    """Cases, tasks, reports and sirens of one site."""

    def __init__(self, site: Site, outbox: Outbox, envelopes: Envelopes, counters: Counters) -> None:
        self._site = site
        self._outbox = outbox
        self._envelopes = envelopes
        self._counters = counters
        self._cases = Cases(counters)
        self._tasks = Tasks(site, outbox, envelopes, counters)
        self._sirens = Sirens(counters)
        self._reports = Reports(counters)
        self._unheard_s: dict[str, float] = {}  # case -> since when we know that the centre has not acknowledged it
        self._calling: set[str] = set()  # cases that call people by themselves, of this step so far
        self._steps = 0
        self.known: Known = _nobody_asks  # called with what somebody at the centre has taken: then he knows of it

    @property
    def news(self) -> bool:
        """True once where a step should not wait; asked after a commit."""
        news, self._cases.news = self._cases.news, False
        return news

    def noted(
        self,
        db: sqlite3.Connection,
        member: Member,
        change: Change,
        message_id: str,
        now_ms: int,
        parent: str | None = None,
    ) -> None:
        """An incident was raised, changed or cleared; the centre is owed `message_id`.

        What is only a part of `parent` calls nobody for itself, unless lives are at stake.
        """
        row = self._cases.noted(db, member, change, message_id)
        if parent is not None and not change.incident.kind.life_safety:
            self._cases.finish(db, row.id)
        for case in {row.id, *self._tasks.family(db, row).values()}:
            known = self._cases.require(db, case)
            self._tasks.refresh(db, known, self._cases.places(db, known), now_ms)

    def report(self, db: sqlite3.Connection, device: str, payload: bytes, received_ms: int) -> bytes:
        """Take a report; its receipt. Raises PayloadError."""
        taken = self._reports.take(db, device, payload, received_ms)
        if taken.report is not None:
            self._work_in(db, device, taken.report, received_ms)
        return taken.receipt

    def refused_report(self, payload: bytes) -> bytes | None:
        """The receipt for a report that is in quarantine."""
        return self._reports.refused(payload)

    def _work_in(self, db: sqlite3.Connection, device: str, report: dict[str, Any], received_ms: int) -> None:
        what = report["what"]
        terminals.reported(db, device, what)
        case_id, counts = None, False
        if what in (*ANSWERS, "received"):
            case_id, counts = self._tasks.answered(db, device, report)
        if case_id is not None and what in ANSWERS:
            self._cases.told(db, case_id, received_ms)
        if what == "duty_on":
            self._tasks.again(db, device, received_ms)
        self._cases.news = True
        person, member = self._site.people.person_of(device), self._site.endpoints.get(device)
        told = finds.worded(report, member.settings if member else {})
        self._outbox.add(db, self._envelopes.report(device, person, told, case_id, counts, received_ms))

    def came(self, db: sqlite3.Connection, device: str, now_ms: int) -> None:
        """An endpoint has connected: what it may have missed goes out again."""
        self._tasks.again(db, device, now_ms)
        self._cases.news = True

    def answered(self, db: sqlite3.Connection, device: str, payload: bytes) -> None:
        """An endpoint answers a command. Raises PayloadError."""
        self._sirens.answered(db, device, payload)

    def desk(self, db: sqlite3.Connection, payload: bytes) -> None:
        """The list of the centre. Raises PayloadError."""
        number, rows = desk.decode(payload)
        self._cases.desk(db, number, rows)
        for device, kind, case_id in self._cases.taken(db, rows):
            self.known(db, device, Kind(kind), case_id)
        self._counters.add("desk.lists")

    def refused(self, db: sqlite3.Connection, message_id: str) -> None:
        """The centre will never take this message of ours."""
        self._cases.refused(db, message_id)

    def step(self, db: sqlite3.Connection, now_ms: int, now_s: float, down_s: float) -> list[Mail]:
        """Do what is due; what goes to endpoints after the commit. `now_s`: monotonic; `down_s`: without the centre."""
        gone = terminals.revoked(db)
        for device in gone:
            self._tasks.revoke(db, device, now_ms)
        workers = [worker for worker in self._site.people.workers if worker.device not in gone]
        present = terminals.on_duty(db)
        rows = self._cases.wanted(db)
        self._calling = set()
        for row in rows:
            alone = self._alone(db, row, now_s, down_s)
            people = self._people(row, workers, now_ms, present)
            self._consider(db, row, alone, people, now_ms)
            if row.device:  # what people told sounds nowhere by itself: the centre's people have heard it
                self._sirens.look(db, row, self._site.sirens, now_ms)
        wanted: Set[str] = {row.id for row in rows}
        if not self._unheard_s.keys() <= wanted:
            wanted = self._cases.all_wanted(db)
        self._unheard_s = {case: since for case, since in self._unheard_s.items() if case in wanted}
        if self._steps % PRUNE_STEPS == 0:  # at the first of every start, too
            self._tasks.prune(db)
        self._steps += 1
        return self._tasks.due(db, now_ms, gone) + self._sirens.due(db, now_ms)

    def _alone(self, db: sqlite3.Connection, row: CaseRow, now_s: float, down_s: float) -> bool:
        """True where nobody but us calls anybody: the link is down, or the centre does not take this incident."""
        policy = self._site.tasks
        silent = unheard(db, row)
        if not silent:
            self._unheard_s.pop(row.id, None)
        since_s = self._unheard_s.setdefault(row.id, now_s) if silent else now_s
        patience_s = policy.life_s if Kind(row.kind).life_safety else policy.alone_s
        return down_s >= policy.alone_s or (silent and now_s - since_s >= patience_s)

    def _people(
        self, row: CaseRow, workers: list[Worker], now_ms: int, present: frozenset[str]
    ) -> tuple[tuple[Worker, ...], ...]:
        others = [worker for worker in workers if worker.device != row.device]  # who calls for help is not sent
        return tiers(self._site.people.roster, others, row.grid, now_ms, present=present)

    def _consider(
        self, db: sqlite3.Connection, row: CaseRow, alone: bool, people: tuple[tuple[Worker, ...], ...], now_ms: int
    ) -> None:
        busy = self._tasks.family(db, row)
        alone = alone and not self._tasks.walked(db, row, self._calling)  # one fire is one walk
        case = Case(
            kind=Kind(row.kind),
            severity=severity_of(row),
            condition=Condition(row.condition),
            round=row.round,
            stage=stage_of(row),
            holder=row.holder,
            settled=settled(db, row, now_ms),
            reopened=reopened(row),
            alone=alone,
            called=called.of_case(db, row.id),
        )
        had = self._tasks.of_case(db, row.id)
        orders = decide(case, had, people, self._site.tasks, now_ms)
        calls = orders.offer or not rung_out(had, self._site.tasks, now_ms)
        if alone and calls and not row.over and row.stage not in TAKEN_AT_CENTRE:
            self._calling.add(row.id)
        for task, why in orders.withdraw:
            self._tasks.withdraw(db, task.id, why, now_ms)
        places = self._cases.places(db, row)
        for worker in orders.offer:
            sent = case.settled and row.stage == "dispatched" and worker.id == row.holder
            why = "dispatched" if sent else "alone" if alone else "called"
            if why == "alone" or worker.id not in busy:
                self._tasks.offer(db, row, worker, places, why, now_ms)
        for task in orders.ring:
            self._tasks.ring(db, task.id, now_ms)
        idle = orders == Orders() and not any(task.state in OPEN for task in had)
        wanted = self._site.tasks.wants(case.kind, case.severity) or case.stage in TAKEN_AT_CENTRE
        wanted = wanted or any(s.sounds_for(row.device, row.kind, row.severity, row.grid) for s in self._site.sirens)
        if idle and (row.over or not wanted):
            self._cases.finish(db, row.id)

    def fields(self, db: sqlite3.Connection) -> dict[str, object]:
        """For the status of the gateway."""
        return {"desk": desk_number(db), "tasks": self._tasks.counts(db)}
