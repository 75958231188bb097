"""What a worker does with readings, by its roles and settings."""

from __future__ import annotations

from cloud.history.desk import History
from cloud.history.port import Series
from cloud.settings import Settings
from cloud.workers.jobs import Crew, Jobs
from cloud.workers.remote_series import RemoteSeries
from cloud.workers.roles import Role, Worker

FOLDER = "exports"  # in data_dir


def settle(history: History, settings: Settings, worker: Worker, series: Series) -> None:
    """Files are written where the readings are; the other workers fetch them from there."""
    here = worker.does(Role.HISTORY)
    history.exports.folder = settings.data_dir / FOLDER if here else None
    history.exports.bytes_max = settings.exports_max_mb * 1_000_000
    if isinstance(series, RemoteSeries):
        history.exports.elsewhere = series.export_file


def keeping(crew: Crew, history: History) -> Jobs:
    """Freezing what incidents need, and writing files."""
    if not crew.worker.does(Role.HISTORY):
        return {}
    return {
        "freezing": crew.alone("freezing", history.freezing.run),
        "exports": crew.alone("exports", history.exports.run),
    }
