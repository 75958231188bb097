"""Incidents inside their common cause: one whistle, nothing hidden, on their own again when the cause is gone."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud.history.series import DuckSeries
from cloud.store.models import Incident, Notice
from domain.incidents import Move, StillActive
from tests.cloud import facts
from tests.cloud.conftest import Centre, HandClock

PARENT = facts.incident(1)["incident_id"]


def switch(centre: Centre, **changes: Any) -> str:
    """The incident of a switch that is down."""
    facts_of_it = {"kind": "endpoints_offline", "severity": "major", "place": "switch-3", "device": facts.GATEWAY}
    return centre.take(1, **{**facts_of_it, **changes})


def away(centre: Centre, number: int, **changes: Any) -> str:
    """An endpoint behind it."""
    facts_of_it = {"kind": "endpoint_offline", "severity": "minor", "device": f"fire-{number}", "parent": PARENT}
    return centre.take(number, **{**facts_of_it, "place": f"Room {number}", **changes})


def notices(centre: Centre) -> dict[str, int]:
    """Incident -> how many notices."""
    with centre.store.read() as session:
        rows = session.execute(select(Notice.incident_id, func.count()).group_by(Notice.incident_id))
        return {str(incident): int(count) for incident, count in rows}


def test_nobody_is_called_for_a_member(centre: Centre) -> None:
    """Ten endpoints behind a switch: the notices and the timers of one incident, all ten inside it."""
    parent = switch(centre)
    before = notices(centre)
    members = [away(centre, number) for number in range(2, 12)]
    detail = centre.desk.detail(parent)

    assert [child.id for child in detail.children] == members
    assert notices(centre) == before == {parent: before[parent]}
    assert centre.whats(parent) == ["raised", "placed"]
    assert {centre.desk.detail(member).parent_place for member in members} == {"switch-3"}


def test_a_member_that_is_back_stops_no_call(centre: Centre) -> None:
    """The switch is still down: who should have accepted it is still called, until it is back itself."""
    parent, member = switch(centre), away(centre, 2)
    away(centre, 2, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    assert centre.desk.detail(parent).row.next_step is not None
    assert centre.desk.detail(member).row.condition == "cleared"
    switch(centre, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())

    assert centre.desk.detail(parent).row.next_step is None


def test_a_member_that_outlives_the_cause_is_a_matter_of_its_own(centre: Centre) -> None:
    """Told without a parent: placed, with a deadline and notices of its own, once."""
    parent, member = switch(centre), away(centre, 2)
    centre.clock.go(60)
    away(centre, 2, revision=2, parent=None)
    away(centre, 2, revision=2, parent=None)
    detail = centre.desk.detail(member)

    assert (detail.row.parent_id, detail.row.stage, detail.row.tiers) == (None, "reported", ("grid",))
    assert detail.row.deadline_ms == centre.clock.now_ms() + 14_400_000
    assert detail.row.next_step is not None
    assert notices(centre)[member] == 2
    assert centre.desk.detail(parent).children == ()


def test_a_member_that_somebody_works_on_is_chased_after_it_leaves(centre: Centre) -> None:
    """Accepted with its parent: stays accepted by the same person, with chasers of its own."""
    parent, member = switch(centre), away(centre, 2)
    centre.move(parent, Move.ACCEPT)
    away(centre, 2, revision=2, parent=None)
    row = centre.desk.detail(member).row

    assert (row.stage, row.holder, row.next_step) == ("accepted", "zhou-mingyuan", "yellow:feed_back")
    assert notices(centre)[member] == 1


def test_what_was_merged_goes_along_into_the_common_cause_and_out_of_it(sqlite_centre: Centre) -> None:
    """Two generations, never three: nothing is lost inside a member, and the cause is not closed over it."""
    centre = sqlite_centre
    member, merged = away(centre, 2), away(centre, 3, parent=None)
    centre.move(merged, Move.MERGE, to=member, reason="same")
    parent = switch(centre)
    assert [child.id for child in centre.desk.detail(parent).children] == [member, merged]
    switch(centre, revision=2, condition="cleared")
    centre.walk(parent, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY)
    with pytest.raises(StillActive, match="Room 3"):
        centre.move(parent, Move.CLOSE)
    away(centre, 2, revision=2, parent=None)
    assert [child.id for child in centre.desk.detail(member).children] == [merged]


def test_a_member_that_leaves_with_what_was_merged_into_it_is_called_for(sqlite_centre: Centre) -> None:
    """Back itself, but not what was merged into it: somebody must hear."""
    centre = sqlite_centre
    member, merged = away(centre, 2), away(centre, 3, parent=None)
    centre.move(merged, Move.MERGE, to=member, reason="same")
    switch(centre)
    away(centre, 2, revision=2, parent=None, condition="cleared")
    assert centre.desk.detail(member).row.next_step is not None
    assert centre.desk.detail(merged).row.parent_id == member


def test_a_member_may_come_before_its_parent(centre: Centre) -> None:
    """It is placed at once, so that somebody hears of it, and stops calling when the parent comes."""
    member = away(centre, 2)
    assert centre.desk.detail(member).row.parent_id is None
    parent = switch(centre)
    detail = centre.desk.detail(member)

    assert (detail.row.parent_id, detail.row.tiers) == (parent, centre.desk.detail(parent).row.tiers)
    assert centre.whats(member) == ["raised", "placed", "grouped"]
    centre.clock.go(14_500)
    centre.desk.fire_due()
    assert not any(step.startswith("escalate") for step in centre.whats(member))


def test_what_somebody_has_taken_is_not_taken_away(centre: Centre) -> None:
    """Accepted before the parent came: stays with its person."""
    member = away(centre, 2)
    centre.move(member, Move.ACCEPT)
    switch(centre)

    assert centre.desk.detail(member).row.parent_id is None


def test_a_known_incident_can_become_a_member(centre: Centre) -> None:
    """The third endpoint made it a common cause: the first two go under it and call nobody any more."""
    first = away(centre, 2, parent=None)
    parent = switch(centre)
    away(centre, 2, revision=2)

    assert centre.desk.detail(first).row.parent_id == parent
    assert centre.desk.detail(first).row.next_step == centre.desk.detail(parent).row.next_step


def test_life_safety_is_never_a_member(centre: Centre) -> None:
    """Whatever a gateway says: a fire is placed and told on its own."""
    switch(centre)
    fire = centre.take(2, parent=PARENT)

    assert centre.desk.detail(fire).row.parent_id is None
    assert notices(centre)[fire] > 0


def test_a_parent_is_not_closed_over_members_that_are_still_away(centre: Centre) -> None:
    """Closing hides nothing."""
    parent = switch(centre)
    away(centre, 2)
    switch(centre, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(parent, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY)

    with pytest.raises(StillActive, match="Room 2"):
        centre.move(parent, Move.CLOSE)


def test_a_restart_keeps_the_family(centre: Centre) -> None:
    """Anchor 12: inhibition holds across a restart of the centre, also for members that come afterwards."""
    parent = switch(centre)
    away(centre, 2)
    centre.restart()
    away(centre, 3)

    assert len(centre.desk.detail(parent).children) == 2
    assert set(notices(centre)) == {parent}


def test_a_closed_parent_takes_nobody_in(centre: Centre) -> None:
    """A new cause deserves its own whistle."""
    parent = switch(centre)
    switch(centre, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(parent, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    member = away(centre, 2)

    assert centre.desk.detail(member).row.parent_id is None
    assert notices(centre)[member] > 0


STORY: list[dict[str, Any]] = [
    {"number": 1, "revision": 1, "kind": "endpoints_offline", "severity": "major", "place": "switch-3"},
    {"number": 2, "revision": 1, "parent": PARENT},
    {"number": 3, "revision": 1, "parent": None},
    {"number": 3, "revision": 2, "parent": PARENT},
    {"number": 4, "revision": 1, "parent": PARENT},
    {"number": 2, "revision": 2, "parent": None},
    {"number": 4, "revision": 2, "parent": PARENT, "condition": "cleared", "cleared_at_ms": 5},
    {"number": 1, "revision": 2, "kind": "endpoints_offline", "severity": "major", "condition": "cleared",
     "cleared_at_ms": 5},
]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(STORY) - 1), max_size=12), st.permutations(range(len(STORY))), st.booleans())
def test_in_whatever_order_messages_come_somebody_hears_of_each(
    tmp_path: Path, twice: list[int], order: list[int], accepted: bool
) -> None:
    """Repeated and reordered: what is active has notices of its own or stands inside what has; families are the told
    ones, but for what somebody had taken before."""
    with TemporaryDirectory(dir=tmp_path) as folder:
        series = DuckSeries(Path(folder) / "series.duckdb")
        centre = Centre(Path(folder), HandClock(), series)
        for index in (*twice, *order):
            story = {"kind": "endpoint_offline", "severity": "minor", **STORY[index]}
            centre.take(**story)
            if accepted and index == order[2]:
                centre.move(facts.incident(story["number"])["incident_id"], Move.ACCEPT)
                accepted = False
        told = notices(centre)
        for row in centre.desk.board().open:
            if row.condition == "active":
                assert told.get(row.parent_id or row.id) or row.holder, row
        detail = {n: centre.desk.detail(facts.incident(n)["incident_id"]).row for n in (2, 3, 4)}
        assert detail[2].parent_id is None
        assert all(row.parent_id in (PARENT, None) for row in detail.values())
        centre.store.close()
        series.close()


@pytest.mark.parametrize("moves", [(Move.FEED_BACK,), (Move.FEED_BACK, Move.VERIFY), (Move.VOID,)])
def test_a_member_that_is_left_over_after_people_thought_it_was_over_is_reported_again(
    sqlite_centre: Centre, moves: tuple[Move, ...]
) -> None:
    """The common cause is gone and it is still there: its own clocks run, and it stands on the board."""
    parent, member = switch(sqlite_centre), away(sqlite_centre, 2)
    sqlite_centre.walk(parent, Move.ACCEPT)
    if Move.VERIFY in moves:
        away(sqlite_centre, 2, revision=2, condition="cleared")
    switch(sqlite_centre, revision=2, condition="cleared")
    sqlite_centre.walk(parent, *moves)
    away(sqlite_centre, 2, revision=3, parent=None)
    row = sqlite_centre.desk.detail(member).row

    assert (row.stage, row.condition, row.parent_id) == ("reported", "active", None)
    assert row.deadline_ms is not None
    assert row.next_step is not None


def test_what_people_merged_stays_where_they_put_it(sqlite_centre: Centre) -> None:
    """The gateway named a cause that is unknown here: the merge holds, and hears of what is worse."""
    centre = sqlite_centre
    member, other = away(centre, 2), away(centre, 3, parent=None)
    centre.move(member, Move.MERGE, to=other, reason="一回事")
    away(centre, 2, revision=2, severity="critical")
    with centre.store.read() as session:
        assert session.get_one(Incident, other).placed_as == "critical"
    away(centre, 2, revision=3, severity="critical", parent=None)
    assert centre.desk.detail(member).row.parent_id == other
    centre.move(member, Move.SPLIT, reason="两回事")
    assert centre.desk.detail(member).row.parent_id is None
