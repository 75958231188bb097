"""Every store of readings, by name: the tests of the port run on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloud.history.influx.queue import Queue
from cloud.history.influx.series import InfluxSeries
from cloud.history.influx.server import Server
from cloud.history.port import Series
from cloud.history.series import DuckSeries
from tests.influx import Influx

# what opens a store on a folder; opening the same folder again is a restart
Opener = Callable[[Path], Series]


def open_duckdb(folder: Path) -> Series:
    """One file in the folder."""
    return DuckSeries(folder / "series.duckdb")


@pytest.fixture
def open_influxdb(influx: Influx) -> Iterator[Opener]:
    """A bucket of the running server; the queue before it in the folder."""
    bucket = influx.create()
    yield lambda folder: influx_series(influx, bucket, folder)
    influx.drop(bucket)


def influx_series(influx: Influx, bucket: str, folder: Path, queue_bytes: int = 1 << 24) -> InfluxSeries:
    """As the centre opens it."""
    server = Server(influx.url, influx.token, influx.org, bucket)
    return InfluxSeries(server, Queue(folder / "influx-queue.db", queue_bytes))


STORES = ("duckdb", pytest.param("influxdb", marks=pytest.mark.influx))


class Shelf:
    """A store that a test may restart."""

    def __init__(self, opener: Opener, folder: Path) -> None:
        self._opener = opener
        self._folder = folder
        self.series = opener(folder)

    def restart(self) -> Series:
        """Closed and opened again, as by a new process."""
        self.series.close()
        self.series = self._opener(self._folder)
        return self.series


@pytest.fixture(params=STORES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """A store of each kind, empty."""
    opener = open_duckdb if request.param == "duckdb" else request.getfixturevalue("open_influxdb")
    shelf = Shelf(opener, tmp_path)
    yield shelf
    shelf.series.close()


@pytest.fixture
def series(shelf: Shelf) -> Series:
    """A store of each kind, empty."""
    return shelf.series
