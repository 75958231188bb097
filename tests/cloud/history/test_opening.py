"""Which store is opened, and what becomes of readings that wait for another one."""

from __future__ import annotations

from pathlib import Path

from cloud.history.influx.queue import Queue
from cloud.settings import Settings
from cloud.workers.opening import QUEUE, open_series
from cloud.workers.roles import worker_of
from tests.cloud.history.readings import END_MS, append, every_second


def test_what_waits_for_influxdb_comes_along(tmp_path: Path, free_port: int) -> None:
    """Its server died and an administrator goes back to DuckDB: what was acknowledged is there, once."""
    alone = worker_of("", "", "sqlite://", 0)
    readings = every_second(50)
    away = Settings(data_dir=tmp_path, series="influxdb", influx_url=f"http://127.0.0.1:{free_port}")
    series = open_series(away, alone)
    for start in range(0, 50, 10):
        append(series, readings[start : start + 10])
    series.close()

    for _ in range(2):
        series = open_series(Settings(data_dir=tmp_path), alone)
        assert series.window("fire-a", "smoke", 0, END_MS) == [(one.at_ms, one.value) for one in readings]
        series.close()
    queue = Queue(tmp_path / QUEUE)
    assert (queue.owed, queue.oldest(1)) == (0, [])
    queue.close()


def test_without_a_queue_none_is_made(tmp_path: Path) -> None:
    """A centre that never had InfluxDB."""
    open_series(Settings(data_dir=tmp_path), worker_of("", "", "sqlite://", 0)).close()
    assert [path.name for path in tmp_path.iterdir()] == ["series.duckdb"]
