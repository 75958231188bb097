"""Long reports: they take turns, and are kept only while nothing new was counted."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from cloud.history.turns import HistoryBusy
from cloud.review.cases.wish import State, Where
from cloud.review.heavy import LONG_MS, Heavy
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.test_facts import keeper_of
from tests.cloud.test_review import ONE, district


def test_so_many_at_once() -> None:
    """A short one passes, whoever has a turn keeps it, and who is too many is told."""
    heavy = Heavy(at_once=1, waiting=0, wait_s=0)
    with heavy.turn(None), heavy.turn(LONG_MS + 1):
        pass
    with heavy._turns.take():
        with pytest.raises(HistoryBusy, match="a shorter period"), heavy.turn(None):
            pass
        with heavy.turn(LONG_MS):
            pass
    with heavy.turn(None):
        pass


def test_kept_while_nothing_is_counted(centre: Centre) -> None:
    """The second look asks for no sums; a new fact, other areas, another wish and a minute later count anew."""
    made = district(centre)
    review, asked = centre.desk.review, []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def looks() -> int:
        """At the facts; a summary takes two."""
        found = sum("FROM case_facts" in one for one in asked)
        asked.clear()
        return found

    event.listen(centre.store.engine, "before_cursor_execute", note)
    year = Where(from_ms=0, to_ms=centre.clock.now_ms() + 1)
    told = review.summary(year)
    assert looks() == 2
    assert review.summary(year) == told
    assert looks() == 0
    assert review.summary(year, lambda grid, _site: grid == ONE).totals.count == 2
    assert review.summary(Where(from_ms=0, to_ms=year.to_ms, kind="fire")).kinds == told.kinds[1:]
    assert looks() == 4
    centre.walk(made["open"], Move.ACCEPT)
    keeper_of(centre)
    asked.clear()
    review.summary(year)
    assert looks() == 2
    centre.clock.go(31)
    review.summary(year)
    assert looks() == 2
    for _ in range(2):
        review.summary(Where(state=State.OPEN))
    assert looks() == 4
    event.remove(centre.store.engine, "before_cursor_execute", note)
