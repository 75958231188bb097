"""What a worker does with readings, by its roles and settings."""

from __future__ import annotations

from cloud.history.desk import History
from cloud.history.port import Keep, Level, Series
from cloud.history.remote_series import RemoteSeries
from cloud.settings import Settings
from cloud.workers.history_job import HouseKeeper
from cloud.workers.jobs import Crew, Jobs
from cloud.workers.leases import Job
from cloud.workers.roles import Role, Worker
from runtime.clock import Clock

FOLDER = "exports"  # in data_dir


def settle(history: History, settings: Settings, worker: Worker, series: Series) -> None:
    """Files are written where the readings are; the other workers fetch them from there."""
    here = worker.does(Role.HISTORY)
    history.exports.folder = settings.data_dir / FOLDER if here else None
    history.exports.bytes_max = settings.exports_max_mb * 1_000_000
    history.room.most = settings.channels_max
    history.use(kept(settings))
    if not here:
        away = series if isinstance(series, RemoteSeries) else None  # InfluxDB is read here, its files are made there
        away = away or RemoteSeries(settings.readings_url, settings.readings_token)
        history.exports.elsewhere = away.export_file


def kept(settings: Settings) -> Keep:
    """How long each level stays."""
    raw, minutes = settings.keep_raw_days, settings.keep_minutes_days
    hours, days = settings.keep_hours_days, settings.keep_days_days
    return Keep(days={Level.RAW: raw, Level.MINUTE: minutes, Level.HOUR: hours, Level.DAY: days})


def house(settings: Settings, worker: Worker, series: Series, history: History, clock: Clock) -> Jobs:
    """Roll-ups, retention, order and copies, where the readings are."""
    if not worker.does(Role.HISTORY):
        return {}
    keeper = HouseKeeper(series, clock, kept(settings), settings.data_dir, owing=history.owing())
    history.keeper = keeper.health
    jobs: Jobs = {"history": keeper.run}
    forward: Job | None = getattr(series, "forward", None)  # of a store with a queue before it
    return jobs if forward is None else {**jobs, "forward": forward}


def keeping(crew: Crew, history: History) -> Jobs:
    """Freezing what incidents need, and writing files."""
    if not crew.worker.does(Role.HISTORY):
        return {}
    return {
        "freezing": crew.alone("freezing", history.freezing.run),
        "exports": crew.alone("exports", history.exports.run),
    }
