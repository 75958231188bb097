"""TCP and UDP sides of the centre. Both bounded: connections, waiting datagrams, and how long anybody may dawdle."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import structlog

from domain.gb26875.frames import encode
from gateway.adapters.gb26875.session import Desk, Send, Session

log = structlog.get_logger()
CHUNK = 4096
FRAME_S = 2.0  # 1,054 bytes take 1.1 s at 9,600 baud; what began and has not ended by then was no frame
IDLE_S = 120.0  # without a whole frame; heartbeats come every 20 to 30 s, and who has none is asked
SEND_S = 10.0  # for a peer that does not read
MAX_CONNECTIONS = 256
MAX_PER_PEER = 64  # a router may stand before many; one that starts over and over leaves some behind for IDLE_S
MAX_DATAGRAMS = 1_000  # waiting; then they are dropped and counted, and their senders send again
AT_ONCE = 50  # datagrams worked in together


class TcpServer:
    """Transmission devices over TCP. A connection may carry several."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._connections: dict[asyncio.Task[None], str] = {}

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled; then no connection stays behind."""
        server = await asyncio.start_server(self._connected, host, port)
        log.info("panels_listening", transport="tcp", host=host, port=port)
        try:
            async with server:
                await server.serve_forever()
        finally:
            tasks = list(self._connections)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str((writer.get_extra_info("peername") or ("?",))[0])
        task = asyncio.current_task()
        crowd = Counter(self._connections.values())
        try:
            if task is None or len(self._connections) >= MAX_CONNECTIONS or crowd[peer] >= MAX_PER_PEER:
                writer.close()  # before it is counted: a commit takes its time, and many may come
                return await self._desk.count({"connections_refused": 1})
            self._connections[task] = peer
            await self._converse(reader, writer, peer)
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # it is gone, or we go
        finally:
            if task is not None:
                self._connections.pop(task, None)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        loop = asyncio.get_running_loop()
        session = Session(self._desk, peer, _sender(writer), encode)
        heard_s = began_s = loop.time()
        while loop.time() - heard_s < IDLE_S:
            data = await _read(reader, began_s + FRAME_S if session.waits else heard_s + IDLE_S)
            if not data:
                whole = await session.give_up()
                if reader.at_eof():
                    return
            else:
                waited = session.waits
                whole = await session.feed(data)
                began_s = began_s if waited and not whole else loop.time()
            heard_s = loop.time() if whole else heard_s
            async with asyncio.timeout(SEND_S):
                await writer.drain()
        await self._desk.count({"connections_idle": 1})


async def _read(reader: asyncio.StreamReader, until_s: float) -> bytes:
    """What came; nothing at the end of the connection, or where nothing came in time."""
    try:
        async with asyncio.timeout_at(until_s):
            return await reader.read(CHUNK)
    except TimeoutError:
        return b""


def _sender(writer: asyncio.StreamWriter) -> Send:
    def send(data: bytes) -> None:
        if not writer.is_closing():
            writer.write(data)

    return send


class UdpServer(asyncio.DatagramProtocol):
    """Transmission devices over UDP: each datagram stands for itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue(MAX_DATAGRAMS)
        self._transport: asyncio.DatagramTransport | None = None
        self._dropped = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Into the bounded queue."""
        try:
            self._waiting.put_nowait((data, addr))
        except asyncio.QueueFull:
            self._dropped += 1

    def error_received(self, exc: Exception) -> None:
        """A reply reached nobody; whoever sent will send again."""
        log.debug("panel_datagram_failed", error=str(exc))

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, (host, port))
        log.info("panels_listening", transport="udp", host=host, port=port)
        try:
            while True:
                await self._round()
        finally:
            self._transport.close()

    async def _round(self) -> None:
        batch = [await self._waiting.get()]
        while len(batch) < AT_ONCE and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        await asyncio.gather(*(self._datagram(data, addr) for data, addr in batch))
        dropped, self._dropped = self._dropped, 0
        if dropped:
            await self._desk.count({"datagrams_dropped": dropped})

    async def _datagram(self, data: bytes, addr: tuple[str, int]) -> None:
        session = Session(self._desk, addr[0], self._sender(addr), encode)
        await session.feed(data)
        await session.give_up()

    def _sender(self, addr: tuple[str, int]) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            if self._transport is not None and not self._transport.is_closing():
                self._transport.sendto(data, addr)

        return send
