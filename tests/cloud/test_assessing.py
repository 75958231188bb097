"""How people, areas and departments did: each number counted from real moves, and the incidents behind it are those."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from cloud.people.standing_in import Wish
from cloud.review.assessing.counts import Within, sums
from cloud.review.assessing.patrols import Rosters, days_of
from cloud.review.assessing.reading import Assessing, UnknownSubject
from cloud.review.assessing.rules import Ground, rules_of
from cloud.review.assessing.views import Evidence, Result, Span
from cloud.review.cases.wish import Where
from cloud.settings import SAMPLES
from cloud.store.models_review import CaseFact
from cloud.workers.retention import Retention
from domain.assessment.grades import Mark
from domain.assessment.indicators import INDICATORS, Subject, Tally
from domain.incidents import Move
from domain.roster import Roster
from domain.shifts import Shift
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, STREET, WATER, WATER_PERSON, WORKER, with_departments
from tests.cloud.test_facts import keeper_of
from tests.cloud.test_sources import called, found, handed

HOUR, DAY = 3600.0, 86_400.0
WHOLE: tuple[Move, ...] = (Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
GRID, COMMUNITY = "chunfeng-1", "chunfeng"


def everywhere(_code: str, _site: str) -> bool:
    """Whoever sees the whole district."""
    return True


def span_of(centre: Centre, days: int = 30) -> Span:
    """The last days up to this moment."""
    now_ms = centre.clock.now_ms()
    return centre.desk.assessing.span(now_ms - days * 86_400_000, now_ms + 1)


def counted(result: Result) -> dict[str, tuple[int, int, int]]:
    """(hits, of, spared) of every indicator that has cases."""
    marks = ((mark.indicator.name, mark.tally) for mark in result.found.marks)
    return {name: (one.hits, one.of, one.spared) for name, one in marks if one.of or one.spared}


def of_person(centre: Centre, person: str) -> dict[str, tuple[int, int, int]]:
    """Of one person, without patrols: the sample's people have duty every day."""
    keeper_of(centre)
    span = span_of(centre)
    own = centre.desk.assessing.person(person, span, (span.from_ms, span.to_ms))
    assert own.now in centre.desk.assessing.people(span, everywhere)  # he and his leader read the same
    return {name: told for name, told in counted(own.now).items() if name != "patrols"}


def of_area(centre: Centre, area: str, level: str) -> dict[str, tuple[int, int, int]]:
    """Of one area, without patrols."""
    keeper_of(centre)
    results = {one.id: one for one in centre.desk.assessing.areas(level, span_of(centre), everywhere)}
    return {name: told for name, told in counted(results[area]).items() if name != "patrols"}


