"""How long a connection may do nothing, on a real socket."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from domain.gb26875.frames import Command, Frame, encode
from gateway.adapters.gb26875 import servers
from gateway.adapters.gb26875.servers import TcpServer, UdpServer
from gateway.adapters.gb26875.session import Send
from simulators.brokers import free_port, wait_listening

ANSWER = encode(Frame(serial=1, command=Command.ANSWER, source=1, target=2, data=b"\x15\x01\x01"))


class Desk:
    """Takes everything, and has nothing to say."""

    def __init__(self) -> None:
        self.taken = 0
        self.counted: Counter[str] = Counter()

    async def take(self, _frame: Frame, _peer: str, _send: Send) -> Frame | None:
        """Count it."""
        self.taken += 1
        return None

    def deny(self, _head: Frame, _peer: str) -> Frame | None:
        """Nobody we know."""
        return None

    async def count(self, counts: dict[str, int]) -> None:
        """Remember."""
        self.counted.update(counts)


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Desk, int]]:
    """A server that is impatient after half a second."""
    monkeypatch.setattr(servers, "IDLE_S", 0.5)
    monkeypatch.setattr(servers, "FRAME_S", 0.1)
    desk, port = Desk(), free_port()
    tasks = [asyncio.create_task(kind(desk).serve("127.0.0.1", port)) for kind in (TcpServer, UdpServer)]
    await wait_listening(port)
    yield desk, port
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_who_only_answers_when_asked_stays_connected(served: tuple[Desk, int]) -> None:
    """A device without heartbeats: its answers need no reply, and show that it is there."""
    desk, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(5):
        writer.write(ANSWER)
        await asyncio.sleep(0.3)
    assert (desk.taken, reader.at_eof()) == (5, False)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert desk.counted["connections_idle"] == 1
    writer.close()


async def test_who_only_makes_noise_is_cut_off(served: tuple[Desk, int]) -> None:
    """It would hold a place that a panel needs."""
    desk, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(4):
        writer.write(b"@@noise")
        await asyncio.sleep(0.2)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert (desk.taken, desk.counted["connections_idle"]) == (0, 1)
    writer.close()


async def test_a_datagram_stands_for_itself(served: tuple[Desk, int]) -> None:
    """Half a frame in one does not wait for the other half; a whole one behind a false start is taken."""
    desk, port = served
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
    )
    for datagram in (ANSWER[:20], ANSWER[20:], b"@@" + bytes(22) + b"\x00\x04\x02" + ANSWER):
        transport.sendto(datagram)
    async with asyncio.timeout(5):
        while desk.taken < 1 or desk.counted["broken.short"] < 2:
            await asyncio.sleep(0.02)
    transport.close()
    assert desk.taken == 1
