# ruff: noqa: SIM105, UP028, UP031 - runs under MicroPython too
"""The pure parts of the lift over a long pseudo-random day, as text: both interpreters must print the same.

Under MicroPython: `micropython trace.py REPOSITORY`.
"""

import sys

if __name__ == "__main__":
    sys.path.append(sys.argv[1])

from firmware.device.drivers import SensorError, lis3dh, ntc
from firmware.device.endpoints.lift_car import Car
from firmware.device.endpoints.lift_codes import Codes
from firmware.device.endpoints.lift_entrapment import RESET, Entrapment, hold_of
from firmware.device.endpoints.lift_limits import limits_from
from firmware.device.endpoints.lift_position import Position
from firmware.device.endpoints.lift_vibration import Vibration

FLOORS = [[-1, 0], [1, 4500], [2, 7400], [3, 10300], [5, 13200]]


class Dice:
    """The same numbers on both interpreters (Numerical Recipes' generator)."""

    def __init__(self) -> None:
        self._state = 12345

    def roll(self, sides: int) -> int:
        """0 to sides - 1."""
        self._state = (self._state * 1664525 + 1013904223) % 4294967296
        return (self._state >> 8) % sides


class Wheel:
    """An angle, or a fault."""

    def __init__(self) -> None:
        self.angle = 0
        self.fault = False

    async def read(self) -> int:
        """Counts. Raises SensorError."""
        if self.fault:
            raise SensorError("no_magnet")
        return self.angle % 4096


class Noise:
    """An accelerometer that is shaken."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.overruns = 0

    def burst(self, into, at: int) -> int:
        """Bytes of the part, decoded by its driver."""
        return lis3dh.decode(bytes([self._dice.roll(256) for _ in range(6 * self._dice.roll(32))]), into, at)


def _floor(position: Position) -> object:
    try:
        return position.floor()
    except SensorError as error:
        return error.reason


def _step(position: Position, at_ms: int) -> None:
    """Its coroutine never waits here."""
    try:
        position.step(at_ms).send(None)
    except StopIteration:
        pass


def rides(dice: Dice):
    """Positions over rides that stop at floors, with a fault now and then."""
    wheel = Wheel()
    position = Position(wheel, FLOORS, 628)
    at_ms = counts = 0
    for ride in range(60):
        target = FLOORS[dice.roll(5)][1] * 4096 // 628
        wheel.fault = False
        while counts != target:
            way = target - counts
            counts += max(-500, min(500, way))
            wheel.angle = counts
            wheel.fault = ride % 20 == 19
            at_ms += 40 + dice.roll(30)
            _step(position, at_ms)
        for _ in range(30):
            at_ms += 50
            _step(position, at_ms)
        wheel.fault = False
        yield "%s %s %s %d" % (position.stopped_in_zone(), _floor(position), position.moving, int(position.mmps * 10))


def seconds(dice: Dice):
    """The judgement over inputs that change and fail at random."""
    limits = limits_from({"hold_ms": 6000, "doors_hold_ms": 8000, "doors_ms": 5000})
    car, codes, entrapment = Car(), Codes(), Entrapment()
    values: dict = {"mode": 1, "mains": True}
    for at in range(5000):
        for name in ("door_zone", "door_open", "door_closed", "people", "alarm_button", "mains"):
            if dice.roll(8) == 0:
                values[name] = dice.roll(2) == 1
            if dice.roll(60) == 0:
                values.pop(name, None)
        if dice.roll(20) == 0:
            values["mode"] = (1, 1, 1, 2, 3)[dice.roll(5)]
        moving = (True, False, False, None)[dice.roll(4)] if dice.roll(4) == 0 else car.moving
        car.feed(values, moving, at * 1000, limits["memory_ms"])
        trapped = entrapment.feed(hold_of(car, limits), car.suppressed(), at * 1000)
        told = codes.feed(car, dice.roll(100) > 0, values.get("mains") is False, limits, at * 1000)
        if trapped and dice.roll(50) == 0:
            entrapment.take(RESET)
        yield "%d %d %s %s %d" % (entrapment.state, car.mode, car.people, told, codes.message_code())


def parts(dice: Dice):
    """Thermistor and vibration."""
    for count in range(300, 64500, 997):
        yield "%d" % round(ntc.decode(count) * 1000)
    noise = Noise(dice)
    vibration = Vibration(noise)
    for _ in range(50):
        for _ in range(1 + dice.roll(7)):
            vibration.step()
        noise.overruns += dice.roll(10) == 0
        try:
            yield "%d %d" % tuple([round(value * 1000) for value in vibration.take()])
        except SensorError as error:
            yield error.reason


def lines():
    """Everything, in order."""
    for part in (rides, seconds, parts):
        yield part.__name__
        for line in part(Dice()):
            yield line


if __name__ == "__main__":
    for line in lines():
        print(line)
