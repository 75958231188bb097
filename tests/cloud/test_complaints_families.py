"""What users of other systems complain of, about what belongs together and what is over (anchors 5.1 to 5.4).

Each test is named after its thread. Where each of the other complaints is tested: tests/docs/test_complaints.py.
"""

from __future__ import annotations

from sqlalchemy import func, select

from cloud.store.models import Notice
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.mailroom import Mailroom
from tests.cloud.test_families import away, notices, switch

SLOW = {"kind": "water_pressure", "severity": "minor"}
END = (Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)


def test_thingsboard_7811_what_people_closed_is_not_used_again(sqlite_centre: Centre) -> None:
    """Same alarm reused after a manual clear: the next one is an incident of its own, the closed one stays closed."""
    first = sqlite_centre.take(1, **SLOW)
    sqlite_centre.take(1, **SLOW, revision=2, condition="cleared")
    sqlite_centre.walk(first, *END)
    sqlite_centre.clock.go(86_400)
    second = sqlite_centre.take(2, **SLOW)

    assert sqlite_centre.desk.detail(first).row.stage == "closed"
    assert sqlite_centre.desk.detail(second).row.stage == "reported"


async def test_alertmanager_4008_nothing_follows_the_end(sqlite_centre: Centre) -> None:
    """Duplicates after resolved: a week after the end nobody has been owed or sent anything more."""
    room = Mailroom(sqlite_centre)
    number = sqlite_centre.take(1, **SLOW)
    room.round()
    sqlite_centre.take(1, **SLOW, revision=2, condition="cleared")
    sqlite_centre.walk(number, *END)
    room.round(frozenset({number}))
    before = len(room.mail.sent), owed(sqlite_centre)
    for _ in range(7):
        sqlite_centre.clock.go(86_400)
        sqlite_centre.desk.fire_due()
        room.round()

    assert (len(room.mail.sent), owed(sqlite_centre)) == before


async def test_alertmanager_891_a_member_that_is_over_is_no_news(sqlite_centre: Centre) -> None:
    """An inhibited alert is sent as resolved: here nobody is told the end of what he was never told of."""
    room = Mailroom(sqlite_centre)
    switch(sqlite_centre)
    away(sqlite_centre, 2)
    room.round()
    before = len(room.mail.sent)
    away(sqlite_centre, 2, revision=2, condition="cleared")
    room.round()

    assert len(room.mail.sent) == before > 0


def test_alertmanager_2229_and_4315_a_restart_lets_no_member_out(sqlite_centre: Centre) -> None:
    """Inhibition lost on restart, so that inhibited alerts leak: here what is inside what stands in the database."""
    parent, member = switch(sqlite_centre), away(sqlite_centre, 2)
    before = notices(sqlite_centre)
    sqlite_centre.restart()
    away(sqlite_centre, 2, revision=2, severity="major")
    away(sqlite_centre, 3)
    sqlite_centre.desk.fire_due()

    assert sqlite_centre.desk.detail(member).row.parent_id == parent
    assert notices(sqlite_centre) == before


def owed(centre: Centre) -> int:
    """How many notices anybody was ever owed."""
    with centre.store.read() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0
