"""The gateway's truth: idempotent, in any order, in a tree, never hidden."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud.store.models import Evidence, Incident, IncidentLog, Notice
from domain.incidents import Condition, Move, Severity
from tests.cloud import facts
from tests.cloud.conftest import Centre

WHOLE_LIFE = (Move.ACCEPT, Move.DISPATCH, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)


def test_an_incident_is_placed_with_its_deadline(centre: Centre) -> None:
    """A suspected fire stands at grid and community, is due in 120 s and shows what comes next."""
    incident_id = centre.take(1)
    row = centre.desk.board().open[0]

    assert (row.id, row.stage, row.tiers) == (incident_id, "reported", ("grid", "community"))
    assert (row.deadline_stage, row.deadline_ms) == ("accept", centre.clock.now_ms() + 120_000)
    assert (row.next_step, row.next_step_ms) == ("escalate:street", centre.clock.now_ms() + 120_000)
    assert row.grid_name == "春风第一网格"
    assert centre.whats(incident_id) == ["raised", "placed"]


def test_the_same_message_twice_changes_nothing(centre: Centre) -> None:
    """A resent revision leaves the row, the log and the evidence alone."""
    incident_id = centre.take(1)
    before = centre.desk.detail(incident_id)
    centre.take(1)

    assert centre.desk.detail(incident_id) == before


def test_confirmation_adds_the_street_and_hurries(centre: Centre) -> None:
    """Major to critical: the street is told at once, the acceptance is due within 60 s, the escalation starts anew."""
    incident_id = centre.take(1)
    centre.clock.go(30)
    centre.take(1, revision=2, severity="critical", signals=facts.confirmed(centre.clock.now_ms()))
    detail = centre.desk.detail(incident_id)

    assert detail.row.tiers == ("grid", "community", "street")
    assert detail.row.deadline_ms == centre.clock.now_ms() + 60_000
    assert detail.escalation[0] == ("escalate:district", centre.clock.now_ms() + 60_000, "waiting")
    assert detail.row.signals == ("smoke_level", "temp_rise")


def test_a_late_confirmation_never_delays(centre: Centre) -> None:
    """Confirmed 10 s before the acceptance is due: it stays due in 10 s."""
    centre.take(1)
    centre.clock.go(110)
    incident_id = centre.take(1, revision=2, severity="critical")

    assert centre.desk.detail(incident_id).row.deadline_ms == centre.clock.now_ms() + 10_000


def test_confirmation_after_acceptance_tells_the_street_but_escalates_nothing(centre: Centre) -> None:
    """Who has accepted keeps it; the street still learns at once."""
    incident_id = centre.take(1)
    centre.move(incident_id, Move.ACCEPT)
    centre.take(1, revision=2, severity="critical")
    detail = centre.desk.detail(incident_id)

    assert detail.row.tiers == ("grid", "community", "street")
    assert detail.row.next_step == "chase:1"
    calls = [state for code, _, state in detail.escalation if code.startswith(("escalate", "repeat"))]
    assert "waiting" not in calls


def test_one_fire_in_six_rooms_is_one_parent_with_five_children(centre: Centre) -> None:
    """The rooms of one grid share one whistle: nobody is paged six times."""
    ids = [centre.take(n, device=f"fire-{n}", place=f"Room {n}") for n in range(1, 7)]
    detail = centre.desk.detail(ids[0])

    assert [child.id for child in detail.children] == ids[1:]
    assert all(child.parent_id == ids[0] and child.tiers == detail.row.tiers for child in detail.children)
    assert all(child.deadline_ms == detail.row.deadline_ms for child in detail.children)
    assert centre.whats(ids[3]) == ["raised"]
    assert centre.whats(ids[0]) == ["raised", "placed"] + ["joined"] * 5


def test_other_grids_sites_and_kinds_stand_alone(centre: Centre) -> None:
    """Only fires of the same grid join."""
    ids = [
        centre.take(1),
        centre.take(2, device="fire-b", grid="110105001001002"),
        centre.take(3, device="fire-c", site="heping"),
        centre.take(4, device="fire-d", kind="sensor_fault", severity="minor"),
        centre.take(5, device="fire-e", kind="sensor_fault", severity="minor"),
    ]

    assert [centre.desk.detail(i).row.parent_id for i in ids] == [None] * 5


def test_a_child_may_confirm_for_the_family(centre: Centre) -> None:
    """A confirmed fire in the second room brings the street to the whole incident."""
    parent = centre.take(1)
    child = centre.take(2, device="fire-b", severity="critical")

    assert centre.desk.detail(parent).row.tiers == ("grid", "community", "street")
    assert centre.desk.detail(child).row.tiers == ("grid", "community", "street")


def test_a_new_room_joins_at_the_stage_of_its_parent(centre: Centre) -> None:
    """Accepted by somebody means the new room is his, too; after feedback it whistles on its own."""
    parent = centre.take(1)
    centre.move(parent, Move.ACCEPT)
    child = centre.desk.detail(centre.take(2, device="fire-b"))
    centre.move(parent, Move.FEED_BACK)
    late = centre.desk.detail(centre.take(3, device="fire-c"))

    assert (child.row.stage, child.row.holder, child.row.parent_id) == ("accepted", "zhou-mingyuan", parent)
    assert (late.row.stage, late.row.parent_id, late.row.next_step) == ("reported", None, "escalate:street")


@pytest.mark.parametrize("moves", [WHOLE_LIFE, WHOLE_LIFE[:4], WHOLE_LIFE[:3]])
def test_a_raise_after_the_end_reopens(centre: Centre, moves: tuple[Move, ...]) -> None:
    """Active again after verification or closing: back to reported with its own page and a new deadline."""
    incident_id = centre.take(1)
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(incident_id, *moves)
    centre.clock.go(3600)
    centre.take(1, revision=3)
    row = centre.desk.board().open[0]

    assert (row.id, row.stage, row.condition, row.holder) == (incident_id, "reported", "active", None)
    assert row.deadline_ms == centre.clock.now_ms() + 120_000
    assert centre.whats(incident_id)[-3:] == ["raised", "reopen", "placed"]


def test_a_reopened_child_whistles_for_itself(centre: Centre) -> None:
    """Its parent is closed, so it leaves the family and is placed on its own."""
    parent, child = centre.take(1), centre.take(2, device="fire-b")
    for number, device in ((1, "fire-a"), (2, "fire-b")):
        centre.take(number, revision=2, condition="cleared", device=device)
    centre.walk(parent, *WHOLE_LIFE)
    centre.take(2, revision=3, device="fire-b")
    row = centre.desk.detail(child).row

    assert (row.parent_id, row.stage, row.next_step) == (None, "reported", "escalate:street")
    assert centre.desk.detail(parent).row.stage == "closed"


def test_a_fire_that_is_out_takes_no_new_room(centre: Centre) -> None:
    """Yesterday's fire still waits to be closed: today's whistles for itself, nobody would hear it otherwise."""
    old = centre.take(1)
    centre.take(1, revision=2, condition="cleared")
    centre.move(old, Move.ACCEPT)
    new = centre.desk.detail(centre.take(2, device="fire-b")).row

    assert (new.parent_id, new.stage, new.next_step) == (None, "reported", "escalate:street")


def test_a_spreading_fire_that_nobody_answers_calls_again(centre: Centre) -> None:
    """All calls have run out when the next room burns: everybody is told at once, and the calls start anew."""
    parent = centre.take(1)
    due_ms = centre.clock.now_ms() + 120_000
    centre.clock.go(3600)
    centre.desk.fire_due()
    assert centre.desk.detail(parent).row.next_step == "red:overall", "the calls have run out"
    centre.take(2, device="fire-b", place="Room B")
    detail = centre.desk.detail(parent)

    assert (detail.log[-1].what, detail.log[-1].reason, detail.log[-1].detail["step"]) == (
        "notified",
        "Room B",
        "again",
    )
    assert detail.row.next_step == "repeat:1"
    assert (detail.row.deadline_ms, detail.row.overdue) == (due_ms, True)


def told(centre: Centre, incident_id: str, step: str) -> set[str]:
    """Who is owed a notice of one step."""
    with centre.store.read() as session:
        return set(session.scalars(select(Notice.person).where(Notice.incident_id == incident_id, Notice.step == step)))


@pytest.mark.parametrize("moves", [(Move.ACCEPT,), (Move.ACCEPT, Move.DISPATCH)])
def test_a_second_room_is_told_to_those_who_have_the_fire(centre: Centre, moves: tuple[Move, ...]) -> None:
    """Accepted or dispatched: the holder and everybody placed hear of the new room, once, and the log says so."""
    parent = centre.take(1)
    for move in moves:
        centre.move(parent, move, actor="shen-ruolan", **({"to": "lin-zhixia"} if move is Move.DISPATCH else {}))
    before = told(centre, parent, "placed")
    for _ in range(2):
        child = centre.take(2, device="fire-b", place="Room B")
    entry = centre.desk.detail(parent).log[-1]

    assert told(centre, parent, f"joined:{child}") == before | {centre.desk.detail(parent).row.holder}
    assert (entry.what, entry.reason) == ("notified", "Room B")


def test_a_second_room_of_a_fire_nobody_has_yet_is_one_whistle(centre: Centre) -> None:
    """The calls are under way: nobody is paged for each room."""
    parent = centre.take(1)
    child = centre.take(2, device="fire-b", place="Room B")

    assert told(centre, parent, f"joined:{child}") == set()


def test_a_fire_that_burns_anew_is_told_to_those_who_have_it(sqlite_centre: Centre) -> None:
    """Accepted and cleared, then there again, twice: whoever has it hears each time."""
    centre = sqlite_centre
    fire = centre.take(1)
    before = told(centre, fire, "placed")
    centre.move(fire, Move.ACCEPT, actor="shen-ruolan")
    for revision in (2, 4):
        centre.take(1, revision=revision, condition="cleared")
        centre.take(1, revision=revision + 1)
        assert told(centre, fire, f"back:{revision + 1}:{fire}"[:48]) == before | {"shen-ruolan"}


@pytest.mark.parametrize("moves", [(Move.ACCEPT, Move.FEED_BACK), (Move.VOID,)])
def test_what_people_thought_over_and_is_worse_than_ever_is_reported_again(
    sqlite_centre: Centre, moves: tuple[Move, ...]
) -> None:
    """Still active, fed back or void, and now critical: the calls begin anew; as bad as before, nothing happens."""
    centre, tap = sqlite_centre, {"kind": "water_pressure", "device": "hydrant-1"}
    number = centre.take(1, severity="minor", **tap)
    ended = centre.walk(number, *moves).row.stage
    centre.take(1, severity="minor", revision=2, **tap)
    assert centre.desk.detail(number).row.stage == ended
    centre.take(1, severity="critical", revision=3, **tap)
    assert centre.desk.detail(number).row.stage == "reported"
    assert centre.desk.detail(number).row.next_step is not None


def test_a_fault_that_mends_itself_calls_nobody_any_more(centre: Centre) -> None:
    """A device that is back is not escalated; it calls again when it fails again. A fire goes on until accepted."""
    fault = centre.take(1, kind="sensor_fault", severity="minor")
    centre.take(1, kind="sensor_fault", severity="minor", revision=2, condition="cleared")
    assert centre.desk.detail(fault).row.next_step is None
    centre.take(1, kind="sensor_fault", severity="minor", revision=3)
    assert centre.desk.detail(fault).row.next_step == "escalate:community"

    fire = centre.take(2, device="fire-b")
    centre.take(2, device="fire-b", revision=2, condition="cleared")
    assert centre.desk.detail(fire).row.next_step == "escalate:street"


revisions = st.lists(st.tuples(st.sampled_from(Condition), st.sampled_from(Severity)), min_size=1, max_size=5).flatmap(
    lambda facts: st.tuples(st.just(facts), st.lists(st.sampled_from(range(len(facts))), min_size=0, max_size=12))
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(revisions)
def test_any_order_and_any_number_of_the_same_messages(
    centre: Centre, sent: tuple[list[tuple[Condition, Severity]], list[int]]
) -> None:
    """Shuffled, doubled, late: one incident, the facts of the highest revision, all evidence."""
    known, arrived = sent
    name = str(uuid.uuid4())
    order = [*arrived, *range(len(known))] if len(arrived) % 2 else [*arrived, *reversed(range(len(known)))]
    for index in order:
        condition, severity = known[index]
        changes: dict[str, Any] = {"condition": condition, "severity": severity, "revision": index + 1}
        centre.take(1, incident_id=name, device=name, grid=name, place=f"revision {index + 1}", **changes)
    with centre.store.read() as session:
        found = session.get_one(Incident, name)
        evidence = session.scalar(select(func.count()).where(Evidence.incident_id == name))
        raised = select(func.count()).where(IncidentLog.incident_id == name, IncidentLog.what == "placed")
        placed = session.scalar(raised)

    assert (found.condition, found.severity) == known[-1]
    assert (found.revision, found.place) == (len(known), f"revision {len(known)}")
    assert evidence == len(known)
    assert placed is not None
    assert placed >= 1
