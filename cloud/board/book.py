"""What is open, as last read from the store, for all who look: of a change only the incidents it names are read again.

The store is the only truth. Every AGE_MS all of it is read, whatever was told, and a row that differs in anything is
built anew; of time that passes only what it changes is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.board.book_rows import NONE, Clock, Facts, clocks, closed_facts, deadline_of, open_facts, row_of
from cloud.board.filters import Light
from cloud.board.urgency import FAR_MS, urgency
from cloud.board.views import IncidentRow
from cloud.plan import Plan
from cloud.store.engine import Store
from domain.deadlines import Deadline
from domain.incidents import is_grave

AGE_MS = 2000  # default: what changes by time alone (a deadline passes) is seen so late at most
SOME_MAX = 200  # default: more incidents than that at once are read with all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One open incident: its row, and the moments between which that row stays what it is."""

    facts: Facts
    clock: Clock
    row: IncidentRow
    light: Light
    order: tuple[bool, bool, int, str]  # who is listed at all: lives, what is grave, what is due first
    rank: tuple[bool, int, bool, bool, int, str]
    from_ms: int
    until_ms: int

    def holds(self, facts: Facts, clock: Clock, now_ms: int) -> bool:
        """True where nothing has changed."""
        return self.from_ms <= now_ms < self.until_ms and self.facts == facts and self.clock == clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is open at one moment, and the last closed ones."""

    read_ms: int  # when all of it was read
    lines: dict[str, Line]  # in the order of who is listed at all
    closed: tuple[IncidentRow, ...]


class Book:
    """Safe to call from several threads: one reads, the others wait, so that no older state replaces a newer one."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._reading = threading.Lock()
        self._telling = threading.Lock()
        self._told: set[str] | None = None  # what has changed since; None: all of it may have
        self._read_ms = 0
        self._by: object = None  # the plan by which rows were named
        self._facts: dict[str, Facts] = {}
        self._clocks: dict[str, Clock] = {}
        self._lines: dict[str, Line] = {}
        self._closed: dict[Facts, IncidentRow] = {}

    def changed(self, ids: Iterable[str]) -> None:
        """What was read of these is old now."""
        with self._telling:
            if self._told is not None:
                self._told |= set(ids)

    def page(self, now_ms: int) -> Page:
        """As it is now."""
        with self._reading:
            if self._plan.read is not self._by or not 0 <= now_ms - self._read_ms < AGE_MS:
                self._tell_all()
            told = self._take()
            if told is None or told:
                try:
                    self._read(told, now_ms)
                except BaseException:
                    self._tell_all()  # half of it may have been taken in
                    raise
            self._write(now_ms)
            return Page(read_ms=self._read_ms, lines=self._lines, closed=tuple(self._closed.values()))

    def _tell_all(self) -> None:
        with self._telling:
            self._told = None

    def _take(self) -> set[str] | None:
        """What is to be read; whatever is told from now on is for the next time."""
        with self._telling:
            told, self._told = self._told, set()
            return told if told is not None and len(told) <= SOME_MAX else None

    def _read(self, told: set[str] | None, now_ms: int) -> None:
        by = self._plan.read
        with self._store.read() as session:
            facts = open_facts(session, told)
            ids = None if told is None else told | {one.root for one in facts.values()}
            found = clocks(session, ids)
            closed = closed_facts(session)
        if told is None or ids is None:
            self._facts, self._clocks, self._read_ms = facts, found, now_ms
            if by is not self._by:
                self._lines, self._closed, self._by = {}, {}, by
        else:
            self._facts = {one: kept for one, kept in self._facts.items() if one not in told} | facts
            self._clocks = {one: kept for one, kept in self._clocks.items() if one not in ids} | found
        rows = self._closed
        self._closed = {one: rows.get(one) or row_of(self._plan, one, NONE, None, now_ms) for one in closed}

    def _write(self, now_ms: int) -> None:
        """The lines of what was read: those that hold stay what they are."""
        lines = [self._line(facts, self._clocks.get(facts.root, NONE), now_ms) for facts in self._facts.values()]
        if len(lines) != len(self._lines) or any(self._lines.get(line.row.id) is not line for line in lines):
            self._lines = {line.row.id: line for line in sorted(lines, key=lambda line: line.order)}

    def _line(self, facts: Facts, clock: Clock, now_ms: int) -> Line:
        line = self._lines.get(facts.id)
        if line is not None and line.holds(facts, clock, now_ms):
            return line
        due = deadline_of(clock)
        row = row_of(self._plan, facts, clock, due, now_ms)
        from_ms, until_ms = _steady(due, now_ms)
        return Line(
            facts=facts, clock=clock, row=row, light=_light(row), rank=urgency(row), from_ms=from_ms, until_ms=until_ms,
            order=(not row.life_safety, not is_grave(row.kind, row.severity), row.deadline_ms or FAR_MS, row.id),
        )  # fmt: skip


def _steady(due: Deadline | None, now_ms: int) -> tuple[int, int]:
    """From when until when a deadline looks as it does now: it turns yellow, and is late after its last moment."""
    turns = [] if due is None else [due.yellow_ms, due.due_ms + 1]
    before, after = [turn for turn in turns if turn <= now_ms], [turn for turn in turns if turn > now_ms]
    return max(before, default=-FAR_MS), min(after, default=FAR_MS)


def _light(row: IncidentRow) -> Light:
    """As much of it as a filter needs."""
    return Light(
        id=row.id, parent_id=row.parent_id, kind=row.kind, severity=row.severity, grid=row.grid, site=row.site,
        stage=row.stage, tiers=row.tiers, holder=row.holder, due_ms=row.deadline_ms,
    )  # fmt: skip
