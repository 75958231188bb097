"""Which time the history may forget by. What is forgotten stays so: no clock is believed at one look, nor alone."""

from __future__ import annotations

from collections.abc import Iterable

from cloud.history.memory import Believed, Memory
from cloud.history.port import DAY_MS, Known

WITNESSES = 3  # devices, or half of them where there are fewer than five: one board with a broken clock is none
AHEAD_MS = DAY_MS  # so far the clock may be ahead of them, or of itself, without being doubted; a default of ours
DOUBT_MS = DAY_MS  # so long a leap is doubted: time for a person to put the clock right; a default of ours


def measured_ms(known: Iterable[Known]) -> int | None:
    """The newest time that several devices have measured at; None where nobody has."""
    newest: dict[str, int] = {}
    for one in known:
        newest[one.device] = max(one.last_ms, newest.get(one.device, 0))
    times = sorted(newest.values(), reverse=True)
    return times[min(WITNESSES, (len(times) + 1) // 2) - 1] if times else None


class Belief:
    """The clock, as far as readings and a steady clock bear it out; a leap of both is believed after a day.

    A restart believes no more than the process before it: what it knew comes from `memory`, and no time is taken to
    have passed in between that the clock alone tells of.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory
        self._base: tuple[int, int] | None = None  # the time that was believed, and the steady time just then
        self._doubted_ms: int | None = None  # by the steady clock: since when
        self.ahead_ms = 0  # by how much the clock was ahead of what is believed, at the last look

    def look(self, now_ms: int, steady_ms: int, measured_ms: int) -> int:
        """What may be forgotten by now. Steady times never go back."""
        told_ms = min(now_ms, measured_ms + AHEAD_MS)
        if self._base is None and self._memory is not None and (known := self._memory.read()) is not None:
            self._base = (known.believed_ms, steady_ms)
            self._doubted_ms = None if known.doubted_for_ms is None else steady_ms - known.doubted_for_ms
        believed_ms = self._weigh(told_ms, steady_ms)
        self.ahead_ms = max(0, now_ms - believed_ms)
        if self._memory is not None:
            since_ms = None if self._doubted_ms is None else steady_ms - self._doubted_ms
            self._memory.write(Believed(believed_ms=believed_ms, doubted_for_ms=since_ms))
        return believed_ms

    def _weigh(self, told_ms: int, steady_ms: int) -> int:
        base_ms, since_ms = self._base or (told_ms, steady_ms)
        expected_ms = base_ms + steady_ms - since_ms
        if told_ms > expected_ms + AHEAD_MS:
            self._doubted_ms = steady_ms if self._doubted_ms is None else self._doubted_ms
            if steady_ms - self._doubted_ms < DOUBT_MS:
                return expected_ms
        self._base, self._doubted_ms = (told_ms, steady_ms), None
        return told_ms
