"""A year at the centre on a simulated clock: whatever people, sensors, crashes and clocks do, deadlines are kept.

Holidays, make-up days and midnight of 2026; the power goes between any two statements.
"""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cloud.desk import Desk
from cloud.records import DeskError
from cloud.store.engine import open_store
from cloud.store.models import Incident, IncidentLog, Notice, Timer
from cloud.store.models_clocks import DeadlineRow
from domain.clock_steps import Lag, after_step
from domain.deadlines import RUNNING
from domain.incidents import OVER, IncidentError, Move, Stage
from domain.notices import worth_saying
from tests.cloud.conftest import Centre
from tests.cloud.power import power_cut
from tests.cloud.test_clocks import at

HOUR_S, DAY_S = 3600, 86_400
KINDS = ("environment", "fire", "water_pressure")
CLICKS = (
    Move.ACCEPT, Move.ACCEPT, Move.DISPATCH, Move.START_HANDLING, Move.FEED_BACK, Move.VERIFY, Move.CLOSE, Move.REWORK,
    Move.RETURN, Move.REOPEN, Move.TRANSFER_UP, Move.SUSPEND, Move.RESUME, Move.EXTEND, Move.VOID,
)  # fmt: skip


def snapshot(centre: Centre) -> tuple[Any, ...]:
    """What the store says about incidents, timers, deadlines, logs and notices, without its row ids."""
    with centre.store.read() as session:
        timers = [(t.incident_id, t.step, t.round, t.due_ms, t.state) for t in session.scalars(select(Timer))]
        rows = [(r.incident_id, r.due, r.round, r.due_ms, r.ended_ms) for r in session.scalars(select(DeadlineRow))]
        logs = [(e.incident_id, e.what, str(e.detail)) for e in session.scalars(select(IncidentLog))]
        notices = [(n.incident_id, n.person, n.step, n.round) for n in session.scalars(select(Notice))]
        stages = [(i.id, i.stage, i.round, i.holder) for i in session.scalars(select(Incident))]
    return (sorted(timers), sorted(rows), sorted(logs), sorted(notices), sorted(stages, key=str))


def test_a_crash_between_any_two_statements_of_a_firing_changes_nothing(sqlite_centre: Centre) -> None:
    """Every kill point, one after the other, for each sort of step: nothing is done by halves, and all of it once."""
    centre = sqlite_centre
    fire = centre.take(1, severity="critical")
    slow = centre.take(2, kind="environment", severity="minor", device="nobody")
    centre.move(slow, Move.ACCEPT)
    seen: Counter[str] = Counter()
    for minutes in (2, 12 * 60, 12 * 60, 5 * DAY_S / 60, 5 * DAY_S / 60):
        centre.clock.go(minutes * 60)
        before = snapshot(centre)
        for statement in range(1000):
            with power_cut(centre, statement) as left:
                centre.desk.fire_due()
            if left[0] >= 0:
                break
            after = snapshot(centre)
            assert len(after[2]) == len(before[2]) or after[0] != before[0], "a log entry without its timer"
            before = after
        seen.update(step.partition(":")[0] for _, step, _, _, state in before[0] if state == "done")
    entries = [entry.detail for number in (fire, slow) for entry in centre.desk.detail(number).log]
    logged = Counter(str(detail["step"]) for detail in entries if detail.get("step", "placed") != "placed")

    with centre.store.read() as session:
        done = Counter(session.scalars(select(Timer.step).where(Timer.state == "done")).all())
    assert logged == done, "each timer that fired has its entry, and only those"
    assert {"escalate", "repeat", "chase", "yellow", "red", "supervise"} <= set(seen)


def shape(centre: Centre, number: str) -> tuple[Any, ...]:
    """Everything about one incident, without its ids."""
    detail = centre.desk.detail(number)
    rows = [(row.due, row.due_ms, row.ended_ms, row.paused) for row in detail.deadlines]
    return (detail.row.stage, detail.row.tiers, sorted(detail.escalation), rows, centre.whats(number))


