"""Stands in for firmware/device/ticks.py on a virtual board: its time runs SPEED times as fast as real time."""

from asyncio import sleep_ms
from time import ticks_diff, ticks_us

speed = 1.0  # set by start.py


class Uptime:
    """Milliseconds of board time since power-on. Microseconds inside, so that a fast clock has no steps."""

    def __init__(self) -> None:
        self._last = ticks_us()
        self._total_ms = 0  # real microseconds here; the name is in the heap already

    def now_ms(self) -> int:
        now = ticks_us()
        self._total_ms += ticks_diff(now, self._last)
        self._last = now
        return int(self._total_ms * speed) // 1000

    async def sleep_ms(self, duration_ms: int) -> None:
        # round up: waking a little late is harmless, waking early would spin
        await sleep_ms(max(0, int(duration_ms / speed + 0.999)))
