"""The one place that reads the wall clock. A replay runs all its processes on the same, faster clock."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "GRIDWHISTLE_CLOCK"
# 2025-01-01; an earlier clock was never set: boards and boxes begin in 1970, 2000 or when their system was built
CLOCK_SET_MS = 1_735_689_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Maps wall time to the time this run believes in: sim = sim_origin + (wall - wall_origin) * speed."""

    wall_origin_ms: int = 0
    sim_origin_ms: int = 0
    speed: float = 1.0

    def now_ms(self) -> int:
        """UTC epoch milliseconds in the time of this run."""
        return self.at_wall_ms(time.time_ns() // 1_000_000)

    def at_wall_ms(self, wall_ms: int) -> int:
        """The time of this run at a wall time."""
        return self.sim_origin_ms + round((wall_ms - self.wall_origin_ms) * self.speed)

    def steady_ms(self) -> int:
        """Milliseconds of this run since some moment; no setting of the wall clock moves them."""
        return round(time.monotonic_ns() / 1_000_000 * self.speed)

    def real_s(self, sim_ms: float) -> float:
        """Wall seconds that `sim_ms` of this run take."""
        return sim_ms / 1000 / self.speed

    def to_env(self) -> dict[str, str]:
        """Environment that gives another process the same clock."""
        return {VARIABLE: f"{self.wall_origin_ms}:{self.sim_origin_ms}:{self.speed}"}

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Clock:
        """The clock of this process. Raises ValueError naming the variable where it is not readable."""
        text = env.get(VARIABLE)
        if not text:
            return cls()
        try:
            wall, sim, speed = text.split(":")
            clock = cls(wall_origin_ms=int(wall), sim_origin_ms=int(sim), speed=float(speed))
        except ValueError:
            raise ValueError(f"{VARIABLE} must be <wall ms>:<simulated ms>:<speed>, not {text!r}") from None
        if not 0 < clock.speed <= 1000:
            raise ValueError(f"{VARIABLE}: speed must be above 0 and at most 1000, not {clock.speed}")
        return clock

    @classmethod
    def starting_now(cls, speed: float) -> Clock:
        """A clock that agrees with the wall clock now and runs `speed` times as fast from here."""
        wall_ms = time.time_ns() // 1_000_000
        return cls(wall_origin_ms=wall_ms, sim_origin_ms=wall_ms, speed=speed)
