"""What people told the centre: its gateway gives the task, and neither owns the incident nor overrules it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.beliefs.agreement import Agreement
from gateway.work.finds import worded
from protocol import desk, tasks
from protocol.errors import PayloadError
from tests.gateway.workers import FIRE, WorkBench, read

TOLD: dict[str, Any] = {
    "kind": "hazard", "severity": "major", "place": "3号楼楼梯间", "grid": "1", "at_ms": 5, "active": True,
    "text": "电动车堵住楼梯",
}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WorkBench]:
    """A site with workers and a siren."""
    bench = WorkBench(tmp_path)
    yield bench
    bench.db.close()


def row(stage: str = "dispatched", holder: str | None = "lin", answers: int = 0, **told: Any) -> dict[str, Any]:
    """What the centre says of a matter that nobody's endpoint knows."""
    known = {"id": "i-9", "stage": stage, "holder": holder, "version": 3, "answers": answers, "by": "people"}
    return known | {"told": TOLD | told}


def test_whom_the_centre_sends_gets_the_task(bench: WorkBench) -> None:
    """Kind, place and what was told; the answers go to the centre under the centre's number."""
    bench.centre(row())
    (mail,) = bench.step(1)
    task = tasks.decode(mail.payload)
    for what in ("received", "accepted", "on_the_way", "on_site", "done"):
        bench.answer(what, mail, 2)

    assert (mail.device, task["kind"], task["place"]) == ("hand-07", "hazard", "3号楼楼梯间")
    assert task["text"] == "安全隐患，请到场查看: 电动车堵住楼梯"
    assert bench.states() == {"lin": "done"}
    answers = [event.data for event in bench.events() if event.data.get("what") == "done"]
    assert [(data["incident_id"], data["counts"]) for data in answers] == [("i-9", True)]


def test_nobody_is_called_until_the_centre_sends_somebody(bench: WorkBench) -> None:
    """It has told its people; while it is away the site calls its own, for what is bad enough."""
    bench.centre(row("reported", None))
    assert bench.step(1) == []
    assert bench.step(600) == []
    assert [device for device, _, _ in read(bench.step(700, down_s=100))] == ["hand-07"]


def test_it_is_taken_back_when_it_is_over_or_gone(bench: WorkBench) -> None:
    """Fed back, or not named any more: closed long ago, or put under another incident."""
    bench.centre(row())
    bench.step(1)
    bench.centre(row("fed_back"), number=2)
    assert read(bench.step(2)) == [("hand-07", "withdrawn", 2)]
    bench.centre(row("dispatched", "he"), number=3)
    assert ("hand-08", "offered", 1) in read(bench.step(3))
    bench.centre(number=4)
    assert ("hand-08", "withdrawn", 2) in read(bench.step(4))


def test_a_row_that_says_no_more_keeps_what_was_told(bench: WorkBench) -> None:
    """Only the worst ones are told in full; the others are still there."""
    bench.centre(row())
    bench.step(1)
    short = row()
    del short["told"]
    bench.centre(short, number=2)

    assert bench.step(2) == []
    assert bench.states() == {"lin": "offered"}


def test_what_an_endpoint_raised_is_never_overwritten(bench: WorkBench) -> None:
    """Its gateway knows better, whatever the centre says."""
    bench.run(0, 5, FIRE)
    case = bench.case()
    bench.centre(row(severity="minor") | {"id": case})

    assert bench.db.execute("SELECT kind, device FROM cases WHERE id = ?", (case,)).fetchone() == ("fire", "fire-a")


def test_what_people_told_sounds_no_siren(bench: WorkBench) -> None:
    """A telephone call wakes no house; a sensor next door does."""
    bench.centre(row("reported", None, kind="fire", severity="critical"))
    assert [mail for mail in bench.step(1) if mail.kind == "command"] == []


def test_agreement_does_not_speak_of_it(bench: WorkBench) -> None:
    """The gateway neither claims nor denies an incident that people told; the list is complete all the same."""
    assert desk.of_sensors([row()]) == []
    agreement = Agreement(bench.pipeline.book, bench.counters)
    agreement.hear(bench.db, desk.encode(1, [row()]))

    assert agreement.fields(bench.db) == {"unknown": []}


@pytest.mark.parametrize(
    "change",
    [{"kind": None}, {"severity": "bad"}, {"place": 3}, {"grid": None}, {"at_ms": -1}, {"active": 1}, {"text": None}],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_field_is_named(change: dict[str, Any]) -> None:
    """And the whole list goes to quarantine."""
    with pytest.raises(PayloadError, match=next(iter(change))):
        desk.decode(desk.encode(1, [row(**change)]))


def test_a_find_goes_with_the_words_of_its_terminal(bench: WorkBench) -> None:
    """As durable as an incident; codes that nobody worded go as they are."""
    settings = {"places": [["p2", "3号楼"], "odd"], "kinds": [["escape", "通道堵塞"]]}
    found = worded({"what": "found", "kind": "escape", "place": "p2"}, settings)
    bench.report("hand-07", "found", 1, kind="escape", place="p2", urgency="urgent", photo=7)
    (priority,) = bench.db.execute("SELECT priority FROM outbox WHERE kind = 'report'").fetchone()

    assert (found["place_text"], found["kind_text"]) == ("3号楼", "通道堵塞")
    assert worded({"what": "found", "place": "p9"}, settings) == {"what": "found", "place": "p9"}
    assert worded({"what": "track"}, settings) == {"what": "track"}
    assert priority == 1
