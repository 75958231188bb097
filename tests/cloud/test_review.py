"""Figures of the review: each is the number of the incidents behind it, and nobody sees those of other areas."""

from __future__ import annotations

import pytest

from cloud.review.cases.wish import Flag, State, Where, WishError
from cloud.review.figures.views import Beside, Totals, Way
from domain.assessment.cases import Outcome
from domain.assessment.figures import Rate
from domain.assessment.hours import hour_of, week_of
from domain.incidents import Move
from domain.limits import Due
from domain.sources import Source
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.flowing import WORKER
from tests.cloud.test_facts import keeper_of
from tests.cloud.test_sources import called, found, handed

ONE, TWO = "110105001001001", "110105001001002"  # grids of the sample district


def district(centre: Centre) -> dict[str, str]:
    """One of each: closed in time, late, void, a member, open, grave."""
    made = {
        name: centre.take(number, kind="camera_fault", severity="minor", device=f"d-{number % 2}", grid=grid)
        for number, (name, grid) in enumerate(
            [("closed", ONE), ("late", ONE), ("void", ONE), ("member", TWO), ("open", TWO)], start=1
        )
    }
    made["fire"] = centre.take(9, kind="fire", severity="critical", device="f-9", grid=TWO)
    centre.move(made["member"], Move.MERGE, to=made["open"], reason="同一件事")
    centre.clock.go(60)
    centre.walk(made["closed"], Move.ACCEPT)
    centre.move(made["closed"], Move.DISPATCH, to=WORKER)
    centre.move(made["closed"], Move.FEED_BACK, actor=WORKER)
    centre.take(1, kind="camera_fault", severity="minor", device="d-1", grid=ONE, revision=2, condition="cleared")
    centre.walk(made["closed"], Move.VERIFY, Move.CLOSE)
    centre.walk(made["void"], Move.VOID)
    centre.clock.go(5 * 86_400)
    centre.walk(made["late"], Move.ACCEPT)
    keeper_of(centre)
    return made


def test_totals_are_their_lists(centre: Centre) -> None:
    """Whatever a number says, its list holds as many; members and void ones stand beside."""
    made = district(centre)
    review = centre.desk.review
    totals = review.totals(Where())
    assert (totals.count, totals.open, totals.closed, totals.void, totals.members) == (4, 3, 1, 1, 1)
    assert (totals.life_safety, totals.overdue) == (1, 3)
    wishes = {
        Where(state=State.OPEN): 3,
        Where(state=State.OVERDUE): 3,
        Where(state=State.CLOSED): 1,
        Where(state=State.VOID): 1,
        Where(life_safety=True): 1,
        Where(kind="camera_fault", grid=ONE): 2,
        Where(handled_by=WORKER): 1,
        Where(due=Due.ACCEPT, outcome=Outcome.MET): 1,
        Where(due=Due.ACCEPT, outcome=Outcome.MISSED): 3,
        Where(flag=Flag.CAME_BACK): 0,
        Where(at="chunfeng"): 4,
        Where(at="nowhere"): 0,
        Where(to_ms=0): 0,
    }
    for wish, number in wishes.items():
        assert review.totals(wish).count == number, wish
        assert review.cases(wish).total == number, wish
        assert Where.of(wish.query(), wish.from_ms, wish.to_ms) == wish
    rows = {row.id: row for row in review.cases(Where(), order="late").rows}
    assert set(rows) == {made[name] for name in ("closed", "late", "open", "fire")}
    assert rows[made["late"]].missed == ("accept", "overall")
    assert rows[made["closed"]].missed == ()


