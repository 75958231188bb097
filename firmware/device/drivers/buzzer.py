"""A piezo buzzer on PWM; what it plays says how bad it is. The patterns are our choice, not a standard's."""

# name -> pairs of (100 Hz, 50 ms), 0 Hz is silence; played again and again. Piezo parts are loudest at 2 to 4 kHz.
PATTERNS = {
    "sos": b"\x1b\x04\x22\x04",
    "critical": b"\x1b\x03\x00\x02\x1b\x03\x00\x02\x1b\x03\x00\x11",
    "major": b"\x1b\x04\x00\x03\x1b\x04\x00\x31",
    "minor": b"\x18\x04\x00\xc4",
    "warning": b"\x14\x02\x00\xff\x00\xff",
}


def tone_hz(pattern: bytes, at_ms: int) -> int:
    """What sounds at_ms after the pattern began; 0 is silence."""
    steps = range(0, len(pattern), 2)
    at_ms = at_ms // 50 % (sum([pattern[i + 1] for i in steps]) or 1)
    for i in steps:
        if at_ms < pattern[i + 1]:
            return pattern[i] * 100
        at_ms -= pattern[i + 1]
    return 0


class Buzzer:
    """Plays one pattern at a time; the pin is touched only where the tone changes."""

    def __init__(self, pwm) -> None:
        self.pwm = pwm
        self.name = ""
        self._since_ms = 0
        self._last = 0

    def play(self, name: str, now_ms: int) -> None:
        """This pattern from now on, or on with it; silence for a name nobody knows. Call often."""
        if name != self.name:
            self.name, self._since_ms = name, now_ms
        tone = tone_hz(PATTERNS.get(name, b""), now_ms - self._since_ms)
        if tone == self._last:
            return
        self._last = tone
        if tone:
            self.pwm.freq(tone)
        self.pwm.duty_u16(32768 if tone else 0)
