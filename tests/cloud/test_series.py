"""Readings: idempotent, in order, with their holes, and durable when append returns."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.history.series import DuckSeries, OldSeries, with_gaps
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre

WRITER = """
import sys
from pathlib import Path
from cloud.history.series import DuckSeries
from tests.cloud import facts

series = DuckSeries(Path(sys.argv[1]))
for batch in range(10_000):
    series.append(facts.rows("fire-a", batch * 20, 20, batch * 20_000))
    print(batch, flush=True)  # the acknowledgement: only after the commit
"""


def smoke(series: DuckSeries, device: str = "fire-a") -> list[tuple[int, float | None]]:
    """Everything the series has of one channel."""
    return series.window(device, "smoke", 0, 1 << 52)


def test_a_resent_batch_changes_nothing(centre: Centre) -> None:
    """(device, boot, seq, time) is the key; a board that rebooted starts a new one."""
    centre.series.append(facts.rows("fire-a", 1, 50, START_MS))
    before = smoke(centre.series)
    centre.series.append(facts.rows("fire-a", 30, 40, START_MS + 29_000))
    centre.series.append(facts.rows("fire-a", 1, 50, START_MS))
    centre.series.append(facts.rows("fire-a", 1, 5, START_MS + 100_000, boot=2))

    assert smoke(centre.series)[:50] == before
    assert len(smoke(centre.series)) == 69 + 5


def test_a_replaced_board_counts_from_the_start_again(centre: Centre) -> None:
    """Same boot and sequence numbers at another time are other readings."""
    centre.series.append(facts.rows("fire-a", 1, 5, START_MS))
    centre.series.append(facts.rows("fire-a", 1, 5, START_MS + 3_600_000))

    assert len(smoke(centre.series)) == 10


def test_a_file_of_an_older_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Its key would lose readings of replaced boards; the text says what to do."""
    path = tmp_path / "series.duckdb"
    with duckdb.connect(str(path)) as db:
        key = "PRIMARY KEY (device, boot, seq, channel)"
        db.execute(f"CREATE TABLE readings (device VARCHAR, boot BIGINT, seq BIGINT, channel VARCHAR, {key})")
        db.execute("INSERT INTO readings VALUES ('fire-a', 1, 1, 'smoke')")

    with pytest.raises(OldSeries, match="move it away"):
        DuckSeries(path)
    with duckdb.connect(str(path)) as db:
        assert db.execute("SELECT count(*) FROM readings").fetchall() == [(1,)]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), min_size=1, max_size=6))
def test_any_batches_in_any_order(centre: Centre, batches: list[tuple[int, int]]) -> None:
    """Overlapping, repeated and late batches leave one reading per sequence number, in time order."""
    device = str(uuid.uuid4())
    for first, count in batches:
        centre.series.append(facts.rows(device, first, count, START_MS + first * 1000))
    wanted = sorted({seq for first, count in batches for seq in range(first, first + count)})

    assert [(at_ms - START_MS) // 1000 for at_ms, _ in smoke(centre.series, device)] == wanted


def test_a_hole_is_drawn_as_a_hole() -> None:
    """No line over missing samples, and none over a value that is not there."""
    points = [(0, 1.0), (1000, 1.1), (9000, 1.2), (10_000, None), (11_000, 1.3)]

    assert with_gaps(points) == [(0, 1.0), (1000, 1.1), (1001, None), (9000, 1.2), (10_000, None), (11_000, 1.3)]


def test_faults_and_impossible_numbers_are_holes(centre: Centre) -> None:
    """A failed channel has a row without a value and the reason as its quality."""
    row = facts.rows("fire-a", 1, 1, START_MS)[0]
    row["faults"] = {"temp": "timeout"}
    row["values"] = {"smoke": 0.1, "co": float("inf")}
    centre.series.append([row, {k: v for k, v in row.items() if k not in ("faults", "values")} | {"seq": 2}])

    assert centre.series.window("fire-a", "temp", 0, 1 << 52) == [(START_MS, None)]
    assert centre.series.window("fire-a", "co", 0, 1 << 52) == [(START_MS, None)]
    assert smoke(centre.series) == [(START_MS, 0.1)]


def test_a_connection_that_cannot_be_opened_again_at_once_is_opened_later(tmp_path: Path) -> None:
    """The file is out of reach for a while, as on a full disk: every call says so, and then it works again."""
    path, away = tmp_path / "data" / "series.duckdb", tmp_path / "away"
    path.parent.mkdir()
    series = DuckSeries(path)
    series.append(facts.rows("fire-a", 1, 3, START_MS))
    series.close()  # what a broken connection is brought to
    path.parent.rename(away)
    for _ in range(2):
        with pytest.raises(duckdb.OperationalError):
            series.append(facts.rows("fire-a", 4, 3, START_MS + 3000))
    away.rename(path.parent)
    series.append(facts.rows("fire-a", 4, 3, START_MS + 3000))

    assert len(smoke(series)) == 6
    series.close()


def test_threads_share_it(centre: Centre) -> None:
    """Readers and writers at once: nothing lost, nothing broken."""

    def write(number: int) -> None:
        for batch in range(10):
            centre.series.append(facts.rows(f"fire-{number}", batch * 10, 10, START_MS + batch * 10_000))
            smoke(centre.series, f"fire-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(smoke(centre.series, f"fire-{number}")) for number in range(4)] == [100] * 4


def test_killed_between_commit_and_acknowledgement(tmp_path: Path) -> None:
    """kill -9 in the middle: what was acknowledged is there, the rest is resent, nothing is doubled."""
    path = tmp_path / "series.duckdb"
    acknowledged = -1
    for _ in range(3):
        acknowledged = _write_and_kill(path, acknowledged + random.randint(3, 25))
        series = DuckSeries(path)
        assert len(smoke(series)) >= (acknowledged + 1) * 20
        for batch in range(acknowledged + 2):
            series.append(facts.rows("fire-a", batch * 20, 20, batch * 20_000))
        times = [at_ms for at_ms, _ in smoke(series)]
        series.close()
        assert times == list(range(0, len(times) * 1000, 1000))


def _write_and_kill(path: Path, after: int) -> int:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        batch = -1
        for line in writer.stdout:
            batch = json.loads(line)
            if batch >= after:
                break
        writer.send_signal(signal.SIGKILL)
    return batch
