"""A street loses its power: 10,000 alarms of 140 gateways in a minute, until all are placed and the board is calm.

A real centre as processes, a real mosquitto, both databases with all their durability. The outboxes of the gateways are
played over one connection; each message is sent again until the centre has acknowledged it, and what is acknowledged is
committed, placed, and its people are owed their notices. In the middle somebody is stuck in a lift, twenty times.
Placed: the last alarm is acknowledged. Calm: every notice is on its channels, no timer is late, and the board answers.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.report import distribution, save
from cloud.desk import Desk
from cloud.history.series import DuckSeries
from cloud.plan import load_plan
from cloud.store.engine import Store, open_store
from cloud.store.models import Incident, Notice, Timer
from protocol import events
from runtime.clock import Clock
from runtime.ids import uuid7
from simulators.brokers import MosquittoBroker
from simulators.outboxes import Outboxes, outboxes
from simulators.process import OurProcess
from tests.postgres import running

ALARMS = 10_000
MINUTE_S = 60.0
GATEWAYS = 140
LIFTS = 20  # people stuck in lifts in the middle of it
CALM_WITHIN_S = 600.0
LOOK_S = 0.25
SEED = 20261122
DURABLE = {
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "256MB",
    "max_wal_size": "1GB",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One centre."""

    name: str
    postgres: bool
    workers: int


CASES = (
    Case(name="sqlite", postgres=False, workers=1),
    Case(name="postgresql", postgres=True, workers=1),
    Case(name="postgresql_2_workers", postgres=True, workers=2),
)


@contextmanager
def _database(case: Case, folder: Path) -> Iterator[str]:
    if not case.postgres:
        yield f"sqlite:///{folder / 'incidents.db'}"
        return
    with running(DURABLE) as server:
        yield server.url(server.create())


def _workers(case: Case, folder: Path, url: str, port: int) -> list[OurProcess]:
    processes = []
    for number in range(case.workers):
        data = folder / f"w{number}"
        data.mkdir()
        settings = {"DATA_DIR": data, "BROKER_PORT": port, "HTTP_PORT": 0, "DATABASE_URL": url, "LOG_LEVEL": "error"}
        if case.workers > 1:
            roles = "intake,dispatch,web" + (",history" if number == 0 else "")
            settings |= {"WORKER": f"w{number}", "ROLES": roles}
        env = {f"GRIDWHISTLE_CLOUD_{name}": str(value) for name, value in settings.items()}
        processes.append(OurProcess(f"w{number}", ["cloud", "run"], env, folder / f"w{number}.log"))
    return processes


def _alarm(number: int, kind: str, grids: list[str], at_ms: int) -> tuple[str, bytes, str]:
    """(site, payload, message id) of one alarm with a minute of readings."""
    site = f"street-{number % GATEWAYS:03d}"
    incident_id, message_id = uuid7(at_ms), uuid7(at_ms)
    data = {
        "incident_id": incident_id,
        "revision": 1,
        "kind": kind,
        "severity": "major",
        "condition": "active",
        "site": site,
        "device": f"d-{number:05d}",
        "grid": grids[number % GATEWAYS % len(grids)],
        "place": f"{number:05d} 号",
        "signals": [{"rule": "mains_lost", "channel": "mains", "value": False, "at_ms": at_ms, "unit": ""}],
        "breach_at_ms": at_ms - 1000,
        "raised_at_ms": at_ms,
        "changed_at_ms": at_ms,
        "cleared_at_ms": None,
        "evidence": {"voltage": [[at_ms - 60_000 + second * 1000, 230.0 - second * 0.1] for second in range(61)]},
    }
    source = f"/sites/{site}/gateways/gw-{site}"
    event = events.Event(message_id, source, events.RAISED, incident_id, "2026-11-22T05:31:37.817Z", data)
    return site, events.encode(event), message_id


