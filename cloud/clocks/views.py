"""What people are shown of a deadline. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineView:
    """One deadline of an incident, running or over."""

    due: str  # accept, dispatch, feed_back, verify, close, overall
    unit: str  # clock, working_hours, working_days
    started_ms: int
    due_ms: int
    yellow_ms: int
    first_due_ms: int  # before pauses and extensions
    ended_ms: int | None
    paused: bool
    urge: str  # none, yellow, red, supervised
    assumed: bool  # counted over a year whose national holidays were not published
