"""How long each hop takes: histograms of fixed size, cheap enough for every message."""

from __future__ import annotations

from bisect import bisect_left

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0)  # 10 s: budget of a fire
ENDPOINT = "endpoint_to_gateway"  # measured there, received here; by two clocks, samples of an outage not counted
COMMIT = "gateway_to_commit"
QUEUE = "commit_to_sent"
QUEUE_HISTORY = "commit_to_sent_history"
CLOUD = "sent_to_acknowledged"  # by the centre itself, not by a broker
CLOUD_HISTORY = "sent_to_acknowledged_history"
HOPS = (ENDPOINT, COMMIT, QUEUE, CLOUD, QUEUE_HISTORY, CLOUD_HISTORY)


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


class Latency:
    """One histogram for each hop. Each hop is observed by one thread only."""

    def __init__(self) -> None:
        self.hops = {hop: Histogram() for hop in HOPS}

    def observe(self, hop: str, seconds: float) -> None:
        """One message passed this hop."""
        self.hops[hop].observe(seconds)
