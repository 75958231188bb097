"""How many samples of one endpoint are worked on: a bucket that fills with the time of the samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most so many samples per minute of an endpoint's own time, and so many at once."""

    per_minute: int
    burst: int = 60

    def __post_init__(self) -> None:
        """Raises ValueError whose text begins with the field to correct."""
        if self.per_minute < 1:
            raise ValueError("per_minute must be 1 or more · 至少为 1")
        if self.burst < 1:
            raise ValueError("burst must be 1 or more · 至少为 1")


class Bucket:
    """One endpoint's allowance. The time of the samples, not of arrival: what was kept during an outage is no flood."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._left = float(limit.burst)
        self._at_ms: int | None = None

    def take(self, at_ms: int) -> bool:
        """True where the sample is within the limit."""
        if self._at_ms is not None:
            passed_ms = max(0, at_ms - self._at_ms)
            self._left = min(float(self._limit.burst), self._left + passed_ms * self._limit.per_minute / 60_000)
        self._at_ms = at_ms
        if self._left < 1:
            return False
        self._left -= 1
        return True