def test_a_crash_between_any_two_statements_of_a_move_is_all_or_nothing(sqlite_centre: Centre) -> None:
    """Every kill point of three moves: before the commit nothing of it is there, after it as much as of a whole one."""
    centre = sqlite_centre
    whole, cut = (centre.take(n, kind="power", severity="minor", device=f"d{n}", grid=f"g{n}") for n in (1, 2))
    for version, move in enumerate((Move.ACCEPT, Move.SUSPEND, Move.TRANSFER_UP), 1):
        centre.move(whole, move, reason="因故")
        cuts = 0
        while version_of(centre, cut) == version:
            with power_cut(centre, cuts):
                centre.desk.move(cut, move, actor="zhou-mingyuan", expected_version=version, reason="因故")
            cuts += 1
        assert cuts > 5, "no statement was cut"
        assert shape(centre, cut) == shape(centre, whole)


def version_of(centre: Centre, number: str) -> int:
    """How many moves have been committed, and one."""
    with centre.store.read() as session:
        return session.get_one(Incident, number).version


def test_however_many_workers_each_timer_fires_once(centre: Centre) -> None:
    """Four at the same moment over the same forty incidents of two sites: every step once, every notice once."""
    for number in range(1, 41):
        site = "chunfeng" if number % 2 else "heping"
        place = {"device": f"door-{number}", "grid": f"g{number}", "site": site}
        centre.take(number, kind="water_pressure", severity="minor", **place)
    centre.clock.go(14_401)
    stores = [open_store(centre.url) for _ in range(4)]
    desks = [Desk(store, centre.series, centre.desk.plan, centre.clock) for store in stores]
    with ThreadPoolExecutor(len(desks)) as pool:
        fired = list(pool.map(lambda desk: desk.fire_due(), desks))
    for store in stores:
        store.close()

    assert sum(fired) == 40
    with centre.store.read() as session:
        logs = session.scalars(select(IncidentLog).where(IncidentLog.what == "escalated")).all()
        once(session.scalars(select(Timer)).all(), logs, session.scalars(select(Notice)).all())
    assert len({entry.incident_id for entry in logs}) == len(logs) == 40


takes = st.tuples(st.just("take"), st.integers(0, 2), st.sampled_from(KINDS))
clicks = st.tuples(st.just("click"), st.integers(0, 2), st.sampled_from(CLICKS))
clears = st.tuples(st.just("clear"), st.integers(0, 2), st.just(""))
waits = st.tuples(st.just("wait"), st.integers(1, 40 * 24), st.just(""))  # hours
cuts = st.tuples(st.just("cut"), st.integers(0, 60), st.just(""))
sets = st.tuples(st.just("set back"), st.integers(1, 72), st.just(""))  # hours


