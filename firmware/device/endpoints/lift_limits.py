"""What a site may set for its lift, with defaults. The defaults are ours; no standard of our list gives figures."""

from firmware.device import const

# name -> (default, lowest, highest)
LIMITS = {
    "hold_ms": (30_000, 2000, 120_000),  # standing outside the door zone with people, until it is an entrapment
    "doors_hold_ms": (60_000, 5000, 300_000),  # standing at a floor with people and shut doors
    "button_hold_ms": (5000, 0, 60_000),  # either, when somebody in the car pressed the alarm button
    "blind_hold_ms": (120_000, 10_000, 600_000),  # at least, while motion is unknown: longer than the longest ride
    "memory_ms": (30_000, 0, 300_000),  # how long people at a floor are believed in after the radar lost them
    "outside_ms": (5000, 0, 60_000),  # code 4
    "doors_ms": (20_000, 5000, 120_000),  # codes 2 and 3
    "run_ms": (120_000, 10_000, 600_000),  # code 6
    "mm_per_turn": (628, -10_000, 10_000),  # of the wheel with the magnet: a sheave of 200 mm
    "test_call_ms": (259_200_000, 60_000, 259_200_000),  # EN 81-28: at least every 72 h
    "test_answer_ms": (100_000, 5000, 600_000),  # EN 54-21, type 1: a fault after 100 s without acknowledgement
}
_STOREY_MM = const(500)  # doors on both sides of a car may be half a storey apart
_WRONG = "limits: %s 应为整数 / must be a whole number, %d..%d"
_FLOORS = "limits: floors 应为 / must be [[number, height_mm], ...] from the lowest up"


def limits_from(*layers) -> dict:
    """The defaults with these layers over them, and the "floors". Raises ValueError naming what is wrong."""
    limits: dict = {name: row[0] for name, row in LIMITS.items()}
    limits["floors"] = []
    for layer in layers:
        for name, value in layer.items():
            _check(name, value)
            limits[name] = value
    return limits


def _check(name: str, value) -> None:
    if name == "floors":
        if not _usable(value):
            raise ValueError(_FLOORS)
        return
    if name not in LIMITS:
        raise ValueError("limits: 未知 / unknown: " + name)
    _, low, high = LIMITS[name]
    if not _whole(value) or not low <= value <= high or (name == "mm_per_turn" and abs(value) < 100):
        raise ValueError(_WRONG % (name, low, high))


def _whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _usable(floors) -> bool:
    if not isinstance(floors, list) or len(floors) > 220:  # as many as the channel's range can name
        return False
    for floor in floors:
        if not isinstance(floor, list) or len(floor) != 2 or not (_whole(floor[0]) and _whole(floor[1])):
            return False
    for i in range(1, len(floors)):
        if floors[i][0] <= floors[i - 1][0] or floors[i][1] < floors[i - 1][1] + _STOREY_MM:
            return False
    return all([-20 <= number <= 200 and abs(height) < 1_000_000 for number, height in floors])
