"""The local alarm: sounder and light by the endpoint's own judgement, whether or not there is a network."""

from protocol.rise import Rise
from protocol.threshold import Threshold

# raise, clear, hold in ms: the same figures as the gateway's rules for a fire
LIMITS = {
    "smoke": (0.02, 0.012, 2000),  # 1/m
    "temp": (57.0, 50.0, 2000),  # Cel; EN 54-5 class A1 responds between 54 and 65
    "temp_rise": (8.0, 4.0, 2000),  # Cel per minute
}
# channel and window in ms. The rise of CO is not here: in the gateway it confirms a fire and never makes one
RISES = {"temp_rise": ("temp", 30_000)}


class LimitsError(ValueError):
    """Limits of the configuration that cannot be used."""


def limits_from(overrides: dict) -> dict:
    """The limits with those of the configuration in place. Raises LimitsError naming the wrong one."""
    limits = dict(LIMITS)
    for name, limit in overrides.items():
        if name not in LIMITS:
            raise LimitsError("limits: 未知 / unknown: " + name)
        if not _usable(limit):
            raise LimitsError("limits: %s 应为 / must be [raise, clear, hold_ms]" % name)
        limits[name] = tuple(limit)
    return limits


def _usable(limit: object) -> bool:
    if not isinstance(limit, (list, tuple)) or len(limit) != 3:
        return False
    numbers = all([isinstance(number, (int, float)) for number in limit])
    return numbers and limit[1] <= limit[0] and limit[2] >= 0


class LocalAlarm:
    """Smoke, heat, rise of heat, or the call point. The call point latches until the endpoint is reset."""

    def __init__(self, limits: dict, output) -> None:
        self._thresholds = {name: Threshold(*limit) for name, limit in limits.items()}
        self._rises = {name: Rise(window_ms) for name, (_, window_ms) in RISES.items()}
        self._output = output
        self._pressed = False
        self.active = False

    def feed(self, values: dict, at_ms: int) -> bool:
        """Judge one sample and drive the outputs. A channel that failed neither raises nor clears."""
        for name, threshold in self._thresholds.items():
            number = self._number(name, values, at_ms)
            if number is not None:
                threshold.feed(number, at_ms)
        self._pressed = self._pressed or bool(values.get("call_point"))
        active = self._pressed or any([threshold.active for threshold in self._thresholds.values()])
        if active != self.active:
            self.active = active
            self._output(active)
        return active

    def _number(self, name: str, values: dict, at_ms: int) -> float | None:
        """What the limit is compared with; None where there is nothing to judge."""
        if name not in RISES:
            return values.get(name)
        value = values.get(RISES[name][0])
        return None if value is None else self._rises[name].feed(value, at_ms)
