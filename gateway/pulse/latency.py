"""How long each hop of a message takes."""

from __future__ import annotations

from runtime.histogram import Histogram

ENDPOINT = "endpoint_to_gateway"  # measured there, received here; by two clocks, samples of an outage not counted
COMMIT = "gateway_to_commit"
QUEUE = "commit_to_sent"
QUEUE_HISTORY = "commit_to_sent_history"
CLOUD = "sent_to_acknowledged"  # by the centre itself, not by a broker
CLOUD_HISTORY = "sent_to_acknowledged_history"
HOPS = (ENDPOINT, COMMIT, QUEUE, CLOUD, QUEUE_HISTORY, CLOUD_HISTORY)


class Latency:
    """One histogram for each hop. Each hop is observed by one thread only."""

    def __init__(self) -> None:
        self.hops = {hop: Histogram() for hop in HOPS}

    def observe(self, hop: str, seconds: float) -> None:
        """One message passed this hop."""
        self.hops[hop].observe(seconds)
