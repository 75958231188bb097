"""Long reports: they take turns, and are kept only while nothing new was counted."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from cloud.history.turns import HistoryBusy
from cloud.review.cases.wish import State, Where
from cloud.review.figures.views import Key
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

    def sums() -> int:
        found = sum("FILTER" in one for one in asked)
        asked.clear()
        return found

    event.listen(centre.store.engine, "before_cursor_execute", note)
    year = Where(from_ms=0, to_ms=centre.clock.now_ms() + 1)
    kinds = review.by(Key.KIND, year)
    assert sums() == 1
    assert review.by(Key.KIND, year) == kinds
    assert sums() == 0
    assert sum(one.count for one in review.by(Key.KIND, year, lambda grid, _site: grid == ONE)) == 2
    assert review.by(Key.KIND, Where(from_ms=0, to_ms=year.to_ms, kind="fire")) == kinds[1:]
    assert sums() == 2
    centre.walk(made["open"], Move.ACCEPT)
    keeper_of(centre)
    review.by(Key.KIND, year)
    assert sums() == 1
    centre.clock.go(31)
    review.by(Key.KIND, year)
    assert sums() == 1
    for _ in range(2):
        review.by(Key.KIND, Where(state=State.OPEN))
    assert sums() == 2
    event.remove(centre.store.engine, "before_cursor_execute", note)


def test_below_the_lowest_area_that_holds_all(centre: Centre) -> None:
    """A district of one community is told by its grids, in one look."""
    district(centre)
    assert [row.count for row in centre.desk.review.by_area(Where())] == [4]
    assert [row.count for row in centre.desk.review.by_area(Where(), down=True)] == [2, 2]
