"""A link that goes silent: no FIN, no RST, bytes just stop."""

from __future__ import annotations

import asyncio
import contextlib

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder
from tests.firmware.conftest import PlugIn


class Cable:
    """A TCP proxy whose existing connections can be made to swallow everything."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._dead: set[asyncio.StreamWriter] = set()
        self._alive: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections = 0

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._alive | self._dead:
            writer.close()
        if self._server is not None:
            self._server.close()

    def go_silent(self) -> None:
        """What is connected now never hears or is heard again; new connections work."""
        self._dead |= self._alive
        self._alive.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._alive |= {writer, broker_writer}
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pump(reader, broker_writer), self._pump(broker_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if writer not in self._dead:
                writer.write(data)
                await writer.drain()
        if writer not in self._dead:
            writer.close()


async def test_a_silent_link_is_noticed_and_nothing_is_lost(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """Within one and a half keepalives the board drops the dead link, comes back and sends what was on its way."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen, Cable(mosquitto.port) as cable:
        board = await plug_in(cable.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 5)
        cable.go_silent()
        silent_from = seen.seqs(1)[-1]
        await seen.until(lambda: seen.seqs(1)[-1] > silent_from + 50, 30)
        await seen.until(lambda: seen.seqs(1) == list(range(seen.seqs(1)[-1] + 1)), 10)

    assert any("link down: silent" in line for line in board.console_tail), board.console_tail
    assert cable.connections == 2, board.console_tail
