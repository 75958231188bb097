"""Where the car is and how fast, from a wheel on the governor rope; the floor, from stops in the door zone.

After power-on nobody knows the floor. Every stop in a door zone is at one of the floors of the table; the way from stop
to stop, which the wheel knows, rules floors out until one is left. No floor is told before that, and none after the
wheel was lost: in a shaft with even storeys it takes one trip from end to end, with a lobby of another height less.
"""

from array import array
from math import sqrt

from firmware.device import const
from firmware.device.drivers import SensorError
from firmware.device.drivers.as5600 import TURN

NEAR_MM = 150  # a stop this near to a floor of the table is at it; half the depth of a usual door zone
START_MMPS = 100  # moving from here on; relevelling at a floor is slower
STOP_MMPS = 30  # standing below it for STILL_MS
STILL_MS = 1000
_SAME = const(8)  # counts
_JOLT_MMPS2 = const(5000)  # twice what a brake does


class Position:
    """`floors`: [(number, height in mm), ...] from the lowest up. Counts are whole numbers: floats would drift."""

    def __init__(self, wheel, floors: list, mm_per_turn: float) -> None:
        self._wheel = wheel
        self.set_up(floors, mm_per_turn)
        self._last: int | None = None  # angle
        self._pace, self._paced_ms = 0, 1  # counts in so many ms, between the last two readings
        self.at_ms = 0  # of the last reading
        self._counts = 0  # since power-on or since the wheel was lost
        self._still_ms: int | None = None
        self.fault = "not_read"  # of the wheel; empty where it works
        self.late = 0  # readings that came so late that the position was lost
        self.mmps = 0.0
        self.moving: bool | None = None

    def set_up(self, floors: list, mm_per_turn: float) -> None:
        """Another table: the floor is unknown until it is found again. Negative: the wheel turns the other way."""
        self._numbers = array("h", [number for number, _ in floors])
        self._heights = array("i", [height for _, height in floors])
        self._mm_per_turn = mm_per_turn
        # A reading is taken as the turn nearest to the pace before it. It is wrong by a turn where the pace has changed
        # by half of one meanwhile, which takes this long. A car that stands starts at a quarter of that: twice as long.
        self._gap_ms = int(sqrt(abs(mm_per_turn) / _JOLT_MMPS2) * 1000)
        self.lose()

    def lose(self) -> None:
        """From here on any floor is possible."""
        self._possible = list(range(len(self._heights)))
        self._stop_counts: int | None = None  # at the last stop in a door zone
        self._zero_mm: float | None = None  # height at count 0, once the floor is found

    async def step(self, at_ms: int) -> None:
        """One reading of the wheel."""
        try:
            angle = await self._wheel.read()
        except SensorError as error:
            self.fail(error.reason)
            self.at_ms = at_ms
            return
        passed_ms = at_ms - self.at_ms
        if self._last is not None and passed_ms <= 0:
            return
        if self._last is not None:
            expected = self._pace * passed_ms // self._paced_ms
            turned = (angle - self._last - expected + TURN // 2) % TURN - TURN // 2 + expected
            # a car that stood and stands where it was: a whole turn between two stands takes twice as long again
            if passed_ms > self._gap_ms * (1 if self.moving else 2 if abs(turned) > _SAME else 4):
                self.late += 1
                self.lose()  # a turn may be missing
            self._counts += turned
            self._pace, self._paced_ms = turned, passed_ms
            self._move(turned * self._mm_per_turn * 1000 / TURN / passed_ms, at_ms)
        self._last, self.at_ms, self.fault = angle, at_ms, ""

    def fail(self, reason: str) -> None:
        """The wheel gives nothing."""
        self.fault = reason
        self._last = self.moving = self._still_ms = None
        self._pace = 0
        self.mmps = 0.0
        self.lose()

    def _move(self, mmps: float, at_ms: int) -> None:
        """Speed over about a quarter of a second, and motion with a band between starting and standing."""
        self.mmps += (mmps - self.mmps) / 4
        speed = abs(self.mmps)
        if speed >= STOP_MMPS or self._still_ms is None:
            self._still_ms = at_ms
        if speed >= START_MMPS:
            self.moving = True
        elif at_ms - self._still_ms >= STILL_MS:
            self.moving = False

    def stopped_in_zone(self) -> bool:
        """The car stands level with some floor. False where that floor cannot be in the table: the position is lost."""
        if not self._heights or self.fault:
            return True
        way_mm = 0.0 if self._stop_counts is None else self._mm(self._counts - self._stop_counts)
        found = [to for to in range(len(self._heights)) if self._reached(to, way_mm)]
        self._stop_counts = self._counts
        if not found:
            self.lose()
            self._stop_counts = self._counts
            return False
        self._possible = found
        if len(found) == 1:  # the rope slips a little on the wheel: every stop sets it right
            self._zero_mm = self._heights[found[0]] - self._mm(self._counts)
        return True

    def _reached(self, to: int, way_mm: float) -> bool:
        return any([abs(self._heights[to] - self._heights[start] - way_mm) <= NEAR_MM for start in self._possible])

    def _mm(self, counts: int) -> float:
        return counts * self._mm_per_turn / TURN

    def floor(self) -> int:
        """The nearest floor. Raises SensorError while it is not known."""
        if self.fault:
            raise SensorError(self.fault)
        if not self._heights:
            raise SensorError("no_floor_table")
        if self._zero_mm is None:
            raise SensorError("not_synchronised")
        height_mm = self._zero_mm + self._mm(self._counts)
        nearest = min(range(len(self._heights)), key=lambda i: abs(self._heights[i] - height_mm))
        return self._numbers[nearest]
