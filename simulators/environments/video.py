"""What goes on before a camera and beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoEnvironment:
    """One moment at one video endpoint. `faults` names the channels whose part fails.

    `lens`: clear, covered or defocused. `camera`: good, dead (no frames), frozen (always the same) or blank (one grey).
    `card`: good, missing, silent (takes writes and forgets them) or full.
    """

    lens: str = "clear"
    camera: str = "good"
    card: str = "good"
    light: float = 1.0  # of the scene; 0 is black
    turned: float = 0.0  # 0 as it was mounted, 1 a whole picture aside
    walker: float = -1.0  # where somebody walks, 0 left to 1 right; below 0 nobody
    walker_y: float = 0.7  # how far down the middle of that person is
    noise: float = 2.0  # grey levels of the sensor
    housing_open: bool = False
    mains: bool = True
    battery_pct: float = 100.0
    button: bool = False
    faults: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietView:
    """Nobody there, by day."""

    moment: VideoEnvironment = VideoEnvironment()

    def at(self, sim_ms: int) -> VideoEnvironment:
        """For the virtual board."""
        return self.moment
