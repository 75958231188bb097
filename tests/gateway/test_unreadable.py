"""Bytes that rotted, or that a newer version left before it was rolled back, stop the judging of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.incidents import Kind, Severity
from domain.standing import Problem
from gateway.beliefs.believed import UNREADABLE
from gateway.store.counters import all_counters
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS
from tests.gateway.test_filters import Filtering
from tests.gateway.workers import WorkBench

CALM = {"smoke": 0.0, "temp": 20.0}
SMOKE = {"smoke": 0.05, "temp": 20.0}
OF_A_NEWER_VERSION = (
    b'{"id":"x","revision":1,"kind":"of_tomorrow","severity":"major","condition":"active","signals":[],'
    b'"breach_at_ms":1,"raised_at_ms":1,"changed_at_ms":1,"cleared_at_ms":null}'
)
ROTTEN = (b"\x00\x11", b"{", b"null", b"[]", b'{"condition":"active"', b"\xff")
FIRE = [("fire-a", 1, "active", "fire")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose endpoint has been calm for a while."""
    bench = Bench(tmp_path)
    bench.run(0, 3, CALM)
    yield bench
    bench.db.close()


@pytest.mark.parametrize("state", [OF_A_NEWER_VERSION, b'{"condition":"active"', b'{"x":"\xff","condition":"active"}'])
def test_a_belief_that_cannot_be_read_keeps_no_fire_back(bench: Bench, state: bytes) -> None:
    """Every incident goes through the book, and the book asks what everybody believes."""
    bench.db.execute("INSERT INTO standing VALUES ('of_tomorrow', ?)", (state,))
    bench.restart()
    bench.run(3, 6, SMOKE)

    assert bench.told() == FIRE
    assert all_counters(bench.db)[UNREADABLE] == 1


def test_samples_that_cannot_be_read_are_no_evidence(bench: Bench) -> None:
    """And nothing more than that."""
    bench.db.execute("UPDATE telemetry SET rows = x'0011'")
    bench.restart()
    bench.run(3, 6, SMOKE)

    assert bench.told() == FIRE


@pytest.mark.parametrize("state", ROTTEN)
def test_an_endpoint_whose_state_cannot_be_read_begins_anew(bench: Bench, state: bytes) -> None:
    """It is judged, and its next state can be read."""
    bench.db.execute("UPDATE endpoints SET state = ? WHERE device = 'fire-a'", (state,))
    bench.restart()
    bench.run(3, 6, SMOKE)
    bench.restart()
    bench.run(9, 2, SMOKE)

    assert bench.told() == FIRE


def test_an_alarm_of_a_kind_that_only_a_newer_version_knows(bench: Bench) -> None:
    """It is forgotten, the others of the endpoint are not."""
    bench.run(3, 6, SMOKE | {"tamper": True})
    (state,) = bench.db.execute("SELECT state FROM endpoints WHERE device = 'fire-a'").fetchone()
    newer = state.replace(b'"tamper":[', b'"of_tomorrow":[').replace(b'"kind":"tamper"', b'"kind":"of_tomorrow"')
    assert newer != state
    bench.db.execute("UPDATE endpoints SET state = ? WHERE device = 'fire-a'", (newer,))
    bench.restart()
    bench.run(9, 70, CALM | {"tamper": False})

    fires = [(revision, condition) for _, revision, condition, kind in bench.told() if kind == "fire"]
    assert fires[-1][1] == "cleared"
    assert [revision for revision, _ in fires] == list(range(1, len(fires) + 1))  # the same fire all along


@pytest.mark.parametrize("state", [*ROTTEN, b'{"temp":3}', b'{"temp":{"at_ms":"x"}}'])
def test_filters_whose_memory_cannot_be_read_begin_anew(tmp_path: Path, state: bytes) -> None:
    """They are asked about every sample of the site."""
    bench = Filtering(tmp_path, '[[filters]]\nchannels = ["temp"]\nstuck_ms = 600000')
    bench.db.execute("INSERT INTO filter_states VALUES ('fire-a', ?)", (state,))
    bench.run(3, 6, SMOKE)

    assert bench.told() == FIRE
    bench.db.close()


@pytest.mark.parametrize("shelf", [*ROTTEN, b'{"id":"\xff"}'])
def test_a_shelf_that_cannot_be_read_keeps_nothing_back(bench: Bench, shelf: bytes) -> None:
    """It would be read before every incident."""
    bench.db.execute("INSERT INTO shelves (id, shelf) VALUES ('s', ?)", (shelf,))
    bench.restart()
    bench.run(3, 6, SMOKE)

    assert bench.told() == FIRE


@pytest.mark.parametrize("state", ROTTEN)
def test_what_the_gateway_believed_of_itself_is_told_anew(bench: Bench, state: bytes) -> None:
    """Its own faults, and the link to the endpoints."""
    bench.db.execute("INSERT OR REPLACE INTO site_link VALUES (1, ?)", (state,))
    bench.db.execute("INSERT INTO standing VALUES ('gateway_fault', ?)", (state,))
    bench.restart()
    bench.note_site_link(60, 20)
    problem = Problem(rule="disk_full", severity=Severity.CRITICAL)
    bench._commit(lambda: bench.pipeline.note_own(bench.db, Kind.GATEWAY_FAULT, [problem], START_MS))

    assert [kind for *_, kind in bench.told()] == ["site_link_down", "gateway_fault"]


def test_a_task_that_cannot_be_read_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    """The fire grows, and is out: all of it is told, and who is called goes on being called."""
    bench = WorkBench(tmp_path)
    bench.run(0, 5, SMOKE)
    assert [mail.device for mail in bench.step(5, down_s=99)] == ["hand-07", "hand-08"]
    bench.db.execute("UPDATE tasks SET payload = x'0011' WHERE device = 'hand-07'")
    bench.run(5, 5, {"smoke": 0.3, "temp": 80.0})
    assert "hand-08" in [mail.device for mail in bench.step(11, down_s=99)]
    bench.centre({"id": bench.case(), "stage": "closed", "holder": None, "version": 5, "answers": 0})
    bench.step(12, down_s=99)

    revisions = [event.data["revision"] for event in bench.events() if "revision" in event.data]
    assert len(revisions) >= 2
    assert set(bench.states().values()) == {"withdrawn"}
    bench.db.close()


def test_a_staged_sample_that_cannot_be_read_holds_nothing_up(bench: Bench) -> None:
    """The others of its batch go, and nothing stays behind to grow."""
    bench.db.execute("UPDATE staged SET row = x'0011' WHERE n = (SELECT MIN(n) FROM staged)")
    bench.history()

    assert [row["seq"] for event in bench.events() for row in event.data["rows"]] == [1, 2]
    assert bench.db.execute("SELECT COUNT(*) FROM staged").fetchone() == (0,)
