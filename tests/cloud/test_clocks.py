"""Deadlines of stored incidents: they begin, go on, pause, move and end; the clock does what they say, once."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from cloud.clocks.views import DeadlineView
from cloud.plan.sections import read
from cloud.store.models import Incident, IncidentLog, Notice, Timer
from cloud.store.models_clocks import DeadlineRow
from domain.incidents import Move, Stage
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, STREET, WATER, WATER_PERSON, WORKER, with_departments
from tests.cloud.test_facts import facts_of, from_scratch, keeper_of
from tests.cloud.web import web_client

BEIJING = timezone(timedelta(hours=8))
RUBBISH = {"kind": "environment", "severity": "minor", "device": "nobody"}
HOUR_S, DAY_S = 3600, 86_400


def at(centre: Centre, text: str) -> None:
    """Set the clock to a local time."""
    centre.clock.at[0] = round(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)


def local(at_ms: int | None) -> str:
    """Milliseconds as local time."""
    return datetime.fromtimestamp((at_ms or 0) / 1000, BEIJING).strftime("%m-%d %H:%M")


def rules(centre: Centre, kind: str, **changes: Any) -> Centre:
    """The sample plan with the rules of a kind changed."""
    now = centre.desk.plan.read
    documents: dict[str, Any] = copy.deepcopy(dict(now.documents))
    for row in documents["dispatch"]["placements"]:
        if kind in row["kind"]:
            row.update(changes)
    centre.desk.plan.use(read(documents, now.numbers))
    return centre


def running(centre: Centre, incident_id: str) -> dict[str, DeadlineView]:
    """The deadlines that run."""
    return {row.due: row for row in centre.desk.detail(incident_id).deadlines if row.ended_ms is None}


def told(centre: Centre, incident_id: str, step: str) -> set[str]:
    """Who is owed a notice of one step."""
    with centre.store.read() as session:
        return set(session.scalars(select(Notice.person).where(Notice.incident_id == incident_id, Notice.step == step)))


def test_working_days_of_an_office(centre: Centre) -> None:
    """Reported on Friday afternoon: acceptance on Monday, feedback the working day after it, closed within five."""
    at(centre, "2026-11-20 16:00")
    number = centre.take(1, **RUBBISH)
    found = running(centre, number)
    assert {due: local(row.due_ms) for due, row in found.items()} == {"accept": "11-23 11:00", "overall": "11-27 18:00"}

    at(centre, "2026-11-23 10:00")
    row = centre.move(number, Move.ACCEPT).row
    assert (row.deadline_stage, local(row.deadline_ms), row.urge) == ("feed_back", "11-24 18:00", "none")


def test_yellow_red_and_supervised_from_above(sqlite_centre: Centre) -> None:
    """The holder is reminded, chased, and then the next tier has it as well; the board says so at each step."""
    centre = sqlite_centre
    number = rules(centre, "fire", remind_yellow=True).take(1)
    centre.move(number, Move.ACCEPT, actor=WORKER)
    seen = []
    for minutes in (22, 1, 8, 15):
        centre.clock.go(minutes * 60)
        centre.desk.fire_due()
        row = centre.desk.detail(number).row
        seen.append((row.urge, row.tiers[-1]))

    assert seen == [("none", "community"), ("yellow", "community"), ("red", "community"), ("supervised", "street")]
    assert told(centre, number, "yellow:feed_back") == {WORKER}
    assert STREET in told(centre, number, "supervise:feed_back")
    assert {"yellow", "chased", "supervised"} <= set(centre.whats(number))


def test_at_the_top_supervision_tells_the_top_again(sqlite_centre: Centre) -> None:
    """Nobody is above the district: its people hear of it all the same."""
    centre = sqlite_centre
    number = centre.take(1, severity="critical")
    centre.clock.go(61)
    centre.desk.fire_due()
    centre.move(number, Move.ACCEPT)
    centre.clock.go(HOUR_S)
    centre.desk.fire_due()

    assert told(centre, number, "supervise:feed_back") >= {"lu-jingchuan"}


def test_a_pause_takes_its_time_out_of_every_deadline(centre: Centre) -> None:
    """挂账 over a weekend: nothing happens by the clock, and afterwards the working time that was left is left."""
    at(centre, "2026-11-20 10:00")
    number = centre.take(1, **RUBBISH)
    centre.move(number, Move.ACCEPT)
    before = {due: row.due_ms for due, row in running(centre, number).items()}
    centre.move(number, Move.SUSPEND, reason="等配件")
    row = centre.desk.detail(number).row
    assert (row.deadline_ms, row.next_step, row.overdue) == (None, f"paused:{row.version}:1", False)
    at(centre, "2026-12-18 10:00")
    assert centre.desk.fire_due() == 0
    at(centre, "2026-11-23 10:00")
    centre.move(number, Move.RESUME)
    after = running(centre, number)

    assert local(before["feed_back"]) == "11-23 18:00"
    assert local(after["feed_back"].due_ms) == "11-24 18:00", (
        "8 working hours were paused, the weekend counts for nothing"
    )
    assert after["feed_back"].first_due_ms == before["feed_back"]
    assert {state for _, _, state in centre.desk.detail(number).escalation} == {"stopped", "waiting"}


def test_what_was_overdue_stays_overdue_after_a_pause(sqlite_centre: Centre) -> None:
    """A pause afterwards heals nothing."""
    centre = sqlite_centre
    number = centre.take(1, kind="sensor_fault", severity="minor")
    centre.move(number, Move.ACCEPT)
    centre.clock.go(2 * DAY_S)
    due_ms = running(centre, number)["feed_back"].due_ms
    centre.move(number, Move.SUSPEND, reason="等配件")
    centre.clock.go(DAY_S)
    centre.move(number, Move.RESUME)

    assert running(centre, number)["feed_back"].due_ms == due_ms
    assert centre.desk.detail(number).row.overdue


def test_an_extension_moves_the_reminders_and_the_whole(centre: Centre) -> None:
    """延期 beyond the overall deadline: that moves as well, and nothing fires by the old times."""
    number = centre.take(1, kind="sensor_fault", severity="minor")
    centre.move(number, Move.ACCEPT)
    until_ms = centre.clock.now_ms() + 5 * DAY_S * 1000
    centre.move(number, Move.EXTEND, reason="等厂家", until_ms=until_ms)
    found = running(centre, number)
    centre.clock.go(3.5 * DAY_S)

    assert {row.due_ms for row in found.values()} == {until_ms}
    assert centre.desk.fire_due() == 0
    centre.clock.go(2 * DAY_S)
    centre.desk.fire_due()
    assert "chase:1" in {step for step, _, state in centre.desk.detail(number).escalation if state == "done"}


def test_two_must_accept(centre: Centre) -> None:
    """The first is on record and the calls go on; the same person twice is one; the second ends it."""
    number = rules(centre, "fire", accepts=2).take(1, severity="critical")
    centre.move(number, Move.ACCEPT, actor=OPERATOR)
    centre.move(number, Move.ACCEPT, actor=OPERATOR)
    centre.clock.go(61)
    assert centre.desk.fire_due() == 1
    assert centre.desk.detail(number).row.stage == Stage.REPORTED
    centre.move(number, Move.ACCEPT, actor=STREET)
    centre.clock.go(600)

    assert centre.desk.detail(number).row.stage == Stage.ACCEPTED
    assert centre.desk.fire_due() == 0


def test_two_must_accept_a_part_of_the_whole_as_well(centre: Centre) -> None:
    """One more room of a fire, accepted for itself: as many as for the whole, which that does not touch."""
    first = rules(centre, "fire", accepts=2).take(1, severity="critical")
    room = centre.take(2, severity="critical", device="fire-b")
    assert centre.desk.detail(room).row.parent_id == first
    for _ in range(2):
        centre.move(room, Move.ACCEPT, actor=OPERATOR)
    assert centre.desk.detail(room).row.stage == Stage.REPORTED
    centre.move(room, Move.ACCEPT, actor=STREET)
    assert centre.desk.detail(room).row.stage == Stage.ACCEPTED
    assert centre.desk.detail(first).row.stage == Stage.REPORTED


def test_a_chain_tells_departments_roles_and_people(sqlite_centre: Centre) -> None:
    """Whoever a step names hears of it, without the incident standing anywhere else."""
    centre = sqlite_centre
    with_departments(centre)
    now = centre.desk.plan.read
    documents: dict[str, Any] = copy.deepcopy(dict(now.documents))
    chain = next(chain for chain in documents["dispatch"]["chains"] if chain["id"] == "confirmed")
    chain["steps"] = [
        {"notify": f"department:{WATER}"},
        {"wait": "60 s", "notify": "role:operator@street"},
        {"wait": "60 s", "notify": "person:lu-jingchuan", "times": 2},
    ]
    centre.desk.plan.use(read(documents, now.numbers))
    number = centre.take(1, severity="critical")
    centre.clock.go(300)
    centre.desk.fire_due()

    assert [told(centre, number, f"call:{n}") for n in (1, 2, 3, 4)] == [
        {WATER_PERSON}, {STREET}, {"lu-jingchuan"}, {"lu-jingchuan"},
    ]  # fmt: skip
    assert centre.desk.detail(number).row.tiers == ("grid", "community", "street")


def test_a_transfer_up_begins_the_acceptance_anew_with_the_times_of_that_tier(centre: Centre) -> None:
    """The next tier has its own time to accept and to feed back; the whole counts from the report."""
    at(centre, "2026-11-23 09:00")
    number = centre.take(1, **RUBBISH)
    centre.clock.go(DAY_S)
    centre.desk.fire_due()  # by now the street has it
    centre.move(number, Move.ACCEPT)
    first = running(centre, number)
    centre.move(number, Move.TRANSFER_UP, reason="超出权限")
    second = running(centre, number)
    centre.move(number, Move.ACCEPT, actor="lu-jingchuan")
    third = running(centre, number)

    assert local(first["feed_back"].due_ms) == "11-26 18:00", "two working days at the street"
    assert set(second) == {"accept", "overall"}
    assert local(third["feed_back"].due_ms) == "11-27 18:00", "three at the district"
    assert {row["overall"].started_ms for row in (first, second, third)} == {first["overall"].started_ms}


def test_rework_begins_the_feedback_anew_and_a_return_does_not(centre: Centre) -> None:
    """返工 gives the time again; 退单 gives nobody more of it."""
    number = centre.take(1, kind="sensor_fault", severity="minor")
    centre.move(number, Move.ACCEPT)
    first = running(centre, number)["feed_back"].due_ms
    centre.clock.go(HOUR_S)
    centre.move(number, Move.DISPATCH, to=WORKER)
    centre.move(number, Move.RETURN, reason="不属本网格")
    assert running(centre, number)["feed_back"].due_ms == first
    centre.walk(number, Move.FEED_BACK, Move.REWORK)
    again = running(centre, number)["feed_back"]
    centre.clock.go(DAY_S + 1)
    centre.desk.fire_due()

    assert again.due_ms == first + HOUR_S * 1000
    assert told(centre, number, "chase:1") >= {OPERATOR}


def test_what_is_merged_has_no_deadlines_of_its_own_until_it_is_taken_apart(sqlite_centre: Centre) -> None:
    """A member is due with its parent; nothing is left running behind."""
    centre = sqlite_centre
    into, child = (centre.take(n, kind="power", severity="minor", device=f"d{n}", grid=f"g{n}") for n in (1, 2))
    centre.move(child, Move.MERGE, reason="同一件", to=into)
    with centre.store.read() as session:
        live = select(DeadlineRow.incident_id).where(DeadlineRow.ended_ms.is_(None))
        assert set(session.scalars(live)) == {into}
    centre.clock.go(HOUR_S)
    centre.move(child, Move.SPLIT, reason="不是同一件")

    assert running(centre, child)["accept"].started_ms == centre.clock.now_ms()


def test_what_mended_itself_has_its_overall_deadline_once_somebody_has_it(sqlite_centre: Centre) -> None:
    """Silent while nobody has it; accepted, somebody must still look: yellow, red and supervised as ever."""
    centre = sqlite_centre
    fault = {"kind": "water_pressure", "severity": "minor"}
    number = centre.take(1, **fault)
    centre.take(1, revision=2, condition="cleared", **fault)
    assert centre.desk.detail(number).row.next_step is None
    centre.move(number, Move.ACCEPT)
    waiting = [code for code, _, state in centre.desk.detail(number).escalation if state == "waiting"]
    assert {"red:overall", "supervise:overall"} <= set(waiting)
    assert not [code for code in waiting if code.startswith(("escalate", "repeat"))]


@pytest.mark.parametrize("minutes", [8, 20])
def test_what_is_worse_after_its_calls_is_called_for_anew_not_all_at_once(sqlite_centre: Centre, minutes: int) -> None:
    """Confirmed while the calls run, or after they have run out: every repetition comes, each at its own time."""
    centre = sqlite_centre
    number = centre.take(1)
    centre.clock.go(minutes * 60)
    centre.desk.fire_due()
    now = centre.clock.now_ms()
    centre.take(1, revision=2, severity="critical")
    steps = centre.desk.detail(number).escalation
    calls = [due for code, due, state in steps if state == "waiting" and code.startswith("repeat")]
    assert calls == [now + k * 120_000 for k in range(5)]


def test_calls_to_a_level_that_the_plan_has_no_more_go_to_the_top(sqlite_centre: Centre) -> None:
    """The street is called town now: what is open is escalated, confirmed and supervised all the same."""
    centre = sqlite_centre
    number = centre.take(1)
    now = centre.desk.plan.read
    text = json.dumps(dict(now.documents)).replace('"street"', '"town"').replace("tier:street", "tier:town")
    centre.desk.plan.use(read(json.loads(text.replace("@street", "@town")), now.numbers))
    centre.clock.go(150)
    centre.desk.fire_due()
    assert told(centre, number, "escalate:street") == {"lu-jingchuan"}
    centre.take(1, revision=2, severity="critical")
    assert "town" in centre.desk.detail(number).row.tiers
    centre.clock.go(DAY_S)
    centre.desk.fire_due()
    assert centre.desk.timer_health()["failed"] == 0


def test_changed_rules_do_not_move_what_runs(sqlite_centre: Centre) -> None:
    """Deadlines are counted once, when they begin."""
    centre = sqlite_centre
    number = centre.take(1)
    before = running(centre, number)
    rules(centre, "fire", accept="10 s")

    assert running(centre, number) == before
    other = centre.take(2, device="fire-b", grid="110105001001002")
    assert running(centre, other)["accept"].due_ms == centre.clock.now_ms() + 10_000


def test_a_deadline_over_holidays_that_nobody_knows_says_so(sqlite_centre: Centre) -> None:
    """2027 is not published yet: counted by weekends, and marked."""
    centre = sqlite_centre
    at(centre, "2026-12-30 10:00")
    assert running(centre, centre.take(1, **RUBBISH))["overall"].assumed
    assert not running(centre, centre.take(2))["overall"].assumed, "clock time needs no calendar"


def test_open_incidents_of_an_older_version_get_deadlines(centre: Centre) -> None:
    """From when they were reported and accepted; only once; and nothing fires twice by it."""
    first, second = centre.take(1), centre.take(2, device="fire-b", grid="110105001001002")
    centre.move(second, Move.ACCEPT)
    wanted = {number: {due: row.due_ms for due, row in running(centre, number).items()} for number in (first, second)}
    with centre.store.write() as session:
        session.execute(delete(DeadlineRow))
        session.execute(delete(Timer).where(Timer.deadline == "overall"))
        session.execute(update(Incident).values(round=1))
    centre.clock.go(30)

    keeper = keeper_of(centre)
    assert (centre.desk.adopt_deadlines(), centre.desk.adopt_deadlines()) == (2, 0)
    for number in (first, second):
        assert {due: row.due_ms for due, row in running(centre, number).items()} == wanted[number]
        assert centre.whats(number)[-1] == "timed"
    keeper.step()
    assert facts_of(centre) == from_scratch(centre), "reports hear of it"
    assert facts_of(centre)[first]["overall"] == "running"
    with centre.store.read() as session:
        steps = session.scalars(select(Timer.step).where(Timer.incident_id == first)).all()
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("back_s", [10, 400 * DAY_S])
def test_a_clock_that_is_set_back_neither_delays_nor_doubles(centre: Centre, back_s: int) -> None:
    """What waited before the step comes by the old clock, what came after it by the new one, each once."""
    from domain.clock_steps import after_step

    before = centre.take(1, severity="critical")
    lags = after_step((), -back_s * 1000, centre.desk.last_timer_id())
    centre.clock.go(-back_s)
    after = centre.take(2, device="fire-b", grid="110105001001002", severity="critical")
    centre.clock.go(61)
    fired = centre.desk.fire_due(lags)
    again = centre.desk.fire_due(lags)

    assert (fired, again) == (2, 0)
    with centre.store.read() as session:
        steps = select(IncidentLog.incident_id).where(IncidentLog.what == "escalated")
        assert sorted(session.scalars(steps)) == sorted([before, after])


def test_the_street_whistles_and_the_department_turns_up(sqlite_centre: Centre) -> None:
    """吹哨报到: nobody accepts what the street was called for, so the department whose matter it is hears of it."""
    centre = sqlite_centre
    at(centre, "2026-11-23 09:00")
    number = centre.take(1, **RUBBISH)
    at(centre, "2026-11-24 09:30")
    centre.desk.fire_due()

    assert told(centre, number, "escalate:street") == {STREET}
    assert told(centre, number, "call:1") == {"cheng-guan"}


async def test_the_page_and_the_program_say_which_deadlines_run(sqlite_centre: Centre) -> None:
    """What is due, how it is counted, what has moved it; in words, not by colour alone."""
    centre = sqlite_centre
    at(centre, "2026-12-30 10:00")
    number = centre.take(1, **RUBBISH)
    centre.move(number, Move.ACCEPT, actor=OPERATOR)
    centre.clock.go(5 * HOUR_S)
    centre.move(number, Move.SUSPEND, actor=OPERATOR, reason="等配件")
    centre.clock.go(DAY_S)
    centre.move(number, Move.RESUME, actor=OPERATOR)
    centre.clock.go(DAY_S)
    async with web_client(centre, who=OPERATOR) as client:
        page = (await client.get(f"/incidents/{number}")).text
        found = (await client.get(f"/api/incidents/{number}")).json()

    for words in ("反馈时限", "总时限", "工作日", "原定", "按周末计算", "黄色预警"):
        assert words in page, words
    assert {row["due"] for row in found["deadlines"] if row["ended_ms"] is None} == {"feed_back", "overall"}
    assert found["row"]["urge"] == "yellow"
