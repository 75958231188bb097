"""How long to wait before trying again: capped, with full jitter, so that a site does not return as a storm."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_S = 0.5
CAP_S = 30.0  # a gateway must be back well within the 100 s that EN 54-21 allows before a fault is due


def delay_s(attempt: int, rand: Callable[[], float] = random.random) -> float:
    """Seconds before retry `attempt` (0 is the first): uniform in 0..min(CAP_S, FIRST_S * 2**attempt)."""
    return rand() * min(CAP_S, FIRST_S * 2.0 ** min(attempt, 10))
