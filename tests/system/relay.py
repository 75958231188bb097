"""A wire that can be cut without a sign: nothing passes, and nobody is told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE = 65_536


class Relay:
    """Forwards TCP connections to a port while `open`; cut, it takes no byte and closes nothing, as a dead wire."""

    def __init__(self, port: int) -> None:
        self._there = port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
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
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
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
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                await self._open.wait()
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        await self._open.wait()  # the end of a connection is no more heard than its bytes
        writer.close()


@asynccontextmanager
async def relay(port: int) -> AsyncIterator[Relay]:
    """A wire to a port."""
    made = Relay(port)
    await made.start()
    try:
        yield made
    finally:
        made.mend()
        await made.stop()
