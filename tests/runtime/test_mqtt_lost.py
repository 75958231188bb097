"""A connection that is gone is gone for everybody: nothing goes to it, and whoever waits for its loss hears of it."""

from __future__ import annotations

import asyncio

import pytest

from runtime import mqtt
from runtime.mqtt import Link, connected
from runtime.mqtt_insides import Progress, transport
from tests.broker import Mosquitto

pytestmark = pytest.mark.mosquitto


async def _ignore(_topic: str, _payload: bytes) -> None:
    """Nothing comes."""


def _fail(_progress: object, _client: object) -> None:
    raise AttributeError("of a library")


@pytest.fixture
def link(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> Link:
    """One that is looked at four times a second."""
    monkeypatch.setattr(mqtt, "KEEPALIVE_S", 1)
    return Link(host="127.0.0.1", port=mosquitto.port, client_id="x", subscriptions=("a",))


async def test_a_failure_of_ours_is_a_loss_like_any_other(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one who watches it has failed: nobody goes on believing in a connection that nobody watches."""
    async with connected(link, _ignore) as connection, asyncio.timeout(20):
        await connection.wait_up()
        with monkeypatch.context() as patch:
            patch.setattr(Progress, "look", _fail)
            await connection.wait_lost()
        while connection.connects < 2 or not connection.is_up:
            await asyncio.sleep(0.01)
        taken = asyncio.Event()
        connection.publish("b", b"x", taken=taken.set)
        await taken.wait()


async def test_a_loss_that_nobody_tells_is_noticed(link: Link) -> None:
    """Where it falls between the answer to the subscription and us, the library tells it to nobody."""
    async with connected(link, _ignore) as connection, asyncio.timeout(20):
        await connection.wait_up()
        client = connection._client
        assert client is not None
        client.on_disconnect = lambda *_: None
        transport(client).close()
        await connection.wait_lost()
        while connection.connects < 2 or not connection.is_up:
            await asyncio.sleep(0.01)
