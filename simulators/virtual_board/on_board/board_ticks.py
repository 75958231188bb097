"""Stands in for firmware/device/ticks.py on a virtual board: its time runs SPEED times as fast as real time."""

from asyncio import sleep_ms
from micropython import const
from time import ticks_diff, ticks_us

speed = 1.0  # set by start.py
_AT_MOST_US = const(5000)  # several tasks sleep at once; none may wake much too early


class Uptime:
    """Milliseconds of board time since power-on. Microseconds inside, so that a fast clock has no steps."""

    def __init__(self) -> None:
        self._last = ticks_us()
        self._late_us = 0
        self._total_ms = 0  # real microseconds here; the name is in the heap already

    def now_ms(self) -> int:
        now = ticks_us()
        self._total_ms += ticks_diff(now, self._last)
        self._last = now
        return int(self._total_ms * speed) // 1000

    async def sleep_ms(self, duration_ms: int) -> None:
        # The host cannot sleep for less than a millisecond, which is a fifth of a second here at 200 times the speed:
        # what was slept too long is taken off the next sleeps, so that the mean is right.
        real_us = max(0, int(duration_ms * 1000 / speed))
        if real_us <= self._late_us:
            self._late_us -= real_us
            await sleep_ms(0)
            return
        start = ticks_us()
        await sleep_ms((real_us - self._late_us + 999) // 1000)
        self._late_us = min(_AT_MOST_US, max(0, self._late_us + ticks_diff(ticks_us(), start) - real_us))
