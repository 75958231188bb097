"""One conversation with whoever connected: bytes in, replies out. The same for TCP and for a UDP datagram."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from domain.gb26875.frames import Broken, Deframer, Frame

log = structlog.get_logger()
Send = Callable[[bytes], None]


class Desk(Protocol):
    """Who works frames in."""

    async def take(self, frame: Frame, peer: str, send: Send) -> Frame | None:
        """Return once the frame is durable, with the reply; None: no reply, so that it comes again."""

    def deny(self, head: Frame, peer: str) -> Frame | None:
        """What to answer to a frame that arrived broken; None where nobody we know can have sent it."""

    async def count(self, counts: dict[str, int]) -> None:
        """Count what was no frame."""


class Session:
    """Frames are worked in together, answered in order; the next bytes are read after that."""

    def __init__(self, desk: Desk, peer: str, send: Send, encode: Callable[[Frame], bytes]) -> None:
        self._desk = desk
        self._peer = peer
        self._send = send
        self._encode = encode
        self._deframer = Deframer()
        self._noise_bytes = 0

    @property
    def waits(self) -> bool:
        """True where something began that has not ended."""
        return self._deframer.waits

    async def feed(self, data: bytes) -> int:
        """Work in what is complete now. How many whole frames there were."""
        return await self._work(self._deframer.feed(data))

    async def give_up(self) -> int:
        """Nothing more comes: what waits was no frame, what stands behind it may be one."""
        return await self._work(self._deframer.give_up())

    async def _work(self, found: list[Frame | Broken]) -> int:
        whole = [one for one in found if isinstance(one, Frame)]
        broken = [one for one in found if isinstance(one, Broken)]
        denials = self._denials(broken)
        counts = Counter(f"broken.{one.why}" for one in broken)
        counts += Counter(denied=len(denials), noise_bytes=self._noise())
        counting = [self._desk.count(dict(counts))] if counts else []
        takes = [self._desk.take(frame, self._peer, self._send) for frame in whole]
        outcomes = await asyncio.gather(*takes, *counting)  # together, so that they share one commit
        replies = [reply for reply in outcomes if reply is not None]
        for reply in (*denials, *replies):
            self._send(self._encode(reply))
        return len(whole)

    def _denials(self, broken: list[Broken]) -> list[Frame]:
        """One refusal per frame: a false start inside it may look like another beginning."""
        serials = {one.head.serial: one.head for one in broken if one.head is not None}
        denials = [self._desk.deny(head, self._peer) for head in serials.values()]
        return [denial for denial in denials if denial is not None]

    def _noise(self) -> int:
        fresh = self._deframer.noise_bytes - self._noise_bytes
        self._noise_bytes = self._deframer.noise_bytes
        return fresh


async def outcome_of(work: Awaitable[None]) -> BaseException | None:
    """None where it was done, otherwise what was in the way."""
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    return outcome if isinstance(outcome, BaseException) else None


def will_pass(outcome: BaseException) -> bool:
    """True where the disk, the file or the end of the process was in the way, not the frame."""
    return not isinstance(outcome, Exception) or isinstance(outcome, sqlite3.DatabaseError)
