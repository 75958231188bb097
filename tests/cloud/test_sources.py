"""What people tell becomes incidents, once each: callers, workers, other lines; what is told twice is one matter."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from cloud.review.cases.wish import WishError
from cloud.site_lists import rows_of
from cloud.sources.callers import reseal
from cloud.sources.create import Taken
from cloud.sources.desk import KeyReused, UnknownReport
from cloud.sources.report import CallerOf, Report, ReportError
from cloud.store.models import FieldReport, IncidentLog, Notice
from cloud.store.models_sources import SourceReport
from cloud.trust.vault import open_vault
from domain.duplicates import Position
from domain.incidents import Kind, Move
from domain.matters import MatterError
from domain.sources import Source
from protocol import desk, events
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.test_facts import keeper_of

WORKER, OPERATOR = "lin-zhixia", "zhou-mingyuan"
STAIR = "3号楼2单元楼梯间"
HERE = Position(lat_udeg=30_274_150, lon_udeg=120_155_150)


def called(centre: Centre, **changes: Any) -> Report:
    """Somebody called about a blocked stair."""
    values: dict[str, Any] = {
        "source": Source.OPERATOR, "matter": "escape_blocked", "reporter": OPERATOR, "at_ms": centre.clock.now_ms(),
        "place": STAIR, "grid": facts.GRID, "text": "电动车堵住楼梯", "urgency": "urgent",
    }  # fmt: skip
    return Report(**{**values, **changes})


def handed(centre: Centre, number: str = "GD2026-0815", **changes: Any) -> Report:
    """12345 hands it over."""
    line = {"source": Source.HANDOVER, "reporter": "token:hotline", "line": "12345", "number": number}
    return called(centre, **{**line, **changes})


def found(centre: Centre, number: int = 1, what: str = "found", device: str = "hand-07", **details: Any) -> set[str]:
    """A terminal's report, as it comes through the gateway."""
    told = {"kind": "escape", "place": "p2", "place_text": STAIR, "urgency": "urgent", "photo": 7, **details}
    now_ms = centre.clock.now_ms()
    data = {
        "site": facts.SITE, "id": f"{device}-3-{number}", "device": device, "person": WORKER, "what": what,
        "task": None, "incident_id": None, "counts": False, "at_ms": now_ms - 60_000, "received_ms": now_ms,
        "details": told,
    }  # fmt: skip
    event = events.Event(f"m-{device}-{number}", "/sites/x", events.REPORT, device, "2026-11-22T05:31:37Z", data)
    with centre.desk.transaction() as session:
        return centre.desk.field_work.take(session, facts.GATEWAY, event, now_ms)


def row(centre: Centre, incident_id: str) -> Any:
    """Of the board."""
    return centre.desk.detail(incident_id).row


def logged(centre: Centre, incident_id: str, what: str) -> list[dict[str, Any]]:
    """Details of log entries."""
    with centre.store.read() as session:
        query = select(IncidentLog.detail).where(IncidentLog.incident_id == incident_id, IncidentLog.what == what)
        return list(session.scalars(query.order_by(IncidentLog.id)))


def told(centre: Centre) -> int:
    """How many notices people are owed."""
    with centre.store.read() as session:
        return len(session.scalars(select(Notice.id)).all())


def test_a_call_becomes_an_incident_with_its_people(centre: Centre) -> None:
    """Kind and severity by the table of matters, placed like any other, in the operator's name."""
    incident_id = centre.desk.sources.report(called(centre))
    one = row(centre, incident_id)

    assert (one.kind, one.severity, one.stage, one.condition) == ("hazard", "major", "reported", "active")
    assert (one.place, one.grid, one.site, one.tiers) == (STAIR, facts.GRID, facts.SITE, ("grid", "community"))
    assert told(centre) > 0
    (entry,) = [entry for entry in centre.desk.detail(incident_id).log if entry.what == "reported"]
    assert (entry.actor, entry.reason, entry.detail["matter"]) == (OPERATOR, "电动车堵住楼梯", "escape_blocked")


