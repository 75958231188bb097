"""Who hears what of a move: whoever has it now, whoever must take it, and nobody twice."""

from __future__ import annotations

from sqlalchemy import select

from cloud.store.models import Notice
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, STREET, WATER, WATER_PERSON, WORKER, with_departments
from tests.cloud.mailroom import Mailroom, address

SLOW = {"kind": "water_pressure", "severity": "minor", "device": "h1"}


def steps(centre: Centre, incident_id: str, person: str) -> list[str]:
    """What somebody was owed, in order."""
    with centre.store.read() as session:
        query = select(Notice.step).where(
            Notice.incident_id == incident_id, Notice.person == person, Notice.channel == "console"
        )
        return list(session.scalars(query.order_by(Notice.id)))


async def test_a_suspected_fire_that_is_accepted_and_confirmed_is_heard_by_its_holder_and_the_next_tier(
    sqlite_centre: Centre,
) -> None:
    room = Mailroom(sqlite_centre)
    number = sqlite_centre.take(1)
    room.round()
    sqlite_centre.move(number, Move.ACCEPT, actor=OPERATOR)
    room.round(frozenset({number}))
    room.mail.sent.clear()
    sqlite_centre.take(1, revision=2, severity="critical", signals=facts.confirmed(sqlite_centre.clock.now_ms()))
    room.round(frozenset({number}))

    assert room.mail.to(OPERATOR) == room.mail.to(STREET) == ["【确认火警】Room A"]
    assert all("情况加重" in letter.body for letter in room.mail.sent)


async def test_what_is_passed_up_asks_to_be_accepted_until_somebody_has(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    number = sqlite_centre.take(1)
    sqlite_centre.move(number, Move.ACCEPT, actor=OPERATOR)
    room.round(frozenset({number}))
    sqlite_centre.move(number, Move.TRANSFER_UP, actor=OPERATOR, reason="力量不足")
    room.notifier.look()
    jobs = room.posts["mail"].claim()
    letters = [room.posts["mail"].write(job).letter for job in jobs]
    sqlite_centre.move(number, Move.ACCEPT, actor=STREET)
    for job in jobs:
        room.notifier.deliver("mail", job)

    assert any("上呈" in letter.body and "请受理" in letter.body for letter in letters if letter)
    assert not [letter for letter in room.mail.sent if "上呈" in letter.body]


def test_what_is_returned_or_must_be_done_again_is_told_to_whoever_has_it_now(sqlite_centre: Centre) -> None:
    number = sqlite_centre.take(1, **SLOW)
    sqlite_centre.move(number, Move.ACCEPT, actor=OPERATOR)
    sqlite_centre.move(number, Move.DISPATCH, actor=OPERATOR, to=WORKER)
    sqlite_centre.move(number, Move.RETURN, actor=WORKER, reason="不归我")
    assert steps(sqlite_centre, number, OPERATOR)[-1].startswith("return:")
    sqlite_centre.move(number, Move.DISPATCH, actor=OPERATOR, to=WORKER)
    sqlite_centre.move(number, Move.FEED_BACK, actor=WORKER)
    sqlite_centre.move(number, Move.REWORK, actor=OPERATOR, reason="没好")

    assert steps(sqlite_centre, number, WORKER)[-1].startswith("rework:")


async def test_who_passed_it_up_and_gets_it_back_is_asked_to_go(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    number = sqlite_centre.take(1, **SLOW)
    sqlite_centre.move(number, Move.ACCEPT, actor=WORKER)
    sqlite_centre.move(number, Move.TRANSFER_UP, actor=WORKER, reason="难")
    sqlite_centre.move(number, Move.ACCEPT, actor=OPERATOR)
    sqlite_centre.move(number, Move.DISPATCH, actor=OPERATOR, to=WORKER)
    room.round(frozenset({number}))

    [body] = [letter.body for letter in room.mail.sent if letter.contacts["mail"] == address(WORKER)]
    assert "派给你" in body


def test_a_department_that_has_it_is_chased_through_its_people_on_duty(sqlite_centre: Centre) -> None:
    centre = with_departments(sqlite_centre)
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    centre.move(number, Move.DISPATCH, to=WATER)
    for _ in range(60):
        centre.clock.go(3600)
        centre.desk.fire_due()

    assert {"chase:1", "yellow:feed_back"} <= set(steps(centre, number, WATER_PERSON))
    assert steps(centre, number, WATER) == []
