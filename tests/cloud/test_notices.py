"""Notices: each has its own state per channel; nothing is lost, nothing said that is settled, nobody called in vain."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from cloud.history.series import DuckSeries
from cloud.notices import targets
from cloud.notices.channel import NotDelivered, Unreachable
from cloud.notices.letters import FRAME, STEPS
from cloud.notices.owe import owe
from cloud.notices.people import Recipients
from cloud.notices.ways import ways_from_table
from cloud.records import Act
from cloud.store.models import Incident, Notice
from cloud.store.models_notices import NoticeWish
from domain.duty_book import DutyBook, Mark, StandIn
from domain.incidents import Move
from tests.cloud.conftest import Centre, HandClock
from tests.cloud.mailroom import EVERYBODY, Mailroom, address
from tests.cloud.seed import fault


def broken(centre: Centre, number: int, device: str = "fire-b", kind: str = "sensor_fault") -> str:
    """An incident in which no life is at stake."""
    data = fault(number, centre.clock.now_ms(), kind, device, "minor")
    data.pop("incident_id")
    return centre.take(number, **data)


def wish(centre: Centre, person: str, **values: object) -> None:
    """How somebody wants to be told."""
    with centre.store.write() as session:
        fields = {"channels": None, "quiet": None, "language": None, **values}
        session.add(NoticeWish(person=person, changed_ms=0, changed_by=person, **fields))


async def test_everybody_is_told_once_by_every_channel(centre: Centre) -> None:
    room = Mailroom(centre)
    centre.take(1, severity="critical")

    assert room.round() == 4
    assert room.round() == 0
    assert sorted(letter.contacts["mail"] for letter in room.mail.sent) == [
        address(name) for name in ("he-anping", "lin-zhixia", "shen-ruolan", "zhou-mingyuan")
    ]
    assert room.states() == {"sent": 4}
    assert room.states("console") == {"owed": 4}


async def test_the_text_is_in_the_persons_language(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre, EVERYBODY | {"link": "https://centre.example.cn/"})
    wish(sqlite_centre, "lin-zhixia", language="en")
    incident_id = sqlite_centre.take(1, severity="critical")
    room.round()

    by_person = {letter.contacts["mail"]: letter for letter in room.mail.sent}
    assert by_person[address("he-anping")].title == "【确认火警】Room A"
    english = by_person[address("lin-zhixia")]
    assert english.title == "[Confirmed fire] Room A"
    assert english.body.splitlines()[0] == "New incident: please accept it."
    assert english.body.splitlines()[-1] == f"See https://centre.example.cn/incidents/{incident_id}"


async def test_what_cannot_be_delivered_is_tried_again_later_and_later(centre: Centre) -> None:
    room = Mailroom(centre)
    room.mail.bad[address("lin-zhixia")] = NotDelivered("busy")
    broken(centre, 1, "fire-a")
    waits = []
    for _ in range(4):
        room.round()
        [row] = [row for row in room.rows() if row.person == "lin-zhixia"]
        assert (row.state, row.reason) == ("failed", "busy")
        waits.append(row.due_ms - centre.clock.now_ms())
        assert room.round() == 0
        centre.clock.at[0] = row.due_ms
    room.mail.bad.clear()
    room.round()

    assert waits == [5000, 10_000, 20_000, 40_000]
    [row] = [row for row in room.rows() if row.person == "lin-zhixia"]
    assert (row.state, row.attempts, row.reason) == ("sent", 5, "")


async def test_who_cannot_be_reached_is_given_up_at_once_and_shown(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[address("lin-zhixia")] = Unreachable("no mail known")
    sqlite_centre.take(1)
    room.round()

    [row] = [row for row in room.rows() if row.person == "lin-zhixia"]
    assert (row.state, row.reason) == ("given_up", "no mail known")


async def test_after_a_day_it_is_given_up(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("no answer within 10 s")
    sqlite_centre.take(1)
    room.round()
    sqlite_centre.clock.go(86_400 - 60)
    room.round()
    assert room.states()["failed"]
    sqlite_centre.clock.go(3600)
    room.round()

    assert {row.state for row in room.rows() if row.step == "placed"} <= {"given_up", "withdrawn"}


async def test_a_storm_is_told_as_one_but_life_safety_alone(centre: Centre) -> None:
    room = Mailroom(centre)
    for number in range(1, 31):
        broken(centre, number, f"fire-{number}")
    centre.take(40, severity="critical")
    room.round()
    titles = room.mail.to("lin-zhixia")
    for number in range(50, 60):
        broken(centre, number, f"fire-{number}")
        room.round()
    before = len(room.mail.to("lin-zhixia"))
    centre.clock.go(61)
    room.round()

    assert titles == ["【确认火警】Room A", "【30 条事件】传感器故障"]
    assert before == 4, "two more singly, then they wait"
    assert room.mail.to("lin-zhixia")[4:] == ["【8 条事件】传感器故障"]
    assert "另有 20 条" in room.mail.sent[[x.title for x in room.mail.sent].index("【30 条事件】传感器故障")].body
    assert set(room.states()) == {"sent"}, "nothing is lost"


async def test_quiet_hours_hold_what_can_wait(sqlite_centre: Centre) -> None:
    """The test begins at 13:11 in the district; Lin rests until 15:00."""
    room = Mailroom(sqlite_centre)
    wish(sqlite_centre, "lin-zhixia", quiet="12:30-15:00")
    broken(sqlite_centre, 1)
    sqlite_centre.take(2, severity="critical", device="fire-c")
    room.round()
    assert room.mail.to("lin-zhixia") == ["【确认火警】Room A"]
    sqlite_centre.clock.go(109 * 60)
    room.round()

    assert room.mail.to("lin-zhixia") == ["【确认火警】Room A", "【传感器故障】Room B"]


async def test_danger_of_any_kind_is_said_at_once_and_alone(sqlite_centre: Centre) -> None:
    """A smell of gas in quiet hours, beside a storm of small things."""
    room = Mailroom(sqlite_centre)
    wish(sqlite_centre, "lin-zhixia", quiet="12:30-15:00")
    for number in range(1, 11):
        broken(sqlite_centre, number, f"fire-{number}")
    sqlite_centre.take(40, kind="hazard", severity="critical", device="caller")
    sqlite_centre.take(41, kind="hazard", severity="major", device="another")
    room.round()

    assert room.mail.to("lin-zhixia") == ["【安全隐患】Room A"]


async def test_danger_inside_a_small_thing_is_said_at_once(sqlite_centre: Centre) -> None:
    """A broken cover, and in the quiet hours the same told as a smell of gas."""
    room = Mailroom(sqlite_centre)
    wish(sqlite_centre, "zhou-mingyuan", quiet="12:30-15:00")
    cover = sqlite_centre.take(1, device="nobody-1", kind="hazard", severity="minor")
    room.round()
    assert room.mail.to("zhou-mingyuan") == []
    smell = sqlite_centre.take(2, device="nobody-2", kind="hazard", severity="critical")
    sqlite_centre.move(smell, Move.MERGE, to=cover, reason="一处")
    room.round()

    mine = [letter.body for letter in room.mail.sent if letter.contacts["mail"] == address("zhou-mingyuan")]
    assert [body for body in mine if body.startswith("情况加重")]


async def test_what_waits_for_the_morning_is_not_said_when_it_is_settled(centre: Centre) -> None:
    room = Mailroom(centre)
    wish(centre, "lin-zhixia", quiet="12:30-15:00")
    incident_id = broken(centre, 1)
    room.round()
    centre.move(incident_id, Move.ACCEPT)
    room.round(frozenset([incident_id]))
    centre.clock.go(109 * 60)
    room.round()

    assert room.mail.to("lin-zhixia") == []
    [row] = [row for row in room.rows() if row.person == "lin-zhixia"]
    assert (row.state, row.reason) == ("withdrawn", "settled")


async def test_whose_shift_has_ended_hears_nothing_of_it(centre: Centre) -> None:
    """He Anping's day ends at 20:00; his mail server is down from 19:59 on."""
    room = Mailroom(centre)
    centre.clock.go(6 * 3600 + 48 * 60)
    room.mail.bad[""] = NotDelivered("down")
    broken(centre, 1)
    room.round()
    room.mail.bad.clear()
    centre.clock.go(120)
    room.round()

    assert room.mail.to("he-anping") == []
    assert [(row.state, row.reason) for row in room.rows() if row.person == "he-anping"] == [("withdrawn", "off_duty")]


