"""The same thing told twice: merged, kept, taken apart again; links; what may never be merged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cloud.flow.command import Incomplete, InsideAnother, NotMergeable, NotMerged
from cloud.records import UnknownIncident
from cloud.store.models import Timer
from cloud.store.models_flow import Link, Merge
from domain.incidents import IllegalMove, Move
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, WORKER

SLOW = {"kind": "water_pressure", "severity": "minor"}


def two(centre: Centre) -> tuple[str, str]:
    """Two reports of one burst pipe."""
    return centre.take(1, device="hydrant-1", **SLOW), centre.take(2, device="hydrant-2", **SLOW)


def waiting(centre: Centre, incident_id: str) -> int:
    """How many steps still come."""
    with centre.store.read() as session:
        query = select(Timer).where(Timer.incident_id == incident_id, Timer.state == "waiting")
        return len(session.scalars(query).all())


def test_merged_they_share_their_fate_and_nobody_is_called_twice(centre: Centre) -> None:
    """One goes into the other; both are on record and close together."""
    first, second = two(centre)
    centre.walk(first, Move.ACCEPT)
    detail = centre.move(second, Move.MERGE, to=first, reason="同一根水管")
    assert (detail.row.parent_id, detail.row.stage, detail.row.holder) == (first, "accepted", OPERATOR)
    assert waiting(centre, second) == 0
    assert [child.id for child in centre.desk.detail(first).children] == [second]
    assert centre.whats(first)[-1] == "told_again"
    for number in (1, 2):
        centre.take(number, revision=2, condition="cleared", device=f"hydrant-{number}", **SLOW)
    centre.walk(first, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    assert centre.desk.detail(second).row.stage == "closed"


def test_taken_apart_each_is_where_it_was(centre: Centre) -> None:
    """拆开: the stage and the holder from before the merge, clocks of its own, and the merge stays on record."""
    first, second = two(centre)
    centre.walk(first, Move.ACCEPT)
    centre.walk(second, Move.ACCEPT)
    centre.move(first, Move.DISPATCH, to=WORKER)
    centre.move(second, Move.MERGE, to=first, reason="同一根水管")
    centre.walk(first, Move.FEED_BACK)
    detail = centre.move(second, Move.SPLIT, reason="其实是两处")
    assert (detail.row.parent_id, detail.row.stage, detail.row.holder) == (None, "accepted", OPERATOR)
    assert waiting(centre, second) > 0
    assert centre.desk.detail(first).row.stage == "fed_back"
    with centre.store.read() as session:
        merge = session.scalars(select(Merge)).one()
    assert (merge.who, merge.why, merge.undone_by, merge.undone_why) == (OPERATOR, "同一根水管", OPERATOR, "其实是两处")
    with pytest.raises(NotMerged):
        centre.move(second, Move.SPLIT, reason="再拆")


def test_what_nobody_had_taken_is_called_for_again_after_a_split(centre: Centre) -> None:
    """Reported before: placed anew, with a deadline from now."""
    first, second = two(centre)
    centre.move(second, Move.MERGE, to=first, reason="同一根水管")
    centre.clock.go(3600)
    detail = centre.move(second, Move.SPLIT, reason="两处")
    assert detail.row.stage == "reported"
    assert detail.row.deadline_ms is not None
    assert detail.row.deadline_ms > centre.clock.now_ms()
    assert waiting(centre, second) > 0


def test_a_family_goes_along_and_comes_back(centre: Centre) -> None:
    """Two generations, never three."""
    first, second = two(centre)
    third = centre.take(3, device="hydrant-3", **SLOW)
    centre.move(third, Move.MERGE, to=second, reason="同一处")
    centre.move(second, Move.MERGE, to=first, reason="同一处")
    assert {child.id for child in centre.desk.detail(first).children} == {second, third}
    with pytest.raises(InsideAnother, match="merge into that one"):
        centre.move(centre.take(4, device="hydrant-4", **SLOW), Move.MERGE, to=third, reason="同一处")
    with pytest.raises(InsideAnother, match="split it off first"):
        centre.move(third, Move.MERGE, to=first, reason="同一处")
    centre.move(second, Move.SPLIT, reason="两处")
    assert [child.id for child in centre.desk.detail(second).children] == [third]
    assert centre.desk.detail(first).children == ()


def test_a_cause_that_is_back_leaves_what_it_was_merged_into(centre: Centre) -> None:
    """Closed with the other, raised again: it stands for itself, and the merge has ended."""
    first, second = two(centre)
    centre.move(second, Move.MERGE, to=first, reason="同一处")
    for number in (1, 2):
        centre.take(number, revision=2, condition="cleared", device=f"hydrant-{number}", **SLOW)
    centre.walk(first, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.take(2, revision=3, device="hydrant-2", **SLOW)
    assert (centre.desk.detail(second).row.parent_id, centre.desk.detail(second).row.stage) == (None, "reported")
    assert "split" not in centre.desk.detail(second).moves


def test_lives_are_never_merged_away(centre: Centre) -> None:
    """Only into the same that is still there, in the same grid; the calls for it go on."""
    fire, pipe = centre.take(1), centre.take(2, device="hydrant-1", **SLOW)
    lift = centre.take(3, kind="entrapment", device="lift-1", severity="critical")
    out = centre.take(4, grid="110105001001002", device="fire-z")
    centre.take(4, grid="110105001001002", device="fire-z", revision=2, condition="cleared")
    for into in (pipe, lift):
        with pytest.raises(NotMergeable, match="concerns lives"):
            centre.move(fire, Move.MERGE, to=into, reason="一起")
    with pytest.raises(NotMergeable, match="nobody would hear of it"):
        centre.move(fire, Move.MERGE, to=out, reason="一起")
    again = centre.take(5, kind="entrapment", device="lift-2", severity="critical")
    assert centre.move(again, Move.MERGE, to=lift, reason="同一部电梯").row.parent_id == lift
    assert centre.desk.detail(lift).row.next_step is not None


def test_what_is_critical_is_not_merged_away_either(sqlite_centre: Centre) -> None:
    """A smell of gas: not into what is out, nor into another grid; of another kind it may be one and the same."""
    gas = {"kind": "hazard", "severity": "critical"}
    smell, out = (sqlite_centre.take(number, device=f"nobody-{number}", **gas) for number in (1, 2))
    sqlite_centre.take(2, device="nobody-2", revision=2, condition="cleared", **gas)
    there = sqlite_centre.take(3, device="nobody-3", grid="110105001001002", **gas)
    for into, why in ((out, "nobody would hear of it"), (there, "elsewhere")):
        with pytest.raises(NotMergeable, match=why):
            sqlite_centre.move(smell, Move.MERGE, to=into, reason="一处")
    pipe = sqlite_centre.take(4, device="nobody-4", kind="public_facility", severity="minor")
    assert sqlite_centre.move(smell, Move.MERGE, to=pipe, reason="一处").row.parent_id == pipe
    for into, why in ((out, "nobody would hear of it"), (there, "elsewhere")):
        with pytest.raises(NotMergeable, match=why):  # nor with what it is part of
            sqlite_centre.move(pipe, Move.MERGE, to=into, reason="一处")


def test_what_is_further_on_or_over_takes_nobody_in(centre: Centre) -> None:
    """Nobody's work is undone by a merge, and what is told now deserves its own attention."""
    first, second = two(centre)
    centre.walk(second, Move.ACCEPT)
    with pytest.raises(NotMergeable, match="further on"):
        centre.move(second, Move.MERGE, to=first, reason="同一处")
    centre.walk(second, Move.FEED_BACK)
    with pytest.raises(NotMergeable, match="deserves its own attention"):
        centre.move(first, Move.MERGE, to=second, reason="同一处")
    with pytest.raises(IllegalMove):
        centre.move(second, Move.MERGE, to=first, reason="同一处")
    for to, error in ((None, Incomplete), ("none", UnknownIncident), (first, NotMergeable)):
        with pytest.raises(error):
            centre.move(first, Move.MERGE, to=to, reason="同一处")


