"""What goes on around an endpoint. Parts of a virtual board turn it into volts and bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, TypeVar

Moment_co = TypeVar("Moment_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FireEnvironment:
    """One moment at one fire endpoint. `faults` names the channels whose part fails."""

    smoke_per_m: float
    temp_c: float
    co_ppm: float
    call_point: bool = False
    battery_pct: float = 100.0
    faults: frozenset[str] = frozenset()
    hydrant_kpa: float = 350.0
    sprinkler_kpa: float = 600.0
    door_open: bool = False
    extinguisher_removed: bool = False
    housing_open: bool = False
    mains: bool = True
    button: bool = False


class Physics(Protocol[Moment_co]):
    """What surrounds an endpoint over time; each kind has its own kind of moment."""

    def at(self, sim_ms: int) -> Moment_co:
        """The environment at a time of this run."""
        ...


_PRIMES = (7.3, 13.9, 29.7, 61.1)  # periods in s that never line up


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRoom:
    """Nothing burns. A little slow noise that depends on `seed` and time only, so that every run sees the same."""

    seed: int = 0
    temp_c: float = 22.0

    def at(self, sim_ms: int) -> FireEnvironment:
        """Clean air at room temperature."""
        wave = [math.sin(sim_ms / 1000 * math.tau / period + self.seed * period) for period in _PRIMES]
        return FireEnvironment(
            smoke_per_m=0.001 + 0.0003 * wave[0],
            temp_c=self.temp_c + 0.05 * wave[1] + 0.05 * wave[3],
            co_ppm=1.0 + 0.3 * wave[2],
        )


def calm(seed: int = 0, temp_c: float = 22.0) -> QuietRoom:
    """A quiet room."""
    return QuietRoom(seed=seed, temp_c=temp_c)
