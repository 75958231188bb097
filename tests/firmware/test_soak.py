"""Half an hour of the endpoint in about forty seconds."""

from __future__ import annotations

import asyncio
from statistics import mean

import pytest

from runtime.clock import Clock
from simulators.virtual_board.board import FAKES_KIB
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder
from tests.firmware.conftest import PlugIn

SPEED = 50
SPAN_MS = 1_800_000  # benchmarks/endpoints.py runs a whole hour of each kind
FAKES_BYTES = 1024 * FAKES_KIB  # of what plays the chip; on a chip that is C
PEAK_BYTES = 128 * 1024 + FAKES_BYTES


@pytest.mark.endurance
async def test_half_an_hour_with_outages_does_not_grow_the_heap(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """The firmware has 128 kB, so its peak is below by construction; the last quarter needs what the first needs."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        started_ms = seen.clock.now_ms()
        await plug_in(mosquitto.port, seen.clock)
        for quarter in (1, 2, 3):
            await seen.until(lambda q=quarter: seen.clock.now_ms() - started_ms > q * SPAN_MS / 4, 40)
            mosquitto.kill()
            await asyncio.sleep(1.5)
            mosquitto.start()
        await seen.until(lambda: seen.clock.now_ms() - started_ms > SPAN_MS, 60)
        await seen.until(lambda: seen.statuses[-1]["queue"]["pending"] < 5, 20)

    beats = [message for message in seen.statuses if message["why"] == "heartbeat"]
    used = [message["heap"]["used"] for message in beats]
    quarter = len(used) // 4
    peak, overruns = max(message["heap"]["peak"] for message in beats), beats[-1]["overruns"]
    print(f"heap: first quarter {mean(used[:quarter]):.0f}, last {mean(used[-quarter:]):.0f}, peak {peak}; {overruns=}")
    print(f"of these {FAKES_BYTES} are there for what plays the chip")
    assert 1 == beats[-1]["boot"]
    assert 0 == beats[-1]["queue"]["dropped"]
    assert peak < PEAK_BYTES
    assert mean(used[-quarter:]) < mean(used[:quarter]) + 1024
    assert seen.seqs(1) == list(range(len(seen.seqs(1))))
    assert len(seen.seqs(1)) + overruns > 1700