async def _blow(box: Outboxes, grids: list[str], clock: Clock, rng: random.Random) -> set[str]:
    """All alarms within a minute; the messages of the lifts."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    lifts: set[str] = set()
    stuck = set(rng.sample(range(ALARMS), LIFTS))
    for number in range(ALARMS):
        ahead_s = started_s + MINUTE_S * number / ALARMS - loop.time()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        kind = "entrapment" if number in stuck else "power"
        site, payload, message_id = _alarm(number, kind, grids, clock.now_ms())
        if number in stuck:
            lifts.add(message_id)
        box.owe(site, f"gw-{site}", "incident", message_id, payload)
    return lifts


def _left(store: Store, now_ms: int) -> dict[str, int]:
    """What is still to be done."""
    with store.read() as session:
        untouched = select(func.count()).select_from(Notice).where(Notice.state == "owed", ~Notice.spread)
        owed = session.scalar(untouched) or 0
        late = select(func.count()).select_from(Timer).where(Timer.state == "waiting", Timer.due_ms < now_ms - 1000)
        return {"notices_untouched": owed, "timers_late": session.scalar(late) or 0}


async def _until_calm(desk: Desk, store: Store, clock: Clock, boards_s: list[float]) -> None:
    """Return once everything is worked off; how long the board took to read meanwhile is kept."""
    async with asyncio.timeout(CALM_WITHIN_S):
        while True:
            before_s = time.perf_counter()
            await asyncio.to_thread(desk.board)
            boards_s.append(time.perf_counter() - before_s)
            left = await asyncio.to_thread(_left, store, clock.now_ms())
            if not any(left.values()):
                return
            await asyncio.sleep(LOOK_S)


async def _run(case: Case, folder: Path, url: str) -> dict[str, Any]:
    clock = Clock()
    broker = MosquittoBroker(folder / "broker")
    async with AsyncExitStack() as stack:
        await broker.start()
        stack.push_async_callback(broker.stop)
        for process in _workers(case, folder, url, broker.port):
            await process.start()
            stack.push_async_callback(process.stop)
        box = await stack.enter_async_context(outboxes(broker.port))
        store, series, plan = open_store(url), DuckSeries(folder / "ours.duckdb"), load_plan()
        stack.callback(store.close)
        stack.callback(series.close)
        desk = Desk(store, series, plan, clock)
        grids = sorted(area.code for area in plan.areas.areas if area.level == "grid" and area.code)
        started_s = time.perf_counter()
        lifts = await _blow(box, grids, clock, random.Random(SEED))
        blown_s = time.perf_counter() - started_s
        await box.settled()
        placed_s = time.perf_counter() - started_s
        boards_s: list[float] = []
        await _until_calm(desk, store, clock, boards_s)
        calm_s = time.perf_counter() - started_s
        with store.read() as session:
            placed = session.scalar(select(func.count()).select_from(Incident)) or 0
            told = session.scalar(select(func.count()).select_from(Notice)) or 0
        return {
            "alarms": ALARMS,
            "workers": case.workers,
            "incidents": placed,
            "notices": told,
            "sent_within_s": round(blown_s, 1),
            "placed_after_s": round(placed_s, 1),
            "calm_after_s": round(calm_s, 1),
            "alarm_until_acknowledged_ms": _ms(box.waited_s.values()),
            "lift_until_acknowledged_ms": _ms(box.waited_s[message] for message in lifts),
            "sent_again": box.sent - ALARMS,
            "refused": len(box.rejected),
            "board_with_all_ms": _ms(boards_s),
        }


def _ms(values_s: Any) -> dict[str, float]:
    return distribution([round(value * 1000) for value in values_s])


def _measure(case: Case) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="gw-storm-") as name, _database(case, Path(name)) as url:
        return asyncio.run(_run(case, Path(name), url))


def main(arguments: list[str]) -> int:
    """All cases, or those named; 1 where an alarm was lost, doubled or refused."""
    chosen = [case for case in CASES if not arguments or case.name in arguments]
    figures = {case.name: _measure(case) for case in chosen}
    save("storm", (__doc__ or "").strip(), figures)
    whole = all(found["incidents"] == ALARMS and not found["refused"] for found in figures.values())
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
