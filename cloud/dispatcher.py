"""Fires due timers. Sleeps until the next one, wakes up when the desk changes something."""

from __future__ import annotations

import asyncio

import structlog

from cloud.desk import Changed, Desk
from runtime.clock import Clock

log = structlog.get_logger()
IDLE_S = 5.0  # looks again at least this often, so that a stepped clock delays nothing for long


class Dispatcher:
    """The shell around desk.fire_due(): all state is in the store, so a restart loses nothing."""

    def __init__(self, desk: Desk, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._desk = desk
        self._clock = clock
        self._loop = loop
        self._wake = asyncio.Event()

    def changed(self, _change: Changed) -> None:
        """A listener of the desk: there may be a new timer."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Fire and wait, for ever."""
        while True:
            self._wake.clear()
            fired = await asyncio.to_thread(self._desk.fire_due)
            if fired:
                log.info("timers_fired", count=fired)
            due_ms = await asyncio.to_thread(self._desk.next_due_ms)
            await self._sleep_until(due_ms)

    async def _sleep_until(self, due_ms: int | None) -> None:
        delay_s = IDLE_S
        if due_ms is not None:
            delay_s = min(IDLE_S, max(0.0, self._clock.real_s(due_ms - self._clock.now_ms())))
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            return
