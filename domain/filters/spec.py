"""What a channel's filter does, as a site file says it."""

from __future__ import annotations

from dataclasses import dataclass

HAMPEL, MEDIAN = "hampel", "median"
MAX_WINDOW = 15  # samples: a quarter of a minute at 1 Hz; a longer window is smoothing, not spike rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSpec:
    """One channel's filter; a stage without its field is left out. Values are in the unit of the channel."""

    low: float | None = None  # plausible here, both ends included
    high: float | None = None
    spike: str | None = None
    spike_window: int = 7  # samples, odd; default: three bad samples in a row are still outvoted
    spike_sigmas: float = 3.0  # default of most users of Hampel's identifier
    spike_floor: float | None = None  # what is nearer to the median than this is never a spike
    smooth_ms: int | None = None  # time constant of a first-order low-pass
    deadband: float | None = None  # report on a change by more than this
    max_silence_ms: int | None = None  # and at the latest after so long
    stuck_ms: int | None = None  # a sensor that has not moved for so long is not measuring
    stuck_band: float = 0.0  # by more than this is a movement
    drift_limit: float | None = None  # the slow mean may stand so far from `rest`
    drift_ms: int = 86_400_000  # time constant of the slow mean; default: a day, so that day and night are one
    rest: float = 0.0  # what a healthy sensor says when nothing happens
    gap_ms: int = 300_000  # default; after a longer pause the last samples say nothing about this one

    def __post_init__(self) -> None:
        """Raises ValueError whose text begins with the field to correct."""
        low, high = _or(self.low, float("-inf")), _or(self.high, float("inf"))
        wrong = {
            "low must be below high": not low < high,
            "spike must be hampel or median": self.spike not in (None, HAMPEL, MEDIAN),
            f"spike_window must be odd, 3 to {MAX_WINDOW}": not _is_window(self.spike_window),
            "spike_sigmas must be above 0": self.spike_sigmas <= 0,
            "spike_floor is needed by hampel: the smallest jump that can be a spike": self._lacks_floor(),
            "smooth_ms must be above 0": _or(self.smooth_ms, 1) <= 0,
            "deadband must be 0 or more": _or(self.deadband, 0) < 0,
            "deadband needs max_silence_ms, so that rest can be told from silence": self._lacks("max_silence_ms"),
            "max_silence_ms needs deadband": self.deadband is None and self.max_silence_ms is not None,
            "max_silence_ms must be above 0": _or(self.max_silence_ms, 1) <= 0,
            "stuck_ms must be above 0": _or(self.stuck_ms, 1) <= 0,
            "stuck_band must be 0 or more": self.stuck_band < 0,
            "drift_limit must be above 0": _or(self.drift_limit, 1) <= 0,
            "drift_ms must be above 0": self.drift_ms <= 0,
            "gap_ms must be above 0": self.gap_ms <= 0,
        }
        for text, is_wrong in wrong.items():
            if is_wrong:
                raise ValueError(text)

    def _lacks_floor(self) -> bool:
        return self.spike == HAMPEL and (self.spike_floor is None or self.spike_floor < 0)

    def _lacks(self, name: str) -> bool:
        return self.deadband is not None and getattr(self, name) is None


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _is_window(length: int) -> bool:
    return 3 <= length <= MAX_WINDOW and length % 2 == 1
