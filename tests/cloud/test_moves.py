"""People's moves: the whole flow, two at once, the same click twice, the family, nothing hidden."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloud.flow.command import ChildrenOpen, Conflict, NobodyNamed
from cloud.records import UnknownIncident
from domain.incidents import IllegalMove, Move, ReasonMissing, StillActive
from tests.cloud.conftest import Centre
from tests.cloud.test_conditions import WHOLE_LIFE


def clear(centre: Centre, number: int, device: str) -> None:
    """The cause goes away."""
    centre.take(number, revision=2, condition="cleared", device=device, cleared_at_ms=centre.clock.now_ms())


def test_from_report_to_close(centre: Centre) -> None:
    """上报 受理 派遣 反馈 核查 结案, each with who and why in the log."""
    incident_id = centre.take(1)
    clear(centre, 1, "fire-a")
    centre.move(incident_id, Move.ACCEPT)
    sent = centre.move(incident_id, Move.DISPATCH, to="lin-zhixia", reason="去看看")
    detail = centre.walk(incident_id, *WHOLE_LIFE[2:])
    moves = [(e.what, e.actor_name, e.from_stage, e.to_stage) for e in detail.log if e.to_stage]

    assert sent.row.holder_name == "林知夏"
    assert moves == [
        ("accept", "周明远", "reported", "accepted"),
        ("dispatch", "周明远", "accepted", "dispatched"),
        ("feed_back", "周明远", "dispatched", "fed_back"),
        ("verify", "周明远", "fed_back", "verified"),
        ("close", "周明远", "verified", "closed"),
    ]
    assert [row.id for row in centre.desk.board().recently_closed] == [incident_id]
    assert detail.row.deadline_ms is None
    assert detail.row.next_step is None


def test_self_handling_rework_and_return(centre: Centre) -> None:
    """自巡自办, 返工 and 退单 follow the table; rework starts the feedback deadline anew."""
    incident_id = centre.take(1)
    centre.walk(incident_id, Move.ACCEPT, Move.FEED_BACK)
    centre.clock.go(600)
    rework = centre.walk(incident_id, Move.REWORK)
    returned = centre.walk(incident_id, Move.RETURN)

    assert (rework.row.stage, rework.row.deadline_ms) == ("dispatched", centre.clock.now_ms() + 1_800_000)
    assert (returned.row.stage, returned.row.holder) == ("accepted", "zhou-mingyuan")


def test_refusals_change_nothing(centre: Centre) -> None:
    """Illegal, unexplained, unknown and premature moves leave the incident as it is."""
    incident_id = centre.take(1)
    centre.walk(incident_id, Move.ACCEPT, Move.FEED_BACK)
    before = centre.desk.detail(incident_id)

    with pytest.raises(IllegalMove, match="cannot accept an incident that is fed_back; legal here: verify, rework"):
        centre.move(incident_id, Move.ACCEPT)
    with pytest.raises(ReasonMissing):
        centre.move(incident_id, Move.REWORK)
    with pytest.raises(NobodyNamed, match="nobody called mallory"):
        centre.move(incident_id, Move.VERIFY, actor="mallory")
    with pytest.raises(NobodyNamed, match="nobody called elvis"):
        centre.move(incident_id, Move.VERIFY, to="elvis")
    with pytest.raises(UnknownIncident):
        centre.desk.move("nope", Move.ACCEPT, actor="zhou-mingyuan", expected_version=1)

    assert centre.desk.detail(incident_id) == before


def test_closing_an_active_incident_is_refused_and_not_offered(centre: Centre) -> None:
    """The cause is still there: verified is as far as it goes."""
    incident_id = centre.take(1)
    detail = centre.walk(incident_id, *WHOLE_LIFE[:4])

    assert "close" not in detail.moves
    with pytest.raises(StillActive, match="still active"):
        centre.move(incident_id, Move.CLOSE)


def test_the_second_of_two_people_sees_a_conflict(centre: Centre) -> None:
    """Nothing is overwritten; the text says who was faster and what is now."""
    incident_id = centre.take(1)
    centre.desk.move(incident_id, Move.ACCEPT, actor="zhou-mingyuan", expected_version=1)

    with pytest.raises(Conflict, match="zhou-mingyuan did 'accept' first; the incident is now accepted"):
        centre.desk.move(incident_id, Move.ACCEPT, actor="shen-ruolan", expected_version=1)
    assert centre.desk.detail(incident_id).row.holder == "zhou-mingyuan"


def test_the_same_click_twice_is_one_move(centre: Centre) -> None:
    """A double click, or a retry after a lost answer, is logged once and ends well, even when others went on."""
    incident_id = centre.take(1)
    first = centre.desk.move(incident_id, Move.ACCEPT, actor="zhou-mingyuan", expected_version=1)
    second = centre.desk.move(incident_id, Move.ACCEPT, actor="zhou-mingyuan", expected_version=1)
    centre.desk.move(incident_id, Move.FEED_BACK, actor="shen-ruolan", expected_version=2)
    third = centre.desk.move(incident_id, Move.ACCEPT, actor="zhou-mingyuan", expected_version=1)

    assert second == first
    assert third.row.stage == "fed_back"
    assert centre.whats(incident_id).count("accept") == 1


def test_a_sensor_never_spoils_a_click(centre: Centre) -> None:
    """A revision between looking and clicking is no conflict."""
    incident_id = centre.take(1)
    seen = centre.desk.detail(incident_id).row.version
    centre.take(1, revision=2, severity="critical")

    assert centre.desk.move(incident_id, Move.ACCEPT, actor="zhou-mingyuan", expected_version=seen)


def test_two_movers_at_the_same_moment(centre: Centre) -> None:
    """Of eight threads that accept at once exactly one wins, whoever it is; twenty incidents in a row."""
    people = [person.id for person in centre.desk.plan.roster.people][:8]
    barrier = threading.Barrier(len(people))

    def click(incident_id: str, person: str) -> str:
        barrier.wait()
        try:
            centre.desk.move(incident_id, Move.ACCEPT, actor=person, expected_version=1)
        except Conflict as conflict:
            return conflict.by
        return "won"

    with ThreadPoolExecutor(len(people)) as pool:
        for number in range(20):
            incident_id = centre.take(number, kind="sensor_fault", severity="minor", device=f"d{number}")
            outcomes = list(pool.map(click, [incident_id] * len(people), people))
            holder = centre.desk.detail(incident_id).row.holder
            assert outcomes.count("won") == 1
            assert people[outcomes.index("won")] == holder
            assert {outcome for outcome in outcomes if outcome != "won"} == {holder}


def test_a_move_of_the_parent_takes_its_children_along(centre: Centre) -> None:
    """Same stage, same transaction, an entry in each log."""
    parent, child = centre.take(1), centre.take(2, device="fire-b")
    centre.move(parent, Move.ACCEPT)
    detail = centre.desk.detail(child)

    assert (detail.row.stage, detail.row.holder, detail.row.version) == ("accepted", "zhou-mingyuan", 2)
    assert detail.log[-1].detail == {"with": parent}


def test_closing_never_hides_an_active_or_unfinished_member(centre: Centre) -> None:
    """The family closes together, when every room is quiet and handled."""
    parent, child = centre.take(1), centre.take(2, device="fire-b")
    clear(centre, 1, "fire-a")
    centre.walk(parent, *WHOLE_LIFE[:4])
    assert "close" not in centre.desk.detail(parent).moves
    with pytest.raises(StillActive, match="Room A"):
        centre.move(parent, Move.CLOSE)
    clear(centre, 2, "fire-b")
    centre.walk(child, Move.REOPEN)
    other = centre.take(3, device="fire-c", kind="sensor_fault", severity="minor")
    centre.walk(parent, Move.CLOSE)

    assert {row.id for row in centre.desk.board().open} == {child, other}


def test_a_parent_is_closed_last(centre: Centre) -> None:
    """A child at another stage keeps its parent open."""
    parent, child = centre.take(1), centre.take(2, device="fire-b")
    clear(centre, 1, "fire-a")
    clear(centre, 2, "fire-b")
    centre.walk(parent, *WHOLE_LIFE[:3])
    centre.walk(child, Move.REWORK)
    centre.walk(parent, Move.VERIFY)

    assert "close" not in centre.desk.detail(parent).moves
    with pytest.raises(ChildrenOpen, match="still open"):
        centre.move(parent, Move.CLOSE)
