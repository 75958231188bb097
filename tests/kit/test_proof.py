"""What proves that a board works: an acknowledgement of the life that it has now."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware.kit.plan_file import Broker, Plan
from firmware.kit.prove import Ear
from protocol import sample_acks, status, topics
from runtime.mqtt import Link, connected
from tests.broker import Mosquitto

pytestmark = pytest.mark.mosquitto


def told(state: str, why: str, boot: int) -> bytes:
    """A status of the board."""
    return status.encode({"state": state, "why": why, "boot": boot, "at_ms": None})


async def test_a_late_acknowledgement_of_before_the_erase_is_no_proof(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """A busy gateway acknowledges an old boot after it was forgotten; the boot that the board says it is in counts."""
    plan = Plan(folder=tmp_path, site="chunfeng", broker=Broker(host="127.0.0.1", port=mosquitto.port), entries=())
    acks, statuses = (topics.build("chunfeng", "fire-1", kind) for kind in ("ack", "status"))
    said = [
        (statuses, told(status.OFFLINE, status.LAST_WILL, 5)),
        (acks, sample_acks.encode_samples(5, [(0, 2)])),
        (acks, sample_acks.encode_samples(4, [(0, 9)])),
        (statuses, told(status.ONLINE, status.BIRTH, 1)),
        (acks, sample_acks.encode_samples(5, [(3, 3)])),
        (acks, sample_acks.encode_samples(1, [(0, 1)])),
    ]
    with Ear(plan, "") as ear:
        await asyncio.to_thread(ear.wait_up)
        ear.forget("fire-1")
        waiting = asyncio.create_task(asyncio.to_thread(ear.wait_proof, "fire-1", 0, 10.0))
        link = Link(host="127.0.0.1", port=mosquitto.port, client_id="site", subscriptions=())
        async with connected(link, nothing) as site:
            await site.wait_up()
            for topic, payload in said:
                site.publish(topic, payload)
            proof = await waiting
        again = await asyncio.to_thread(ear.wait_proof, "fire-1", 4, 1.0)

    assert (proof.boot, proof.seq) == (1, 1)
    assert (again.boot, again.seq) == (5, 3)  # not erased: the highest after that one


async def nothing(_topic: str, _payload: bytes) -> None:
    """It is told nothing."""
