"""Several worker processes on one database and one broker, killed at random while gateways and people are at work."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cloud.desk import Desk
from cloud.history.series import DuckSeries
from cloud.plan import load_plan
from cloud.store.engine import Store, open_store
from cloud.store.models import Incident, IncidentLog, Notice, Timer
from domain.incidents import Move
from runtime.clock import Clock
from simulators.outboxes import Outboxes
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.test_process import Process

SPEED = 60.0  # the minutes of an escalation in seconds
PERSON = "zhou-mingyuan"
SITES = [f"site-{number:02d}" for number in range(12)]
SETTLE_S = 90.0


@dataclass(slots=True)
class Workers:
    """Worker processes, and a desk of our own on the same database: a click there is a click in one more worker."""

    processes: list[Process]
    desk: Desk
    store: Store
    clock: Clock
    rng: random.Random
    kills: int = 0
    clicked: set[str] = field(default_factory=set)

    async def kill_and_restart(self, times: int, pause_s: float) -> None:
        """One after the other, at random, without a goodbye."""
        for _ in range(times):
            await asyncio.sleep(self.rng.uniform(0.2, 1.0) * pause_s)
            process = self.rng.choice(self.processes)
            await asyncio.to_thread(process.end, signal.SIGKILL)
            await asyncio.sleep(self.rng.uniform(0, pause_s / 2))
            await asyncio.to_thread(process.start)
            self.kills += 1

    async def tell(self, box: Outboxes, count: int, pause_s: float) -> list[str]:
        """Incidents of all sites, each raised and some cleared, in the worst order; their ids."""
        ids = []
        for number in range(count):
            site = SITES[number % len(SITES)]
            data = self._data(number, site)
            ids.append(data["incident_id"])
            revisions = [data, {**data, "revision": 2, "severity": "critical"}]
            self.rng.shuffle(revisions)
            for place, revision in enumerate(revisions):
                payload = facts.event(number * 10 + place, revision)
                box.owe(site, f"gw-{site}", "incident", f"01935000-1111-7000-8000-{number * 10 + place:012d}", payload)
            await asyncio.sleep(self.rng.uniform(0, 2) * pause_s)
        return ids

    def _data(self, number: int, site: str) -> dict[str, Any]:
        kind = ("entrapment", "power", "sensor_fault")[number % 3]
        where = {"site": site, "device": f"d-{number}", "place": f"{number} 号"}
        return facts.incident(number, kind=kind, at_ms=self.clock.now_ms(), evidence={}, **where)

    async def click(self, ids: list[str]) -> None:
        """Somebody accepts what the board shows, each twice."""
        for incident_id in ids:
            while not await asyncio.to_thread(self._known, incident_id):
                await asyncio.sleep(0.2)
            version = await asyncio.to_thread(lambda found=incident_id: self.desk.detail(found).row.version)
            for _ in range(2):
                accept = {"actor": PERSON, "expected_version": version}
                await asyncio.to_thread(self.desk.move, incident_id, Move.ACCEPT, **accept)
            self.clicked.add(incident_id)

    def _known(self, incident_id: str) -> bool:
        with self.store.read() as session:
            return session.get(Incident, incident_id) is not None

    async def calm(self) -> None:
        """Until no timer is overdue and nobody is owed a notice."""
        async with asyncio.timeout(SETTLE_S):
            while await asyncio.to_thread(self.stuck):
                await asyncio.sleep(0.5)

    def stuck(self) -> list[Any]:
        """Timers that are long due, and notices that nobody has looked at. What waits for a person to log in is not."""
        late_ms = self.clock.now_ms() - round(5_000 * SPEED)
        with self.store.read() as session:
            timers = select(Timer.id).where(Timer.state == "waiting", Timer.due_ms < late_ms)
            notices = select(Notice.id).where(Notice.state == "owed", ~Notice.spread)  # no channel has them yet
            return [*session.scalars(timers), *session.scalars(notices)]

    def whats(self) -> dict[str, list[tuple[str, str, str]]]:
        """The log of each incident: what, by whom, which step or tiers."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        with self.store.read() as session:
            for entry in session.scalars(select(IncidentLog).order_by(IncidentLog.id)):
                detail = str(entry.detail.get("step") or entry.detail.get("tiers") or "")
                found.setdefault(entry.incident_id, []).append((entry.what, entry.actor, detail))
        return found

    def check(self, ids: list[str]) -> None:
        """Nothing lost, nothing doubled, nothing stuck."""
        with self.store.read() as session:
            rows = {row.id: row for row in session.scalars(select(Incident)) if row.kind != "gateway_offline"}
            fired = [(t.incident_id, t.round, t.step) for t in session.scalars(select(Timer)) if t.state == "done"]
            failed = session.scalars(select(Timer.id).where(Timer.state == "failed")).all()
        assert set(rows) == set(ids)
        assert {(row.revision, row.severity) for row in rows.values()} == {(2, "critical")}
        assert failed == []
        assert len(fired) == len(set(fired))
        for incident_id, whats in self.whats().items():
            self._check_one(incident_id, whats)

    def _check_one(self, incident_id: str, whats: list[tuple[str, str, str]]) -> None:
        words = [what for what, _, _ in whats]
        assert words.count("raised") == 1, (incident_id, whats)
        calls = Counter(entry for entry in whats if entry[0] in ("placed", "escalated", "notified", "chased"))
        assert max(calls.values(), default=0) <= 1, (incident_id, whats)
        if incident_id in self.clicked:
            assert words.count("accept") == 1, (incident_id, whats)
            assert "escalated" not in words[words.index("accept") :], (incident_id, whats)


@asynccontextmanager
async def workers(count: int, folder: Path, url: str, mosquitto: Mosquitto, seed: int) -> AsyncIterator[Workers]:
    """`count` workers that are ready; the first has the readings."""
    clock = Clock.starting_now(SPEED)
    processes = []
    for number in range(count):
        place = folder / f"w{number}"
        place.mkdir()
        roles = "intake,dispatch,web" + (",history" if number == 0 else "")
        extra = {"WORKER": f"w{number}", "ROLES": roles, "DATABASE_URL": url, "LOG_LEVEL": "warning"}
        processes.append(Process(place, mosquitto.port, extra=extra, clock=clock.to_env()))
    store = open_store(url)
    series = DuckSeries(folder / "ours.duckdb")
    try:
        await asyncio.gather(*(asyncio.to_thread(process.start) for process in processes))
        desk = Desk(store, series, load_plan(), clock)
        yield Workers(processes, desk, store, clock, random.Random(seed))
    finally:
        for process in processes:
            if process.running is not None:
                await asyncio.to_thread(process.end, signal.SIGTERM)
        series.close()
        store.close()
