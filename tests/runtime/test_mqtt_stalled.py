"""A broker that answers everything but what is sent to it: pings come back, and nothing is ever acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from runtime.mqtt import Link, connected

STALLED_S = 0.4
CONNACK, SUBACK, PINGRESP = b"\x20\x02\x00\x00", b"\x90\x03", b"\xd0\x00"


class Deaf:
    """Says yes to whoever comes."""

    def __init__(self) -> None:
        self.acknowledges = False
        self.taken = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError, EOFError):
            while True:
                kind, body = await _packet(reader)
                writer.write(self._answer(kind, body))
                await writer.drain()
        writer.close()

    def _answer(self, kind: int, body: bytes) -> bytes:
        if kind == 3:
            self.taken += 1
            topic = int.from_bytes(body[:2])
            return b"\x40\x02" + body[2 + topic : 4 + topic] if self.acknowledges else b""
        return {1: CONNACK, 8: SUBACK + body[:2] + b"\x01", 12: PINGRESP}.get(kind, b"")


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    (head,) = await reader.readexactly(1)
    length = shift = 0
    more = True
    while more:
        (byte,) = await reader.readexactly(1)
        length, shift, more = length | (byte & 127) << shift, shift + 7, byte > 127
    return head >> 4, await reader.readexactly(length)


@pytest.fixture
async def deaf() -> AsyncIterator[Deaf]:
    """At a port of its own."""
    broker = Deaf()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    yield broker
    server.close()


async def _ignore(_topic: str, _payload: bytes) -> None:
    """Nothing comes."""


@pytest.mark.parametrize("acknowledges", [False, True])
async def test_who_acknowledges_nothing_is_given_up(deaf: Deaf, acknowledges: bool) -> None:
    """Otherwise what is sent piles up in memory, and the link counts as up; one that takes it is left alone."""
    deaf.acknowledges = acknowledges
    link = Link(host="127.0.0.1", port=deaf.port, client_id="x", subscriptions=("a",), stalled_s=STALLED_S)
    async with connected(link, _ignore) as connection:
        await connection.wait_up()
        async with asyncio.timeout(3 * STALLED_S + 20):
            while connection.connects < 2 and deaf.taken < 200:
                connection.publish("a", b"x")
                await asyncio.sleep(0.01)
        assert (connection.connects > 1) is not acknowledges
        await connection.wait_up()
        assert connection.is_up


async def test_who_says_nothing_is_left_alone(deaf: Deaf) -> None:
    """Nothing was sent, so nothing is owed."""
    link = Link(host="127.0.0.1", port=deaf.port, client_id="x", subscriptions=("a",), stalled_s=0.05)
    async with connected(link, _ignore) as connection:
        await connection.wait_up()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await connection.wait_lost()
        assert connection.connects == 1
