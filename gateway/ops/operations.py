"""What watches over a running gateway, wired once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from gateway.ops import runs
from gateway.ops.notify import Manager
from gateway.ops.release import version
from gateway.ops.watch import Watch
from gateway.writer import Writer
from runtime.clock import Clock

log = structlog.get_logger()


class Operations:
    """Watchdog, health, metrics and the page of one gateway."""

    def __init__(self, writer: Writer, clock: Clock, boot: int) -> None:
        self._writer = writer
        self._clock = clock
        self._boot = boot
        self._started_ms = clock.now_ms()
        self.manager = Manager(os.environ)
        self.watch = Watch(self._prove, self.manager)

    async def _prove(self) -> None:
        note = partial(runs.note_alive, boot=self._boot, version=version(), started_ms=self._started_ms)
        await self._writer.do(partial(note, now_ms=self._clock.now_ms()))

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs for ever beside the work, by name."""
        return {"watch": self.watch.run}

    def ready(self) -> None:
        """The gateway serves."""
        self.manager.tell("READY=1", "STATUS=working")

    async def stopping(self) -> None:
        """The gateway ends properly; the last thing that it writes."""
        self.manager.tell("STOPPING=1")
        try:
            await self._writer.do(partial(runs.note_end, boot=self._boot, why=runs.CLEAN))
        except sqlite3.Error as error:
            log.warning("end_not_noted", why=str(error))
