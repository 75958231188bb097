"""kill -9 of each part during the fire: one incident per place, none lost, none doubled, history without holes."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from simulators.fire import LEAD_IN_S, device_of, light
from simulators.stack import Stack
from simulators.witness import fires
from tests.system.history import holes, sequences

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]

SPEED = 8.0
KILL_AT_S = (45.0, 75.0, 105.0, 135.0)  # of the fire: rooms near it are burning, rooms far from it are not yet
AWAY_S = 2.0  # real
DRAIN_S = 45.0
UNCONFIRMED_S = 15.0  # an endpoint sends again what was not confirmed within 10 s


async def _kill_during_the_fire(stack: Stack, victims: tuple[str, str]) -> None:
    elapsed_s = 0.0
    for second, victim in zip(KILL_AT_S, victims * 2, strict=True):
        part = getattr(stack, victim)
        await asyncio.sleep(stack.clock.real_s((second - elapsed_s) * 1000))
        elapsed_s = second
        await part.kill()
        await asyncio.sleep(AWAY_S)
        await part.start()


async def _settle_outbox(stack: Stack) -> None:
    """Return when the gateway owes the centre nothing."""
    async with asyncio.timeout(DRAIN_S):
        while True:
            gateways = await stack.get("/api/gateways")
            if gateways and not sum(gateway["outbox_pending"] for gateway in gateways):
                return
            await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    "victims",
    [("gateway", "cloud"), pytest.param(("site_broker", "cloud_broker"), marks=pytest.mark.endurance)],
    ids="-".join,
)
async def test_killed_during_the_fire(spec_of, recording, victims, tmp_path):
    """Each twice killed, twice back: a place that burnt has exactly one incident, every sample is in the history."""
    async with Stack(spec_of(SPEED)) as stack:
        await stack.wait_online()
        ignition_ms = await light(stack)
        await _kill_during_the_fire(stack, victims)
        await asyncio.sleep(stack.clock.real_s((recording.last_s - KILL_AT_S[-1]) * 1000))
        await asyncio.sleep(UNCONFIRMED_S)
        # the first of them is the power-on
        resets = {d: (board.resets, board.console_tail) for d, board in stack.boards.items() if board.resets[1:]}
        for board in stack.boards.values():
            await board.stop()
        await asyncio.sleep(1)
        await _settle_outbox(stack)
        seen = await fires(stack)
    assert resets == {}
    assert all(fire.raised_at_ms >= ignition_ms for fire in seen)
    per_place = Counter(fire.device for fire in seen)
    assert per_place == Counter({device_of(place): 1 for place in recording.places})
    history = sequences(tmp_path / "cloud")
    # a lost tail would be no hole: from lead-in to the end there was a sample every simulated second
    shortest_s = LEAD_IN_S + recording.last_s
    assert all(len(boots[1]) > 0.9 * shortest_s for boots in history.values())
    assert {device: list(boots) for device, boots in history.items()} == {d: [1] for d in stack.boards}
    assert {device: holes(boots[1]) for device, boots in history.items()} == {d: [] for d in stack.boards}