def test_the_same_click_is_one_report(centre: Centre) -> None:
    """By its key; another text under the same key is refused and changes nothing."""
    first = centre.desk.sources.report(called(centre, key="form-1"))

    assert centre.desk.sources.report(called(centre, key="form-1")) == first
    with pytest.raises(KeyReused, match="use a new one"):
        centre.desk.sources.report(called(centre, key="form-1", text="又一处"))
    assert len(centre.desk.board().open) == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"matter": "nothing"}, "GET /api/matters"),
        ({"urgency": "now"}, "normal, urgent, danger"),
        ({"grid": "999"}, "nobody knows an area 999"),
        ({"caller": CallerOf(name="王女士")}, "no key to seal"),
    ],
    ids=str,
)
def test_what_cannot_be_taken_says_why(sqlite_centre: Centre, changes: dict[str, Any], text: str) -> None:
    """And leaves nothing behind."""
    with pytest.raises((MatterError, ReportError), match=text):
        sqlite_centre.desk.sources.report(called(sqlite_centre, **changes))
    assert sqlite_centre.desk.board().open == ()


@pytest.mark.parametrize(
    "changes",
    [{"place": "x" * 201}, {"text": "x" * 2001}, {"text": "\0"}, {"place": "\ud800"}, {"number": "a b"}, {"key": ""},
     {"key": "é"}, {"photo": -1}],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_report_is_checked_once(sqlite_centre: Centre, changes: dict[str, Any]) -> None:
    """Every field has a bound."""
    with pytest.raises(ReportError, match=next(iter(changes)) if "key" not in changes else "Idempotency-Key"):
        called(sqlite_centre, **changes)


def test_the_same_place_is_one_matter_and_keeps_both_reporters(centre: Centre) -> None:
    """A caller, then 12345, then a worker: one incident with three reports; nobody is called again."""
    first = centre.desk.sources.report(called(centre))
    before = told(centre)
    centre.clock.go(1)
    second = centre.desk.sources.hand_over(handed(centre))
    centre.clock.go(1)
    found(centre)
    reports = centre.desk.sources.reports(first)

    assert second.handled_as == first != second.incident_id
    assert [(report.source, report.first) for report in reports] == [
        ("operator", True), ("handover", False), ("handheld", False),
    ]  # fmt: skip
    assert [report.reporter for report in reports] == [OPERATOR, "token:hotline", WORKER]
    assert told(centre) == before
    assert len(logged(centre, first, "told_again")) == 2
    assert len(centre.desk.detail(first).children) == 2


def test_a_worse_report_of_the_same_calls_more_people(sqlite_centre: Centre) -> None:
    """It grows worse, and whoever has to know is told."""
    first = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="wiring", urgency="normal"))
    before = told(sqlite_centre)
    sqlite_centre.desk.sources.hand_over(handed(sqlite_centre, matter="wiring", urgency="danger"))

    assert row(sqlite_centre, first).tiers == ("grid", "community")
    assert told(sqlite_centre) > before


def test_what_was_merged_by_itself_is_taken_apart_by_a_person(sqlite_centre: Centre) -> None:
    """It was another stair after all: its own whistle, its own report, its own number at the other line."""
    first = sqlite_centre.desk.sources.report(called(sqlite_centre))
    second = sqlite_centre.desk.sources.hand_over(handed(sqlite_centre)).incident_id
    before = told(sqlite_centre)
    sqlite_centre.move(second, Move.SPLIT, reason="另一处")

    assert row(sqlite_centre, second).parent_id is None
    assert told(sqlite_centre) > before
    assert [report.source for report in sqlite_centre.desk.sources.reports(first)] == ["operator"]
    assert sqlite_centre.desk.sources.handover("12345", "GD2026-0815").handled_as == second


@pytest.mark.parametrize(
    "changes",
    [{"place": "5号楼"}, {"matter": "wiring"}, {"grid": "110105001001002"}, {"matter": "neighbours"}],
    ids=str,
)
def test_what_differs_is_a_matter_of_its_own(sqlite_centre: Centre, changes: dict[str, Any]) -> None:
    """Unsure is no: a person may merge it."""
    sqlite_centre.desk.sources.report(called(sqlite_centre))
    sqlite_centre.desk.sources.report(called(sqlite_centre, **changes))

    assert [one.parent_id for one in sqlite_centre.desk.board().open] == [None, None]


def test_two_disputes_in_one_house_are_two(sqlite_centre: Centre) -> None:
    """People's own matters are never merged by a table."""
    for _ in range(2):
        sqlite_centre.desk.sources.report(called(sqlite_centre, matter="neighbours"))

    assert [one.parent_id for one in sqlite_centre.desk.board().open] == [None, None]


def test_what_is_dealt_with_takes_nothing_in(sqlite_centre: Centre) -> None:
    """Fed back is too late: the new report deserves its own whistle."""
    first = sqlite_centre.desk.sources.report(called(sqlite_centre))
    sqlite_centre.walk(first, Move.ACCEPT, Move.FEED_BACK)
    second = sqlite_centre.desk.sources.report(called(sqlite_centre))

    assert row(sqlite_centre, second).parent_id is None
    assert row(sqlite_centre, second).stage == "reported"


