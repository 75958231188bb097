"""InfluxDB, 1.8 where no other is named, for benchmarks/history.py: a private server in a folder, with one bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cloud.history.influx.queue import Queue
from cloud.history.influx.series import InfluxSeries
from cloud.history.influx.server import Server
from cloud.history.port import Series
from tests.influx import running
from tests.influx2 import at_hand


@contextmanager
def influxdb() -> Iterator[tuple[Callable[[], Series], Callable[[], int]]]:
    """What opens the store, and the bytes that server and queue take; both run on this machine."""
    with running(at_hand()) as server:
        bucket = server.create()

        def opened() -> Series:
            return InfluxSeries(Server(server.url, server.token, server.org, bucket), Queue(server.folder / "queue.db"))

        yield opened, lambda: sum(file.stat().st_size for file in server.folder.rglob("*") if file.is_file())
