"""The stages of a channel's filter, each told one value at a time. Times are those of the samples, UTC milliseconds."""

from __future__ import annotations

from domain.filters.spec import HAMPEL, FilterSpec

SIGMA_OF_MAD = 1.4826  # of a normal distribution: 1 / quantile(3/4)
DRIFT_CLEAR = 0.8  # of the limit: default, so that a mean on the limit does not flicker
DRIFT_REACH = 2.0  # limits: one sample counts no further, or an hour of fire would be a drift of the day


def median(values: list[float]) -> float:
    """Of at least one value."""
    ordered, count = sorted(values), len(values)
    return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2


class Stuck:
    """True while the value has not moved by more than the band for `stuck_ms`."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self.anchor: float | None = None
        self.since_ms = 0

    def step(self, value: float, at_ms: int, *, fresh: bool) -> bool:
        """A pause is no rest: after it the time begins anew."""
        if self._spec.stuck_ms is None:
            return False
        if fresh or self.anchor is None or abs(value - self.anchor) > self._spec.stuck_band:
            self.anchor, self.since_ms = value, at_ms
        return at_ms - self.since_ms >= self._spec.stuck_ms


class Drift:
    """True while the slow mean stands further from rest than it may."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self.mean = 0.0  # of value - rest
        self.drifted = False

    def step(self, value: float, elapsed_ms: int) -> bool:
        """`elapsed_ms`: since the sample before, 0 where there was none or time ran back."""
        limit = self._spec.drift_limit
        if limit is None:
            return False
        away = min(max(value - self._spec.rest, -DRIFT_REACH * limit), DRIFT_REACH * limit)
        counted_ms = min(elapsed_ms, self._spec.gap_ms)
        self.mean += (away - self.mean) * (counted_ms / (self._spec.drift_ms + counted_ms))
        if abs(self.mean) > limit:
            self.drifted = True
        elif abs(self.mean) < DRIFT_CLEAR * limit:
            self.drifted = False
        return self.drifted


class Spikes:
    """A value that its neighbours outvote is taken for their median."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self.window: list[float] = []

    def step(self, value: float, *, fresh: bool) -> tuple[float, bool]:
        """(the value to go on with, whether this one was rejected)."""
        if self._spec.spike is None:
            return value, False
        kept = [] if fresh else self.window
        self.window = [*kept, value][-self._spec.spike_window :]
        middle = median(self.window)
        if self._spec.spike != HAMPEL:
            return middle, False
        spread = median([abs(other - middle) for other in self.window])
        allowed = max(self._spec.spike_floor or 0.0, self._spec.spike_sigmas * SIGMA_OF_MAD * spread)
        rejected = abs(value - middle) > allowed
        return (middle, True) if rejected else (value, False)


class Smooth:
    """First-order low-pass, for samples at any distance in time."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self.value: float | None = None

    def step(self, value: float, elapsed_ms: int, *, fresh: bool) -> float:
        """The smoothed value."""
        if self._spec.smooth_ms is None:
            return value
        if fresh or self.value is None:
            self.value = value
        elif elapsed_ms > 0:
            self.value += (value - self.value) * (elapsed_ms / (self._spec.smooth_ms + elapsed_ms))
        return self.value


class Deadband:
    """True where a value is to be reported: it is another, or silence has lasted long enough."""

    def __init__(self, spec: FilterSpec) -> None:
        self._spec = spec
        self.told: float | None = None
        self.told_ms = 0

    def forget(self) -> None:
        """The channel had no value: the next one is news."""
        self.told = None

    def step(self, value: float, at_ms: int) -> bool:
        """Whether to report this one; then it is what the others are compared with."""
        band, silence_ms = self._spec.deadband, self._spec.max_silence_ms
        if band is None or silence_ms is None:
            return True
        quiet_ms = at_ms - self.told_ms
        if self.told is not None and abs(value - self.told) <= band and 0 <= quiet_ms < silence_ms:
            return False
        self.told, self.told_ms = value, at_ms
        return True
