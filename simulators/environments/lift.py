"""A lift: a car with a trapezoid of speed, doors that take their time, and what happens to both, from a scenario file.

[shaft]
floors = [[1, 0], [2, 4500], [3, 7400]]   # number, height in mm
start = 1

[[at]]
t_s = 5
people = true
doors = "open"      # "closed"; "stuck" stops them where they are
go_to = 3           # a floor; or go_to_mm, a height
brake = true        # the safety chain opens: the car stops where it is
"""

from __future__ import annotations

import math
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ZONE_MM = 150.0
DOORS_MS = 2500
ACCELERATION = 800.0  # mm/s2
BRAKING = 2000.0
G = 9.80665
_BUZZ_HZ = 13.0
_MOTION = ("go_to", "go_to_mm", "brake", "doors")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftEnvironment:
    """One moment at one lift. `faults`: position, vibration, motor_temp are parts that fail; a net is a cut wire."""

    at_ms: int = 0
    height_mm: float = 0.0
    mmps: float = 0.0
    mmps2: float = 0.0
    in_zone: bool = True
    door: float = 0.0  # 0 closed, 1 open
    people: bool = False
    alarm_button: bool = False
    inspection: bool = False
    fire_service: bool = False
    mains: bool = True
    housing_open: bool = False
    button: bool = False
    vibration_mps2: float = 0.02  # amplitude
    motor_temp_c: float = 40.0
    battery_pct: float = 90.0
    faults: frozenset[str] = frozenset()

    def acceleration(self, at_ms: float) -> tuple[float, float, float]:
        """What an accelerometer in the car feels near this moment, in m/s2."""
        buzz = self.vibration_mps2 * math.sin(math.tau * _BUZZ_HZ * at_ms / 1000)
        return 0.3 * buzz, 0.0, G + self.mmps2 / 1000 + buzz


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """Constant acceleration from here on."""

    from_ms: float
    height_mm: float
    mmps: float = 0.0
    mmps2: float = 0.0

    def at(self, at_ms: float) -> tuple[float, float]:
        """(height, speed)."""
        t = (at_ms - self.from_ms) / 1000
        return self.height_mm + self.mmps * t + self.mmps2 * t * t / 2, self.mmps + self.mmps2 * t


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    from_ms: float
    door: float
    target: float

    def at(self, at_ms: float) -> float:
        way = (at_ms - self.from_ms) / DOORS_MS
        if self.target > self.door:
            return min(self.target, self.door + way)
        return max(self.target, self.door - way)


