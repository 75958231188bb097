"""What it means for waiting times that a clock was set back: they go on as if it had not been. Pure.

A timer that was set on the old clock would come late by the whole step, and nobody would be called meanwhile. So the
dispatcher keeps, for timers that were there before the step, by how much they are due earlier. Set forward, timers
come early, never late: the machine may have slept, so nothing is held back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STEP_MS = 2000  # less is the usual correction of a clock; a default
LAGS_MAX = 16  # each is one step of a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Timers up to this id are due by so much earlier than they say."""

    up_to: int
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at both clocks: the wall's, which people set, and the machine's own, which only goes on."""

    wall_ms: int
    steady_ms: int


def step_between(before: Look, now: Look) -> int:
    """By how much the wall clock was set between two looks; 0 where it only went on."""
    step_ms = (now.wall_ms - before.wall_ms) - (now.steady_ms - before.steady_ms)
    return step_ms if abs(step_ms) >= STEP_MS else 0


def after_step(lags: Iterable[Lag], step_ms: int, last_id: int) -> tuple[Lag, ...]:
    """The lags after the clock was set; `last_id` is the youngest timer from before. A step forward takes back."""
    moved = [Lag(up_to=lag.up_to, ms=lag.ms - step_ms) for lag in lags]
    if step_ms < 0:
        moved.append(Lag(up_to=last_id, ms=-step_ms))
    return tuple(lag for lag in moved if lag.ms > 0)[-LAGS_MAX:]


def due_until(lags: Iterable[Lag], timer_id: int, now_ms: int) -> int:
    """Up to which time this timer is due now."""
    return now_ms + max((lag.ms for lag in lags if timer_id <= lag.up_to), default=0)
