"""A message that a fault of ours keeps us from working in must neither come back for ever nor be lost unseen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable
from typing import TypeGuard

import structlog

from gateway.store.quarantine import Quarantine
from gateway.store.schema import is_torn
from gateway.store.writer import Writer
from runtime.clock import Clock

log = structlog.get_logger()
BEFORE_AGAIN_S = 1.0  # a full disk is not emptied by asking more often
INTERNAL_ERROR = "internal_error"  # reason in the quarantine


def will_pass(outcome: object) -> TypeGuard[BaseException]:
    """True where the disk, the file or the end of the process was in the way, not the message."""
    if isinstance(outcome, Exception):
        return isinstance(outcome, sqlite3.OperationalError) or is_torn(outcome)
    return isinstance(outcome, BaseException)


class Aside:
    """For messages of the centre. Its list is retained: each new connection would bring it again, and break on it."""

    def __init__(self, quarantine: Quarantine, writer: Writer, clock: Clock) -> None:
        self._quarantine = quarantine
        self._writer = writer
        self._clock = clock

    async def unless(self, work: Awaitable[object], topic: str, payload: bytes) -> None:
        """Return once the work is done, or the message put aside. Raises where the broker must deliver it again."""
        (outcome,) = await asyncio.gather(work, return_exceptions=True)
        if will_pass(outcome):
            await asyncio.sleep(BEFORE_AGAIN_S)
            raise outcome
        if isinstance(outcome, Exception):
            log.error("message_failed", topic=topic, exc_info=outcome)
            now_ms = self._clock.now_ms()
            await self._writer.do(lambda db: self._quarantine.add(db, now_ms, INTERNAL_ERROR, topic, payload))
