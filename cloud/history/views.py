"""What people are shown of readings. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchView:
    """Where readings of a curve are not what they usually are."""

    what: str  # late, uncertain, fault
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotView:
    """Readings around the breach, one series per channel; None marks a gap."""

    channel: str
    unit: str
    points: tuple[tuple[int, float | None], ...]
    limit: float | None
    clear: float | None
    device: str = ""
    place: str = ""
    near: bool = False  # of a neighbour
    stretches: tuple[StretchView, ...] = ()
