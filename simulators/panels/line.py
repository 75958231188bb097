"""The device on a real socket, TCP or UDP: heartbeats, ten seconds, three repetitions, then the line has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from domain.gb26875.frames import Broken, Command, Deframer, Frame, encode
from simulators.panels.device import Device
from simulators.panels.sins import Wire

_REPLIES = (Command.CONFIRM, Command.DENY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Of the standard where it has one, clause 6.4; the heartbeat is a custom of makers."""

    timeout_s: float = 10.0
    resends: int = 3
    heartbeat_s: float = 25.0
    again_s: float = 5.0  # between tries to connect
    duty_s: float | None = None  # somebody answers a duty check after so long; None: nobody


class LineFailed(Exception):
    """No confirmation after all repetitions: the device would sound its fault now."""


class Line:
    """Connects, connects again, tells frames until they are confirmed, answers the centre."""

    def __init__(self, device: Device, host: str, port: int, *, transport: str = "tcp", timing: Timing) -> None:
        self.device = device
        self._host = host
        self._port = port
        self._transport_kind = transport
        self._timing = timing
        self._wire = Wire(device.sins)
        self._open: dict[int, asyncio.Future[Command]] = {}
        self._send: Callable[[bytes], Awaitable[None]] | None = None
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.denied = 0
        self.repeated = 0

    async def __aenter__(self) -> Line:
        self._task = asyncio.create_task(self._run(), name="panel")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def tell(self, *frames: Frame) -> None:
        """Return once each is confirmed. Raises LineFailed."""
        waiting = [self._expect(frame) for frame in frames]
        await self._write([self._wire.first(frame) for frame in frames])
        await asyncio.gather(*(self._until_confirmed(f, w) for f, w in zip(frames, waiting, strict=True)))
        if self.device.sins.twice:
            await self._write([self._wire.again(frame) for frame in frames])

    async def noise(self, data: bytes) -> None:
        """Bytes that are no frame."""
        await self._write([data])

    def _expect(self, frame: Frame) -> asyncio.Future[Command]:
        reply = self._open[frame.serial] = asyncio.get_running_loop().create_future()
        return reply

    async def _until_confirmed(self, frame: Frame, reply: asyncio.Future[Command]) -> None:
        for _ in range(self._timing.resends + 1):
            command = None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.timeout_s):
                    command = await asyncio.shield(reply)
            if command is Command.CONFIRM:
                return
            self.denied += command is Command.DENY
            self.repeated += 1
            reply = self._expect(frame)
            await self._write([self._wire.again(frame)])
        raise LineFailed(f"frame {frame.serial} was not confirmed after {self._timing.resends} repetitions")

    async def _write(self, frames: list[bytes]) -> None:
        async with asyncio.timeout(self._timing.timeout_s * (self._timing.resends + 1)):
            await self._up.wait()
        with suppress(OSError):
            for piece in self._wire.pieces(frames):
                if self._send is not None:
                    await self._send(piece)

    async def _run(self) -> None:
        converse = self._tcp if self._transport_kind == "tcp" else self._udp
        beating = None if self.device.sins.no_heartbeat else asyncio.create_task(self._beat(), name="heartbeat")
        try:
            while True:
                with suppress(OSError):
                    await converse()
                self._up.clear()
                await asyncio.sleep(self._timing.again_s)
        finally:
            if beating is not None:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            with suppress(LineFailed, TimeoutError):
                await self.tell(self.device.frame(Command.SEND))
            await asyncio.sleep(self._timing.heartbeat_s)

    async def _tcp(self) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            self._send = send
            self._up.set()
            deframer = Deframer()
            while data := await reader.read(4096):
                await self._hear(deframer.feed(data))
        finally:
            writer.close()

    async def _udp(self) -> None:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[bytes] = asyncio.Queue()

        class Receiver(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                arrived.put_nowait(data)

        transport, _ = await loop.create_datagram_endpoint(Receiver, remote_addr=(self._host, self._port))

        async def send(data: bytes) -> None:
            transport.sendto(data)

        try:
            self._send = send
            self._up.set()
            while True:
                await self._hear(Deframer().feed(await arrived.get()))
        finally:
            transport.close()

    async def _hear(self, found: list[Frame | Broken]) -> None:
        for frame in found:
            if isinstance(frame, Broken):
                continue
            if frame.command in _REPLIES and frame.serial in self._open:
                waiting = self._open.pop(frame.serial)
                if not waiting.done():
                    waiting.set_result(Command(frame.command))
            answer = self.device.answer(frame)
            if answer is not None and self._send is not None:
                await self._send(encode(answer))
            if self.device.duty_minutes is not None and self._timing.duty_s is not None:
                self.device.duty_minutes = None
                asyncio.get_running_loop().call_later(self._timing.duty_s, self._answer_duty)

    def _answer_duty(self) -> None:
        self._answering = asyncio.ensure_future(self.tell(self.device.operated(0x20)))
