"""The real centre with InfluxDB: from a gateway's message to the roll-ups on the server, and a queue that is full."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from cloud.history.influx.series import InfluxSeries
from cloud.history.influx.server import Server
from cloud.history.port import Level
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.conftest import START_MS
from tests.cloud.test_process import Process, gateway
from tests.influx import Influx

pytestmark = pytest.mark.influx
END_MS = 1 << 52


async def test_a_running_centre_writes_and_rolls_up(tmp_path: Path, mosquitto: Mosquitto, influx: Influx) -> None:
    """The gateway hears that its readings are durable; soon they are on the server, minutes, hours and days too."""
    bucket = influx.create()
    extra = {"SERIES": "influxdb", "INFLUX_URL": influx.url, "INFLUX_BUCKET": bucket, "KEEP_RAW_DAYS": "0"}
    extra |= {"INFLUX_ORG": influx.org, "INFLUX_TOKEN": influx.token}
    process = Process(tmp_path, mosquitto.port, extra=extra)
    process.start()
    try:
        async with gateway(mosquitto.port) as box:
            box.owe("history", facts.history(1, facts.rows("fire-a", 1, 90, START_MS)))
            await box.settle()
        async with asyncio.timeout(40):
            while not await asyncio.to_thread(_rolled_up, process):
                await asyncio.sleep(0.1)
    finally:
        assert process.end(signal.SIGTERM) == 0

    reader = InfluxSeries(Server(influx.url, influx.token, influx.org, bucket), None)
    assert len(reader.window("fire-a", "smoke", 0, END_MS)) == 90
    for level in (Level.MINUTE, Level.HOUR, Level.DAY):
        (curve,) = reader.read("fire-a", ["smoke"], 0, END_MS, level, 10)
        assert curve.count.sum() == 90
    reader.close()


def _rolled_up(process: Process) -> bool:
    found: dict[str, Any] = process.get("/readyz")["history"]
    return found["owed"] == found["marks"] == found["lag_ms"] == 0