async def test_who_comes_on_duty_hears_what_did_not_reach_the_shift_before(centre: Centre) -> None:
    """The mail server is down from 19:59 to 20:01; at 20:00 Qin Yue takes over from Zhou Mingyuan."""
    room = Mailroom(centre)
    centre.clock.go(6 * 3600 + 48 * 60)
    room.mail.bad[""] = NotDelivered("down")
    fire = centre.take(1, at_ms=centre.clock.now_ms())
    room.round(frozenset({fire}))
    centre.clock.go(120)
    room.mail.bad.clear()
    room.round()
    room.round()
    assert room.mail.to("zhou-mingyuan") == []
    assert len(room.mail.to("qin-yue")) == 1
    room.round()
    assert len(room.mail.to("qin-yue")) == 1


async def test_who_comes_on_duty_hears_once_what_nobody_has_accepted(centre: Centre) -> None:
    """Told at 13:11 to those of the day, who go at 20:00; Qin Yue comes, and Zhou and He again the next morning."""
    room, at = Mailroom(centre), centre.clock.now_ms()
    fire, fault, taken, gone = centre.take(1), *(broken(centre, number, f"fire-{number}") for number in (2, 3, 4))
    centre.walk(taken, Move.ACCEPT)
    centre.take(4, device="fire-4", kind="sensor_fault", severity="minor", revision=2, condition="cleared")
    found = []
    for hour in (13.2, 19, 20.01, 20.5, 23, 32.01, 33):
        centre.clock.at[0] = at + round((hour - 13.2) * 3_600_000)
        room.round()
        found.append(tuple(len(room.mail.to(person)) for person in ("zhou-mingyuan", "qin-yue", "he-anping")))
    assert found == [(1, 0, 3), (1, 0, 3), (1, 1, 3), (1, 1, 3), (1, 1, 3), (2, 1, 5), (2, 1, 5)]
    assert "已换班" in room.mail.sent[-1].body
    assert (steps_of(centre, fire), steps_of(centre, fault)) == (
        ["placed", "shift:1", "shift:2"],
        ["placed", "shift:1"],
    )
    assert steps_of(centre, gone) == steps_of(centre, taken) == ["placed"], "it is back by itself; somebody has it"
    centre.walk(fault, Move.ACCEPT)
    centre.clock.go(24 * 3600)
    Mailroom(centre).round()
    assert steps_of(centre, fire)[-1] == "shift:3", "whatever process looks"
    assert steps_of(centre, fault) == ["placed", "shift:1"]


