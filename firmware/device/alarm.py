"""The local alarm: an endpoint's own judgement, whether or not there is a network."""

from firmware.device import const
from protocol.rise import Rise
from protocol.threshold import Threshold

# raise, clear, hold in ms: the same figures as the gateway's rules for a fire
LIMITS = {
    "smoke": (0.02, 0.012, 2000),  # 1/m
    "temp": (57.0, 50.0, 2000),  # Cel; EN 54-5 class A1 responds between 54 and 65
    "temp_rise": (8.0, 4.0, 2000),  # Cel per minute
}
# Where a limit may raise; ours. Nobody shall switch a detector off, or make it cry all day, by a slip of the keyboard.
BOUNDS = {"smoke": (0.005, 0.5), "temp": (35.0, 90.0), "temp_rise": (3.0, 30.0)}
_HOLD_MAX_MS = const(5000)  # of the 10 s that GB 26875.1, 4.1.2.1 gives an alarm to the centre
# The rise of CO is not here: in the gateway it confirms a fire and never makes one
RISE_WINDOW_MS = 30_000

# A cause is smoke, heat, its rise, or a pressed call point. "latched": no cause is left, but the call point was pressed
# and nobody has reset it. Silence is of the sounder only; a pair that is not here is refused and changes nothing.
MOVES = {
    ("quiet", "new"): "alarm",
    ("alarm", "new"): "alarm",
    ("alarm", "held"): "latched",
    ("alarm", "ended"): "quiet",
    ("alarm", "silence"): "silenced",
    ("silenced", "new"): "alarm",
    ("silenced", "held"): "hushed",
    ("silenced", "ended"): "quiet",
    ("silenced", "silence"): "silenced",
    ("silenced", "expired"): "alarm",
    ("latched", "new"): "alarm",
    ("latched", "silence"): "hushed",
    ("latched", "reset"): "quiet",
    ("hushed", "new"): "alarm",
    ("hushed", "silence"): "hushed",
    ("hushed", "expired"): "latched",
    ("hushed", "reset"): "quiet",
}


def limits_from(overrides: dict) -> dict:
    """The limits with those of the configuration in place. Raises ValueError naming the wrong one."""
    limits = dict(LIMITS)
    for name, limit in overrides.items():
        if name not in LIMITS:
            raise ValueError("limits: 未知 / unknown: " + name)
        if not isinstance(limit, (list, tuple)) or [type(number) in (int, float) for number in limit] != [True] * 3:
            raise ValueError("limits: %s 应为 / must be [raise, clear, hold_ms]" % name)
        low, high = BOUNDS[name]
        if not (low <= limit[0] <= high and 0 < limit[1] <= limit[0] and 0 <= limit[2] <= _HOLD_MAX_MS):
            raise ValueError("limits: %s: %s..%s, clear <= raise, hold_ms <= %d" % (name, low, high, _HOLD_MAX_MS))
        limits[name] = tuple(limit)
    return limits


class LocalAlarm:
    """Smoke, heat, rise of heat, or the call point, which latches until a person resets it.

    `active` from the first cause until the last is over and a pressed call point was reset; `silenced` while a person
    has silenced the sounder, until `silent_until_ms` or something new.
    """

    def __init__(self, latched: bool) -> None:
        self._thresholds: dict = {}
        self._rise = Rise(RISE_WINDOW_MS)
        self._pressed = False
        self._causes: list = []
        self.limit(LIMITS)
        self.silent_until_ms = 0
        self.latched = latched
        self.silenced = False
        self.active = latched
        self.state = "latched" if latched else "quiet"

    def limit(self, limits: dict) -> None:
        """Other limits from now on; what is active stays so until it clears by them."""
        for name, limit in limits.items():
            threshold = Threshold(*limit)
            threshold.active = name in self._causes
            self._thresholds[name] = threshold

    def forget(self, channel: str) -> None:
        """A person has switched this channel off: what it said last counts no more."""
        for name, threshold in self._thresholds.items():
            if name.startswith(channel):
                threshold.active = False
        if channel == "call_point":
            self._pressed = False

    def sound(self) -> str | None:
        """The pattern to play."""
        if self.silenced or not self.active:
            return None
        return "fire" if [name for name in self._causes if name != "call_point"] else "call_point"

    def feed(self, values: dict, at_ms: int) -> bool:
        """Judge one sample. A channel that failed neither raises nor clears."""
        causes = self._judge(values, at_ms)
        if [name for name in causes if name not in self._causes]:
            self.move("new")
        elif self._causes and not causes:
            self.move("held" if self.latched else "ended")
        self._causes = causes
        if self.silenced and at_ms >= self.silent_until_ms:
            self.move("expired")
        return self.active

    def _judge(self, values: dict, at_ms: int) -> list:
        temp = values.get("temp")
        rise = None if temp is None else self._rise.feed(temp, at_ms)
        causes = []
        for name, threshold in self._thresholds.items():
            number = rise if name == "temp_rise" else values.get(name)
            if number is not None:
                threshold.feed(number, at_ms)
            if threshold.active:
                causes.append(name)
        self._pressed = values.get("call_point", self._pressed)
        if self._pressed:
            self.latched = True
            causes.append("call_point")
        return causes

    def move(self, event: str) -> None:
        """Raises ValueError for a pair that is not in the table, and changes nothing then."""
        state = MOVES.get((self.state, event))
        if state is None:
            raise ValueError("%s: 此时不行 / not in state %s" % (event, self.state))
        self.state = state
        self.active = state != "quiet"
        self.silenced = state in ("silenced", "hushed")
        if event == "reset":
            self.latched = False