def test_a_report_joins_what_somebody_already_works_on(sqlite_centre: Centre) -> None:
    """It has the stage and the holder of what it was merged into, and moves with it."""
    first = sqlite_centre.desk.sources.report(called(sqlite_centre))
    sqlite_centre.move(first, Move.ACCEPT)
    second = sqlite_centre.desk.sources.hand_over(handed(sqlite_centre))
    sqlite_centre.move(first, Move.FEED_BACK, reason="已清走")
    after = sqlite_centre.desk.sources.handover("12345", "GD2026-0815")

    assert second.stage == "accepted"
    assert (after.stage, after.stage_zh, after.result) == ("fed_back", "已反馈", "已清走")
    assert row(sqlite_centre, second.incident_id).stage == "fed_back"


def test_a_call_about_a_burning_fire_is_the_same_fire(sqlite_centre: Centre) -> None:
    """A sensor has told it; the caller is kept, and is no first reporter."""
    fire = sqlite_centre.take(severity="critical", signals=facts.confirmed(sqlite_centre.clock.now_ms()))
    call = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="fire", place="", urgency="danger"))

    assert row(sqlite_centre, call).parent_id == fire
    assert [report.first for report in sqlite_centre.desk.sources.reports(fire)] == [False]


def test_a_sensor_joins_the_fire_that_somebody_called_about(sqlite_centre: Centre) -> None:
    """One whistle, whoever was first."""
    call = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="fire", place="厨房", urgency="danger"))
    fire = sqlite_centre.take()

    assert row(sqlite_centre, fire).parent_id == call
    assert [report.first for report in sqlite_centre.desk.sources.reports(call)] == [True]


def test_a_call_about_a_fire_that_is_out_is_a_fire_of_its_own(sqlite_centre: Centre) -> None:
    """The old one is accepted and put aside: nobody would hear of the new one inside it."""
    old = sqlite_centre.take(1)
    sqlite_centre.walk(old, Move.ACCEPT)
    sqlite_centre.take(1, revision=2, condition="cleared")
    sqlite_centre.move(old, Move.SUSPEND, reason="等勘验")
    before = told(sqlite_centre)
    new = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="fire", urgency="danger", place="Room A"))
    assert row(sqlite_centre, new).parent_id is None
    assert told(sqlite_centre) > before


def test_a_call_about_a_fire_that_somebody_took_reaches_who_has_it(sqlite_centre: Centre) -> None:
    """It may burn elsewhere in the grid."""
    fire = sqlite_centre.take(1, severity="critical", signals=facts.confirmed(sqlite_centre.clock.now_ms()))
    sqlite_centre.walk(fire, Move.ACCEPT)
    new = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="fire", urgency="danger", place="Room B"))
    assert row(sqlite_centre, new).parent_id == fire
    with sqlite_centre.store.read() as session:
        query = select(Notice.person).where(Notice.incident_id == fire, Notice.step.startswith("joined:"))
        assert OPERATOR in set(session.scalars(query))


def test_their_number_twice_is_one(centre: Centre) -> None:
    """Whatever is sent again; what is new in it goes on record once."""
    first = centre.desk.sources.hand_over(handed(centre, key="k1"))
    again = centre.desk.sources.hand_over(handed(centre, key="k2"))
    changed = [centre.desk.sources.hand_over(handed(centre, text="还有一辆")) for _ in range(2)]

    assert (first.created, again.created) == (True, False)
    assert {first.incident_id, again.incident_id, *(one.incident_id for one in changed)} == {first.incident_id}
    assert len(logged(centre, first.incident_id, "told_again")) == 1
    assert len(centre.desk.board().open) == 1
    other = centre.desk.sources.hand_over(handed(centre, line="110", matter="suspicious"))
    assert other.incident_id != first.incident_id, "another line counts for itself"


def test_many_at_once_with_one_number_make_one(centre: Centre) -> None:
    """A line that sends again before it has its answer, to several workers."""
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(centre.desk.sources.hand_over, [handed(centre)] * 8))

    assert len({one.incident_id for one in told}) == 1
    assert sum(one.created for one in told) == 1
    assert len(centre.desk.board().open) == 1


