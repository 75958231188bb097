"""A piezo buzzer on PWM; what it plays says how bad it is. The patterns are our choice, not a standard's."""

# name -> (Hz, ms) steps, 0 Hz is silence; played again and again. Piezo parts are loudest at 2 to 4 kHz.
PATTERNS = {
    "sos": ((2700, 200), (3400, 200)),
    "critical": ((2700, 150), (0, 100), (2700, 150), (0, 100), (2700, 150), (0, 850)),
    "major": ((2700, 200), (0, 150), (2700, 200), (0, 2450)),
    "minor": ((2400, 200), (0, 9800)),
    "warning": ((2000, 100), (0, 29900)),
}


def tone_hz(name: str, at_ms: int) -> int:
    """What sounds at_ms after the pattern began; 0 is silence, also for a name nobody knows."""
    steps = PATTERNS.get(name, ())
    total_ms = sum([length for _, length in steps])
    if not total_ms:
        return 0
    at_ms %= total_ms
    for hz, length in steps:
        if at_ms < length:
            return hz
        at_ms -= length
    return 0


class Buzzer:
    """Plays one pattern at a time; the pin is touched only where the tone changes."""

    def __init__(self, pwm) -> None:
        self._pwm = pwm
        self._name = ""
        self._since_ms = 0
        self._hz = 0

    def play(self, name: str, now_ms: int) -> None:
        """This pattern from now on, or on with it; "" is silence. Call often."""
        if name != self._name:
            self._name, self._since_ms = name, now_ms
        hz = tone_hz(name, now_ms - self._since_ms)
        if hz == self._hz:
            return
        self._hz = hz
        if hz:
            self._pwm.freq(hz)
        self._pwm.duty_u16(32768 if hz else 0)
