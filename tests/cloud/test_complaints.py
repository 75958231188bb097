"""What users of other systems complain of, about deadlines and escalation (anchors 5.1 to 5.4), must not be so here.

Each test is named after its thread. Notices: test_complaints_notices.py.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import func, select

from cloud.store.models import Incident, Notice, Timer
from domain.dispatch import DispatchError, PlacementTable
from domain.incidents import IllegalMove, Move, Stage
from tests.cloud.conftest import Centre
from tests.cloud.test_clocks import RUBBISH, at, local, rules, running, told

LEVELS = ("grid", "community", "street", "district")


def count(centre: Centre) -> int:
    """How many notices anybody was ever owed."""
    with centre.store.read() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


FIRES = """
import sys
from pathlib import Path
from cloud.desk import Desk
from cloud.plan import load_plan
from cloud.history.series import DuckSeries
from cloud.store.engine import open_store
from runtime.clock import Clock

class Late(Clock):
    def now_ms(self):
        return int(sys.argv[2])

store = open_store(sys.argv[1])
desk = Desk(store, DuckSeries(Path(sys.argv[3])), load_plan(), Late())
print("ready", flush=True)
sys.stdin.readline()
desk.fire_due()
print("fired", flush=True)
sys.stdin.readline()
"""


def scheduler(centre: Centre, number: int, now_ms: int) -> subprocess.Popen[str]:
    """A process that fires what is due when told to."""
    url = centre.store.engine.url.render_as_string(hide_password=False)
    series = centre.folder / f"series-{number}.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(FIRES), url, str(now_ms), str(series)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    return process


def test_oncall_1206_a_scheduler_killed_during_a_wait_still_fires_once(sqlite_centre: Centre) -> None:
    """Escalation paused by a restart never continued: a killed process changes nothing, the next one fires, once."""
    centre = sqlite_centre  # on PostgreSQL: tests/system/test_survives_killed_workers.py
    number = centre.take(1, severity="critical")
    due_ms = centre.clock.now_ms() + 61_000
    first, second = scheduler(centre, 1, due_ms), scheduler(centre, 2, due_ms)
    os.kill(first.pid, signal.SIGKILL)  # it was waiting
    first.communicate()
    second.communicate("go\n\n")
    assert second.returncode == 0
    centre.clock.go(61)
    assert centre.desk.fire_due() == 0

    assert len(told(centre, number, "escalate:district")) == 1
    assert centre.whats(number).count("escalated") == 1


def test_oncall_3161_an_acknowledgement_after_the_end_opens_nothing(sqlite_centre: Centre) -> None:
    """Ack racing with auto-resolve re-opens: here it is refused, and nothing starts again."""
    centre = sqlite_centre
    number = centre.take(1)
    centre.take(1, revision=2, condition="cleared")
    centre.walk(number, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    with pytest.raises(IllegalMove):
        centre.move(number, Move.ACCEPT)

    assert centre.desk.detail(number).row.stage == Stage.CLOSED
    assert running(centre, number) == {}
    assert centre.desk.next_due_ms() is None


def test_oncall_3111_four_months_later_nobody_is_paged_at_half_past_five(sqlite_centre: Centre) -> None:
    """A closed one never comes back to the queue; a forgotten acknowledged one has long been chased and supervised."""
    centre = sqlite_centre
    closed, forgotten = centre.take(1), centre.take(2, device="fire-b", grid="110105001001002")
    centre.take(1, revision=2, condition="cleared")
    centre.walk(closed, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.move(forgotten, Move.ACCEPT)
    for _ in range(8):
        centre.clock.go(6 * 3600)
        centre.desk.fire_due()
    before = count(centre)
    centre.clock.go(120 * 86_400)

    assert centre.desk.fire_due() == 0
    assert count(centre) == before
    assert centre.desk.detail(forgotten).row.urge == "supervised", "and the board still says so"


def test_oncall_1792_acknowledged_and_forgotten_is_chased(sqlite_centre: Centre) -> None:
    """Forgot after ack, want re-notify: the holder hears of it again, then the tier above has it."""
    centre = sqlite_centre
    number = centre.take(1)
    centre.move(number, Move.ACCEPT, actor="lin-zhixia")
    centre.clock.go(1801)
    centre.desk.fire_due()
    first = told(centre, number, "chase:1")
    centre.clock.go(900)
    centre.desk.fire_due()

    assert "lin-zhixia" in first
    assert "shen-ruolan" in told(centre, number, "supervise:feed_back")


def test_oncall_895_and_1931_waits_are_waited(sqlite_centre: Centre) -> None:
    """Thresholds and waits ignored: every step comes in the second in which it is due, not before."""
    centre = sqlite_centre
    centre.take(1, severity="critical")
    fired = []
    start_ms = centre.clock.now_ms()
    for second in (0, 59, 60, 61, 179, 180, 299, 300, 301, 419, 420, 539, 540, 659, 660, 661, 800):
        centre.clock.at[0] = start_ms + second * 1000
        if centre.desk.fire_due():
            fired.append(second)

    assert fired == [60, 180, 300, 420, 540, 660]


def test_oncall_934_a_later_step_that_is_never_reached_is_refused(sqlite_centre: Centre) -> None:
    """Lint of chains: a tier that the rule places at once, and steps after the whole is over."""
    document = dict(sqlite_centre.desk.plan.document("dispatch"))
    for chain in document["chains"]:
        assert chain["steps"]
    late = {"id": "confirmed", "steps": [{"notify": "tier:district"}, {"wait": "2 d", "notify": "all"}]}
    rest = [chain for chain in document["chains"] if chain["id"] != "confirmed"]
    with pytest.raises(DispatchError, match="its last steps can never help"):
        PlacementTable.from_table({**document, "chains": [late, *rest]}, LEVELS)


def test_goalert_4545_two_duty_officers_must_each_accept(sqlite_centre: Centre) -> None:
    """Multi-ack: one is not enough, and the same one twice is one."""
    number = rules(sqlite_centre, "fire", accepts=2).take(1, severity="critical")
    for _ in range(2):
        sqlite_centre.move(number, Move.ACCEPT, actor="zhou-mingyuan")
    assert sqlite_centre.desk.detail(number).row.stage == Stage.REPORTED
    assert sqlite_centre.move(number, Move.ACCEPT, actor="shen-ruolan").row.stage == Stage.ACCEPTED


def test_thingsboard_11803_worse_later_milder_later_over(sqlite_centre: Centre) -> None:
    """Warn, then critical, then milder, then clear: tiers only grow, the deadline only comes nearer, one incident."""
    centre = sqlite_centre
    number = centre.take(1, severity="major")
    first = centre.desk.detail(number).row
    centre.take(1, revision=2, severity="critical")
    second = centre.desk.detail(number).row
    centre.take(1, revision=3, severity="minor")
    third = centre.desk.detail(number).row

    assert (first.deadline_ms or 0) > (second.deadline_ms or 0) == third.deadline_ms
    assert first.tiers < second.tiers == third.tiers
    with centre.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1


async def test_thingsboard_10979_a_timer_needs_no_message(sqlite_centre: Centre) -> None:
    """Nothing comes in any more, and the clock acts all the same: the dispatcher wakes by itself."""
    from cloud.workers.dispatcher import Dispatcher

    centre = sqlite_centre
    number = centre.take(1, severity="critical")
    centre.clock.go(61)
    task = asyncio.create_task(Dispatcher(centre.desk, centre.clock, asyncio.get_running_loop()).run())
    try:
        async with asyncio.timeout(20):
            while "escalated" not in centre.whats(number):
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_thingsboard_15583_and_2986_two_messages_a_millisecond_apart_are_one_incident(centre: Centre) -> None:
    """The same incident twice: one row, one set of timers, nobody told twice."""
    number = centre.take(1)
    before = count(centre)
    assert centre.take(1, at_ms=centre.clock.now_ms() + 1) == number
    with centre.store.read() as session:
        steps = session.scalars(select(Timer.step).where(Timer.incident_id == number)).all()

    assert count(centre) == before
    assert len(set(steps)) == len(steps)


def test_fixmystreet_67_a_body_that_never_answers_is_nagged_and_then_its_superior(sqlite_centre: Centre) -> None:
    """Nobody accepts: everybody is called again, and the overall deadline brings the tier above in."""
    centre = sqlite_centre
    number = centre.take(1, kind="water_pressure", severity="major", device="hydrant")
    centre.clock.go(5 * 86_400)
    centre.desk.fire_due()

    assert {"escalate:street", "repeat:1", "repeat:2", "red:overall"} <= {
        step for step, _, state in centre.desk.detail(number).escalation if state == "done"
    }
    assert centre.desk.detail(number).row.tiers[-1] == "district"


def test_glpi_687_a_matter_told_on_a_sunday_is_not_overdue_at_once(sqlite_centre: Centre) -> None:
    """A ticket opened outside the calendar gets a delay of 0: here its hours begin on Monday."""
    at(sqlite_centre, "2026-11-22 03:00")
    row = sqlite_centre.desk.detail(sqlite_centre.take(1, **RUBBISH)).row

    assert (local(row.deadline_ms), row.overdue) == ("11-23 14:00", False)


def test_zammad_4432_offices_are_not_escalated_at_night(sqlite_centre: Centre) -> None:
    """Escalation mail at midnight and on weekends: whatever counts in working time also fires in it."""
    centre = sqlite_centre
    at(centre, "2026-11-20 15:00")
    number = centre.take(1, **RUBBISH)
    with centre.store.read() as session:
        times = session.scalars(select(Timer.due_ms).where(Timer.incident_id == number)).all()

    assert times
    for due_ms in times:
        day, hour = local(due_ms).split()
        assert "09:00" <= hour <= "18:00", day
        assert centre.desk.plan.calendar.works(centre.desk.plan.calendar.day_of(due_ms))


def test_glpi_6902_a_pause_is_not_forgotten_when_the_severity_changes(sqlite_centre: Centre) -> None:
    """Pending time forgotten when priority changes: a pause that was taken out stays out of the new deadline."""
    centre = sqlite_centre
    number = centre.take(1, kind="sensor_fault", severity="minor")
    centre.move(number, Move.ACCEPT)
    centre.clock.go(600)
    centre.move(number, Move.SUSPEND, reason="等配件")
    centre.clock.go(86_400)
    centre.move(number, Move.RESUME)
    before = running(centre, number)["overall"]
    centre.take(1, revision=2, kind="sensor_fault", severity="major")
    after = running(centre, number)["overall"]

    assert after.due_ms == before.due_ms == before.first_due_ms + 86_400_000
