"""A wire that can be cut without a sign: nothing passes, and nobody is told so; or one that is slow."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE = 65_536
SEGMENT = 1_400  # of loopback it would be 65 kB, and a slow wire would move in leaps
QUEUE = 8 * SEGMENT  # bytes that a slow wire has taken up and not carried yet
SLICE = 512


class Relay:
    """Forwards TCP connections to a port while `open`; cut, it takes no byte and closes nothing, as a dead wire.

    `bytes_s`: what it carries in a second, each way, of all connections together; None: as much as comes.
    """

    def __init__(self, port: int, bytes_s: float | None = None) -> None:
        self._there = port
        self._bytes_s = bytes_s
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._lanes = asyncio.Lock(), asyncio.Lock()
        self.port = 0
        self.bytes = 0

    def cut(self) -> None:
        """From now on nothing passes."""
        self._open.clear()

    def mend(self) -> None:
        """What is still on its way arrives."""
        self._open.set()

    async def start(self) -> None:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", 0))
        if self._bytes_s is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        self._server = await asyncio.start_server(self._connect, sock=listener, limit=SEGMENT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()  # SYN was answered by the kernel; what is said is not heard until then
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._there)
            self._writers |= {writer, far_writer}
            up, down = self._lanes
            await asyncio.gather(self._pump(reader, far_writer, up), self._pump(far_reader, writer, down))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lane: asyncio.Lock) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE if self._bytes_s is None else SLICE):
                await self._open.wait()
                if self._bytes_s is not None:
                    async with lane:
                        await asyncio.sleep(len(data) / self._bytes_s)
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        await self._open.wait()  # the end of a connection is no more heard than its bytes
        writer.close()


@asynccontextmanager
async def relay(port: int, bytes_s: float | None = None) -> AsyncIterator[Relay]:
    """A wire to a port."""
    made = Relay(port, bytes_s)
    await made.start()
    try:
        yield made
    finally:
        made.mend()
        await made.stop()
