"""The connection keeps contract rule 2 on a real broker: acknowledged after the handler, delivered again otherwise."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from runtime.mqtt import IN_FLIGHT, Link, connected
from simulators.brokers import AmqttBroker

TOPIC = "gw/1/s/d/readings"


def _link(port: int, client_id: str, *subscriptions: str, **more: object) -> Link:
    return Link(host="127.0.0.1", port=port, client_id=client_id, subscriptions=subscriptions, **more)


async def _ignore(_topic: str, _payload: bytes) -> None:
    """A handler for connections that only send."""


@asynccontextmanager
async def _pair(port: int, handler):
    async with connected(_link(port, "rx", TOPIC), handler) as rx, connected(_link(port, "tx"), _ignore) as tx:
        await rx.wait_up()
        await tx.wait_up()
        yield rx, tx


async def _until(condition, timeout_s: float = 15.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


async def test_everything_arrives_once_and_in_order(mosquitto):
    """A burst on a healthy link: no loss, no double, order kept."""
    got: list[bytes] = []

    async def handler(_topic: str, payload: bytes) -> None:
        got.append(payload)

    async with _pair(mosquitto.port, handler) as (_, tx):
        sent = [str(number).encode() for number in range(3000)]
        for payload in sent:
            tx.publish(TOPIC, payload)
        await _until(lambda: len(got) >= len(sent))
    assert got == sent


async def test_a_handler_that_has_not_returned_is_not_acknowledged(mosquitto):
    """The connection dies while the handler still works: the broker delivers the same messages again."""
    got: list[bytes] = []
    durable = asyncio.Event()

    async def handler(_topic: str, payload: bytes) -> None:
        await durable.wait()
        got.append(payload)

    async with _pair(mosquitto.port, handler) as (rx, tx):
        for number in range(5):
            tx.publish(TOPIC, str(number).encode())
        await asyncio.sleep(0.3)
        rx.drop()
        await _until(lambda: rx.connects == 2 and rx.is_up)
        durable.set()
        await _until(lambda: len(got) >= 10)  # five from the dead connection, five delivered again
    assert set(got) == {b"0", b"1", b"2", b"3", b"4"}


async def test_a_handler_that_fails_gets_the_message_again(mosquitto):
    """An error in the handler must not acknowledge, nor stop the connection for good."""
    tries: list[bytes] = []

    async def handler(_topic: str, payload: bytes) -> None:
        tries.append(payload)
        if len(tries) == 1:
            raise OSError("the disk is full")

    async with _pair(mosquitto.port, handler) as (_, tx):
        tx.publish(TOPIC, b"fire")
        await _until(lambda: tries == [b"fire", b"fire"])


async def test_the_broker_is_killed_and_comes_back(mosquitto):
    """Both sides return by themselves; what is sent after that arrives."""
    got: list[bytes] = []

    async def handler(_topic: str, payload: bytes) -> None:
        got.append(payload)

    async with _pair(mosquitto.port, handler) as (rx, tx):
        mosquitto.kill()
        await _until(lambda: not rx.is_up and not tx.is_up)
        tx.publish(TOPIC, b"nowhere")  # the link is down: the outbox still owes it, the connection keeps nothing
        mosquitto.start()
        await _until(lambda: rx.is_up and tx.is_up)
        tx.publish(TOPIC, b"here")
        await _until(lambda: bool(got))
    assert got == [b"here"]


async def test_the_last_will_is_retained(mosquitto):
    """Who subscribes after the death still learns of it."""
    status = "gw/1/s/g/status"
    got: list[tuple[str, bytes]] = []

    async def handler(topic: str, payload: bytes) -> None:
        got.append((topic, payload))

    link = _link(mosquitto.port, "g", will_topic=status, will_payload=b"offline")
    async with connected(link, _ignore) as dying:
        await dying.wait_up()
        dying.drop()
        await asyncio.sleep(0.3)
        async with connected(_link(mosquitto.port, "late", status), handler):
            await _until(lambda: bool(got))
    assert got == [(status, b"offline")]


async def test_a_group_shares_what_comes_and_one_goes_on_alone(mosquitto):
    """Each message goes to one listener of the group; when one is gone, the other gets all of them."""
    got: dict[str, list[bytes]] = {"a": [], "b": []}

    def handler(name: str):
        async def handle(_topic: str, payload: bytes) -> None:
            got[name].append(payload)

        return handle

    def listener(name: str):
        return connected(_link(mosquitto.port, name, TOPIC, group="centre", clean=True), handler(name))

    async with connected(_link(mosquitto.port, "tx"), _ignore) as tx, listener("a") as first:
        async with listener("b") as second:
            for connection in (tx, first, second):
                await connection.wait_up()
            for number in range(100):
                tx.publish(TOPIC, str(number).encode())
            await _until(lambda: len(got["a"]) + len(got["b"]) == 100)
            shares = {name: len(payloads) for name, payloads in got.items()}
        tx.publish(TOPIC, b"alone")
        await _until(lambda: b"alone" in got["a"])

    assert sorted(map(int, [*got["a"][:-1], *got["b"]])) == list(range(100))
    assert min(shares.values()) >= 30


async def test_who_wants_to_choose_sees_all_that_wait(mosquitto):
    """More than a broker hands out unasked, also what came while he was away; he was of MQTT 3.1.1 before."""
    waiting, got = IN_FLIGHT + 100, []
    hold = asyncio.Event()

    async def handler(_topic: str, payload: bytes) -> None:
        got.append(payload)
        await hold.wait()

    sent = [str(number).encode() for number in range(2 * waiting)]
    async with connected(_link(mosquitto.port, "tx"), _ignore) as tx:
        await tx.wait_up()
        async with connected(_link(mosquitto.port, "rx", TOPIC), _ignore) as rx:
            await rx.wait_up()
        for payload in sent[:waiting]:
            tx.publish(TOPIC, payload)
        far = _link(mosquitto.port, "rx", TOPIC, in_flight=10 * waiting)
        async with connected(far, handler):
            await _until(lambda: len(got) >= waiting)
        for payload in sent[waiting:]:
            tx.publish(TOPIC, payload)
        got.clear()
        async with connected(far, handler):
            await _until(lambda: len(got) >= len(sent))  # nothing was acknowledged, and its session was kept
            assert sorted(got) == sorted(sent)
            hold.set()


async def test_a_broker_that_knows_no_mqtt_5_is_heard_all_the_same():
    """As the one of the demo: it takes another attempt."""
    got: list[bytes] = []

    async def handler(_topic: str, payload: bytes) -> None:
        got.append(payload)

    broker = AmqttBroker()
    await broker.start()
    try:
        far = _link(broker.port, "far", TOPIC, in_flight=10_000)
        async with connected(far, handler) as rx, connected(_link(broker.port, "tx"), _ignore) as tx:
            await rx.wait_up()
            await tx.wait_up()
            tx.publish(TOPIC, b"heard")
            await _until(lambda: got == [b"heard"])
    finally:
        await broker.stop()


async def test_a_burst_of_what_is_sent_by_who_looks_far(mosquitto):
    """A broker of MQTT 5 says how many it takes at once; the rest waits here and nothing is lost."""
    got: list[bytes] = []

    async def handler(_topic: str, payload: bytes) -> None:
        got.append(payload)

    sent = [str(number).encode() for number in range(3000)]
    far = _link(mosquitto.port, "far", in_flight=10_000)
    async with connected(_link(mosquitto.port, "rx", TOPIC), handler) as rx, connected(far, _ignore) as tx:
        await rx.wait_up()
        await tx.wait_up()
        for payload in sent:
            tx.publish(TOPIC, payload)
        await _until(lambda: len(got) >= len(sent))
    assert got == sent
