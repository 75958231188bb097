"""Whatever gateways, people and the clock do in whatever order: what must always hold, holds."""

from __future__ import annotations

import contextlib
import uuid
from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cloud.records import DeskError
from cloud.store.models import Incident, Notice, Timer
from domain.incidents import OVER, WORKED, Condition, IncidentError, Kind, Move, Severity, Stage
from tests.cloud.conftest import Centre

ROOMS = 4
says = st.tuples(
    st.just("say"),
    st.integers(0, ROOMS - 1),
    st.sampled_from(Condition),
    st.sampled_from([Severity.MAJOR, Severity.CRITICAL]),
)
clicks = st.tuples(st.just("click"), st.integers(0, ROOMS - 1), st.sampled_from(Move), st.just(""))
waits = st.tuples(st.just("wait"), st.integers(1, 2000), st.just(""), st.just(""))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(says | clicks | clicks | waits, min_size=1, max_size=30), st.sampled_from([Kind.FIRE, Kind.SENSOR_FAULT])
)
def test_what_always_holds(centre: Centre, steps: list[tuple[str, int, str, str]], kind: Kind) -> None:
    """Nothing active is closed, nobody is called after an acceptance, every whistle was heard by somebody."""
    name = str(uuid.uuid4())
    ids = [f"{name}-{room}" for room in range(ROOMS)]
    revisions: dict[int, int] = defaultdict(int)
    for what, number, choice, severity in steps:
        if what == "wait":
            centre.clock.go(number)
            centre.desk.fire_due()
        elif what == "say":
            revisions[number] += 1
            changes = {"condition": choice, "severity": severity, "revision": revisions[number]}
            centre.take(incident_id=ids[number], device=ids[number], grid=name, kind=kind, **changes)
        elif revisions[number]:
            with contextlib.suppress(IncidentError, DeskError):
                centre.move(ids[number], Move(choice), reason="因故")
        for room, revision in revisions.items():
            if revision:
                check(centre, ids[room])


def check(centre: Centre, incident_id: str) -> None:
    """The invariants of one incident."""
    with centre.store.read() as session:
        incident = session.get_one(Incident, incident_id)
        timers = list(session.scalars(select(Timer).where(Timer.incident_id == incident_id)))
        told = session.scalars(select(Notice).where(Notice.incident_id == (incident.parent_id or incident_id))).all()
        parent = session.get(Incident, incident.parent_id) if incident.parent_id else None
    waiting = {timer.step.partition(":")[0] for timer in timers if timer.state == "waiting"}

    assert not (incident.stage == Stage.CLOSED and incident.condition == Condition.ACTIVE), "closing hid a cause"
    assert (incident.stage == Stage.REPORTED) or not waiting & {"escalate", "repeat"}, "called after an acceptance"
    assert incident.stage in WORKED or "chase" not in waiting, "chased without reason"
    assert told, "nobody ever heard of it"
    assert incident.tiers, "it stands nowhere"
    if incident.stage != Stage.VOID:  # which may be said of what nobody had taken
        assert (incident.holder is None) == (incident.stage == Stage.REPORTED), "held by nobody, or before acceptance"
    assert incident.paused_at_ms is None or incident.stage in WORKED, "suspended and not worked on"
    assert len({(timer.step, timer.round) for timer in timers}) == len(timers)
    if parent is not None:
        assert parent.parent_id is None, "a family has two generations"
        assert incident.stage in OVER or parent.stage not in OVER, "a parent was closed first"
        assert not timers or parent.id != incident.id