class Year:
    """One run: three places, a clock, what was seen."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.name = str(uuid.uuid4())
        self.revisions: dict[int, int] = defaultdict(int)
        self.kinds: dict[int, str] = {}
        self.lags: tuple[Lag, ...] = ()
        at(centre, "2025-12-29 23:30")

    def step(self, what: str, number: int, choice: str) -> None:
        """Whatever happens next."""
        if what == "wait":
            self.centre.clock.go(number * HOUR_S)
            self.fire(self.lags)
        elif what == "set back":
            self.lags = after_step(self.lags, -number * HOUR_S * 1000, self.centre.desk.last_timer_id())
            self.centre.clock.go(-number * HOUR_S)
        elif what == "cut":
            with power_cut(self.centre, number):
                self.fire(self.lags)
        elif what == "take" or number in self.kinds:
            self.told(what, number, choice)

    def fire(self, lags: tuple[Lag, ...]) -> None:
        """What is due happens; nobody is called who need not accept any more."""
        before = self.calls()
        self.centre.desk.fire_due(lags)
        assert self.calls() == before, "called after an acceptance"

    def calls(self) -> set[tuple[str, str, str, int]]:
        """Notices that ask for an acceptance, of what has one."""
        query = select(Notice.incident_id, Notice.person, Notice.step, Notice.round)
        accepted = (Incident.id.startswith(self.name), Incident.stage != Stage.REPORTED)
        with self.centre.store.read() as session:
            found = session.execute(query.join(Incident, Incident.id == Notice.incident_id).where(*accepted))
            return {tuple(row) for row in found if not worth_saying(row.step, Stage.ACCEPTED)}

    def told(self, what: str, number: int, choice: str) -> None:
        """A sensor or a person says something of one place."""
        incident = f"{self.name}-{number}"
        if what == "click":
            until_ms = self.centre.clock.now_ms() + 9 * DAY_S * 1000
            more: dict[str, Any] = {"until_ms": until_ms} if choice == Move.EXTEND else {}
            with contextlib.suppress(IncidentError, DeskError):
                self.centre.move(incident, Move(choice), reason="因故", **more)
            return
        kind = self.kinds.setdefault(number, choice)
        self.revisions[number] += 1
        condition = "cleared" if what == "clear" else "active"
        self.centre.take(
            incident_id=incident, device=incident, grid=incident, kind=kind, severity="minor", condition=condition,
            revision=self.revisions[number],
        )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(takes | clicks | clicks | clicks | clears | waits | waits | cuts | sets, min_size=3, max_size=25))
def test_a_year_of_incidents(sqlite_centre: Centre, steps: list[tuple[str, int, str]]) -> None:
    """Each deadline once, none after the move that ended it, every working time inside working hours."""
    year = Year(sqlite_centre)
    for step in steps:
        year.step(*step)
        check(year)
    sqlite_centre.clock.go(400 * DAY_S)
    year.fire(())
    check(year)
    assert sqlite_centre.desk.fire_due() == 0, "something fires for ever"


def check(year: Year) -> None:
    """What must always hold."""
    with year.centre.store.read() as session:
        mine = Incident.id.startswith(year.name)
        incidents = {incident.id: incident for incident in session.scalars(select(Incident).where(mine))}
        timers = session.scalars(select(Timer).where(Timer.incident_id.in_(incidents))).all()
        rows = session.scalars(select(DeadlineRow).where(DeadlineRow.incident_id.in_(incidents))).all()
        logs = session.scalars(select(IncidentLog).where(IncidentLog.incident_id.in_(incidents))).all()
        notices = session.scalars(select(Notice).where(Notice.incident_id.in_(incidents))).all()
    once(timers, logs, notices)
    for timer in timers:
        incident = incidents[timer.incident_id]
        if timer.state in ("waiting", "paused"):
            assert timer.deadline in RUNNING[Stage(incident.stage)], f"{timer.step} waits at {incident.stage}"
            hushed = incident.stage == Stage.REPORTED and incident.condition == "cleared"
            paused = incident.paused_at_ms is not None and not timer.step.startswith("paused:")
            assert (timer.state == "paused") is paused or hushed
    for incident in incidents.values():
        open_rows = [row for row in rows if row.incident_id == incident.id and row.ended_ms is None]
        names = [row.due for row in open_rows]
        assert len(set(names)) == len(names)
        assert set(names) <= set(RUNNING[Stage(incident.stage)])
        assert "overall" in names or incident.stage in OVER
    calendar = year.centre.desk.plan.calendar
    for row in rows:
        assert row.yellow_ms <= row.due_ms
        assert row.started_ms <= row.yellow_ms or year.lags, "begins after it ends, by a clock that nobody set back"
        if row.unit == "working_days" and row.due_ms == row.first_due_ms:
            assert calendar.works(calendar.day_of(row.due_ms)), "due on a day off"
            assert calendar.day_of(row.due_ms) >= calendar.day_of(row.started_ms) + timedelta(days=1)


def once(timers: Any, logs: Any, notices: Any) -> None:
    """Each timer has one entry in the log, each person one notice a step and round."""
    done = Counter((timer.incident_id, timer.step) for timer in timers if timer.state == "done")
    steps = {timer.step for timer in timers}
    logged = Counter((e.incident_id, e.detail["step"]) for e in logs if e.detail.get("step") in steps)
    assert done == logged
    keys = [(n.incident_id, n.person, n.step, n.round, n.channel) for n in notices]
    assert len(set(keys)) == len(keys)
    assert "failed" not in {timer.state for timer in timers}