@dataclass(slots=True, kw_only=True)
class LiftRide:
    """A scenario over time; before its start the car stands. With `repeat_ms` it begins again as it has ended."""

    floors: list[tuple[int, int]]
    start: int
    rated_mmps: float = 1750.0
    start_ms: int = 0
    repeat_ms: int = 0
    _legs: list[_Leg] = field(default_factory=list)
    _doors: list[_Door] = field(default_factory=list)
    _steps: list[tuple[float, LiftEnvironment]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._legs.append(_Leg(from_ms=-1e12, height_mm=self.height_of(self.start)))
        self._doors.append(_Door(from_ms=-1e12, door=0.0, target=0.0))
        self._steps.append((-1e12, LiftEnvironment()))

    def height_of(self, floor: int) -> float:
        """Raises KeyError for a floor the shaft has not."""
        return float(dict(self.floors)[floor])

    def happen(self, t_ms: float, event: dict[str, Any]) -> None:
        """An entry of the scenario; they come in order of time."""
        if "doors" in event:
            door = self._doors[-1].at(t_ms)
            target = {"open": 1.0, "closed": 0.0, "stuck": door}[event["doors"]]
            self._doors.append(_Door(from_ms=t_ms, door=door, target=target))
        if event.get("brake"):
            self._brake(t_ms)
        if "go_to" in event:
            self._go(t_ms, self.height_of(event["go_to"]))
        if "go_to_mm" in event:
            self._go(t_ms, float(event["go_to_mm"]))
        rest = {name: value for name, value in event.items() if name not in _MOTION}
        if "faults" in rest:
            rest["faults"] = frozenset(rest["faults"])
        self._steps.append((t_ms, replace(self._steps[-1][1], **rest)))

    def at(self, sim_ms: int) -> LiftEnvironment:
        """The lift at a time of the clock that `start_ms` is of."""
        t_ms = float(sim_ms - self.start_ms)
        if self.repeat_ms and t_ms > 0:
            t_ms %= self.repeat_ms
        leg = self._legs[bisect_right(self._legs, t_ms, key=lambda leg: leg.from_ms) - 1]
        door = self._doors[bisect_right(self._doors, t_ms, key=lambda door: door.from_ms) - 1].at(t_ms)
        step = self._steps[bisect_right(self._steps, t_ms, key=lambda step: step[0]) - 1][1]
        height_mm, mmps = leg.at(t_ms)
        in_zone = any(abs(height_mm - height) <= ZONE_MM for _, height in self.floors)
        return replace(step, at_ms=sim_ms, height_mm=height_mm, mmps=mmps, mmps2=leg.mmps2, in_zone=in_zone, door=door)

    def _current(self, t_ms: float) -> tuple[int, float, float]:
        index = bisect_right(self._legs, t_ms, key=lambda leg: leg.from_ms) - 1
        return index, *self._legs[index].at(t_ms)

    def _brake(self, t_ms: float) -> None:
        index, height_mm, mmps = self._current(t_ms)
        del self._legs[index + 1 :]
        self._leg(t_ms, height_mm, mmps, -math.copysign(BRAKING, mmps))
        self._rest(t_ms + abs(mmps) / BRAKING * 1000)

    def _go(self, t_ms: float, target_mm: float) -> None:
        """From rest to rest. Raises ValueError where the car still moves."""
        index, height_mm, mmps = self._current(t_ms)
        if mmps or index + 1 < len(self._legs):
            raise ValueError(f"at {t_ms / 1000} s the car still moves")
        way_mm = abs(target_mm - height_mm)
        sign = math.copysign(1.0, target_mm - height_mm)
        top = min(self.rated_mmps, math.sqrt(way_mm * ACCELERATION))
        ramp_ms = top / ACCELERATION * 1000
        cruise_ms = (way_mm - top * top / ACCELERATION) / top * 1000 if top else 0.0
        self._leg(t_ms, height_mm, 0.0, sign * ACCELERATION)
        self._leg(t_ms + ramp_ms, *self._legs[-1].at(t_ms + ramp_ms), 0.0)
        cruised_ms = t_ms + ramp_ms + cruise_ms
        self._leg(cruised_ms, *self._legs[-1].at(cruised_ms), -sign * ACCELERATION)
        self._legs.append(_Leg(from_ms=cruised_ms + ramp_ms, height_mm=target_mm))

    def _leg(self, from_ms: float, height_mm: float, mmps: float, mmps2: float) -> None:
        self._legs.append(_Leg(from_ms=from_ms, height_mm=height_mm, mmps=mmps, mmps2=mmps2))

    def _rest(self, from_ms: float) -> None:
        self._legs.append(_Leg(from_ms=from_ms, height_mm=self._legs[-1].at(from_ms)[0]))


def load(path: Path, start_ms: int = 0, more: Iterable[dict[str, Any]] = ()) -> LiftRide:
    """A scenario file; its time 0 is `start_ms`. `more`: entries that are not in the file."""
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    shaft = scenario["shaft"]
    ride = LiftRide(
        floors=[(number, height) for number, height in shaft["floors"]],
        start=shaft["start"],
        rated_mmps=float(shaft.get("rated_mmps", 1750)),
        start_ms=start_ms,
        repeat_ms=int(shaft.get("repeat_s", 0) * 1000),
    )
    for event in sorted([*scenario["at"], *more], key=lambda event: float(event["t_s"])):
        ride.happen(event["t_s"] * 1000, {name: value for name, value in event.items() if name != "t_s"})
    return ride
