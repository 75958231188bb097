"""The board's own time. The virtual board replaces this one file to run faster than real time."""

from asyncio import sleep_ms
from time import ticks_diff, ticks_ms


class Uptime:
    """Milliseconds since power-on, growing past the wrap of ticks_ms (12.4 days). Ask at least once in 6 days."""

    def __init__(self) -> None:
        self._last = ticks_ms()
        self._total_ms = 0

    def now_ms(self) -> int:
        """Never runs backwards."""
        now = ticks_ms()
        self._total_ms += ticks_diff(now, self._last)
        self._last = now
        return self._total_ms

    async def sleep_ms(self, duration_ms: int) -> None:
        """Let the other tasks run for so long."""
        await sleep_ms(max(0, duration_ms))
