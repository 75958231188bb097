"""Escalation: each timer fires exactly once, whatever crashes; an acceptance stops it for good."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud.store.models import Incident, IncidentLog, Notice, Timer
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.power import power_cut


def fired(centre: Centre, incident_id: str) -> list[str]:
    """What was done because a time had come."""
    with centre.store.read() as session:
        steps = select(Timer.step).where(Timer.incident_id == incident_id, Timer.state == "done").order_by(Timer.due_ms)
        return list(session.scalars(steps))


def notices(centre: Centre, incident_id: str) -> Counter[str]:
    """How many notices each step owes."""
    with centre.store.read() as session:
        query = select(Notice.step, func.count()).where(Notice.incident_id == incident_id).group_by(Notice.step)
        return Counter({row[0]: row[1] for row in session.execute(query)})


def test_nobody_accepts(centre: Centre) -> None:
    """A confirmed fire: district after 60 s, then everybody again every 120 s, five times, then silence."""
    incident_id = centre.take(1, severity="critical")
    said = []
    for second in range(0, 1200, 10):
        if centre.desk.fire_due():
            said.append((second, centre.desk.detail(incident_id).row.tiers[-1]))
        centre.clock.go(10)

    assert said == [(60, "district"), *((60 + 120 * n, "district") for n in range(1, 6))]
    assert notices(centre, incident_id) == {
        "placed": 4,
        "escalate:district": 1,
        **{f"repeat:{n}": 5 for n in range(1, 6)},
    }


def test_an_acceptance_stops_the_escalation_for_good(centre: Centre) -> None:
    """After the first acceptance nobody is called, however long it takes to be handled."""
    incident_id = centre.take(1, severity="critical")
    centre.clock.go(59)
    centre.move(incident_id, Move.ACCEPT)
    before = notices(centre, incident_id)
    for _ in range(29):
        centre.clock.go(60)
        assert centre.desk.fire_due() == 0

    assert notices(centre, incident_id) == before


def test_an_accepted_and_forgotten_incident_is_chased(centre: Centre) -> None:
    """No feedback within 30 min: the holder and the highest tier are reminded, a few times; feedback ends it."""
    incident_id = centre.take(1, severity="critical")
    centre.move(incident_id, Move.ACCEPT, actor="lin-zhixia")
    centre.clock.go(1801)
    centre.desk.fire_due()
    row = centre.desk.detail(incident_id).row
    centre.move(incident_id, Move.FEED_BACK)
    centre.clock.go(7200)

    assert row.overdue
    assert fired(centre, incident_id) == ["chase:1"]
    assert notices(centre, incident_id)["chase:1"] == 2
    assert centre.desk.fire_due() == 0


def test_a_closed_incident_never_comes_back_to_the_queue(centre: Centre) -> None:
    """Months later nothing is due (Grafana OnCall 3111)."""
    incident_id = centre.take(1)
    centre.take(1, revision=2, condition="cleared")
    centre.walk(incident_id, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.clock.go(120 * 86_400)

    assert centre.desk.next_due_ms() is None
    assert centre.desk.fire_due() == 0


def test_a_restart_keeps_timers(centre: Centre) -> None:
    """What became due while nobody ran fires once, on the first look afterwards."""
    incident_id = centre.take(1)
    centre.clock.go(130)
    centre.restart()
    assert centre.desk.next_due_ms() == centre.clock.now_ms() - 10_000
    assert centre.desk.fire_due() == 1
    assert centre.desk.fire_due() == 0
    assert centre.desk.detail(incident_id).row.tiers == ("grid", "community", "street")


def test_children_have_no_timers_of_their_own(centre: Centre) -> None:
    """Six rooms, one escalation."""
    ids = [centre.take(n, device=f"fire-{n}") for n in range(1, 7)]
    centre.clock.go(121)

    assert centre.desk.fire_due() == 1
    assert {centre.desk.detail(i).row.tiers for i in ids} == {("grid", "community", "street")}


def test_a_broken_incident_holds_no_other_escalation_back(centre: Centre) -> None:
    """The first cannot be escalated any more: it says so in its log, and the second is escalated."""
    broken, sound = centre.take(1), centre.take(2, device="fire-b", grid="110105001001002")
    with centre.store.write() as session:
        session.get_one(Incident, broken).stage = "no such stage"
    centre.clock.go(121)
    centre.desk.fire_due()

    assert centre.desk.timer_health() == {"late_ms": 0, "failed": 1}
    assert centre.desk.detail(sound).row.tiers[-1] == "street"
    with centre.store.read() as session:
        entries = select(IncidentLog).where(IncidentLog.incident_id == broken, IncidentLog.what == "step_failed")
        (entry,) = session.scalars(entries)
    assert (entry.detail, "ValueError" in entry.reason) == ({"step": "escalate:street"}, True)


step = st.tuples(st.integers(1, 400), st.none() | st.integers(0, 40), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, min_size=1, max_size=8))
def test_each_timer_fires_exactly_once_under_crashes(centre: Centre, steps: list[tuple[int, int | None, bool]]) -> None:
    """Any jumps of time, power cut at any statement, restarts: every step once, its notices once, its log once."""
    name = str(uuid.uuid4())
    incident_id = centre.take(incident_id=name, device=name, grid=name, severity="critical")
    for seconds, statement, restart in steps:
        centre.clock.go(seconds)
        if restart:
            centre.restart()
        if statement is None:
            centre.desk.fire_due()
            continue
        with power_cut(centre, statement):
            centre.desk.fire_due()
        centre.restart()
    centre.clock.go(3600)
    centre.desk.fire_due()
    wanted = ["escalate:district", *(f"repeat:{n}" for n in range(1, 6))]
    with centre.store.read() as session:
        what = IncidentLog.incident_id == incident_id, IncidentLog.what.in_(["escalated", "notified"])
        entries = [entry.detail["step"] for entry in session.scalars(select(IncidentLog).where(*what))]

    assert fired(centre, incident_id) == wanted
    assert sorted(entries) == sorted(wanted)
    assert set(notices(centre, incident_id).values()) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("state", ["waiting", "done", "stopped"])
def test_timer_states_are_shown(centre: Centre, state: str) -> None:
    """The page shows the computed timeline: what happened, what waits, what was stopped."""
    incident_id = centre.take(1)
    centre.clock.go(121)
    centre.desk.fire_due()
    if state == "stopped":
        centre.move(incident_id, Move.ACCEPT)

    assert state in {entry[2] for entry in centre.desk.detail(incident_id).escalation}
