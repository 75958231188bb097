"""Numbers that mislead nobody: what was counted, of how many, and when there are too few to say. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 10  # cases: below, one more case moves a share by over ten points, so no share is said. A default of ours
HALF, MOST = 50, 90  # percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`hits` of `of` cases."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of}: more hits than cases; count again")

    def percent(self, least: int = LEAST) -> float | None:
        """The share; None where there are too few to say."""
        return None if self.of < max(1, least) else 100 * self.hits / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long `count` cases took: half of them at most `median_ms`, nine of ten at most `p90_ms`."""

    count: int = 0
    median_ms: int | None = None
    p90_ms: int | None = None

    def enough(self, least: int = LEAST) -> bool:
        """False where there are too few to say."""
        return self.count >= max(1, least)


def rank_of(count: int, percent: int) -> int:
    """Which one of `count` values in their order, from 1, is this percentile (the nearest rank)."""
    return max(1, math.ceil(count * percent / 100))


def spread_of(values_ms: NDArray[np.int64]) -> Spread:
    """Of the values themselves, in any order."""
    if not len(values_ms):
        return Spread()
    ranks = [rank_of(len(values_ms), percent) - 1 for percent in (HALF, MOST)]
    half, most = np.partition(values_ms, ranks)[ranks]
    return Spread(count=len(values_ms), median_ms=int(half), p90_ms=int(most))


def change_percent(now: int, before: int, least: int = LEAST) -> float | None:
    """By how much more than before; None where there was too little before to say."""
    return None if before < max(1, least) else 100 * (now - before) / before
