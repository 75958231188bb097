"""A real centre on real files, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cloud.board.views import IncidentDetail
from cloud.changes import Changed
from cloud.desk import Desk
from cloud.history.series import DuckSeries
from cloud.plan import load_plan
from cloud.store.engine import Store, open_store
from domain.incidents import Move
from runtime.clock import Clock
from tests.cloud import facts

START_MS = 1_795_324_297_817  # 13:11 in the sample district


@dataclass(frozen=True, slots=True, kw_only=True)
class HandClock(Clock):
    """Time that moves when the test says so."""

    at: list[int] = field(default_factory=lambda: [START_MS])

    leapt: list[int] = field(default_factory=lambda: [0])

    def now_ms(self) -> int:
        """What the test said."""
        return self.at[0]

    def steady_ms(self) -> int:
        """How much time has passed."""
        return self.at[0] - self.leapt[0]

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.at[0] += round(seconds * 1000)

    def leap(self, seconds: float) -> None:
        """Somebody, or something, sets the clock."""
        self.go(seconds)
        self.leapt[0] += round(seconds * 1000)


@dataclass(slots=True)
class Centre:
    """A desk with what is under it; `restart` is what a process does after a crash."""

    folder: Path
    clock: HandClock
    series: DuckSeries
    url: str = ""  # of the store; empty: SQLite in the folder
    store: Store = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Open the files anew."""
        if hasattr(self, "store"):
            self.store.close()
        self.store = open_store(self.url or f"sqlite:///{self.folder / 'incidents.db'}")
        self.desk = Desk(self.store, self.series, load_plan(), self.clock)

    def take(self, number: int = 1, **changes: Any) -> str:
        """A message of the gateway; the incident's id."""
        data = facts.incident(number, **{"at_ms": self.clock.now_ms(), **changes})
        with self.desk.transaction() as session:
            changed = self.desk.conditions.take(session, data, "gateway:gw-chunfeng", self.clock.now_ms())
        self.desk.tell(Changed(incidents=frozenset(changed)))
        return str(data["incident_id"])

    def status(self, **changes: Any) -> set[str]:
        """A status of the gateway; the incidents it changed."""
        now_ms = self.clock.now_ms()
        fields = {**facts.status(now_ms), **changes}
        with self.desk.transaction() as session:
            return self.desk.gateways.take_status(session, facts.SITE, facts.GATEWAY, fields, now_ms)

    def move(self, incident_id: str, move: Move, actor: str = "zhou-mingyuan", **more: Any) -> IncidentDetail:
        """A click on what the page shows now."""
        version = self.desk.detail(incident_id).row.version
        return self.desk.move(incident_id, move, **{"actor": actor, "expected_version": version, **more})

    def walk(self, incident_id: str, *moves: Move) -> IncidentDetail:
        """Several clicks."""
        for move in moves:
            detail = self.move(incident_id, move, reason="因故")
        return detail

    def whats(self, incident_id: str) -> list[str]:
        """The log of an incident, without its times."""
        return [entry.what for entry in self.desk.detail(incident_id).log]


@pytest.fixture
def centre(tmp_path: Path, database_url: str) -> Iterator[Centre]:
    """A centre of its own for one test, which runs on SQLite and on PostgreSQL."""
    yield from opened(tmp_path, database_url)


@pytest.fixture
def sqlite_centre(tmp_path: Path, sqlite_url: str) -> Iterator[Centre]:
    """A centre of its own for one test that has nothing to do with the database: on SQLite only."""
    yield from opened(tmp_path, sqlite_url)


def opened(folder: Path, url: str) -> Iterator[Centre]:
    """A centre on a store, closed in the end."""
    # few tests have readings, and opening the file takes longer than all the rest
    centre = Centre(folder, HandClock(), DuckSeries(folder / "series.duckdb", at_once=False), url)
    yield centre
    centre.store.close()
    centre.series.close()
