"""What one question may cost: points of an answer are bounded, and large questions take turns."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cloud.history import asking, desk
from cloud.history.asking import Ask
from cloud.history.port import HOUR_MS, Level
from cloud.history.turns import HistoryBusy, Turns
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

DOCS = Path(__file__).parents[3] / "docs" / "history.md"


def test_all_curves_share_the_points_of_an_answer(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that is named says that there is more; a width is met with fewer points."""
    at_ms = sqlite_centre.clock.now_ms() - HOUR_MS
    for device in ("fire-a", "fire-b"):
        sqlite_centre.series.append(facts.rows(device, 1, 600, at_ms))
    monkeypatch.setattr(desk, "POINTS_ALL", 800)
    span = {"devices": ("fire-a", "fire-b"), "channels": ("temp", "co"), "from_ms": at_ms, "to_ms": at_ms + 600_000}
    read = sqlite_centre.desk.history.read
    raw = read(Ask(**span, level=Level.RAW))  # type: ignore[arg-type]
    fit = read(Ask(**span, width=1000))  # type: ignore[arg-type]

    assert [(len(one.curve.at_ms), one.curve.more) for one in raw.curves] == [(200, True)] * 4
    assert all(0 < len(one.curve.at_ms) <= 201 and one.curve.count.sum() == 600 for one in fit.curves)
    assert [f"{number:,} points" in DOCS.read_text() for number in (asking.POINTS_ALL, asking.LARGE)] == [True, True]


def test_large_questions_take_turns() -> None:
    """So many at once, some wait, others are refused at once; small ones pass; each gives its turn back."""
    turns = Turns(at_once=1, waiting=1, wait_s=20)
    inside, leave, done = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with turns.take():
            inside.set()
            leave.wait(20)

    def second() -> None:
        with turns.take():
            done.set()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    while turns._places._value:
        done.wait(0.01)
    with pytest.raises(HistoryBusy, match="coarser"), turns.take():
        pass
    with turns.take(large=False):
        pass
    leave.set()
    assert done.wait(20)
    for thread in threads:
        thread.join()

    impatient = Turns(at_once=1, waiting=1, wait_s=0.01)
    with impatient.take(), pytest.raises(HistoryBusy), impatient.take():
        pass
    with impatient.take():
        pass


async def test_a_busy_history_answers_429(sqlite_centre: Centre) -> None:
    """A large question waits in vain; a small one is answered meanwhile."""
    history = sqlite_centre.desk.history
    history._turns = Turns(at_once=1, waiting=0)
    query = {"device": "fire-a", "from_ms": 1, "to_ms": 1 + 24 * HOUR_MS, "level": "raw"}
    async with web_client(sqlite_centre) as web:
        with history._turns.take():
            large = await web.get("/api/history", params=query)
            small = await web.get("/api/history", params=query | {"channel": "temp"})

    assert (large.status_code, large.json()["title_zh"]) == (429, "同时查询的数据太多")
    assert small.status_code == 200