@pytest.mark.parametrize("changes", [{"line": "119"}, {"number": None}, {"source": Source.OPERATOR}], ids=str)
def test_a_hand_over_names_its_line_and_number(sqlite_centre: Centre, changes: dict[str, Any]) -> None:
    """12345 or 110, and the number it has there."""
    with pytest.raises(ReportError, match=r"12345, 110"):
        sqlite_centre.desk.sources.hand_over(handed(sqlite_centre, **changes))


def test_the_other_line_reads_back_how_it_goes(sqlite_centre: Centre) -> None:
    """From its number: stage, times, and what was done; nothing of it before it is so."""
    sources = sqlite_centre.desk.sources
    own = sources.hand_over(handed(sqlite_centre)).incident_id
    seen = [sources.handover("12345", "GD2026-0815")]
    for move in (Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE):
        sqlite_centre.clock.go(60)
        sqlite_centre.move(own, move, reason="已清走")
        seen.append(sources.handover("12345", "GD2026-0815"))

    assert [one.stage for one in seen] == ["reported", "accepted", "fed_back", "verified", "closed"]
    assert [bool(one.accepted_ms) for one in seen] == [False, True, True, True, True]
    assert [one.result for one in seen] == ["", "", "已清走", "已清走", "已清走"]
    assert seen[-1].closed_ms == sqlite_centre.clock.now_ms()
    with pytest.raises(UnknownReport, match="look at the number"):
        sources.handover("12345", "none")


def test_who_called_is_sealed_at_rest(sqlite_centre: Centre, tmp_path: Any) -> None:
    """The database has no name and no telephone; who may read them has both."""
    sources = sqlite_centre.desk.sources
    sources.seals = open_vault(tmp_path / "keys" / "keys.json")
    own = sources.report(called(sqlite_centre, caller=CallerOf(name="王女士", phone="13800001234")))
    with sqlite_centre.store.read() as session:
        (sealed,) = session.scalars(select(SourceReport.caller)).all()
    (caller,) = sources.callers(own)

    assert "王" not in (sealed or "")
    assert "1380000" not in (sealed or "")
    assert (caller.name, caller.phone) == ("王女士", "13800001234")
    assert [report.has_caller for report in sources.reports(own)] == [True]
    with sqlite_centre.store.write() as session:
        assert reseal(session, sources.seals) == 1
    assert sources.callers(own) == (caller,)


def test_a_find_is_an_incident_in_the_workers_name(centre: Centre) -> None:
    """Kind, place, urgency and photo; first reporter recorded; the same report twice is one."""
    centre.status()
    (incident_id,) = found(centre)
    assert found(centre) == set()
    one, (report,) = row(centre, incident_id), centre.desk.sources.reports(incident_id)

    assert (one.kind, one.severity, one.place, one.device) == ("hazard", "major", STAIR, "hand-07")
    assert (report.reporter, report.first, report.photo, report.matter) == (WORKER, True, 7, "escape_blocked")
    assert (report.at_ms, one.raised_at_ms) == (centre.clock.now_ms() - 60_000,) * 2
    assert one.grid == facts.GRID, "the worker's own grid, where there is no position"
    with centre.store.read() as session:
        assert session.scalars(select(FieldReport.incident_id)).one() == incident_id


FINDS: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "unknown_kind": ({"kind": "?"}, ("service", "major", STAIR)),
    "no_kind": ({"kind": None}, ("service", "major", STAIR)),
    "no_urgency": ({"urgency": 7}, ("hazard", "major", STAIR)),
    "danger": ({"kind": "fire", "urgency": "danger"}, ("hazard", "critical", STAIR)),
    "own_words": ({"place_text": None}, ("hazard", "major", "p2")),
    "long": ({"place_text": "长" * 300}, ("hazard", "major", "长" * 200)),
    "zero": ({"place_text": "a\0b"}, ("hazard", "major", "a b")),
    "here": (
        {"place": "here", "place_text": "当前位置", "lat_udeg": HERE.lat_udeg, "lon_udeg": HERE.lon_udeg},
        ("hazard", "major", "30.27415, 120.15515"),
    ),
    "nowhere": ({"place": "here", "place_text": "当前位置"}, ("hazard", "major", "春风第一网格")),
    "off_earth": ({"lat_udeg": 10**9, "lon_udeg": 1}, ("hazard", "major", STAIR)),
    "photo": ({"photo": "x"}, ("hazard", "major", STAIR)),
}


