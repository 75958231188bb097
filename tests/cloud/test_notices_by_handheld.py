"""Notices by the handheld: the list of the site names whom the centre calls, and the terminal says that it rang."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from cloud.changes import Changed
from cloud.intake.accept import accept_urgent
from cloud.notices.handheld import called
from cloud.notices.owe import owe
from cloud.records import Act
from cloud.site_lists import rows_of
from cloud.store.models import Incident
from domain.incidents import Move
from domain.incidents.log_words import CLOCK
from domain.roster import Roster
from protocol import desk, events
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.mailroom import Mailroom
from tests.cloud.test_field_work import Message, message, work

LIN = "lin-zhixia"


def room_of(centre: Centre) -> Mailroom:
    """Lin has a handheld; everybody is told as without notices.toml."""
    plan = centre.desk.plan
    people = copy.deepcopy(plan.document("people"))
    next(row for row in people["people"] if row["id"] == LIN)["device"] = "hand-07"
    plan.use(replace(plan.read, roster=Roster.from_table(people)))
    return Mailroom(centre, {})


def listed(centre: Centre, incident_id: str) -> dict[str, Any]:
    """What the gateway is told about an incident; the wire takes it."""
    with centre.store.read() as session:
        rows = rows_of(session, facts.SITE, 0, centre.clock.now_ms())
    desk.decode(desk.encode(1, rows))
    return next(row for row in rows if row["id"] == incident_id)


def take(centre: Centre, payload: bytes) -> None:
    """As the intake does it."""
    verdicts, _ = accept_urgent(centre.desk, [Message(payload=payload)])
    assert [verdict.reason for verdict in verdicts] == [""]


def offered(centre: Centre, incident_id: str) -> bytes:
    """The gateway has put it on the list of the terminal."""
    data = {
        "id": "t-1:1", "site": facts.SITE, "device": "hand-07", "person": LIN, "task": "t-1",
        "incident_id": incident_id, "state": "offered", "why": "called", "at_ms": centre.clock.now_ms(),
    }  # fmt: skip
    return message(data, events.TASK)


async def test_a_call_goes_to_the_handheld_and_comes_back_as_delivered(centre: Centre) -> None:
    room = room_of(centre)
    incident_id = centre.take(1)
    assert "called" not in listed(centre, incident_id)
    room.notifier.look()

    assert listed(centre, incident_id)["called"] == {LIN: 1}
    assert room.told == [Changed(incidents=frozenset([incident_id]))], "the list of the site goes out again"
    assert room.states("handheld") == {"owed": 1}
    take(centre, offered(centre, incident_id))
    assert room.states("handheld") == {"sent": 1}
    take(centre, work(centre, incident_id, "received"))
    assert room.states("handheld") == {"delivered": 1}


async def test_each_further_call_rings_again_until_somebody_accepts(centre: Centre) -> None:
    room = room_of(centre)
    incident_id = centre.take(1, severity="critical")
    room.notifier.look()
    take(centre, work(centre, incident_id, "received"))
    centre.clock.go(190)
    centre.desk.fire_due()
    room.notifier.look()
    assert listed(centre, incident_id)["called"][LIN] > 1
    centre.move(incident_id, Move.ACCEPT)
    room.notifier.look(frozenset([incident_id]))

    assert "called" not in listed(centre, incident_id)
    assert set(room.states("handheld")) == {"delivered", "withdrawn"}


async def test_a_terminal_that_takes_nothing_is_shown_as_failed(centre: Centre) -> None:
    room = room_of(centre)
    incident_id = centre.take(1)
    room.notifier.look()
    centre.clock.go(121)
    room.notifier.look()
    [row] = room.rows("handheld")
    assert (row.state, row.reason) == ("failed", "not_received")
    assert listed(centre, incident_id)["called"] == {LIN: 1}, "it still may"
    take(centre, work(centre, incident_id, "received"))

    assert room.states("handheld") == {"delivered": 1}


async def test_who_has_no_handheld_is_told_by_the_page(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre, {})
    incident_id = sqlite_centre.take(1, severity="critical")
    room.notifier.look()

    assert room.rows("handheld") == []
    assert "called" not in listed(sqlite_centre, incident_id)


async def test_quiet_hours_keep_a_broken_sensor_off_the_list(sqlite_centre: Centre) -> None:
    """13:11 in the district."""
    room_of(sqlite_centre)
    quiet = Mailroom(sqlite_centre, {"rules": [{"channels": ["handheld"], "quiet": "12:00-14:00"}]})
    incident_id = sqlite_centre.take(1, kind="sensor_fault", severity="minor")
    fire = sqlite_centre.take(2, device="fire-b")
    quiet.notifier.look()

    assert "called" not in listed(sqlite_centre, incident_id)
    assert listed(sqlite_centre, fire)["called"] == {LIN: 1}
    sqlite_centre.clock.go(3600)
    assert listed(sqlite_centre, incident_id)["called"] == {LIN: 1}


async def test_a_clock_that_is_set_back_takes_no_call_away(sqlite_centre: Centre) -> None:
    room = room_of(sqlite_centre)
    incident_id = sqlite_centre.take(1)
    sqlite_centre.clock.go(-3600)
    with sqlite_centre.store.write() as session:
        incident = session.get_one(Incident, incident_id)
        owe(session, incident, [LIN], "grid", "repeat:1", Act(actor=CLOCK, at_ms=sqlite_centre.clock.now_ms()))
    room.notifier.look()
    sqlite_centre.clock.go(1)

    assert listed(sqlite_centre, incident_id)["called"] == {LIN: 2}


async def test_who_has_left_is_called_no_more_though_the_terminal_rang(sqlite_centre: Centre) -> None:
    room, roster = room_of(sqlite_centre), sqlite_centre.desk.plan.roster
    incident_id = sqlite_centre.take(1)
    room.notifier.look()
    with sqlite_centre.store.read() as session:
        assert called(session, [incident_id], sqlite_centre.clock.now_ms(), roster) == {incident_id: {LIN: 1}}
        roster.use(replace(roster.book, disabled=frozenset({LIN})))
        assert called(session, [incident_id], sqlite_centre.clock.now_ms(), roster) == {}
