"""A line of 6 kB/s: the longest packet of the contract goes through, and what cannot wait is behind one packet only."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st

from protocol import events
from runtime import mqtt
from runtime.mqtt import Link, connected
from runtime.mqtt_way import LEAST_BYTES, LONGEST_S, MOST_BYTES, SLOWEST_BYTES_S, Way
from tests.system.relay import relay

TOPIC = "gw/1/s/d/history"


@asynccontextmanager
async def _ends(broker_port: int, bytes_s: float | None):
    """(sender on the slow line, the lengths that came with their times)."""
    got: list[tuple[int, float]] = []

    async def hear(_topic: str, payload: bytes) -> None:
        got.append((len(payload), time.monotonic()))

    async def ignore(_topic: str, _payload: bytes) -> None:
        pass

    async with relay(broker_port, bytes_s) as wire:
        far = Link(host="127.0.0.1", port=broker_port, client_id="rx", subscriptions=(TOPIC,))
        near = Link(host="127.0.0.1", port=wire.port, client_id="tx", subscriptions=("gw/1/s/d/ack",))
        async with connected(far, hear) as rx, connected(near, ignore) as tx:
            await rx.wait_up()
            await tx.wait_up()
            yield tx, got


async def _until(condition, timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_longest_packet_arrives(mosquitto, monkeypatch):
    """It takes almost three keepalives; the link stands all the while."""
    monkeypatch.setattr(mqtt, "KEEPALIVE_S", 2)
    async with _ends(mosquitto.port, 40_000) as (tx, got):
        tx.publish(TOPIC, b"x" * 230_000)
        await _until(lambda: got)
        assert tx.connects == 1


async def test_a_broker_that_hangs_is_noticed(mosquitto, monkeypatch):
    """Its kernel goes on acknowledging pings, and takes a part of what is sent."""
    monkeypatch.setattr(mqtt, "KEEPALIVE_S", 1)
    async with _ends(mosquitto.port, 200_000) as (tx, _):
        mosquitto.pause()
        tx.publish(TOPIC, b"x" * events.MAX_BYTES)
        async with asyncio.timeout(15):
            await tx.wait_lost()
        mosquitto.kill()


async def test_what_cannot_wait_is_behind_one_packet_only(mosquitto):
    """However much waits its turn."""
    bytes_s, size, count = 60_000, 24_000, 10
    async with _ends(mosquitto.port, bytes_s) as (tx, got):

        async def send() -> None:
            for _ in range(count):
                async with tx.turn():
                    tx.publish(TOPIC, b"x" * size)

        sending = asyncio.create_task(send())
        await _until(lambda: len(got) >= 2)
        said_s = time.monotonic()
        tx.publish(TOPIC, b"fire")
        await _until(lambda: 4 in (length for length, _ in got))
        assert time.monotonic() - said_s < (size + LEAST_BYTES) / bytes_s + 1.5
        await _until(lambda: len(got) == count + 1)
        await sending


async def test_a_quick_line_is_kept_busy(mosquitto):
    """More goes at once where it arrives at once."""
    async with _ends(mosquitto.port, None) as (tx, got):
        for _ in range(300):
            async with tx.turn():
                tx.publish(TOPIC, b"x" * 24_000)
        await _until(lambda: len(got) == 300)
        assert tx.way.longest > 2 * events.MAX_BYTES


async def test_nobody_keeps_the_turn_of_a_connection_that_is_gone(mosquitto):
    """Who waits when it is lost gets his turn on the next one; who gives up waiting holds nobody back."""
    async with _ends(mosquitto.port, 20_000) as (tx, got):
        async with tx.turn():
            tx.publish(TOPIC, b"x" * 100_000)
        gives_up = asyncio.create_task(_in_turn(tx, b"never"))
        waits = asyncio.create_task(_in_turn(tx, b"waits"))
        await asyncio.sleep(0.2)
        gives_up.cancel()
        tx.drop()
        await _until(lambda: 5 in (length for length, _ in got))
        await waits
        assert [length for length, _ in got] == [5]


async def _in_turn(tx, payload: bytes) -> None:
    async with tx.turn():
        tx.publish(TOPIC, payload)


@given(bytes_s=st.floats(SLOWEST_BYTES_S, 10_000_000), delay_s=st.floats(0, 1), sizes=st.lists(st.integers(50, 48_000)))
def test_little_is_under_way_whatever_the_line(bytes_s: float, delay_s: float, sizes: list[int]) -> None:
    """On a line of any speed: what is under way when a fire comes is carried within the bound that we promise."""
    way, now_s, arrives_s, under_way = Way(delay_s), 0.0, 0.0, {}
    for number, size in enumerate(sizes):
        while not way.is_free:
            first = min(under_way, key=under_way.__getitem__)
            now_s = max(now_s, under_way.pop(first))
            way.taken(first, now_s)
        way.sent(number, size, now_s)
        arrives_s = max(arrives_s, now_s) + size / bytes_s
        under_way[number] = arrives_s + delay_s
        assert arrives_s - now_s <= LONGEST_S + 1.001
    assert way.bytes_s is None or way.bytes_s <= 10.001 * bytes_s


def test_a_first_answer_that_was_late_makes_no_line_quick() -> None:
    """The broker had much else to say first; on a line of 6 kB/s a picture of 190 kB is not believed in."""
    way = Way(3.0)
    for number, size in enumerate([3_000, 900, 24_000, 24_000]):
        way.sent(number, size, 0.0)
        way.taken(number, 0.05 + size / SLOWEST_BYTES_S)
        assert way.longest < 2.1 * LONGEST_S * SLOWEST_BYTES_S
    assert way.longest < 1.3 * LONGEST_S * SLOWEST_BYTES_S


def test_a_line_that_becomes_slow_is_believed() -> None:
    """Within a few packets; one that becomes quick with the first."""
    way = Way(0.05)
    for number, took_s in enumerate([0.06] * 3 + [2.05] * 8):
        way.sent(number, 12_000, 0.0)
        way.taken(number, took_s)
    assert way.longest < 2 * LONGEST_S * 6_000
    way.sent(99, 12_000, 0.0)
    way.taken(99, 0.06)
    way.taken(99, 0.06)  # told twice
    assert way.longest > events.MAX_BYTES
    assert MOST_BYTES == events.MAX_BYTES
