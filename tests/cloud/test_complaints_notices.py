"""What users of other systems complain of, about notices (anchors 5.3, 5.4), must not be so here.

Each test is named after its thread.
"""

from __future__ import annotations

from sqlalchemy import select

from cloud.notices.channel import NotDelivered
from cloud.store.models import Notice
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.mailroom import Mailroom, address

LIN = "lin-zhixia"


async def test_oncall_4760_and_4654_an_acknowledgement_stops_everything(centre: Centre) -> None:
    """Ack does not stop personal paging: here nothing at all follows it, on any channel, whatever still waited."""
    room = Mailroom(centre)
    room.mail.bad[address(LIN)] = NotDelivered("busy")
    incident_id = centre.take(1, severity="critical")
    room.round()
    before = len(room.mail.sent)
    centre.move(incident_id, Move.ACCEPT)
    room.mail.bad.clear()
    for _ in range(25):
        centre.clock.go(60)
        assert centre.desk.fire_due() == 0
        room.round(frozenset([incident_id]))

    assert len(room.mail.sent) == before
    assert [row.state for row in room.rows() if row.person == LIN] == ["withdrawn"]
    assert set(room.states("console")) == {"withdrawn"}


async def test_oncall_4760_not_even_what_is_already_claimed(centre: Centre) -> None:
    """The acknowledgement comes between the claim and the sending."""
    room = Mailroom(centre)
    incident_id = centre.take(1, severity="critical")
    room.notifier.look()
    jobs = room.posts["mail"].claim()
    centre.move(incident_id, Move.ACCEPT)
    for job in jobs:
        room.notifier.deliver("mail", job)

    assert len(jobs) == 4
    assert room.mail.sent == []
    assert room.states() == {"withdrawn": 4}


