"""An ordinary hour around an endpoint of each kind: nothing that anybody has to be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators import scenario
from simulators.environments import handheld, lift
from simulators.environments.video import VideoEnvironment
from simulators.physics import FireEnvironment, Physics
from simulators.scenario import FOLDER

BOARDS = {"fire": "esp32_s3", "lift": "esp32_s3", "video": "esp32_s3_cam", "handheld": "esp32_s3"}


def _frames(name: str, base: Any, now_ms: int) -> Physics[Any]:
    played = scenario.load(FOLDER / f"{name}.toml", base)
    played.begin(now_ms)
    return played


_HOURS: dict[str, Callable[[int], Physics[Any]]] = {
    "fire": lambda now_ms: _frames(
        "fire_quiet_day", FireEnvironment(smoke_per_m=0.001, temp_c=19.0, co_ppm=1.0), now_ms
    ),
    "lift": lambda now_ms: lift.load(FOLDER / "lift_day.toml", now_ms),
    "video": lambda now_ms: _frames("video_quiet", VideoEnvironment(), now_ms),
    "handheld": lambda now_ms: handheld.load(FOLDER / "handheld_patrol.toml", now_ms),
}
KINDS = tuple(_HOURS)
# what a technician provisions beside the rest: the floors of lift_day.toml
EXTRA: dict[str, dict[str, object]] = {
    "lift": {"limits": {"floors": [[1, 0], [2, 4500], [3, 7400], [4, 10300], [5, 13200]]}},
}


def ordinary(kind: str, now_ms: int) -> Physics[Any]:
    """The world of one endpoint, beginning now. KeyError for an unknown kind."""
    return _HOURS[kind](now_ms)
