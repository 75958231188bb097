"""What only shows after years: clocks set back over restarts, versions rolled back, floods, and nobody who looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.rollouts.plan import Policy
from domain.rollouts.progress import Progress
from gateway.identity.twins import QUIET_MS, Twins
from gateway.rollouts import ledger
from gateway.rollouts.rollouts import Bundle
from gateway.store.counters import Counters, all_counters
from gateway.store.quarantine import MAX_REASONS, Quarantine, by_reason
from gateway.work.cases import AT_ONCE, KEPT, PRUNE_EVERY, REFUSED
from protocol import status
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS
from tests.gateway.workers import SMOKE, WorkBench

YEAR_S = 365 * 86_400
INSERT = (
    "INSERT INTO cases (id, kind, severity, condition, device, grid, place, round, changed_ms, raise_id, "
    "wanted, stage) VALUES (?, ?, ?, 'active', ?, '1', 'x', 1, ?, '', ?, ?)"
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WorkBench]:
    """A site with workers."""
    bench = WorkBench(tmp_path)
    yield bench
    bench.db.close()


def test_a_clock_set_right_while_it_was_off_keeps_nobody_waiting(bench: WorkBench) -> None:
    """It ran a year ahead when the first were called. They do not answer: the others are called all the same."""
    bench.run(0, 5, SMOKE)
    assert [mail.device for mail in bench.step(YEAR_S, down_s=99)] == ["hand-07", "hand-08"]
    bench.restart()
    called = {mail.device for second in range(10, 400, 10) for mail in bench.step(second, down_s=99)}
    assert "hand-09" in called


@pytest.mark.parametrize("column", ["kind", "severity", "stage"])
def test_a_case_of_a_newer_version_stops_neither_the_list_nor_the_look(bench: WorkBench, column: str) -> None:
    """A release that went back by itself finds what the one after it had written."""
    bench.run(0, 5, SMOKE)
    case = {"kind": "fire", "severity": "major", "stage": "accepted"} | {column: "of-tomorrow"}
    bench.db.execute(INSERT, ("c-1", case["kind"], case["severity"], "fire-b", 1, 2, case["stage"]))
    bench.centre({"id": "c-1", "stage": "accepted", "version": 1, "answers": 0} if column != "stage" else told(bench))
    assert [mail.device for mail in bench.step(30, down_s=99)] == ["hand-07", "hand-08"]


def told(bench: WorkBench) -> dict[str, Any]:
    """What the centre knows of the fire."""
    return {"id": bench.case(), "stage": "reported", "version": 1, "answers": 0}


def test_more_cases_than_one_look_takes(bench: WorkBench) -> None:
    """All are looked at in turn, and the newest does not wait for them."""
    waiting = [(f"0000-{n:05}", "entrapment", "critical", "fire-b", START_MS, 2, "") for n in range(3 * AT_ONCE)]
    bench.db.execute("BEGIN")
    bench.db.executemany(INSERT, waiting)
    bench.db.execute("COMMIT")
    bench.run(0, 5, SMOKE)
    bench.step(30, down_s=99)
    assert bench.db.execute("SELECT count(*) FROM tasks WHERE case_id = ?", (bench.case(),)).fetchone()[0]
    asked: list[str] = []
    bench.db.execute("UPDATE cases SET raise_id = ?", (REFUSED,))  # the centre has heard of none of them
    bench.db.set_trace_callback(asked.append)
    for second in range(31, 37):
        bench.step(second, down_s=99)
    bench.db.set_trace_callback(None)
    assert sum("wanted > 0" in one for one in asked) <= 6 * 5  # however many wait
    (cases,) = bench.db.execute("SELECT count(DISTINCT case_id) FROM tasks").fetchone()
    assert cases == 3 * AT_ONCE + 1


def test_cases_are_bounded_however_often_it_starts(bench: WorkBench) -> None:
    """Fewer than so many between two starts, for years: the table does not grow for ever."""
    old = [(f"0000-{n:05}", "fire", "major", "fire-b", START_MS, 0, "closed") for n in range(KEPT + PRUNE_EVERY)]
    bench.db.execute("BEGIN")
    bench.db.executemany(INSERT, old)
    bench.db.execute("COMMIT")
    bench.restart()
    bench.run(0, 5, SMOKE)
    assert bench.db.execute("SELECT count(*) FROM cases").fetchone()[0] <= KEPT + PRUNE_EVERY


def test_reasons_of_the_centre_do_not_become_counters_without_end(bench: WorkBench) -> None:
    """A centre that says a sentence with an id in it; every counter and reason stands in every status."""
    counters = Counters()
    quarantine = Quarantine(1_000, counters)
    for number in range(300):
        quarantine.add(bench.db, START_MS, f"cloud:no incident {number:04}-abcd", "a", b"")
        quarantine.add(bench.db, START_MS, "cloud:bad_rows", "a", b"")
    counters.flush(bench.db)
    counted = {name: n for name, n in all_counters(bench.db).items() if name.startswith("quarantined.")}
    assert counted == {"quarantined.cloud:bad_rows": 300, "quarantined.other": 300}
    reasons = by_reason(bench.db)
    assert (len(reasons), reasons["cloud:bad_rows"], sum(reasons.values())) == (MAX_REASONS + 1, 300, 600)


def test_a_rollout_does_not_wait_for_a_clock_that_was_set_back(tmp_path: Path) -> None:
    """The order went out while the clock ran a year ahead: its endpoint is given up in time all the same."""
    bench = Bench(tmp_path)
    bench.run(0, 3, {"smoke": 0.0, "temp": 20.0})
    policy = Policy(lost_after_ms=60_000, attempts=1)
    bundle = Bundle(kind="fire", board="x", version=(1, 2, 3), sha256="a" * 64, size=10)
    ahead_ms = START_MS + YEAR_S * 1000
    started = bench.rollouts.start(bench.db, bundle, policy, ahead_ms, "lin")
    for look in range(3):
        bench.rollouts.step(bench.db, ahead_ms + look)
    assert Progress.ORDERED in {unit.progress for unit in ledger.units(bench.db, started.id)}
    for second in (10, 100):
        bench.rollouts.step(bench.db, START_MS + second * 1000)
    assert Progress.LOST in {unit.progress for unit in ledger.units(bench.db, started.id)}


def test_a_twin_that_has_gone_is_gone_by_a_clock_that_nobody_sets() -> None:
    """Heard once while the wall clock ran a year ahead, it would have been told for a year."""
    now = [0]
    twins = Twins("gw", "we", lambda: now[0])
    for instance in ("we", "they"):
        fields = {"state": status.ONLINE, "why": status.HEARTBEAT, "boot": 1, "at_ms": 1, "instance": instance}
        twins.hear(status.encode(fields))
    assert twins.problems()
    now[0] += QUIET_MS + 1
    assert not twins.problems()