async def test_who_comes_by_key_or_instead_of_somebody_hears_it_too(sqlite_centre: Centre) -> None:
    """Qin Yue was told in her night; in the day she presses her key, and the day after she stands in."""
    centre, room = sqlite_centre, Mailroom(sqlite_centre)
    at, roster = centre.clock.now_ms(), centre.desk.plan.roster
    centre.take(1)

    def told(hour: float, **book: Any) -> int:
        centre.clock.at[0] = at + round((hour - 13.2) * 3_600_000)
        if book:
            roster.use(DutyBook(**book))
        room.round()
        return len(room.mail.to("qin-yue"))

    assert [told(hour) for hour in (14, 20.01, 33)] == [0, 1, 1]
    mark = Mark(on=True, at_ms=centre.clock.now_ms())
    assert [told(33, marks={"qin-yue": mark}), told(34)] == [2, 2]
    pressed = Mark(on=True, at_ms=at + round((44.05 - 13.2) * 3_600_000))
    assert [told(44.01), told(44.1, marks={"qin-yue": pressed})] == [3, 3], "she is on duty all the same"
    begin = at + round((57 - 13.2) * 3_600_000)
    instead = StandIn(absent="zhou-mingyuan", by="qin-yue", from_ms=begin, to_ms=begin + 3_600_000)
    assert [told(56.99, stand_ins=(instead,)), told(57.01), told(57.5)] == [3, 4, 4]


