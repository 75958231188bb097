"""A line of samples for rules under test: seconds, values, and what changed when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from domain.alarms import Change
from domain.readings import Reading, Value
from domain.rules.engine import Engine
from domain.rules.program import Program, compiled
from domain.rules.reader import read_rule

START_MS = 1_795_000_000_000


def reading(second: float, values: Mapping[str, Value], faults: Mapping[str, str] | None = None) -> Reading:
    """One sample of a lift."""
    at_ms = START_MS + round(second * 1000)
    return Reading(
        device="lift-a",
        boot=1,
        seq=round(second * 1000),
        at_ms=at_ms,
        received_ms=at_ms,
        told_ms=at_ms,
        backfill=False,
        quality="good",
        values=values,
        faults=faults or {},
    )


def program(*tables: Mapping[str, Any], **settings: int) -> Program:
    """The program of some rules as they stand in a file, for a lift."""
    rest = {"endpoints": ["lift"], "raises": "lift_fault", "source": "default"}
    rules = [read_rule({"name": f"rule_{n}", **rest, **table}, f"rules[{n}]") for n, table in enumerate(tables, 1)]
    return compiled(rules, **settings)


class Line:
    """An engine and what it said. `restarting`: after every sample nothing is left but its state, as JSON."""

    def __init__(self, judged_by: Program, *, restarting: bool = False) -> None:
        self.program = judged_by
        self.engine = Engine(judged_by)
        self.restarting = restarting
        self._ids = count(1)
        self.changes: list[Change] = []
        self.told: list[tuple[float, str, str]] = []  # second, event, severity

    def new_id(self) -> str:
        """The next id."""
        return f"i{next(self._ids)}"

    def feed(self, second: float, values: Mapping[str, Value], faults: Mapping[str, str] | None = None) -> list[Change]:
        """One sample."""
        changes = self.engine.feed(reading(second, values, faults), self.new_id)
        self.take(second, changes)
        if self.restarting:
            self.restart(self.program)
        return changes

    def take(self, second: float, changes: Iterable[Change]) -> None:
        """Note changes."""
        for change in changes:
            self.changes.append(change)
            self.told.append((second, str(change.event), str(change.incident.severity)))

    def run(self, channel: str, values: Iterable[Value], start: int = 0) -> list[tuple[float, str, str]]:
        """One channel at 1 Hz; everything told so far."""
        for second, value in enumerate(values, start):
            self.feed(second, {channel: value})
        return self.told

    def restart(self, judged_by: Program) -> None:
        """As after kill -9, maybe with other rules."""
        state = json.loads(json.dumps(self.engine.to_state()))
        self.program = judged_by
        self.engine = Engine(judged_by)
        self.engine.restore(state)
