"""A believable past of a district: incidents with logs and deadlines as the use cases write them, made in bulk.

For work on the review and for its pictures: some thousand incidents of the weeks before, more by day than by night,
a few bad places and devices, some late, some returned, reworked, reopened or judged unsatisfactory.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Incident, IncidentLog
from cloud.store.models_clocks import DeadlineRow
from cloud.store.models_sources import SourceReport
from domain.grids import AreaTree

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
DAY, NIGHT = 10.0, 1.5  # how much more happens by day


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One sort of incident: how often, how soon people act (medians), how long they may take."""

    kind: str
    weight: float
    severity: str = "minor"
    device: str = ""
    matter: str | None = None
    accept_ms: tuple[int, int] = (20 * MINUTE_MS, 4 * HOUR_MS)
    handle_ms: tuple[int, int] = (9 * HOUR_MS, 24 * HOUR_MS)


SORTS = (
    Sort(kind="fire", weight=3, severity="major", device="fire", accept_ms=(45_000, 120_000),
         handle_ms=(25 * MINUTE_MS, HOUR_MS)),
    Sort(kind="entrapment", weight=1, severity="critical", device="lift", accept_ms=(40_000, 180_000),
         handle_ms=(22 * MINUTE_MS, 30 * MINUTE_MS)),
    Sort(kind="sensor_fault", weight=14, device="fire"),
    Sort(kind="endpoint_offline", weight=16, device="camera"),
    Sort(kind="battery", weight=8, severity="warning", device="fire"),
    Sort(kind="escape_door", weight=9, severity="major", device="fire", accept_ms=(6 * MINUTE_MS, 30 * MINUTE_MS)),
    Sort(kind="lift_fault", weight=6, severity="major", device="lift", accept_ms=(8 * MINUTE_MS, 30 * MINUTE_MS)),
    Sort(kind="environment", weight=22, matter="environment"),
    Sort(kind="public_facility", weight=9, matter="public_facility"),
    Sort(kind="dispute", weight=6, matter="dispute"),
    Sort(kind="service", weight=6, matter="service"),
)  # fmt: skip


class Past:
    """Rows of `days` before `now_ms`; the same for the same numbers."""

    def __init__(self, areas: AreaTree, people: list[str], now_ms: int, seed: int = 7) -> None:
        self._chance = random.Random(seed)
        self._areas = areas
        self._grids = [area for area in areas.areas if area.level == areas.levels[0]]
        self._heavy = [self._chance.paretovariate(1.6) for _ in self._grids]
        self._heavy[0] = max(self._heavy) / 2  # the grid that the tests know is a bad one
        self._people = people
        self._now_ms = now_ms

    def rows(self, count: int, days: int, first: int = 1) -> Iterator[dict[str, list[dict[str, Any]]]]:
        """Per incident its rows, by table."""
        start_ms = self._now_ms - days * DAY_MS
        whens = sorted(self._when(start_ms, days) for _ in range(count))
        for number, at_ms in enumerate((at_ms for at_ms in whens if at_ms < self._now_ms), first):
            yield self._one(number, at_ms)

    def _when(self, start_ms: int, days: int) -> int:
        day = self._chance.randrange(days)
        hours = [DAY * math.exp(-(((hour - 10) / 3.0) ** 2)) + DAY * math.exp(-(((hour - 18) / 2.2) ** 2)) + NIGHT
                 for hour in range(24)]  # fmt: skip
        hour = self._chance.choices(range(24), hours)[0]
        local_midnight_ms = (start_ms + day * DAY_MS + 8 * HOUR_MS) // DAY_MS * DAY_MS - 8 * HOUR_MS
        return local_midnight_ms + hour * HOUR_MS + self._chance.randrange(HOUR_MS)

    def _one(self, number: int, at_ms: int) -> dict[str, list[dict[str, Any]]]:
        chance = self._chance
        sort = chance.choices(SORTS, [one.weight for one in SORTS])[0]
        grid = chance.choices(self._grids, self._heavy)[0]
        spot = min(int(chance.expovariate(0.35)), 19)
        incident_id = f"01935000-2222-7000-8000-{number:012d}"
        life = Life(sort, incident_id, at_ms, self._now_ms, chance, self._people)
        chain = [{"id": a.id, "level": a.level, "name": a.name, "code": a.code} for a in self._areas.chain(grid.id)]
        place = f"{grid.name}{spot + 1}号楼" + (" 一层门厅" if spot % 2 else "")
        row = {
            "id": incident_id, "parent_id": None, "told_parent": None, "kind": sort.kind, "severity": sort.severity,
            "placed_as": sort.severity, "site": chain[1]["id"] if len(chain) > 1 else "", "grid": grid.code,
            "device": f"{sort.device}-{grid.code[-3:]}-{spot:02d}" if sort.device else "", "grid_chain": chain,
            "place": place, "tiers": [grid.level], "signals": [], "breach_at_ms": at_ms, "raised_at_ms": at_ms,
            "revision": 1, "source": life.source, "matter": sort.matter, "round": 1, "paused_at_ms": None,
            "accept_due_ms": at_ms + sort.accept_ms[1], "reported_at_ms": at_ms, **life.state(),
        }  # fmt: skip
        reports = [life.report(grid.code, place)] if sort.matter else []
        if life.source == "handover" and chance.random() < 0.7:  # the grid told as well
            reports.append(life.report(grid.code, place) | {"id": f"{incident_id}-g", "source": "handheld"})
        return {"incidents": [row], "log": life.log, "deadlines": life.deadlines, "reports": reports}