def ended(centre: Centre, number: int, worker: str = WORKER, wait_s: float = 60.0, **changes: Any) -> str:
    """An incident that somebody accepted, handled, and that was closed."""
    changes = {"kind": "camera_fault", "severity": "minor", **changes}
    incident_id = centre.take(number, **changes)
    centre.clock.go(60)
    centre.move(incident_id, Move.ACCEPT, actor=worker)
    centre.clock.go(wait_s)
    centre.take(number, **changes, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    for move in WHOLE:
        centre.move(incident_id, move, actor=worker)
    return incident_id


def test_what_a_worker_did_in_time_and_late(centre: Centre) -> None:
    """Accepted, handled and completed; the late one is late for him, his grid and everything above it."""
    fine, late = ended(centre, 1), ended(centre, 2, device="fire-b", wait_s=30 * HOUR)
    mine = {"accepted_in_time": (2, 2, 0), "handled_in_time": (1, 2, 0), "completed": (2, 2, 0)}
    assert of_person(centre, WORKER) == mine
    whole = {
        "accepted_in_time": (2, 2, 0),
        "handled_in_time": (1, 2, 0),
        "closed_in_time": (2, 2, 0),
        "rework": (0, 2, 0),
    }
    assert of_area(centre, GRID, "grid") == of_area(centre, COMMUNITY, "community") == whole
    desk, span = centre.desk.assessing, span_of(centre)
    for subject, who in (
        (Subject.PERSON, WORKER),
        (Subject.AREA, GRID),
        (Subject.AREA, COMMUNITY),
        (Subject.AREA, "grid"),
    ):
        parts = {
            part: desk.behind(subject, who, "handled_in_time", part, span, everywhere)
            for part in ("hits", "misses", "of")
        }
        assert {part: [row.id for row in told.rows] for part, told in parts.items()} == {
            "hits": [fine], "misses": [late], "of": [late, fine],
        }  # fmt: skip
    (tier,) = [one for one in desk.tiers(span, everywhere) if one.id == "grid"]
    assert counted(tier) == whole


def test_what_is_over_and_not_done_is_a_miss_of_who_has_it(centre: Centre) -> None:
    """As soon as its time is over; suspended time never counts."""
    overdue, paused = (centre.take(n, kind="camera_fault", severity="minor", device=f"fire-{n}") for n in (1, 2))
    for incident_id in (overdue, paused):
        centre.move(incident_id, Move.ACCEPT, actor=WORKER)
    centre.move(paused, Move.SUSPEND, actor=WORKER, reason="等配件")
    centre.clock.go(25 * HOUR)
    assert of_person(centre, WORKER)["handled_in_time"] == (0, 1, 0)
    assert of_area(centre, GRID, "grid")["handled_in_time"] == (0, 1, 0)
    assert "completed" not in of_person(centre, WORKER)
    centre.clock.go(72 * HOUR)
    assert of_person(centre, WORKER)["completed"] == (0, 1, 0)


def test_suspending_what_is_overdue_takes_no_miss_away(sqlite_centre: Centre) -> None:
    """It was over before: as the deadline itself and the review have it."""
    incident_id = sqlite_centre.take(1, kind="camera_fault", severity="minor")
    sqlite_centre.move(incident_id, Move.ACCEPT, actor=WORKER)
    sqlite_centre.clock.go(25 * HOUR)
    sqlite_centre.move(incident_id, Move.SUSPEND, actor=WORKER, reason="等配件")
    assert of_person(sqlite_centre, WORKER)["handled_in_time"] == (0, 1, 0)
    assert of_area(sqlite_centre, GRID, "grid")["handled_in_time"] == (0, 1, 0)


def test_nobody_is_late_while_he_is_away(centre: Centre) -> None:
    """By the roster's own record; the grid is late all the same."""
    incident_id = centre.take(1, kind="camera_fault", severity="minor")
    centre.move(incident_id, Move.ACCEPT, actor=WORKER)
    now_ms = centre.clock.now_ms()
    wish = Wish(absent=WORKER, by=None, from_ms=now_ms, to_ms=now_ms + 30 * 3_600_000, reason="病假")
    centre.desk.people.enter_stand_in(wish, OPERATOR)
    centre.clock.go(26 * HOUR)
    assert of_person(centre, WORKER)["handled_in_time"] == (0, 0, 1)
    assert of_area(centre, GRID, "grid")["handled_in_time"] == (0, 1, 0)
    centre.move(incident_id, Move.FEED_BACK, actor=WORKER)
    assert of_person(centre, WORKER)["handled_in_time"] == (0, 0, 1)
    behind = centre.desk.assessing.behind(
        Subject.PERSON, WORKER, "handled_in_time", "spared", span_of(centre), everywhere
    )  # fmt: skip
    assert [row.id for row in behind.rows] == [incident_id]


def test_who_is_called_late_did_not_accept_late(centre: Centre) -> None:
    """A higher tier that the clock had to call took it at once: the grid was late, not they."""
    incident_id = centre.take(1, kind="camera_fault", severity="minor")
    centre.clock.go(5 * HOUR)
    centre.desk.fire_due()
    centre.clock.go(5 * HOUR)
    centre.desk.fire_due()
    centre.move(incident_id, Move.ACCEPT, actor=STREET)
    assert of_person(centre, STREET) == {"accepted_in_time": (0, 0, 1)}
    tiers = {one.id: counted(one) for one in centre.desk.assessing.tiers(span_of(centre), everywhere)}
    assert (tiers["grid"]["accepted_in_time"], tiers["street"]) == ((0, 1, 0), {})
    assert of_area(centre, GRID, "grid")["accepted_in_time"] == (0, 1, 0)


def test_the_first_tier_that_waits_accepts_late(centre: Centre) -> None:
    """It had it from the beginning."""
    incident_id = centre.take(1, kind="camera_fault", severity="minor")
    centre.clock.go(5 * HOUR)
    centre.desk.fire_due()
    centre.move(incident_id, Move.ACCEPT, actor=WORKER)
    assert of_person(centre, WORKER) == {"accepted_in_time": (0, 1, 0)}


def test_who_finds_it_waiting_did_not_accept_late(centre: Centre) -> None:
    """It became due at night, outside his shifts; what became due within one is his. The grid was late both times."""
    plan = centre.desk.plan
    people = [
        one | ({"duty": ["08:00-18:00"]} if one["id"] == WORKER else {}) for one in plan.document("people")["people"]
    ]
    plan.use(replace(plan.read, roster=Roster.from_table(plan.document("people") | {"people": people})))
    by_day = centre.take(1, kind="camera_fault", severity="minor")  # at 13:11
    centre.clock.go(6 * HOUR)
    centre.move(by_day, Move.ACCEPT, actor=WORKER)
    by_night = centre.take(2, kind="camera_fault", severity="minor", device="cam-2")
    centre.clock.go(13.5 * HOUR)
    centre.desk.fire_due()
    centre.move(by_night, Move.ACCEPT, actor=WORKER)
    assert of_person(centre, WORKER)["accepted_in_time"] == (0, 1, 1)
    assert of_area(centre, GRID, "grid")["accepted_in_time"] == (0, 2, 0)
    behind = centre.desk.assessing.behind(
        Subject.PERSON, WORKER, "accepted_in_time", "spared", span_of(centre), everywhere
    )  # fmt: skip
    assert [row.id for row in behind.rows] == [by_night]


def test_however_many_only_found_it_waiting(centre: Centre) -> None:
    """More late acceptances than a database takes parameters are asked for like one."""
    ended(centre, 1)
    keeper_of(centre)
    ground = Ground(
        now_ms=centre.clock.now_ms(), levels=("grid",), ranks={0: frozenset({WORKER})}, seen_by_patrols=frozenset(),
        found_waiting=frozenset(f"in-{number}" for number in range(90_000)),
    )  # fmt: skip
    with centre.store.read() as session:
        counts = sums(session, rules_of(Subject.PERSON, ground), Within(from_ms=0, to_ms=1 << 52))
    assert counts[WORKER]["accepted_in_time"] == Tally(hits=1, of=1)


def test_a_member_of_a_storm_is_nobodys(centre: Centre) -> None:
    """The storm stands for it; what is late beside it at the same site is left out and said."""
    storm = centre.take(1, kind="alarm_flood", severity="major", device="gw-chunfeng")
    centre.take(2, kind="camera_fault", severity="minor", parent=storm)
    beside = centre.take(3, kind="camera_fault", severity="minor", device="cam-3")
    centre.move(beside, Move.ACCEPT, actor=WORKER)
    centre.clock.go(25 * HOUR)
    centre.move(beside, Move.FEED_BACK, actor=WORKER)
    assert of_person(centre, WORKER)["handled_in_time"] == (0, 0, 1)
    assert of_area(centre, GRID, "grid")["handled_in_time"] == (0, 0, 1)


def test_a_department_answers_for_its_own(centre: Centre) -> None:
    """What it handled; a return that the centre accepts counts for nobody but who dispatched wrongly."""
    with_departments(centre)
    wrong, right = (centre.take(n, kind="water_pressure", severity="minor", device=f"hyd-{n}") for n in (1, 2))
    for incident_id in (wrong, right):
        centre.move(incident_id, Move.ACCEPT)
        centre.move(incident_id, Move.DISPATCH, to=WATER)
    centre.move(wrong, Move.RETURN, actor=WATER_PERSON, reason="不归水务")
    centre.move(wrong, Move.DISPATCH, to=WORKER)
    centre.move(right, Move.FEED_BACK, actor=WATER_PERSON)
    centre.move(right, Move.REWORK, reason="还在漏")
    keeper_of(centre)
    (water,) = [one for one in centre.desk.assessing.departments(span_of(centre), everywhere) if one.id == WATER]
    told = counted(water)
    assert (told["rework"], told["returns"]) == ((1, 1, 0), (0, 1, 0))
    assert of_area(centre, GRID, "grid")["returns"] == (1, 2, 0)
    centre.move(wrong, Move.RETURN, actor=WORKER, reason="是水务的")
    centre.move(wrong, Move.DISPATCH, to=WATER)  # sent there again: the centre did not agree
    keeper_of(centre)
    (water,) = [one for one in centre.desk.assessing.departments(span_of(centre), everywhere) if one.id == WATER]
    assert counted(water)["returns"] == (1, 2, 0)
    behind = centre.desk.assessing.behind(Subject.DEPARTMENT, WATER, "returns", "hits", span_of(centre), everywhere)
    assert [row.id for row in behind.rows] == [wrong]


def test_first_and_missed_reports(centre: Centre) -> None:
    """What he saw first; what the hotline told and nobody of his grid had; nothing of that while he is away."""
    found(centre, 1)
    missed_one = centre.desk.sources.hand_over(handed(centre, place="别处", matter="noise")).incident_id
    assert of_person(centre, WORKER)["first_reports"] == (1, 2, 0)
    assert of_person(centre, WORKER)["missed_reports"] == (1, 1, 0)
    area = of_area(centre, GRID, "grid")
    assert (area["first_reports"], area["missed_reports"]) == ((1, 2, 0), (1, 1, 0))
    behind = centre.desk.assessing.behind(Subject.PERSON, WORKER, "missed_reports", "hits", span_of(centre), everywhere)
    assert [row.id for row in behind.rows] == [missed_one]
    centre.clock.go(60)
    now_ms = centre.clock.now_ms()
    wish = Wish(absent=WORKER, by=None, from_ms=now_ms, to_ms=now_ms + 3_600_000, reason="病假")
    centre.desk.people.enter_stand_in(wish, OPERATOR)
    centre.clock.go(60)
    centre.desk.sources.hand_over(handed(centre, "GD-2", place="第三处", matter="noise"))
    assert of_person(centre, WORKER)["missed_reports"] == (1, 1, 1)


def test_a_worker_between_two_others_was_not_the_first(sqlite_centre: Centre) -> None:
    """Who tells after the hotline missed it, though before the sensor; a kind that nobody sees does not count."""
    one = sqlite_centre.take(1, kind="escape_door", severity="minor")
    keeper_of(sqlite_centre)
    at_ms = sqlite_centre.clock.now_ms()
    for kind, told, expected in (
        ("escape_door", {"line_ms": at_ms - 2, "worker_ms": at_ms - 1, "sensor_ms": at_ms}, (1, 1, 0)),
        ("escape_door", {"line_ms": at_ms, "worker_ms": at_ms - 2, "sensor_ms": at_ms - 1}, (0, 1, 0)),
        ("camera_fault", {"line_ms": None, "worker_ms": at_ms, "sensor_ms": at_ms - 1}, None),
    ):
        with sqlite_centre.store.write() as session:
            session.execute(update(CaseFact).where(CaseFact.id == one).values(kind=kind, **told))
        span = span_of(sqlite_centre)
        (grid,) = (row for row in sqlite_centre.desk.assessing.areas("grid", span, everywhere) if row.id == GRID)
        own = sqlite_centre.desk.assessing.person(WORKER, span, (0, 1)).now
        totals = sqlite_centre.desk.review.totals(Where(from_ms=at_ms - 1, to_ms=at_ms + 1))
        assert counted(grid).get("missed_reports") == counted(own).get("missed_reports") == expected
        assert (totals.missed, totals.by_others) == (expected or (0, 0))[:2]


def test_what_was_wrong_in_a_report(centre: Centre) -> None:
    """Void in the end; a report that was right stays right after somebody merged another into it."""
    right, wrong = (next(iter(found(centre, n, place_text=f"第{n}处", kind="noise"))) for n in (1, 2))
    centre.walk(right, Move.ACCEPT, *WHOLE)
    centre.walk(wrong, Move.VOID)
    centre.desk.sources.report(called(centre, place="另一处"))
    assert of_person(centre, WORKER)["accuracy"] == (1, 2, 0)


def test_satisfied(centre: Centre) -> None:
    """Who was asked, and said no once, was not satisfied, whatever came later."""
    one, two = (ended(centre, n, device=f"fire-{n}") for n in (1, 2))
    centre.move(one, Move.EVALUATE, grade="satisfied")
    centre.move(two, Move.EVALUATE, grade="unsatisfied", reason="没修好")
    assert of_person(centre, WORKER)["satisfied"] == (1, 2, 0)


def _days(centre: Centre, person: str = WORKER) -> Mark:
    span = span_of(centre, 10)
    own = centre.desk.assessing.person(person, span, (span.from_ms, span.to_ms))
    return next(mark for mark in own.now.found.marks if mark.indicator.name == "patrols")


def test_patrols_are_days_with_a_track(centre: Centre) -> None:
    """Of days of duty that are over; away and an unreachable site are nobody's fault; forgotten tracks still count."""
    _patrol(centre)
    found(centre, 4, "patrol_started")  # no track
    centre.clock.go(4 * DAY)
    wish = Wish(absent=WORKER, by=None, from_ms=centre.clock.now_ms(), to_ms=centre.clock.now_ms() + 1, reason="病假")
    centre.desk.people.enter_stand_in(wish, OPERATOR)
    centre.clock.go(DAY)
    tally = _days(centre).tally
    assert (tally.hits, tally.of, tally.spared) == (1, 8, 1)  # nine whole days, one of them away
    grid = next(one for one in centre.desk.assessing.areas("grid", span_of(centre, 10), everywhere) if one.id == GRID)
    assert counted(grid)["patrols"] == (1, 8, 1)
    behind: Evidence = centre.desk.assessing.behind(
        Subject.PERSON, WORKER, "patrols", "hits", span_of(centre, 10), everywhere
    )  # fmt: skip
    assert len(behind.days) == 1
    retention = Retention(centre.store, centre.clock, closed_days=0, evidence_days=0, report_days=0, track_days=2)
    assert retention.prune() == 2
    assert centre.desk.sources.patrols(0, centre.clock.now_ms()) == ()
    assert _days(centre).tally == tally


def _patrol(centre: Centre) -> None:
    found(centre, 1, "patrol_started")
    found(centre, 2, "track", points=[[centre.clock.now_ms(), 1, 2]])
    found(centre, 3, "patrol_finished")


def test_a_night_belongs_to_the_day_on_which_it_begins(sqlite_centre: Centre) -> None:
    """Whoever walked at three in the morning walked in the night that began the evening before."""
    centre, night = sqlite_centre, datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 03:00 of the 24th there
    (lin,) = [one for one in centre.desk.plan.roster.people if one.id == WORKER]
    held = Rosters(held=((0, Roster([replace(lin, duty=(Shift.parse("20:00-08:00"),))], 480)),))
    centre.clock.go(night.timestamp() - centre.clock.now_ms() / 1000)
    _patrol(centre)
    from_ms = int(datetime(2026, 11, 21, 16, tzinfo=UTC).timestamp() * 1000)  # midnight there
    with centre.store.read() as session:
        for days, hits in ((1, 0), (2, 1), (3, 1)):
            told = days_of(session, centre.desk.plan.areas, held, from_ms, from_ms + days * 86_400_000, 480)
            assert {len(one.patrolled) for one in told.people.values()} == ({hits} if hits else set())
    assert told.people[WORKER].patrolled == {date(2026, 11, 23).toordinal()}


def test_where_no_patrol_is_ever_told_nobody_is_blamed(sqlite_centre: Centre) -> None:
    """One patrol in the community, and its people's days count; elsewhere they still do not."""
    desk, span = sqlite_centre.desk.assessing, span_of(sqlite_centre)
    own = desk.person(WORKER, span, (0, 1)).now
    assert (own.silent, counted(own)) == (True, {})
    _patrol(sqlite_centre)
    span = span_of(sqlite_centre)
    told = {one.id: (one.silent, "patrols" in counted(one)) for one in desk.people(span, everywhere)}
    assert (told[WORKER], told["tian-shiqi"]) == ((False, True), (False, True))
    assert told["he-anping"] == (False, False)  # a leader does not patrol
    grids = {one.id: "patrols" in counted(one) for one in desk.areas("grid", span, everywhere)}
    assert (grids["chunfeng-3"], grids["heping-1"]) == (True, False)


def test_no_duty_before_the_first_roster(sqlite_centre: Centre) -> None:
    """A centre that began this week blames nobody for last month."""
    sqlite_centre.desk.plans.start(SAMPLES)
    _patrol(sqlite_centre)
    sqlite_centre.clock.go(3 * DAY)
    assert _days(sqlite_centre).tally.of == 2
    desk, now_ms = sqlite_centre.desk.assessing, sqlite_centre.clock.now_ms()
    span = desk.span(now_ms - 20 * 86_400_000, now_ms - 10 * 86_400_000)
    assert "patrols" not in counted(desk.person(WORKER, span, (0, 1)).now)


def test_only_what_one_sees(sqlite_centre: Centre) -> None:
    """People and areas of one's own; an incident elsewhere is counted with him and only said to be there."""
    ended(sqlite_centre, 1)
    keeper_of(sqlite_centre)
    desk: Assessing = sqlite_centre.desk.assessing
    span = span_of(sqlite_centre)

    def heping(code: str, _site: str) -> bool:
        return code.startswith("110105001002")

    assert {one.area_name for one in desk.people(span, heping)} <= {"和平社区", "和平第一网格"}
    assert {one.id for one in desk.areas("grid", span, heping)} == {"heping-1"}
    behind = desk.behind(Subject.PERSON, WORKER, "handled_in_time", "of", span, heping)
    assert (behind.rows, behind.hidden) == ((), 1)
    assert all(one.found.cases == 0 for one in desk.tiers(span, heping))
    with pytest.raises(UnknownSubject, match="nobody"):
        desk.person("nobody", span, (0, 1))
    with pytest.raises(UnknownSubject, match="no area"):
        desk.behind(Subject.AREA, "nowhere", "rework", "of", span, everywhere)


def test_a_tier_is_listed_as_it_is_counted(sqlite_centre: Centre) -> None:
    """Of the areas that one sees and chose; what stands elsewhere is not even counted."""
    ended(sqlite_centre, 1)
    there = ended(sqlite_centre, 2, device="fire-h", grid="110105001002001")
    keeper_of(sqlite_centre)
    desk, span = sqlite_centre.desk.assessing, span_of(sqlite_centre)

    def heping(code: str, _site: str) -> bool:
        return code.startswith("110105001002")

    for sees, at in ((heping, ""), (everywhere, "heping")):
        (tier,) = [one for one in desk.tiers(span, sees, at) if one.id == "grid"]
        assert counted(tier)["handled_in_time"] == (1, 1, 0)
        behind = desk.behind(Subject.AREA, "grid", "handled_in_time", "of", span, sees, at)
        assert ([row.id for row in behind.rows], behind.hidden) == ([there], 0)


def test_nobody_answers_for_what_others_did_before(sqlite_centre: Centre) -> None:
    """One accepted late, it was opened again, another took it at once: his it was not."""
    centre, other = sqlite_centre, "tian-shiqi"
    incident_id = centre.take(1, kind="camera_fault", severity="minor")
    centre.clock.go(5 * HOUR)
    centre.move(incident_id, Move.ACCEPT, actor=WORKER)
    assert of_person(centre, WORKER)["accepted_in_time"] == (0, 1, 0)
    centre.take(1, kind="camera_fault", severity="minor", revision=2, condition="cleared")
    for move in WHOLE:
        centre.move(incident_id, move, actor=WORKER)
    centre.move(incident_id, Move.EVALUATE, grade="unsatisfied", reason="没修好")
    centre.move(incident_id, Move.ACCEPT, actor=other)
    assert of_person(centre, other)["accepted_in_time"] == (0, 0, 1)
    centre.clock.go(30 * HOUR)
    assert of_person(centre, other)["handled_in_time"] == (0, 0, 1)
    assert of_area(centre, GRID, "grid")["accepted_in_time"] == (0, 1, 0)


def test_objections_go_to_the_nearest_leader(sqlite_centre: Centre) -> None:
    """The grid leader first, then a supervisor above; never oneself."""
    span = span_of(sqlite_centre)
    own = sqlite_centre.desk.assessing.person(WORKER, span, (0, 1))
    assert own.to[0] == "he-anping"
    assert "he-anping" not in sqlite_centre.desk.assessing.person("he-anping", span, (0, 1)).to


def test_every_indicator_is_counted_of_somebody() -> None:
    """No row of the table without a rule: people, areas and departments."""
    assert {subject for one in INDICATORS for subject in one.subjects} == set(Subject)