async def test_oncall_4754_a_repeat_tells_the_present_state(sqlite_centre: Centre) -> None:
    """Repeat sends the old payload: here each text is made when it goes."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("busy")
    sqlite_centre.take(1)
    room.round()
    sqlite_centre.take(1, revision=2, severity="critical", place="Room A, 2nd floor")
    room.mail.bad.clear()
    sqlite_centre.clock.go(10)
    room.round()

    assert set(room.mail.to(LIN)) == {"【确认火警】Room A, 2nd floor"}


async def test_oncall_3111_an_old_acknowledged_incident_pages_nobody_at_night(sqlite_centre: Centre) -> None:
    """A four-month-old acked alert paged at 05:30."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("down")
    incident_id = sqlite_centre.take(1, severity="critical")
    room.round()
    sqlite_centre.move(incident_id, Move.ACCEPT)
    sqlite_centre.take(1, revision=2, condition="cleared", cleared_at_ms=sqlite_centre.clock.now_ms())
    sqlite_centre.walk(incident_id, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    room.mail.bad.clear()
    sqlite_centre.clock.go(120 * 86_400)
    sqlite_centre.desk.fire_due()
    room.round()

    assert room.mail.sent == []


async def test_resgrid_269_who_has_logged_out_is_not_paged(sqlite_centre: Centre) -> None:
    """Logged-out phone still paged: whoever ends his duty between the alarm and the message hears nothing."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[address("he-anping")] = NotDelivered("busy")
    sqlite_centre.clock.go(6 * 3600 + 48 * 60)  # a minute before the end of his day
    sqlite_centre.take(1, severity="critical")
    room.round()
    room.mail.bad.clear()
    sqlite_centre.clock.go(120)
    room.round()

    assert room.mail.to("he-anping") == []
    assert room.mail.to(LIN)


async def test_resgrid_260_the_address_is_the_one_that_is_known_now(sqlite_centre: Centre) -> None:
    """Alert two minutes late and at the wrong address."""
    room = Mailroom(sqlite_centre)
    sqlite_centre.take(1, severity="critical", place="3号楼")
    room.notifier.look()
    jobs = room.posts["mail"].claim()
    sqlite_centre.take(1, revision=2, severity="critical", place="5号楼")
    for job in jobs:
        room.notifier.deliver("mail", job)

    assert {letter.title for letter in room.mail.sent} == {"【确认火警】5号楼"}


async def test_fixmystreet_3168_one_ok_and_one_failed_is_shown_as_such(sqlite_centre: Centre) -> None:
    """One body ok, the other failed, yet marked sent: here each has a state of its own, and the failed one goes on."""
    table = {
        "channels": {"mail": {"url": "json://a/{mail}"}, "group": {"url": "json://a/{mail}"}},
        "rules": [{"channels": ["mail", "group"]}],
    }
    room = Mailroom(sqlite_centre, table)
    room.boxes["group"].bad[address(LIN)] = NotDelivered("error 500")
    sqlite_centre.take(1, severity="critical")
    room.round()

    assert room.states("mail") == {"sent": 4}
    assert room.states("group") == {"sent": 3, "failed": 1}
    room.boxes["group"].bad.clear()
    sqlite_centre.clock.go(5)
    room.round()
    assert room.states("group") == {"sent": 4}
    assert len(room.boxes["mail"].sent) == 4


async def test_fixmystreet_2091_an_error_stays_until_it_is_over(sqlite_centre: Centre) -> None:
    """Error shown once, then silent for ever: here the state says so at any time, and how often it was tried."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[address(LIN)] = NotDelivered("no route")
    sqlite_centre.take(1)
    for attempt in range(1, 8):
        room.round()
        [row] = [row for row in room.rows() if row.person == LIN]
        assert (row.state, row.reason, row.attempts) == ("failed", "no route", attempt)
        sqlite_centre.clock.go(120)


async def test_fixmystreet_3228_failures_do_not_loop(sqlite_centre: Centre) -> None:
    """Failure loops without back-off: a broken channel is tried a few dozen times in a day, not thousands."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("down")
    sqlite_centre.take(1, kind="sensor_fault", severity="minor")
    tried, start_ms = 0, sqlite_centre.clock.now_ms()
    while sqlite_centre.clock.now_ms() < start_ms + 86_400_000:
        tried += room.round()
        waiting = [row.due_ms for row in room.rows() if row.state == "failed"]
        sqlite_centre.clock.at[0] = min(waiting)

    assert 90 <= max(row.attempts for row in room.rows()) <= 110
    assert tried <= 110 * len(room.rows())


async def test_fixmystreet_1334_a_changed_incident_is_still_told(sqlite_centre: Centre) -> None:
    """Report never sent if status changed first: cleared is no reason to be silent while nobody has accepted."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("busy")
    sqlite_centre.take(1)
    room.round()
    sqlite_centre.take(1, revision=2, condition="cleared", cleared_at_ms=sqlite_centre.clock.now_ms())
    room.mail.bad.clear()
    sqlite_centre.clock.go(10)
    room.round()

    assert room.mail.to(LIN)
    assert all("已恢复" in letter.body for letter in room.mail.sent)


async def test_fixmystreet_4873_nothing_is_tried_into_a_closed_incident(centre: Centre) -> None:
    """Stop retrying into a closed ticket: a reminder that could not be delivered dies with its incident."""
    room = Mailroom(centre)
    incident_id = centre.take(1)
    room.round()
    centre.move(incident_id, Move.ACCEPT, actor=LIN)
    room.mail.bad[""] = NotDelivered("down")
    centre.clock.go(1801)
    assert centre.desk.fire_due()
    room.round()
    assert [row.state for row in room.rows() if row.step == "chase:1"].count("failed") >= 1
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(incident_id, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    room.mail.bad.clear()
    centre.clock.go(3600)
    room.round()

    assert {row.state for row in room.rows() if row.step == "chase:1"} == {"withdrawn"}


async def test_fixmystreet_67_and_oncall_1792_who_never_answers_is_nagged(sqlite_centre: Centre) -> None:
    """Accepted and forgotten: the holder hears of it again, and what he hears is a reminder."""
    room = Mailroom(sqlite_centre)
    incident_id = sqlite_centre.take(1)
    room.round()
    sqlite_centre.move(incident_id, Move.ACCEPT, actor=LIN)
    before = len(room.mail.to(LIN))
    sqlite_centre.clock.go(1801)
    sqlite_centre.desk.fire_due()
    room.round(frozenset([incident_id]))

    assert len(room.mail.to(LIN)) == before + 1
    assert "催办" in [letter for letter in room.mail.sent if letter.contacts["mail"] == address(LIN)][-1].body


async def test_alertmanager_4108_retries_make_no_duplicates(sqlite_centre: Centre) -> None:
    """Duplicates during retries: what one got is not sent to him again because another did not."""
    room = Mailroom(sqlite_centre)
    room.mail.bad[address(LIN)] = NotDelivered("busy")
    sqlite_centre.take(1, severity="critical")
    for _ in range(5):
        room.round()
        sqlite_centre.clock.go(30)
    room.mail.bad.clear()
    room.round()
    with sqlite_centre.store.read() as session:
        steps = {(row.person, row.step) for row in session.scalars(select(Notice).where(Notice.channel == "mail"))}

    assert len(steps) == len(room.rows())
    assert all(len(room.mail.to(person)) == 1 for person in ("he-anping", "shen-ruolan", "zhou-mingyuan"))
