"""Position from the wheel: unwrapping, speed, motion, and the floor that is never guessed."""

from __future__ import annotations

import asyncio
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.drivers import SensorError
from firmware.device.endpoints.lift_position import NEAR_MM, Position

LOBBY = [[1, 0], [2, 4500], [3, 7400], [4, 10300], [5, 13200]]
EVEN = [[floor, 2900 * floor] for floor in range(1, 9)]
MM_PER_TURN = 628


class Wheel:
    """The rope at a height."""

    def __init__(self) -> None:
        self.height_mm = 0.0
        self.fault = ""

    async def read(self) -> int:
        if self.fault:
            raise SensorError(self.fault)
        return round(self.height_mm / MM_PER_TURN * 4096) % 4096


class Rope:
    """A position on a wheel, and time."""

    def __init__(self, floors: list[list[int]], height_mm: float = 0.0) -> None:
        self.wheel = Wheel()
        self.wheel.height_mm = height_mm
        self.position = Position(self.wheel, floors, MM_PER_TURN)
        self.at_ms = 0

    def step(self, moved_mm: float = 0.0, after_ms: int = 50) -> None:
        self.at_ms += after_ms
        self.wheel.height_mm += moved_mm
        asyncio.run(self.position.step(self.at_ms))

    def ride(self, to_mm: float, mmps: float = 1500.0) -> None:
        """To another height, a little slower at both ends; and a second of standing."""
        way = to_mm - self.wheel.height_mm
        speeds = [0.0]
        while sum(speeds) < abs(way):
            left = abs(way) - sum(speeds)
            speeds.append(min(speeds[-1] + 4, mmps / 20, max(2.0, left / 8), left))
        for mm in speeds:
            self.step(mm if way > 0 else -mm)
        for _ in range(25):
            self.step()
        assert self.wheel.height_mm == pytest.approx(to_mm, abs=1)

    def floor(self) -> int | str:
        try:
            return self.position.floor()
        except SensorError as error:
            return error.reason


def test_speed_and_motion() -> None:
    """Up is positive; motion starts above 0.1 m/s and ends after a second below 0.03."""
    rope = Rope(LOBBY)
    assert (None, "not_read") == (rope.position.moving, rope.position.fault)
    for _ in range(30):
        rope.step()
    assert (False, "") == (rope.position.moving, rope.position.fault)
    for _ in range(40):
        rope.step(75.0)
    assert (True, True) == (rope.position.moving, 1490 < rope.position.mmps < 1510)
    for _ in range(40):
        rope.step(-75.0)
    assert -1510 < rope.position.mmps < -1490
    for step in range(40):
        rope.step(0.0)
        assert rope.position.moving or step > 20
    assert not rope.position.moving


def test_creeping_neither_starts_nor_ends_motion() -> None:
    """Between 0.03 and 0.1 m/s it stays what it was."""
    rope = Rope(LOBBY)
    for _ in range(30):
        rope.step()
    for _ in range(100):
        rope.step(3.0)
    assert rope.position.moving is False
    for _ in range(20):
        rope.step(10.0)
    for _ in range(100):
        rope.step(3.0)
    assert rope.position.moving is True


def test_no_floor_before_it_is_certain() -> None:
    """After power-on unknown; after the first stop still unknown; after a way that fits one pair of floors known."""
    rope = Rope(LOBBY, 7400)
    rope.ride(7400)
    assert rope.position.stopped_in_zone()
    assert "not_synchronised" == rope.floor()
    rope.ride(10300)
    assert rope.position.stopped_in_zone()
    assert "not_synchronised" == rope.floor()  # 2 to 3, 3 to 4 and 4 to 5 are the same way
    rope.ride(0)
    assert rope.position.stopped_in_zone()
    assert 1 == rope.floor()
    rope.ride(7400)
    assert 3 == rope.floor()


@given(st.integers(0, 7), st.lists(st.integers(0, 7), min_size=1, max_size=8))
def test_even_storeys_are_never_guessed(start: int, stops: list[int]) -> None:
    """A floor is told only when every other start is excluded, and it is the right one."""
    position = Position(Wheel(), EVEN, MM_PER_TURN)
    position.fault = ""
    position.stopped_in_zone()
    here, ways = start, [0]
    for stop in stops:
        position._counts += round((stop - here) * 2900 / MM_PER_TURN * 4096)
        ways.append(ways[-1] + stop - here)
        here = stop
        assert position.stopped_in_zone()
        starts = [s for s in range(8) if all(0 <= s + way <= 7 for way in ways)]
        if len(starts) == 1:
            assert here + 1 == position.floor()
        else:
            with pytest.raises(SensorError, match="not_synchronised"):
                position.floor()


