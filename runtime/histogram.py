"""How long something takes, as a histogram of fixed size: cheap enough for every message and every request."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0)  # 10 s: budget of a fire


class Histogram:
    """Counts below each bound; the last is above all of them."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0
        self.worst_s = 0.0

    @property
    def count(self) -> int:
        """All observations."""
        return sum(self.counts)

    @property
    def buckets(self) -> list[tuple[str, float]]:
        """How many are not above each bound, as Prometheus has it."""
        return list(zip((*map(str, BOUNDS_S), "+Inf"), accumulate(list(self.counts)), strict=True))

    def observe(self, seconds: float) -> None:
        """One more; a clock that runs ahead counts as none."""
        seconds = max(0.0, seconds)
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds
        self.worst_s = max(self.worst_s, seconds)

    def below_s(self, share: float) -> float | None:
        """What this share of all is not above, as finely as the bounds are; None without observations."""
        wanted, seen = share * self.count, 0
        for bound_s, count in zip(BOUNDS_S, self.counts, strict=False):
            seen += count
            if seen and seen >= wanted:
                return min(bound_s, self.worst_s)
        return self.worst_s if self.count else None
