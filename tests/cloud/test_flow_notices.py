"""Who hears what of a move: whoever has it now, whoever must take it, and nobody twice."""

from __future__ import annotations

from sqlalchemy import select

from cloud.store.models import Notice
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, STREET
from tests.cloud.mailroom import Mailroom

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
