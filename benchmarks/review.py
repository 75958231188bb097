"""A year of facts about incidents, and how long each figure of the review takes: `python -m benchmarks.review`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, insert, inspect, select, text

from cloud.plan import load_plan
from cloud.review.cases.wish import State, Where
from cloud.review.figures.reading import Review
from cloud.store.engine import Store, open_store
from cloud.store.models_review import CaseArea, CaseFact
from domain.limits import Due
from runtime.clock import Clock

DAY_MS = 86_400_000
START_MS = 1_795_276_800_000 - 365 * DAY_MS
GRIDS, COMMUNITIES, AT_ONCE, COPIES = 140, 18, 4000, 10
ID_LENGTH = len("case-00000000")
OPEN_EVERY, VOID_EVERY, MEMBER_EVERY, LATE_EVERY, REWORK_EVERY, PEOPLE = 500, 25, 30, 7, 40, 337
KINDS = ("water_pressure", "camera_fault", "endpoint_offline", "fire", "escape_door", "environment", "service")
SLICE_MS = 365 * DAY_MS // COPIES
SPANS = {"paused_ms", *(f"{due}_late_ms" for due in Due)}
COLUMNS = tuple(column.key for column in inspect(CaseFact).columns)
NUMBERS = {
    "members",
    "returns",
    "reworks",
    "reopenings",
    "passed_up",
    "escalations",
    "extensions",
    "suspensions",
    "handed_over",
    "parts",
    "parts_open",
    "unsatisfied",
    "supervised",
    "reports",
    "paused_ms",
    "tiers",
}


def row(number: int, share: int, chance: random.Random) -> dict[str, Any]:
    """One case."""
    at_ms = START_MS + number * SLICE_MS // share
    took = [int(chance.expovariate(1 / 3_600_000)) for _ in range(5)]
    times = [at_ms + sum(took[: place + 1]) for place in range(5)]
    kind, over = KINDS[chance.randrange(len(KINDS))], number % OPEN_EVERY
    found: dict[str, Any] = {**dict.fromkeys(COLUMNS), **dict.fromkeys(NUMBERS, 0)}
    found |= {
        "id": f"case-{number:08}", "reported_ms": at_ms, "raised_ms": at_ms, "void": number % VOID_EVERY == 0,
        "life_safety": kind == "fire", "area": 1 + chance.randrange(GRIDS), "kind": kind, "severity": "minor",
        "source": "gateway", "stage": "closed" if over else "accepted", "tier": "grid", "accepted_ms": times[0],
        "dispatched_ms": times[1], "fed_back_ms": times[2], "verified_ms": times[3],
        "closed_ms": times[4] if over else None, "next_due_ms": None if over else times[4], "merged": False,
        "member_of": None if number % MEMBER_EVERY else "another", "device": f"d-{chance.randrange(3000)}",
        "place": f"楼 {number % 4000}", "accepted_by": f"p-{number % PEOPLE}", "handled_by": f"p-{number % PEOPLE}",
        "returned_by": [], "reworked_of": [], "void_why": "", "reworks": int(number % REWORK_EVERY == 0),
    }  # fmt: skip
    late = number % LATE_EVERY == 0
    for due in Due:
        found |= {due.value: "missed" if late else "met", f"{due}_due_ms": times[4], f"{due}_late_ms": took[4] * late}
    return found


def area(number: int) -> CaseArea:
    """One grid in its community."""
    steps = (("grid", f"g{number}"), ("community", f"c{number % COMMUNITIES}"), ("district", "top"))
    chain = [{"id": code, "level": level, "name": code, "code": code} for level, code in steps]
    return CaseArea(id=number + 1, digest=str(number), grid=f"g{number}", site="s", chain=chain)


def later(name: str, copy: int) -> Any:
    """A column of a copy."""
    column = getattr(CaseFact, name)
    if name == "id":
        return column + f"-{copy}"
    return column + copy * SLICE_MS if name.endswith("_ms") and name not in SPANS else column


def fill(store: Store, count: int) -> None:
    """As many facts, without their incidents: nothing else is read."""
    chance = random.Random(7)
    with store.write() as session:
        session.add_all(area(number) for number in range(GRIDS))
        if store.shared:
            session.execute(text("SET session_replication_role = replica"))  # no foreign keys
        session.flush()
        for start in range(0, count // COPIES, AT_ONCE):
            numbers = range(start, min(count // COPIES, start + AT_ONCE))
            session.execute(insert(CaseFact), [row(number, count // COPIES, chance) for number in numbers])
        for copy in range(1, COPIES):  # the next tenth of the year is like the first: made by the database itself
            columns = {name: later(name, copy) for name in COLUMNS}
            again = select(*columns.values()).where(func.length(CaseFact.id) == ID_LENGTH)
            session.execute(insert(CaseFact).from_select(list(columns), again))
    with store.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="an empty database; SQLite in a temporary folder without")
    parser.add_argument("--cases", type=int, default=360_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(chosen.url or f"sqlite:///{Path(folder) / 'facts.db'}")
        if not store.shared:
            event.listen(store.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA foreign_keys=OFF"))
        begun = time.perf_counter()
        fill(store, chosen.cases)
        sys.stdout.write(f"{chosen.cases} facts written in {time.perf_counter() - begun:.1f} s\n")
        measure(store)
        store.close()


def measure(store: Store) -> None:
    """Time and CPU of this process, the better of two, nothing kept."""
    plan, clock = load_plan(), Clock()
    year, week = (Where(from_ms=START_MS, to_ms=START_MS + days * DAY_MS) for days in (365, 7))
    before = (START_MS - 365 * DAY_MS, START_MS)
    looks: dict[str, Callable[[Review, Where], object]] = {
        "overview": lambda review, where: review.overview(where, before, START_MS + 358 * DAY_MS),
        "summary": lambda review, where: review.summary(where),
        "totals": lambda review, where: review.totals(where),
        "list": lambda review, where: review.cases(where),
        "list, the latest": lambda review, where: review.cases(where, order="late"),
        "open now": lambda review, _: review.totals(Where(state=State.OPEN)),
    }
    for name, look in looks.items():
        took = []
        for wish in (year, year, week):
            review, begun, used = Review(store, plan, clock), time.perf_counter(), time.process_time()
            look(review, wish)
            took.append(((time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000))
        (best, cpu), (short, _) = min(took[:2]), took[2]
        sys.stdout.write(f"{name:20} year {best:7.0f} ms, CPU {cpu:6.0f} ms   week {short:6.0f} ms\n")


if __name__ == "__main__":
    main()
