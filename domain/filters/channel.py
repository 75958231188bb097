"""The filter of one channel: range, stuck, drift, spikes, smoothing, deadband, in this order. Survives a restart."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.filters.spec import FilterSpec
from domain.filters.stages import Deadband, Drift, Smooth, Spikes, Stuck

OUT_OF_RANGE, STUCK, DRIFT = "implausible_here", "stuck", "drift"


class Outcome(NamedTuple):
    """What became of one value. A fault takes the value away, a rejected spike was replaced."""

    value: float | None
    fault: str
    rejected: bool
    told: bool  # to be reported


class ChannelFilter:
    """Told the samples of one channel in the endpoint's own order."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self._at_ms: int | None = None
        self._stuck = Stuck(spec)
        self._drift = Drift(spec)
        self._spikes = Spikes(spec)
        self._smooth = Smooth(spec)
        self._deadband = Deadband(spec)

    def step(self, value: float | None, at_ms: int) -> Outcome:
        """The next sample; None where the endpoint had no value."""
        if value is None or out_of_range(self._spec, value):
            self._deadband.forget()
            return Outcome(None, "" if value is None else OUT_OF_RANGE, rejected=False, told=True)
        passed_ms = 0 if self._at_ms is None else at_ms - self._at_ms
        fresh = self._at_ms is None or passed_ms < 0 or passed_ms > self._spec.gap_ms
        self._at_ms = at_ms
        stuck = self._stuck.step(value, at_ms, fresh=fresh)
        drifted = self._drift.step(value, max(passed_ms, 0))
        clean, rejected = self._spikes.step(value, fresh=fresh)
        smooth = self._smooth.step(clean, passed_ms, fresh=fresh)
        if stuck or drifted:
            self._deadband.forget()
            return Outcome(None, STUCK if stuck else DRIFT, rejected, told=True)
        return Outcome(smooth, "", rejected, self._deadband.step(smooth, at_ms))

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "at_ms": self._at_ms,
            "anchor": self._stuck.anchor,
            "since_ms": self._stuck.since_ms,
            "mean": self._drift.mean,
            "drifted": self._drift.drifted,
            "window": list(self._spikes.window),
            "smooth": self._smooth.value,
            "told": self._deadband.told,
            "told_ms": self._deadband.told_ms,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off, perhaps under another spec."""
        self._at_ms = state["at_ms"]
        self._stuck.anchor, self._stuck.since_ms = state["anchor"], state["since_ms"]
        self._drift.mean, self._drift.drifted = state["mean"], state["drifted"]
        self._spikes.window = state["window"][-self._spec.spike_window :]
        self._smooth.value = state["smooth"]
        self._deadband.told, self._deadband.told_ms = state["told"], state["told_ms"]


def out_of_range(spec: FilterSpec, value: float) -> bool:
    """True where the site says that this cannot be."""
    return (spec.low is not None and value < spec.low) or (spec.high is not None and value > spec.high)