def test_a_stop_that_fits_no_floor_loses_the_position() -> None:
    """Rather unknown than wrong."""
    rope = Rope(LOBBY)
    for height in (0, 13200):
        rope.ride(height)
        assert rope.position.stopped_in_zone()
    assert 5 == rope.floor()
    rope.ride(9000)
    assert not rope.position.stopped_in_zone()
    assert "not_synchronised" == rope.floor()


def test_slip_of_the_rope_is_set_right_at_every_stop() -> None:
    """A percent of slip in each ride is more than a floor after a day, and none of it stays."""
    rope = Rope(LOBBY)
    rope.ride(0)
    rope.position.stopped_in_zone()
    rope.ride(13200)
    rope.position.stopped_in_zone()
    for _ in range(20):
        for floor, (number, height) in ((0, LOBBY[0]), (4, LOBBY[4]), (2, LOBBY[2])):
            rope.ride(height + (20 if floor else 0))
            rope.wheel.height_mm = float(height)
            rope.position._last = round(height / MM_PER_TURN * 4096) % 4096
            assert rope.position.stopped_in_zone()
            assert number == rope.floor()
            assert abs(rope.position._zero_mm + rope.position._mm(rope.position._counts) - height) < NEAR_MM


@pytest.mark.parametrize("reason", ["no_answer", "no_magnet"])
def test_a_dead_wheel_is_a_fault_and_no_standing_car(reason: str) -> None:
    """Motion, speed and floor are unknown at once, and the floor stays so when the wheel comes back."""
    rope = Rope(LOBBY)
    for height in (0, 13200):
        rope.ride(height)
        rope.position.stopped_in_zone()
    rope.wheel.fault = reason
    rope.step(75.0)
    assert (None, reason, reason) == (rope.position.moving, rope.position.fault, rope.floor())
    rope.wheel.fault = ""
    for _ in range(30):
        rope.step()
    assert (False, "not_synchronised") == (rope.position.moving, rope.floor())


def test_a_late_reading_loses_the_position() -> None:
    """After 354 ms nobody knows how often the wheel turned; from standing 708, and 1416 back to standing."""
    rope = Rope(LOBBY)
    for height in (0, 13200):
        rope.ride(height)
        rope.position.stopped_in_zone()
    rope.step(after_ms=1410)
    rope.step(-40.0, after_ms=700)
    for _ in range(10):
        rope.step(-20.0)
    rope.step(-100.0, after_ms=350)
    assert 5 == rope.floor()
    rope.step(-100.0, after_ms=360)
    assert "not_synchronised" == rope.floor()
    for late, (moved_mm, after_ms) in enumerate(((628.0, 1420), (100.0, 715)), 2):
        for _ in range(30):
            rope.step()
        assert rope.position.moving is False
        rope.step(moved_mm, after_ms)
        assert late == rope.position.late


def test_no_table_no_floor() -> None:
    """Motion and speed work without one."""
    rope = Rope([])
    rope.ride(1000)
    assert rope.position.stopped_in_zone()
    assert ("no_floor_table", False) == (rope.floor(), rope.position.moving)


# changes of speed of up to 2.5 m/s2, which is harder than a brake; readings 20 to 300 ms apart; up to 8 m/s
@given(
    st.lists(st.tuples(st.floats(-2500, 2500), st.integers(20, 300)), min_size=5, max_size=200),
)
def test_no_turn_is_lost_whatever_the_car_does(plan: list[tuple[float, int]]) -> None:
    """What was counted is what was turned, as long as readings come in time."""
    rope = Rope(LOBBY)
    rope.step()
    for _ in range(10):
        rope.step()
    mmps = 0.0
    real = rope.wheel.height_mm
    for wanted, after_ms in plan:
        seconds = after_ms / 1000
        mmps2 = wanted if abs(mmps + wanted * seconds) <= 8000 else 0.0
        real += mmps * seconds + mmps2 * seconds * seconds / 2
        mmps += mmps2 * seconds
        rope.step(real - rope.wheel.height_mm, after_ms)
    assert rope.position._mm(rope.position._counts) == pytest.approx(real, abs=2)


@given(st.lists(st.integers(-60, 60), max_size=50))
def test_the_wheel_may_turn_either_way(moves: list[int]) -> None:
    """A negative circumference is the same car with the magnet on the other side."""
    heights = list(accumulate(moves))
    found = []
    for mm_per_turn in (MM_PER_TURN, -MM_PER_TURN):
        rope = Rope(LOBBY)
        rope.position.set_up([], mm_per_turn)
        rope.step()
        for move in moves:
            rope.step(float(move) if mm_per_turn > 0 else float(-move))
        found.append(rope.position._mm(rope.position._counts))
    assert found[0] == pytest.approx(found[1], abs=1)
    assert found[0] == pytest.approx(heights[-1] if heights else 0, abs=1)
