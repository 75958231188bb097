"""Whom the centre calls: the terminal of a worker at the site rings, and his answer is the acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.workers import SMOKE, WorkBench, read


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WorkBench]:
    """A suspected fire in fire-a that the centre knows of."""
    bench = WorkBench(tmp_path)
    bench.run(0, 5, SMOKE)
    bench.acknowledge()
    yield bench
    bench.db.close()


def listed(bench: WorkBench, stage: str = "reported", holder: str | None = None, **called: int) -> dict[str, Any]:
    """What the centre says of that fire."""
    row = {"id": bench.case(), "stage": stage, "holder": holder, "version": 1, "answers": 0, "revision": 1}
    return row | ({"called": called} if called else {})


def test_whom_the_centre_calls_gets_the_task_once(bench: WorkBench) -> None:
    bench.centre(listed(bench, lin=1, zhou=1))

    assert read(bench.step(6)) == [("hand-07", "offered", 1)]
    assert bench.step(7) == []
    assert [e.data["why"] for e in bench.events() if e.data.get("state") == "offered"] == ["called"]


def test_nobody_else_is_called_and_nobody_for_a_list_without_names(bench: WorkBench) -> None:
    bench.centre(listed(bench))

    assert bench.step(6) == []
    assert bench.step(3600) == []


def test_a_second_call_sounds_again_a_third_once_more(bench: WorkBench) -> None:
    bench.centre(listed(bench, lin=1))
    [mail] = bench.step(6)
    bench.answer("received", mail, 7)
    bench.centre(listed(bench, lin=2, he=1), number=2)
    second = bench.step(66)
    for mail in second:
        bench.answer("received", mail, 67)
    bench.centre(listed(bench, lin=3, he=2), number=3)

    assert sorted(read(second)) == [("hand-07", "offered", 2), ("hand-08", "offered", 1)]
    assert sorted(read(bench.step(126))) == [("hand-07", "offered", 3), ("hand-08", "offered", 2)]
    assert bench.step(127) == []


def test_who_declines_is_left_alone(bench: WorkBench) -> None:
    bench.centre(listed(bench, lin=1))
    [mail] = bench.step(6)
    bench.answer("received", mail, 6)
    bench.answer("declined", mail, 7)
    bench.centre(listed(bench, lin=2) | {"answers": 1}, number=2)

    assert bench.step(66) == []
    assert bench.states() == {"lin": "declined"}


def test_who_accepts_has_it_and_the_others_lose_it(bench: WorkBench) -> None:
    bench.centre(listed(bench, lin=1, he=1))
    mails = bench.step(6)
    for mail in mails:
        bench.answer("received", mail, 6)
    bench.answer("accepted", mails[0], 8)
    bench.step(9)

    assert bench.states() == {"lin": "accepted", "he": "withdrawn"}


def test_an_acceptance_at_a_desk_ends_every_call(bench: WorkBench) -> None:
    bench.centre(listed(bench, lin=1, he=1))
    for mail in bench.step(6):
        bench.answer("received", mail, 6)
    bench.centre(listed(bench, "accepted", "zhou"), number=2)
    bench.step(9)

    assert bench.states() == {"lin": "withdrawn", "he": "withdrawn"}


def test_nobody_hears_on_a_revoked_terminal(bench: WorkBench) -> None:
    bench.revoke("hand-07")
    bench.centre(listed(bench, lin=1, he=1))

    assert read(bench.step(6)) == [("hand-08", "offered", 1)]


def test_a_call_survives_a_restart_of_the_office(bench: WorkBench) -> None:
    """It stands in the database like everything else."""
    bench.centre(listed(bench, lin=1))
    assert bench.db.execute("SELECT person, times FROM called").fetchall() == [("lin", 1)]
    bench.centre(listed(bench), number=2)

    assert bench.db.execute("SELECT count(*) FROM called").fetchone() == (0,)


def test_minor_matters_are_called_too_because_the_centre_says_so(bench: WorkBench) -> None:
    """The site by itself calls nobody for a broken sensor."""
    bench.run(20, 5, SMOKE)
    bench.centre(listed(bench) | {"stage": "accepted", "holder": "zhou", "version": 2})
    bench.step(30)
    bench.centre(listed(bench, lin=1) | {"version": 3}, number=3)

    assert read(bench.step(31)) == [("hand-07", "offered", 1)]
