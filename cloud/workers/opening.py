"""Which store of readings a worker opens, by its settings and roles."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import structlog

from cloud.history.port import Series
from cloud.history.remote_series import RemoteSeries
from cloud.history.series import DuckSeries
from cloud.settings import PREFIX, Settings
from cloud.workers.roles import Role, Worker
from runtime.settings import SettingsError

log = structlog.get_logger()
DUCKDB, INFLUXDB = "duckdb", "influxdb"
QUEUE = "influx-queue.db"
TOGETHER = 100_000  # readings


def open_series(settings: Settings, worker: Worker) -> Series:
    """A DuckDB file has one process; InfluxDB is read by every worker, and written by the one that takes readings."""
    here = worker.does(Role.HISTORY)
    if settings.series == INFLUXDB:
        return _influx(settings, here)
    if settings.series != DUCKDB:
        raise SettingsError(
            f"{PREFIX}SERIES={settings.series}: known are {DUCKDB} and {INFLUXDB}. 可用：{DUCKDB}、{INFLUXDB}。"
        )
    if here:
        series = DuckSeries(settings.data_dir / "series.duckdb")
        _take_queue(settings.data_dir / QUEUE, series)
        return series
    return RemoteSeries(settings.readings_url, settings.readings_token)


def _take_queue(path: Path, series: DuckSeries) -> None:
    """Readings that were acknowledged and wait for an InfluxDB that is not used any more; twice changes nothing."""
    if not path.exists():
        return
    from cloud.history.influx.queue import Queue

    queue = Queue(path)
    try:
        if queue.owed:
            log.warning("influx_queue_taken", readings=queue.owed, remedy="none: they are in series.duckdb from now on")
        while batches := queue.oldest(TOGETHER):
            series.append_table(pa.concat_tables([batch.readings for batch in batches]))
            queue.written(batches, (), ())
    finally:
        queue.close()


def _influx(settings: Settings, here: bool) -> Series:
    from cloud.history.influx.queue import Queue  # half a second and twenty megabytes that DuckDB does not need
    from cloud.history.influx.series import InfluxSeries
    from cloud.history.influx.server import Server

    server = Server(settings.influx_url, _token(settings), settings.influx_org, settings.influx_bucket)
    queue = Queue(settings.data_dir / QUEUE, settings.influx_queue_mb * 1_000_000) if here else None
    return InfluxSeries(server, queue)


def _token(settings: Settings) -> str:
    if settings.influx_token_file is None:
        return settings.influx_token or ""
    try:
        return settings.influx_token_file.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"{PREFIX}INFLUX_TOKEN_FILE={settings.influx_token_file} cannot be read: {error.strerror}. "
            "无法读取令牌文件。"
        ) from None