def test_figures(centre: Centre) -> None:
    """By kind, area, person, hour and day; what runs and is over counts as missed."""
    district(centre)
    review = centre.desk.review
    told = review.summary(Where())
    assert [(row.value, row.count, row.life_safety) for row in told.kinds] == [("camera_fault", 3, 0), ("fire", 1, 1)]
    assert {(row.value, row.count) for row in told.sources} == {("gateway", 4)}
    (top,) = told.areas
    assert (top.count, top.open, top.life_safety, top.on_time.of) == (4, 3, 1, 4)
    assert [row.count for row in told.areas_below] == [2, 2]
    assert sorted(row.count for row in review.summary(Where(at="chunfeng")).areas) == [2, 2]
    kept = {row.due: row for row in told.on_time}[Due.ACCEPT]
    assert (kept.rate, kept.missed, kept.overdue, kept.late.count) == (Rate(hits=1, of=4), 3, 2, 1)
    assert told.spans[Way.ACCEPT].count == 2
    assert told.spans[Way.WHOLE].median_ms == 60_000
    assert sum(told.per_day.values()) == 4
    assert [(row.value, row.count) for row in told.devices] == [("d-1", 2)]
    hour = hour_of(START_MS)
    assert told.week == week_of([(hour, 4)])
    assert review.cases(Where(day=hour // 24, hour=hour % 24)).total == 4


def test_one_look(centre: Centre) -> None:
    """What stands beside a summary is of the same moment and area; an empty one counts nothing."""
    district(centre)
    now_ms = centre.clock.now_ms()
    told, beside = centre.desk.review.overview(Where(from_ms=now_ms, to_ms=now_ms + 1), (0, now_ms), 0)
    assert (told.totals, told.kinds, told.on_time[0].rate.of, told.week.most) == (Totals(), (), 0, 0)
    assert [(row.value, row.count) for row in beside.before] == [("camera_fault", 3), ("fire", 1)]
    assert (beside.open.count, beside.since.count, sum(row.count for row in beside.holders)) == (3, 4, 3)
    elsewhere = Where(at="nowhere")
    assert centre.desk.review.overview(elsewhere, (0, now_ms), 0)[1] == Beside(
        before=(), open=Totals(), holders=(), since=Totals()
    )


def test_where_it_happens_again(centre: Centre) -> None:
    """One name is a place in each grid; people write whatever they like into it."""
    place = '3号楼, "东"\x1f门\n'
    for number, grid in enumerate([ONE, ONE, TWO, ONE], start=1):
        told = {"place": place if number < 4 else "", "device": "", "kind": "camera_fault", "severity": "minor"}
        centre.take(number, grid=grid, **told)
    keeper_of(centre)
    told_again = centre.desk.review.summary(Where())
    assert [(one.value, one.grid, one.count, one.open) for one in told_again.places] == [(place, ONE, 2, 2)]
    assert told_again.devices == ()


def test_only_ones_own_areas(centre: Centre) -> None:
    """Numbers and lists are cut to what somebody sees."""
    district(centre)
    review = centre.desk.review

    def sees(grid: str, _site: str) -> bool:
        return grid == ONE

    assert review.totals(Where(), sees).count == review.cases(Where(), sees).total == 2
    assert sum(row.count for row in review.summary(Where(), sees).areas) == 2
    assert review.totals(Where(), lambda *_: False).count == 0


def test_wishes_name_what_is_wrong() -> None:
    """A filter that cannot be is refused."""
    for query in ({"outcome": "met"}, {"due": "soon"}, {"hour": "24"}, {"day": "x"}, {"kind": "a\0b"}):
        with pytest.raises(WishError):
            Where.of(query)


def test_first_and_missed_by_grid(centre: Centre) -> None:
    """One matter that a worker told before the hotline, and one of which only the hotline told."""
    found(centre, 1, place_text="3号楼")
    centre.clock.go(60)
    centre.desk.sources.hand_over(handed(centre, "GD-1", place="3号楼"))
    centre.desk.sources.hand_over(handed(centre, "GD-2", place="9号楼", grid=TWO))
    keeper_of(centre)
    totals = centre.desk.review.totals(Where())
    now_ms = centre.clock.now_ms()
    counted = centre.desk.review.missed(now_ms - 86_400_000, now_ms)
    assert totals.missed == sum(one.missed for one in counted)
    assert totals.by_others == sum(one.by_others for one in counted)
    assert (totals.missed, totals.by_others) == (1, 2)
    assert totals.first == sum(one.first for one in counted) == 1
    assert centre.desk.review.totals(Where(flag=Flag.FIRST, reporter=WORKER)).count == 1


def test_a_terminal_whose_clock_is_ahead_costs_nobody_a_miss(sqlite_centre: Centre) -> None:
    """He told of it before the hotline did, whatever his terminal says of the time."""
    centre = sqlite_centre
    ahead = centre.clock.now_ms() + 3_600_000
    told = called(centre, source=Source.HANDHELD, reporter=WORKER, at_ms=ahead, place="3号楼")
    centre.desk.sources.report(told)
    centre.clock.go(60)
    centre.desk.sources.hand_over(handed(centre, "GD-1", place="3号楼"))
    keeper_of(centre)
    totals, now_ms = centre.desk.review.totals(Where()), centre.clock.now_ms()
    counted = centre.desk.review.missed(now_ms - 86_400_000, now_ms + 86_400_000)
    assert (totals.missed, totals.by_others, sum(one.missed for one in counted)) == (0, 1, 0)
