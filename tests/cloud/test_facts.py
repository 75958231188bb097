"""Facts about incidents: what they say, and that following the log gives what making them from scratch gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from cloud.records import Act, write_log
from cloud.review.facts.keeper import FactKeeper
from cloud.review.facts.writing import remake
from cloud.store.models import Incident
from cloud.store.models_review import CaseFact, CaseMark
from cloud.workers.retention import Retention
from domain.incidents import Move
from tests.cloud.conftest import Centre, opened
from tests.cloud.flowing import OPERATOR, WORKER

MIN = 60.0


def keeper_of(centre: Centre) -> FactKeeper:
    """A worker that has caught up."""
    keeper = FactKeeper(centre.store, centre.clock)
    while keeper.step():
        pass
    return keeper


def facts_of(centre: Centre) -> dict[str, dict[str, Any]]:
    """Every row, column by column."""
    names = [column.key for column in inspect(CaseFact).columns]
    with centre.store.read() as session:
        rows = session.scalars(select(CaseFact)).all()
        return {row.id: {name: getattr(row, name) for name in names} for row in rows}


def from_scratch(centre: Centre) -> dict[str, dict[str, Any]]:
    """What a recomputation of everything gives."""
    with centre.store.write() as session:
        remake(session, session.scalars(select(Incident.id)).all())
    return facts_of(centre)


def test_a_life(centre: Centre) -> None:
    """Every step of the way stands in the fact, and who took it."""
    one = centre.take(1, kind="water_pressure", severity="minor")
    keeper = FactKeeper(centre.store, centre.clock)
    keeper.step()
    t0 = centre.clock.now_ms()
    fact = facts_of(centre)[one]
    assert (fact["stage"], fact["reported_ms"], fact["accept"], fact["accepted_ms"]) == (
        "reported",
        t0,
        "running",
        None,
    )
    assert fact["next_due_ms"] == fact["accept_due_ms"]
    centre.clock.go(MIN)
    centre.move(one, Move.ACCEPT)
    centre.clock.go(MIN)
    centre.move(one, Move.DISPATCH, to=WORKER)
    centre.clock.go(MIN)
    centre.move(one, Move.RETURN, reason="不归我管")
    centre.move(one, Move.DISPATCH, to=WORKER)
    centre.move(one, Move.START_HANDLING, actor=WORKER)
    centre.move(one, Move.FEED_BACK, actor=OPERATOR)
    centre.move(one, Move.REWORK, reason="没有修好")
    centre.clock.go(MIN)
    centre.move(one, Move.FEED_BACK, actor=WORKER)
    centre.take(1, kind="water_pressure", severity="minor", revision=2, condition="cleared")
    centre.walk(one, Move.VERIFY, Move.CLOSE)
    keeper.step()
    fact = facts_of(centre)[one]
    assert (fact["accepted_ms"], fact["dispatched_ms"], fact["fed_back_ms"]) == (
        t0 + 60_000,
        t0 + 120_000,
        t0 + 240_000,
    )
    assert (fact["accepted_by"], fact["dispatched_to"], fact["handled_by"]) == (OPERATOR, WORKER, WORKER)
    assert (fact["returns"], fact["returned_by"]) == (1, [WORKER])
    assert (fact["reworks"], fact["reworked_of"]) == (1, [WORKER])
    assert (fact["accept"], fact["feed_back"], fact["overall"], fact["next_due_ms"]) == ("met", "met", "met", None)
    assert (fact["closed_by"], fact["closed_ms"]) == (OPERATOR, t0 + 240_000)
    centre.clock.go(MIN)
    centre.move(one, Move.EVALUATE, grade="unsatisfied", reason="又漏了")
    keeper.step()
    again = facts_of(centre)[one]
    assert (again["grade"], again["unsatisfied"], again["reopenings"]) == ("unsatisfied", 1, 1)
    assert (again["closed_ms"], again["closed_by"], again["fed_back_ms"]) == (None, None, None)
    assert (again["handled_by"], again["reported_ms"], again["accept"]) == (WORKER, t0, "running")
    assert keeper.health() == {"behind": 0, "late_ms": 0, "filling": False, "aside": 0}


def test_late_paused_and_void(centre: Centre) -> None:
    """A pause is taken out as the deadline takes it out; what ends otherwise in time is neither met nor missed."""
    late, paused, void = (centre.take(number, kind="camera_fault", severity="minor") for number in (1, 2, 3))
    centre.walk(paused, Move.ACCEPT)
    centre.walk(void, Move.VOID)
    keeper = keeper_of(centre)
    before = facts_of(centre)
    centre.walk(paused, Move.SUSPEND)
    centre.clock.go((before[late]["accept_due_ms"] - before[late]["reported_ms"]) / 1000 + 60)
    centre.walk(late, Move.ACCEPT)
    centre.walk(paused, Move.RESUME)
    keeper.step()
    fact = facts_of(centre)
    assert (fact[late]["accept"], fact[late]["accept_late_ms"]) == ("missed", 60_000)
    assert fact[paused]["overall_due_ms"] > before[paused]["overall_due_ms"]
    assert (fact[paused]["suspensions"], fact[paused]["overall"]) == (1, "running")
    assert fact[paused]["paused_ms"] == before[late]["accept_due_ms"] - before[late]["reported_ms"] + 60_000
    assert (fact[void]["void"], fact[void]["void_why"], fact[void]["accept"]) == (True, "因故", "stopped")
    assert (fact[void]["voided_by"], fact[void]["closed_by"]) == (OPERATOR, None)


def test_members_leave_and_join(centre: Centre) -> None:
    """A member is not counted; taken apart again, it has the life it had before."""
    root, child = (
        centre.take(number, kind="camera_fault", severity="minor", device=f"d-{number}") for number in (1, 2)
    )
    centre.walk(root, Move.ACCEPT)
    keeper = keeper_of(centre)
    centre.move(child, Move.MERGE, to=root, reason="同一件事")
    keeper.step()
    fact = facts_of(centre)
    assert (fact[child]["member_of"], fact[child]["merged"], fact[root]["members"]) == (root, True, 1)
    centre.move(root, Move.DISPATCH, to=WORKER)
    centre.move(child, Move.SPLIT, reason="是两件事")
    keeper.step()
    fact = facts_of(centre)
    assert (fact[child]["member_of"], fact[child]["dispatched_to"], fact[root]["members"]) == (None, None, 0)
    assert fact == from_scratch(centre)


def test_what_was_there_before(centre: Centre) -> None:
    """A database of before gets its facts a few at a time, also over a crash, and another form makes all anew."""
    ids = [centre.take(number, device=f"d-{number}", grid=f"g-{number}") for number in range(1, 8)]
    keeper = FactKeeper(centre.store, centre.clock)
    keeper.catch_up()
    assert facts_of(centre) == {}
    assert keeper.health()["filling"]
    keeper.fill()
    centre.restart()
    centre.take(8, device="d-8", grid="g-8")
    keeper = keeper_of(centre)
    assert len(facts_of(centre)) == len(ids) + 1
    with centre.store.write() as session:
        session.get_one(CaseMark, 1).form = 0
        session.get_one(CaseFact, ids[0]).kind = "of an old form"
    keeper_of(centre)
    assert facts_of(centre) == from_scratch(centre)
    assert facts_of(centre)[ids[0]]["kind"] == "fire"


def test_facts_go_with_their_incidents(centre: Centre) -> None:
    """Retention deletes both, and what follows in the log is not missed."""
    old = centre.take(1, kind="camera_fault", severity="minor")
    centre.walk(old, Move.VOID)
    keeper = keeper_of(centre)
    centre.clock.go(10 * 86_400)
    retention = Retention(centre.store, centre.clock, closed_days=1, evidence_days=0, report_days=0, track_days=0)
    new = centre.take(2, kind="camera_fault", severity="minor")
    while retention.prune():
        pass
    assert facts_of(centre) == {}
    keeper.step()
    assert set(facts_of(centre)) == {new}


def test_a_member_that_goes_is_counted_no_more(centre: Centre) -> None:
    """Members are deleted before their parent, which may be open for long after."""
    parent = centre.take(1, kind="endpoints_offline", device="", severity="minor")
    member = centre.take(2, kind="endpoint_offline", device="fire-b", severity="minor", parent=parent)
    centre.take(2, revision=2, kind="endpoint_offline", device="fire-b", severity="minor", parent=parent,
                condition="cleared", cleared_at_ms=centre.clock.now_ms())  # fmt: skip
    with centre.store.write() as session:
        session.get_one(Incident, member).stage = "closed"
        write_log(session, session.get_one(Incident, parent), "changed", Act(actor="gateway:x", at_ms=1))
    keeper_of(centre)
    assert facts_of(centre)[parent]["members"] == 1
    centre.clock.go(10 * 86_400)
    retention = Retention(centre.store, centre.clock, closed_days=1, evidence_days=0, report_days=0, track_days=0)
    while retention.prune():
        pass
    assert set(facts_of(centre)) == {parent}
    assert facts_of(centre) == from_scratch(centre)
    assert facts_of(centre)[parent]["members"] == 0


def test_following_reads_no_table_whole(sqlite_centre: Centre) -> None:
    """However many incidents there were before: a centre with a million looks several times a second."""
    centre, plans = sqlite_centre, []

    def note(_connection: object, cursor: Any, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            plans.extend((row[3], statement) for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    keeper = keeper_of(centre)
    centre.take(1, device="d-1")
    event.listen(centre.store.engine, "before_cursor_execute", note)
    keeper.step()
    event.remove(centre.store.engine, "before_cursor_execute", note)
    assert plans
    assert [(plan, statement) for plan, statement in plans if plan.startswith("SCAN")] == []


def test_an_odd_record_stops_nothing(centre: Centre) -> None:
    """It stands aside by name, is told, and is made as soon as it can be read; the others are counted meanwhile."""
    one, two = (centre.take(number, kind="camera_fault", severity="minor", device=f"d-{number}") for number in (1, 2))
    keeper = keeper_of(centre)
    centre.walk(one, Move.ACCEPT)
    centre.walk(two, Move.ACCEPT)
    with centre.store.write() as session:
        session.get_one(Incident, one).kind = "of another release"
    keeper = keeper_of(centre)
    assert {number: fact["stage"] for number, fact in facts_of(centre).items()} == {one: "reported", two: "accepted"}
    assert keeper.health() == {"behind": 0, "late_ms": 0, "filling": False, "aside": 1}
    with centre.store.write() as session:
        session.get_one(Incident, one).kind = "camera_fault"
    FactKeeper(centre.store, centre.clock).retry()
    assert facts_of(centre) == from_scratch(centre)
    assert (facts_of(centre)[one]["stage"], keeper.health()["aside"]) == ("accepted", 0)


def worsen(session: Session, one: str) -> None:
    """Somebody makes it worse, with an entry in the log."""
    incident = session.get_one(Incident, one)
    incident.severity = "major"
    write_log(session, incident, "changed", Act(actor="gateway:x", at_ms=1), detail={"severity": "major"})
    session.flush()


@pytest.fixture
def several(tmp_path: Path, postgres_url: str) -> Iterator[Centre]:
    """On PostgreSQL only: SQLite has one writer, so that entries are committed as they are numbered."""
    yield from opened(tmp_path, postgres_url)


def test_an_entry_that_is_committed_late_is_not_missed(several: Centre) -> None:
    """Its number is lower than one that was there already; so nobody is followed past an open transaction."""
    centre = several
    one = centre.take(1, kind="camera_fault", severity="minor", device="d-1", site="site-a")
    two = centre.take(2, kind="camera_fault", severity="minor", device="d-2", site="site-b")
    keeper = keeper_of(centre)
    with centre.store.write(["site-a"]) as slow:
        worsen(slow, one)
        with centre.store.write(["site-b"]) as quick:
            worsen(quick, two)
        keeper.step()
        assert keeper.done["put_off"] == 1
    keeper.step()
    assert {number: fact["severity"] for number, fact in facts_of(centre).items()} == {one: "major", two: "major"}
