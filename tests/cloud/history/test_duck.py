"""The DuckDB file: durable when append returns, whatever happens to disk, process and older files."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from cloud.history.series import DuckSeries, OldSeries
from tests.cloud import facts
from tests.cloud.conftest import START_MS

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


def test_threads_share_it(tmp_path: Path) -> None:
    """Readers and writers at once: nothing lost, nothing broken."""
    series = DuckSeries(tmp_path / "series.duckdb")

    def write(number: int) -> None:
        for batch in range(10):
            series.append(facts.rows(f"fire-{number}", batch * 10, 10, START_MS + batch * 10_000))
            smoke(series, f"fire-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(smoke(series, f"fire-{number}")) for number in range(4)] == [100] * 4
    series.close()


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
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
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
