"""What a channel's filter does, as a site file says it."""

from __future__ import annotations

from dataclasses import dataclass

HAMPEL, MEDIAN = "hampel", "median"
MAX_WINDOW = 15  # samples: a quarter of a minute at 1 Hz; a longer window is smoothing, not spike rejection

_ABOVE_0 = ("spike_sigmas", "smooth_ms", "max_silence_ms", "stuck_ms", "drift_limit", "drift_ms", "gap_ms")
_NOT_BELOW_0 = ("spike_floor", "deadband", "stuck_band")


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
        for name in _ABOVE_0:
            if _or(getattr(self, name), 1) <= 0:
                raise ValueError(f"{name} must be above 0 · 必须大于 0")
        for name in _NOT_BELOW_0:
            if _or(getattr(self, name), 0) < 0:
                raise ValueError(f"{name} must be 0 or more · 不能为负")
        for text, is_wrong in self._together().items():
            if is_wrong:
                raise ValueError(text)

    def _together(self) -> dict[str, bool]:
        low, high = _or(self.low, float("-inf")), _or(self.high, float("inf"))
        deadband, silence = self.deadband is not None, self.max_silence_ms is not None
        floor_missing = self.spike == HAMPEL and self.spike_floor is None
        return {
            "low must be below high · low 必须小于 high": not low < high,
            "spike must be hampel or median · 应为 hampel 或 median": self.spike not in (None, HAMPEL, MEDIAN),
            f"spike_window must be odd, 3 to {MAX_WINDOW} · 应为奇数": not _is_window(self.spike_window),
            "spike_floor is needed by hampel: the smallest jump that is a spike · 多大的跳变才算尖峰": floor_missing,
            "deadband needs max_silence_ms · 还要写 max_silence_ms，不变时才不会被当成离线": deadband and not silence,
            "max_silence_ms needs deadband · 还要写 deadband": silence and not deadband,
        }


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _is_window(length: int) -> bool:
    return 3 <= length <= MAX_WINDOW and length % 2 == 1