@pytest.mark.parametrize("name", sorted(FINDS))
def test_no_find_is_lost_whatever_its_fields_hold(sqlite_centre: Centre, name: str) -> None:
    """The terminal forgets it once we have it."""
    details, wanted = FINDS[name]
    (incident_id,) = found(sqlite_centre, **details)
    one = row(sqlite_centre, incident_id)

    assert (one.kind, one.severity, one.place) == wanted


def test_two_finds_here_are_not_one_place(sqlite_centre: Centre) -> None:
    """`here` is no place: only positions tell whether it is the same."""
    here: dict[str, Any] = {"place": "here", "place_text": "当前位置"}
    (first,) = found(sqlite_centre, 1, **here)
    (second,) = found(sqlite_centre, 2, **here)
    at = here | {"lat_udeg": HERE.lat_udeg, "lon_udeg": HERE.lon_udeg}
    (third,) = found(sqlite_centre, 3, **at)
    found(sqlite_centre, 4, **at)

    assert {row(sqlite_centre, one).parent_id for one in (first, second, third)} == {None}
    assert len(sqlite_centre.desk.detail(third).children) == 1


def test_an_sos_is_one_incident_whoever_tells_it(sqlite_centre: Centre) -> None:
    """The gateway raises it; the terminal's own report of it stands in the list and makes no second one."""
    sos = sqlite_centre.take(kind="sos", severity="critical", device="hand-07", place="林知夏")
    assert found(sqlite_centre, 1, "sos", lat_udeg=HERE.lat_udeg, lon_udeg=HERE.lon_udeg) == set()
    assert found(sqlite_centre, 2, "sos_cancelled") == set()

    assert [one.id for one in sqlite_centre.desk.board().open] == [sos]
    assert row(sqlite_centre, sos).life_safety
    assert [report.what for report in sqlite_centre.desk.reports(facts.SITE, "hand-07")] == ["sos_cancelled", "sos"]


def test_what_is_near_is_suggested(centre: Centre) -> None:
    """The same grid, or the distance where it is known; what was merged is not shown again."""
    sources = centre.desk.sources
    one = sources.report(called(centre, position=HERE))
    sources.hand_over(handed(centre, position=HERE))
    beside = Position(lat_udeg=HERE.lat_udeg + 900, lon_udeg=HERE.lon_udeg)
    two = sources.report(called(centre, matter="neighbours", position=beside))
    three = sources.report(called(centre, matter="rubbish", place="东门"))
    sources.report(called(centre, matter="noise", grid="110105001001002", place="西门"))

    assert [(near.incident_id, near.metres) for near in sources.near(one)] == [(two, 100), (three, None)]
    with pytest.raises(UnknownReport, match="no incident nothing"):
        sources.near("nothing")


def test_first_and_missed_reports_are_counted(centre: Centre) -> None:
    """12345 before the worker is missed, after him it is not; a fire nobody could see on patrol does not count."""
    begin_ms = centre.clock.now_ms() - 3_600_000
    centre.desk.sources.hand_over(handed(centre, "n1", place="1号楼"))
    found(centre, 1, place_text="2号楼")
    centre.desk.sources.hand_over(handed(centre, "n2", place="2号楼"))
    centre.take(5, kind="extinguisher", severity="minor", device="fire-b")
    centre.take(6)
    other = centre.desk.sources.hand_over(handed(centre, "n3", place="3号楼"))
    centre.move(other.incident_id, Move.ACCEPT)
    keeper_of(centre)
    (grid,) = centre.desk.review.missed(begin_ms, centre.clock.now_ms())

    assert (grid.grid, grid.reports, grid.first, grid.by_others, grid.missed) == (facts.GRID, 1, 1, 4, 3)
    assert grid.by_person == ((WORKER, "林知夏", 1),)
    assert centre.desk.review.missed(begin_ms, centre.clock.now_ms(), lambda *_: False) == ()
    with pytest.raises(WishError, match="366 days"):
        centre.desk.review.missed(1, 0)


def test_what_a_person_merges_later_was_no_first_report(sqlite_centre: Centre) -> None:
    """Both were first as they came; of one matter only one is."""
    begin_ms = sqlite_centre.clock.now_ms() - 3_600_000
    (one,) = found(sqlite_centre, 1, place_text="2号楼")
    sqlite_centre.clock.go(60)
    (two,) = found(sqlite_centre, 2, place_text="二号楼", device="hand-08")
    keeper_of(sqlite_centre)
    (before,) = sqlite_centre.desk.review.missed(begin_ms, sqlite_centre.clock.now_ms())
    sqlite_centre.move(two, Move.MERGE, to=one, reason="同一处")
    keeper_of(sqlite_centre)
    (after,) = sqlite_centre.desk.review.missed(begin_ms, sqlite_centre.clock.now_ms())

    assert (before.first, after.first, after.reports) == (2, 1, 2)
    assert [report.first for report in sqlite_centre.desk.sources.reports(one)] == [True, False]


