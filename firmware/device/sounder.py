"""What the sounder plays: a table of patterns, and the task that plays them on a grid, so that they never drift."""

# ms on, off, on, off ... of one round
PATTERNS = {
    # ISO 8201 temporal-three: leave the building
    "fire": (500, 500, 500, 500, 500, 1500),
    # a person has raised the alarm; ours
    "call_point": (250, 250),
    "tamper": (100, 100, 100, 1700),  # ours
    # low battery, a dead sensor, a failed self-test: a short chirp, more often than once a minute; ours
    "chirp": (60, 39_940),
    # answers to the person at the button, once; ours
    "passed": (300, 200),
    "failed": (100, 100, 100, 100, 100, 100, 100, 100),
}
_ONCE = ("passed", "failed")
# A new pattern starts at once; the one after a pattern takes over at the next edge, and that is never far.
_NAP_MS = 500
_QUIET_MS = 200


def step(name: str | None, elapsed_ms: int) -> tuple:
    """(level, ms to the next edge) that long after the pattern began; (0, None) where nothing is to be played."""
    if name is None:
        return 0, None
    times = PATTERNS[name]
    round_ms = sum(times)
    if name in _ONCE and elapsed_ms >= round_ms:
        return 0, None
    rest_ms = elapsed_ms % round_ms
    for index, duration_ms in enumerate(times):
        if rest_ms < duration_ms:
            return 1 - index % 2, duration_ms - rest_ms
        rest_ms -= duration_ms
    return 0, round_ms


class Sounder:
    """`output.value(level)` switches it; `now_ms` and `sleep_ms` are the board's own time."""

    def __init__(self, output, now_ms, sleep_ms) -> None:
        self._output = output
        self._now_ms = now_ms
        self._sleep_ms = sleep_ms
        self._since_ms = 0
        self._level = 0
        self.name: str | None = None

    def play(self, name: str | None) -> None:
        """From now on this pattern; None ends it. The same one again goes on as it was."""
        if name == self.name:
            return
        self.name = name
        self._since_ms = self._now_ms()
        self._apply()

    def _apply(self) -> int | None:
        level, wait_ms = step(self.name, self._now_ms() - self._since_ms)
        if level != self._level:
            self._level = level
            self._output.value(level)
        return wait_ms

    async def run(self) -> None:
        """For ever."""
        while True:
            wait_ms = self._apply()
            # a nap also where nothing sounds: a task that slept once and then waits for ever looks as if it hung
            await self._sleep_ms(_QUIET_MS if wait_ms is None else min(wait_ms, _NAP_MS))
