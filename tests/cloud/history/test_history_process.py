"""The real centre keeps house by itself and copies its readings when a terminal asks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from cloud.history.port import Level
from cloud.history.series import DuckSeries
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.conftest import START_MS
from tests.cloud.test_process import REPOSITORY, Process, gateway

END_MS = 1 << 52


async def test_a_running_centre_rolls_up_and_copies(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Readings of a gateway are in the roll-ups within seconds, /readyz says so, and the copy has them."""
    process = Process(tmp_path, mosquitto.port, extra={"KEEP_RAW_DAYS": "0"})
    process.start()
    try:
        async with gateway(mosquitto.port) as box:
            box.owe("history", facts.history(1, facts.rows("fire-a", 1, 90, START_MS)))
            await box.settle()
        async with asyncio.timeout(20):
            while (await asyncio.to_thread(_history, process))["owed"]:
                await asyncio.sleep(0.1)
        told = await asyncio.to_thread(_backup, tmp_path)
    finally:
        assert process.end(signal.SIGTERM) == 0

    assert told.returncode == 0, told.stderr
    assert str(tmp_path / "copy" / "series.duckdb") in told.stdout
    copied = DuckSeries(tmp_path / "copy" / "series.duckdb")
    (curve,) = copied.read("fire-a", ["smoke"], 0, END_MS, Level.HOUR, 10)
    assert curve.count.sum() == 90
    assert len(copied.window("fire-a", "smoke", 0, END_MS)) == 90
    copied.close()


def _history(process: Process) -> dict[str, Any]:
    found: dict[str, Any] = process.get("/readyz")["history"]
    return found if found.get("channels") else {"owed": 1}


def _backup(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRIDWHISTLE_CLOUD_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "gridwhistle.py", "cloud", "history", "backup", str(folder / "copy")]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=REPOSITORY, check=False, timeout=60
    )
