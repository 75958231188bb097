"""Fires due timers. Sleeps until the next one, wakes up when the desk changes something."""

from __future__ import annotations

import asyncio
import time

import structlog

from cloud.changes import Changed
from cloud.desk import Desk
from domain.clock_steps import Lag, Look, after_step, step_between
from runtime.clock import Clock

log = structlog.get_logger()
IDLE_S = 5.0  # looks again at least this often, so that a stepped clock delays nothing for long
LOOK_AHEAD_MS = 60 * 86_400_000  # no deadline of the defaults reaches further
BUSY_S = 0.05  # when something is due that another worker has just now


class Dispatcher:
    """The shell around desk.fire_due(): all state is in the store, so a restart loses nothing."""

    def __init__(self, desk: Desk, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._desk = desk
        self._clock = clock
        self._loop = loop
        self._wake = asyncio.Event()
        self._lags: tuple[Lag, ...] = ()
        self._before, self._last_id = self._look(), 0

    def changed(self, change: Changed) -> None:
        """A listener of the desk: there may be a new timer."""
        if (change.incidents or change.gateways) and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Fire and wait, for ever."""
        await asyncio.to_thread(self._desk.adopt_deadlines)
        self._warn_of_unknown_holidays()
        while True:
            self._wake.clear()
            await asyncio.to_thread(self._watch_clock)
            fired = await asyncio.to_thread(self._desk.fire_due, self._lags)
            if fired:
                log.info("timers_fired", count=fired)
            due_ms = await asyncio.to_thread(self._desk.next_due_ms)
            await self._sleep_until(due_ms, fired)

    def _warn_of_unknown_holidays(self) -> None:
        now_ms = self._clock.now_ms()
        years = self._desk.plan.calendar.assumed(now_ms, now_ms + LOOK_AHEAD_MS)
        if years:
            log.warning("holidays_unknown", years=years, remedy="upgrade chinesecalendar, or set days_off and days_on")

    def _watch_clock(self) -> None:
        """Notice that somebody set the clock: what waits since before comes as if nobody had."""
        look, last_id = self._look(), self._desk.last_timer_id()
        step_ms = step_between(self._before, look)
        if step_ms:
            self._lags = after_step(self._lags, step_ms, self._last_id)
            log.warning("clock_was_set", by_ms=step_ms, remedy="let NTP keep the clock; deadlines go on as before")
        self._before, self._last_id = look, last_id

    def _look(self) -> Look:
        steady_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) / 1_000_000 * self._clock.speed
        return Look(wall_ms=self._clock.now_ms(), steady_ms=round(steady_ms))

    async def _sleep_until(self, due_ms: int | None, fired: int) -> None:
        delay_s = IDLE_S
        if due_ms is not None:
            least_s = 0.0 if fired else BUSY_S
            delay_s = min(IDLE_S, max(least_s, self._clock.real_s(due_ms - self._clock.now_ms())))
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            return
