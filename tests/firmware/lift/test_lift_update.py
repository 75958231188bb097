"""An update over the air reaches a lift whose people are trapped: it is fetched, and waits with its restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build, sign
from runtime.clock import Clock
from simulators.environments.lift import load
from simulators.virtual_board import BoardSpec, VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import SITE
from tests.firmware.bundle_server import BundleServer
from tests.firmware.conftest import last_words
from tests.firmware.lift.bench import FLOORS, SCENARIOS

NEW = (0, 2, 0)
DEVICE = "lift-a"
HEAP_KIB = 144  # an update beside everything a lift does; on a chip objects are half the size


@pytest.mark.endurance
async def test_an_update_waits_for_trapped_people(
    mosquitto: Mosquitto, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """No restart while the alarm is latched; after the reset it goes on, and the new program is good."""
    key = Ed25519PrivateKey.generate()
    sealed = build.seal(build.compiled(build.sources("esp32_s3", "lift")), "esp32_s3", "lift", NEW, key)
    clock = Clock.starting_now(6)
    ride = load(SCENARIOS / "lift_entrapment.toml", clock.now_ms() + 10**9)
    spec = BoardSpec(
        device=DEVICE,
        site=SITE,
        broker_host="127.0.0.1",
        broker_port=mosquitto.port,
        kind="lift",
        flash_kib=848,
        heap_kib=HEAP_KIB,
        files={"/update_keys.bin": sign.public_bytes(key)},
        extra={"limits": {"floors": FLOORS, "hold_ms": 5000}},
    )
    board = VirtualBoard(spec, ride, clock, tmp_path)
    request.addfinalizer(lambda: last_words(board))
    async with BundleServer(mosquitto.port, clock) as server, board:
        await server.until(lambda: len(server.packs) > 3, 30)
        ride.start_ms = clock.now_ms()
        await server.until(lambda: server.packs[-1].values["entrapment"], 30)
        server.order_update(DEVICE, "u1", NEW, sealed)
        await server.until(lambda: "restarting" in server.states("u1"), 60)
        await asyncio.sleep(4)
        assert 1 == len(board.resets)
        server.order_to(DEVICE, "reset_alarm", "r1")
        ride.start_ms -= 130_000  # the rescuers are done
        await server.until(lambda: "good" in server.states("u1"), 90)
        assert not server.packs[-1].values["entrapment"]

    peaks = [status["heap"]["peak"] for status in server.statuses if "heap" in status]
    print("heap peak", max(peaks))
    assert ["fetching", "restarting", "good"] == server.states("u1")