def test_whom_a_rule_names_has_somebody_in_his_place(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The department whose matter it is, one with a name too long for its column, and a role: those of now."""
    monkeypatch.setattr(targets, "MAX", 18)
    plan, now_ms = sqlite_centre.desk.plan, sqlite_centre.clock.now_ms()
    recipients = Recipients(plan, ways_from_table(EVERYBODY))
    fire = sqlite_centre.take(1)
    firemen = [person.id for person in plan.department_on_duty("fire-station", now_ms)]
    with sqlite_centre.store.read() as session:
        incident = session.get_one(Incident, fire)
        for target in ("department:@matter", "department:fire-station"):
            assert targets.people_of(plan, incident, target, now_ms) == firemen != []
            assert recipients.instead(targets.for_what(target), incident, now_ms) == firemen
        role, level = "operator", "community"
        heads = plan.role_on_duty(role, incident.grid, incident.site, level, now_ms)
        for target in (f"role:{role}@{level}", f"role:{role}@{level}"[:18]):
            assert recipients.instead(target, incident, now_ms) == [one.id for one in heads] != []
        for strange in ("role:cook@community", "role:operator@moon", "department:nobody", "person:nobody", "role:"):
            assert recipients.instead(strange, incident, now_ms) == []


async def test_what_is_put_aside_meanwhile_calls_nobody(sqlite_centre: Centre) -> None:
    """Between the look at all that is open and the lock of one of them."""
    centre, room = sqlite_centre, Mailroom(sqlite_centre)
    gone = broken(centre, 1)
    centre.take(1, device="fire-b", kind="sensor_fault", severity="minor", revision=2, condition="cleared")
    centre.clock.go(20 * 3600)
    with centre.store.write() as session:
        assert room.notifier.shifts._owe(session, [gone], centre.clock.now_ms()) == set()


def steps_of(centre: Centre, incident_id: str) -> list[str]:
    """What people were told of it for."""
    with centre.store.read() as session:
        return sorted(session.scalars(select(Notice.step).where(Notice.incident_id == incident_id).distinct()))


async def test_two_workers_send_each_notice_once(centre: Centre) -> None:
    one, two = Mailroom(centre), Mailroom(centre)
    centre.take(1, severity="critical")
    one.notifier.look()
    two.notifier.look()
    jobs = [(room, job) for room in (one, two) for job in room.posts["mail"].claim()]
    for room, job in jobs:
        room.notifier.deliver("mail", job)

    assert len(jobs) == len(one.mail.sent) + len(two.mail.sent) == 4
    assert one.states() == {"sent": 4}


async def test_what_a_dead_worker_had_claimed_goes_on_later(centre: Centre) -> None:
    dead, room = Mailroom(centre), Mailroom(centre)
    centre.take(1)
    dead.notifier.look()
    assert dead.posts["mail"].claim()
    assert room.round() == 0
    centre.clock.go(31)

    assert room.round() > 0
    assert set(room.states()) == {"sent"}


async def test_a_clock_that_was_set_back_holds_no_alarm_up(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("down")
    sqlite_centre.take(1)
    room.round()
    room.mail.bad.clear()
    sqlite_centre.clock.go(-7200)

    assert room.round() > 0


async def test_one_channel_never_holds_another_up(sqlite_centre: Centre) -> None:
    table = {
        "channels": {"mail": {"url": "json://127.0.0.1/{mail}"}, "group": {"url": "json://127.0.0.1/{mail}"}},
        "rules": [{"roles": ["grid_worker"], "channels": ["group", "mail"]}, {"channels": ["mail"]}],
    }
    room = Mailroom(sqlite_centre, table)
    room.boxes["group"].bad[""] = NotDelivered("down")
    sqlite_centre.take(1, severity="critical")
    room.round()

    assert room.states("mail") == {"sent": 4}
    assert room.states("group") == {"failed": 1}


async def test_notices_of_an_older_release_are_not_told_again(sqlite_centre: Centre) -> None:
    """A store of before: delivered on the page, and nothing owed to other channels."""
    room = Mailroom(sqlite_centre)
    sqlite_centre.take(1)
    with sqlite_centre.store.write() as session:
        session.execute(update(Notice).values(state="delivered", spread=True))

    assert room.round() == 0


async def test_who_lost_a_dispatch_is_not_told_to_go(sqlite_centre: Centre) -> None:
    """Dispatched to one whose mail is down, returned, dispatched to another."""
    room = Mailroom(sqlite_centre)
    incident_id = sqlite_centre.take(1)
    room.round()
    sqlite_centre.move(incident_id, Move.ACCEPT)
    room.mail.bad[""] = NotDelivered("down")
    sqlite_centre.move(incident_id, Move.DISPATCH, to="he-anping")
    room.round()
    sqlite_centre.move(incident_id, Move.RETURN, reason="not mine")
    sqlite_centre.move(incident_id, Move.DISPATCH, to="lin-zhixia")
    room.mail.bad.clear()
    sqlite_centre.clock.go(10)
    before = len(room.mail.sent)
    room.round()

    assert [letter.contacts["mail"] for letter in room.mail.sent[before:]] == [address("lin-zhixia")]
    assert "已派给你" in room.mail.sent[-1].body


async def test_what_was_spread_once_is_not_spread_again(centre: Centre) -> None:
    """A page whose mark was lost, by an old backup for instance: it holds nobody up and tells nobody twice."""
    room = Mailroom(centre)
    centre.take(1, severity="critical")
    room.round()
    with centre.store.write() as session:
        session.execute(update(Notice).where(Notice.channel == "console").values(spread=False))
    centre.take(2, device="fire-z", kind="power", severity="minor")
    room.round()

    assert len(room.mail.to("lin-zhixia")) == 2
    assert all(row.spread for row in room.rows("console"))


async def test_the_notifier_runs_by_itself(sqlite_centre: Centre) -> None:
    """Woken by the desk, it delivers; the desk hears what became of it."""
    room = Mailroom(sqlite_centre)
    sqlite_centre.desk.listen(room.notifier.changed)
    running = asyncio.create_task(room.notifier.run())
    try:
        await asyncio.to_thread(sqlite_centre.take, 1, severity="critical")
        async with asyncio.timeout(10):
            while room.states() != {"sent": 4}:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert room.told


async def test_news_on_the_page_of_somebody_who_never_logs_in_ends_some_day(sqlite_centre: Centre) -> None:
    """Who passed an incident on hears how it ended; a page that nobody opens for a week hears nothing."""
    room = Mailroom(sqlite_centre, {})
    incident_id = broken(sqlite_centre, 1)
    sqlite_centre.move(incident_id, Move.ACCEPT)
    with sqlite_centre.store.write() as session:
        incident = session.get_one(Incident, incident_id)
        owe(
            session, incident, ["he-anping"], "passed", "moved:close:9", Act(actor="clock", at_ms=incident.raised_at_ms)
        )
    room.round(frozenset([incident_id]))
    assert room.states("console")["owed"] == 1
    sqlite_centre.clock.go(8 * 86_400)
    room.round()

    assert set(room.states("console")) == {"withdrawn"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_step_has_words_in_both_languages(lang: str) -> None:
    assert STEPS[lang].keys() == STEPS["zh"].keys()
    assert FRAME[lang].keys() == FRAME["zh"].keys()


@pytest.mark.postgres
def test_four_workers_at_once_send_each_notice_once(postgres_url: str, tmp_path: Path) -> None:
    """Claims on a real PostgreSQL, side by side: nothing twice, nothing left; and a change of shift is told once."""
    series = DuckSeries(tmp_path / "series.duckdb")
    centre = Centre(tmp_path, HandClock(), series, postgres_url)
    try:
        for number in range(1, 13):
            centre.take(number, device=f"fire-{number}", grid=f"11010500100100{number % 3 + 1}")
        asyncio.run(_four(centre))
    finally:
        centre.store.close()
        series.close()


async def _four(centre: Centre) -> None:
    rooms = [Mailroom(centre) for _ in range(4)]
    await asyncio.gather(*(asyncio.to_thread(room.round) for room in rooms))
    sent = Counter((letter.contacts["mail"], letter.title) for room in rooms for letter in room.mail.sent)

    assert set(rooms[0].states()) == {"sent"}
    assert sum(sent.values()) == len(rooms[0].rows())
    centre.clock.go(7 * 3600)
    await asyncio.gather(*(asyncio.to_thread(room.notifier.shifts.look) for room in rooms))
    assert {row.step for row in rooms[0].rows("console")} == {"placed", "shift:1"}