def test_a_crash_between_report_and_incident_leaves_neither(
    sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: the terminal sends it again, and then both are there."""

    def crash(self: Any, session: Any, report: Report, act: Any, seals: Any = None) -> Taken:
        raise ConnectionError("power")

    with monkeypatch.context() as patch:
        patch.setattr("cloud.sources.create.Creator.take", crash)
        with pytest.raises(ConnectionError):
            found(sqlite_centre)
    assert sqlite_centre.desk.board().open == ()
    assert len(found(sqlite_centre)) == 1


def test_choices_are_the_table(sqlite_centre: Centre) -> None:
    """Everything a form needs."""
    choices = sqlite_centre.desk.sources.choices()

    assert choices.urgencies == ("normal", "urgent", "danger")
    assert {matter.kind for matter in choices.matters} >= {kind for kind in Kind if kind.of_people}
    assert [line[0] for line in choices.lines] == ["12345", "110"]
    assert json.dumps([matter.zh for matter in choices.matters], ensure_ascii=False)


def rows_at(centre: Centre) -> dict[str, dict[str, Any]]:
    """The list for the gateway of the site, by incident."""
    with centre.store.read() as session:
        rows = rows_of(session, facts.SITE, 0)
    desk.decode(desk.encode(1, rows))
    return {str(row["id"]): row for row in rows}


def test_the_gateway_hears_what_a_task_needs(sqlite_centre: Centre) -> None:
    """What people told: kind, place, words, bounded; of a sensor's incident its condition; of a double nothing."""
    sensor = sqlite_centre.take(9, kind="extinguisher", severity="minor", device="fire-b")
    long = sqlite_centre.desk.sources.report(called(sqlite_centre, place="很" * 200, text="长" * 2000))
    mild = sqlite_centre.desk.sources.report(called(sqlite_centre, matter="noise", urgency="normal", place="5号楼"))
    twin = sqlite_centre.desk.sources.report(called(sqlite_centre, place="很" * 200))
    rows = rows_at(sqlite_centre)

    assert set(rows) == {sensor, long, mild}
    assert twin not in rows
    assert (rows[sensor]["active"], "by" in rows[sensor]) == (True, False)
    assert rows[long]["told"] | {"place": "", "text": ""} == {
        "kind": "hazard", "severity": "major", "grid": facts.GRID, "at_ms": sqlite_centre.clock.now_ms(),
        "active": True, "place": "", "text": "",
    }  # fmt: skip
    assert (len(rows[long]["told"]["place"]), len(rows[long]["told"]["text"])) == (60, 100)
    assert "told" not in rows[mild], "nobody is sent there yet, and it is not bad"
    sqlite_centre.walk(mild, Move.ACCEPT)
    assert rows_at(sqlite_centre)[mild]["told"]["kind"] == "environment"


def test_the_gateway_does_not_deny_what_people_told(sqlite_centre: Centre) -> None:
    """It knows nothing of it: that is no reason to clear it."""
    own = sqlite_centre.desk.sources.report(called(sqlite_centre))
    sqlite_centre.status(unknown=[own])

    assert row(sqlite_centre, own).condition == "active"


def test_who_checks_on_the_spot_says_whether_it_is_over(sqlite_centre: Centre) -> None:
    """No sensor tells: verified is cleared, reopened is there again; both with their time."""
    own = sqlite_centre.desk.sources.hand_over(handed(sqlite_centre)).incident_id
    seen = []
    for move in (Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE, Move.REOPEN):
        row = sqlite_centre.move(own, move, reason="看过").row
        seen.append((row.condition, row.cleared_at_ms is not None))

    assert seen == [("active", False), ("active", False), ("cleared", True), ("cleared", True), ("active", False)]


def test_two_lifts_of_one_building_are_two_rescues(sqlite_centre: Centre) -> None:
    """Never merged by a table: whoever is called for the one does not open the other."""
    said = {"matter": "entrapment", "urgency": "danger", "position": HERE}
    sqlite_centre.desk.sources.report(called(sqlite_centre, place="3号楼1号梯", **said))
    second = sqlite_centre.desk.sources.report(called(sqlite_centre, place="3号楼2号梯", **said))

    assert sqlite_centre.desk.detail(second).row.parent_id is None