def test_links_show_each_other_and_end(centre: Centre) -> None:
    """Once, in both logs, whoever clicks twice; a new link after the old one is a new row."""
    first, second = two(centre)
    for _ in range(2):
        centre.move(first, Move.LINK, to=second, reason="同一条街")
    assert [view.id for view in centre.desk.detail(second).links] == [first]
    assert [centre.whats(number).count("link") for number in (first, second)] == [1, 1]
    for _ in range(2):
        centre.move(second, Move.UNLINK, to=first)
    assert centre.desk.detail(first).links == ()
    centre.move(second, Move.LINK, to=first)
    with centre.store.read() as session:
        assert len(session.scalars(select(Link)).all()) == 2
    with pytest.raises(NotMergeable, match="same incident"):
        centre.move(first, Move.LINK, to=first)
    with pytest.raises(Incomplete):
        centre.move(first, Move.LINK)


@pytest.mark.parametrize("back", [1, 2])
def test_calls_go_on_while_anything_of_a_family_is_still_there(sqlite_centre: Centre, back: int) -> None:
    """One of two is back: whoever should have accepted is still called, until the other one is back as well."""
    centre = sqlite_centre
    first, second = two(centre)
    centre.move(second, Move.MERGE, to=first, reason="同一处")
    before = waiting(centre, first)
    centre.take(back, revision=2, condition="cleared", device=f"hydrant-{back}", **SLOW)
    assert waiting(centre, first) == before > 0
    centre.take(3 - back, revision=2, condition="cleared", device=f"hydrant-{3 - back}", **SLOW)
    assert waiting(centre, first) == 0


def test_a_fire_of_another_grid_is_linked_and_not_merged(sqlite_centre: Centre) -> None:
    """Those who live there would not be called."""
    here = sqlite_centre.take(1)
    there = sqlite_centre.take(2, device="fire-d", grid="110105001001002", place="超市")
    with pytest.raises(NotMergeable, match="elsewhere"):
        sqlite_centre.move(there, Move.MERGE, to=here, reason="一场火")
    sqlite_centre.move(there, Move.LINK, to=here)