class Life:
    """What happened to one incident until now."""

    def __init__(
        self, sort: Sort, incident_id: str, at_ms: int, now_ms: int, chance: random.Random, people: list[str]
    ) -> None:
        self._sort, self._id, self._now_ms, self._chance = sort, incident_id, now_ms, chance
        self._who = chance.choice(people)
        self._born_ms = self._at_ms = at_ms
        self._stage, self._version, self._round = "reported", 1, 1
        self._accepted_ms: int | None = None
        self._closed_ms: int | None = None
        self.source = chance.choice(("handheld", "handheld", "operator", "handover")) if sort.matter else "gateway"
        self.log: list[dict[str, Any]] = []
        self.deadlines: list[dict[str, Any]] = []
        self._say("raised", f"gateway:{incident_id[-4:]}" if not sort.matter else self._who, None)
        self._due("overall", at_ms, at_ms + 5 * DAY_MS, None)
        self._run()

    def _run(self) -> None:
        chance, (accept, limit), (handle, most) = self._chance, self._sort.accept_ms, self._sort.handle_ms
        self._move("accept", "accepted", accept, "accept", limit)
        if chance.random() < 0.05:
            self._move("return", "reported", HOUR_MS, None, 0)
            self._round += 1
            self._move("accept", "accepted", accept, "accept", limit)
        self._move("dispatch", "dispatched", accept // 2, "dispatch", limit)
        self._move("feed_back", "fed_back", handle, "feed_back", most)
        if chance.random() < 0.08:
            self._round += 1
            self._move("rework", "dispatched", HOUR_MS, None, 0)
            self._move("feed_back", "fed_back", handle // 2, "feed_back", most)
        self._move("verify", "verified", handle // 3, "verify", most)
        self._move("close", "closed", HOUR_MS, "close", most)
        if chance.random() < 0.4 and self._closed_ms is not None:
            bad = chance.random() < 0.12
            grade = "unsatisfied" if bad else chance.choice(("satisfied", "satisfied", "fair"))
            self._move("evaluate", "evaluated", 6 * HOUR_MS, None, 0, grade=grade)
            if bad:
                self._round += 1
                self._move("reopen", "reported", MINUTE_MS, None, 0)
                self._move("accept", "accepted", accept, "accept", limit)
                self._move("feed_back", "fed_back", handle, "feed_back", most)
                self._move("verify", "verified", handle // 3, "verify", most)
                self._move("close", "closed", HOUR_MS, "close", most)

    def _move(self, what: str, stage: str, median_ms: int, due: str | None, limit_ms: int, **detail: Any) -> None:
        if self._at_ms > self._now_ms:
            return
        at_ms = self._at_ms + int(median_ms * self._chance.lognormvariate(0, 0.8))
        done = at_ms <= self._now_ms
        if due:
            self._due(due, self._at_ms, self._at_ms + limit_ms, at_ms if done else None)
        self._at_ms = at_ms
        if not done:
            return
        before, self._stage = self._stage, stage
        self._say(what, self._who, (before, stage), **detail)
        self._version += 1
        if stage == "accepted":
            self._accepted_ms = at_ms
        if stage in ("closed", "reported"):
            self._closed_ms = at_ms if stage == "closed" else None
            overall = self.deadlines[0]
            overall["ended_ms"] = self._closed_ms

    def _say(self, what: str, actor: str, stages: tuple[str, str] | None, **detail: Any) -> None:
        before, after = stages or (None, None)
        self.log.append(
            {
                "incident_id": self._id, "at_ms": self._at_ms, "what": what, "actor": actor, "from_stage": before,
                "to_stage": after, "reason": "样例", "source": "console", "version": self._version, "detail": detail,
            }
        )  # fmt: skip

    def _due(self, due: str, started_ms: int, due_ms: int, ended_ms: int | None) -> None:
        over = ended_ms is None and due_ms + DAY_MS < self._now_ms
        self.deadlines.append(
            {
                "incident_id": self._id, "due": due, "round": self._round, "unit": "clock", "started_ms": started_ms,
                "due_ms": due_ms, "yellow_ms": (started_ms + due_ms) // 2, "first_due_ms": due_ms,
                "paused_at_ms": None, "supervised_at_ms": due_ms + DAY_MS if over else None, "ended_ms": ended_ms,
                "assumed": False,
            }
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Of the incident now."""
        cleared = self._stage not in ("reported", "accepted")
        return {
            "stage": self._stage, "condition": "cleared" if cleared else "active", "version": self._version,
            "cleared_at_ms": self._at_ms if cleared else None, "changed_at_ms": self._born_ms,
            "handling_at_ms": self._accepted_ms, "closed_at_ms": self._closed_ms,
            "holder": self._who if self._accepted_ms else None,
        }  # fmt: skip

    def report(self, grid: str, place: str) -> dict[str, Any]:
        """What somebody told."""
        return {
            "id": self._id, "incident_id": self._id, "source": self.source, "asked": "", "reporter": self._who,
            "matter": self._sort.matter, "urgency": "normal", "grid": grid, "place": place, "text": "样例",
            "first": self.source == "handheld" and self._chance.random() < 0.7, "at_ms": self._born_ms,
            "taken_ms": self._born_ms,
        }  # fmt: skip


def seed_past(store: Store, plan: Plan, now_ms: int, count: int = 3000, days: int = 60) -> int:
    """Fill the tables; how many incidents that were."""
    people = [one.id for one in plan.roster.people if one.role in ("grid_worker", "grid_leader")]
    with store.write() as session:
        before = session.scalar(select(func.count()).select_from(Incident)) or 0
        made: dict[str, list[dict[str, Any]]] = {"incidents": [], "log": [], "deadlines": [], "reports": []}
        for rows in Past(plan.areas, people, now_ms).rows(count, days, before + 1):
            for table, some in rows.items():
                made[table] += some
        made["log"].sort(key=lambda row: row["at_ms"])
        for model, table in ((Incident, "incidents"), (IncidentLog, "log"), (DeadlineRow, "deadlines"),
                             (SourceReport, "reports")):  # fmt: skip
            if made[table]:
                session.execute(insert(model), made[table])
    return len(made["incidents"])
