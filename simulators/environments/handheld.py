"""A worker with a terminal: where he walks, which keys he presses, what the sky lets through; from a scenario file.

[start]
at = [30.274150, 120.155150]      # latitude and longitude, WGS 84
press_ms = 120                    # how long a key is down, and up again; longer where the clock runs fast

[[at]]
t_s = 5
keys = "up*3 ok sos:2500"         # pressed one after the other; a number of ms is how long
walk_to = [30.275000, 120.155150] # straight there, at `kmh` (4.5)
fix = false                       # under a roof; gps = false: the receiver is dead

[[at]]
t_s = 60
link = false                      # these three are done by whoever runs the scenario, see `outside`
task = { id = "t1", revision = 1, kind = "fire", severity = "major", place = "3-201", text = "...", state = "offered" }
revoke = true
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PRESS_MS = 130  # two looks at the keys, 60 ms apart
OUTSIDE = ("link", "task", "revoke", "settings")  # and keys, where they are pressed by hand
_UDEG_PER_M = 1e6 / 111_320  # of latitude


@dataclass(frozen=True, slots=True, kw_only=True)
class HandheldEnvironment:
    """One moment with one terminal."""

    at_ms: int = 0  # UTC, which is what satellites tell
    lat_udeg: int = 30_274_150
    lon_udeg: int = 120_155_150
    fix: bool = True
    gps: bool = True
    battery_pct: float = 90.0
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    from_ms: float
    start: tuple[float, float]
    end: tuple[float, float]
    duration_ms: float

    def at(self, at_ms: float) -> tuple[float, float]:
        part = min(1.0, max(0.0, (at_ms - self.from_ms) / self.duration_ms)) if self.duration_ms else 1.0
        return tuple(a + (b - a) * part for a, b in zip(self.start, self.end, strict=True))  # type: ignore[return-value]


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north, east = b[0] - a[0], (b[1] - a[1]) * math.cos(math.radians(a[0] / 1e6))
    return math.hypot(north, east) / _UDEG_PER_M


def presses(keys: str, press_ms: int = PRESS_MS) -> Iterator[tuple[str, int]]:
    """(key, ms) of a text as `up*3 ok sos:2500`."""
    for word in keys.split():
        name, _, length = word.partition(":")
        name, _, times = name.partition("*")
        for _ in range(int(times or 1)):
            yield name, int(length or press_ms)


@dataclass(slots=True)
class Worker:
    """Over time. Tests press keys as they go, scenarios in advance; `outside` has what the worker does not do."""

    start_ms: int = 0
    press_ms: int = PRESS_MS
    by_hand: bool = False  # whoever runs the scenario presses its keys, too
    now: HandheldEnvironment = field(default_factory=HandheldEnvironment)
    outside: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    _presses: list[tuple[float, float, str]] = field(default_factory=list)
    _steps: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    _ways: list[_Way] = field(default_factory=list)

    def press(self, keys: str, at_ms: float) -> float:
        """Keys from this time on, behind those that are pressed already; when the last one is let go."""
        free_ms = max([at_ms, *(end + self.press_ms for _, end, _ in self._presses)])
        for name, length in presses(keys, self.press_ms):
            self._presses.append((free_ms, free_ms + length, name))
            free_ms += length + self.press_ms
        return free_ms

    def walk(self, to: tuple[float, float], at_ms: float, kmh: float = 4.5) -> float:
        """Straight to a place in degrees; when he is there."""
        start = self._place(at_ms)
        end = (to[0] * 1e6, to[1] * 1e6)
        way = _Way(from_ms=at_ms, start=start, end=end, duration_ms=_metres(start, end) / (kmh / 3.6) * 1000)
        self._ways.append(way)
        return at_ms + way.duration_ms

    def change(self, **fields: Any) -> None:
        """From here on."""
        self.now = replace(self.now, **fields)

    def happen(self, at_ms: int, event: dict[str, Any]) -> None:
        """An entry of the scenario; they come in order of time."""
        fields = dict(event)
        for name in (*OUTSIDE, "keys") if self.by_hand else OUTSIDE:
            if name in fields:
                self.outside.append((at_ms, {name: fields.pop(name)}))
        if "keys" in fields:
            self.press(fields.pop("keys"), at_ms)
        if "walk_to" in fields:
            self.walk(tuple(fields.pop("walk_to")), at_ms, fields.pop("kmh", 4.5))
        self._steps.append((at_ms, fields))

    def at(self, sim_ms: int) -> HandheldEnvironment:
        """For the virtual board."""
        moment = self.now
        for at_ms, fields in self._steps:
            if at_ms <= sim_ms:
                moment = replace(moment, **fields)
        latitude, longitude = self._place(sim_ms)
        keys = moment.keys.union(name for start, end, name in self._presses if start <= sim_ms < end)
        return replace(moment, at_ms=sim_ms, lat_udeg=round(latitude), lon_udeg=round(longitude), keys=keys)

    def _place(self, at_ms: float) -> tuple[float, float]:
        place: tuple[float, float] = (self.now.lat_udeg, self.now.lon_udeg)
        for way in self._ways:
            if way.from_ms <= at_ms:
                place = way.at(at_ms)
        return place


def load(path: Path, start_ms: int = 0, *, by_hand: bool = False) -> Worker:
    """A scenario file; its time 0 is `start_ms`."""
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    latitude, longitude = scenario["start"]["at"]
    worker = Worker(start_ms=start_ms, press_ms=scenario["start"].get("press_ms", PRESS_MS), by_hand=by_hand)
    worker.change(lat_udeg=round(latitude * 1e6), lon_udeg=round(longitude * 1e6))
    for event in scenario["at"]:
        fields = {name: value for name, value in event.items() if name != "t_s"}
        worker.happen(start_ms + round(event["t_s"] * 1000), fields)
    return worker
