"""One button, four meanings, told apart by how long it is held.

Short: self-test. 3 s, released: silence. 10 s: the light flickers; release, and press once more within 5 s: factory
reset. Not pressed in time, nothing happens.
"""

from firmware.device import const

SHORT = "self_test"
LONG = "silence"
RESET = "factory_reset"
_LONG_MS = const(3000)
_ARM_MS = const(10_000)
_CONFIRM_MS = const(5000)
_IDLE_LOOK_MS = const(500)  # a shorter press is seen by the interrupt
_LOOK_MS = const(50)

# (state, input) -> (state, what it means). Inputs: down and up by the level, and the times that pass meanwhile
_TABLE = {
    ("idle", "down"): ("pressed", None),
    ("pressed", "up"): ("idle", SHORT),
    ("pressed", "long"): ("held", None),
    ("held", "up"): ("idle", LONG),
    ("held", "very_long"): ("arming", None),
    ("arming", "up"): ("armed", None),
    ("armed", "down"): ("confirmed", RESET),
    ("armed", "late"): ("idle", None),
    ("confirmed", "up"): ("idle", None),
}
_TIMES = {"pressed": ("long", _LONG_MS), "held": ("very_long", _ARM_MS), "armed": ("late", _CONFIRM_MS)}


class Button:
    """Times of `held` count from the press, those of `armed` from the release."""

    def __init__(self) -> None:
        self.state = "idle"
        self._since_ms = 0
        self._down = False

    @property
    def arming(self) -> bool:
        """True while the light has to warn."""
        return self.state in ("arming", "armed")

    def feed(self, down: bool, now_ms: int) -> str | None:
        """The level of this moment: SHORT, LONG, RESET or None."""
        meaning = None
        if self.state in _TIMES and now_ms - self._since_ms >= _TIMES[self.state][1]:
            self._step(_TIMES[self.state][0], now_ms)
        if down != self._down:
            self._down = down
            meaning = self._step("down" if down else "up", now_ms)
        return meaning

    def _step(self, happened: str, now_ms: int) -> str | None:
        if (self.state, happened) not in _TABLE:
            return None
        self.state, meaning = _TABLE[(self.state, happened)]
        if self.state in ("pressed", "armed"):
            self._since_ms = now_ms
        return meaning


async def watch(pin, falling: int, button: Button, act, now_ms, sleep_ms) -> None:
    """For ever: look at the pin (closed is 0) and call act(meaning)."""
    seen: list = []
    pin.irq(lambda _pin: seen or seen.append(1), falling)
    while True:
        down = pin.value() == 0
        pressed = bool(seen)
        seen.clear()
        if pressed and not down and button.state == "idle":
            meaning = button.feed(True, now_ms())  # shorter than our look
            meaning = button.feed(False, now_ms()) or meaning
        else:
            meaning = button.feed(down, now_ms())
        if meaning is not None:
            act(meaning)
        await sleep_ms(_IDLE_LOOK_MS if button.state == "idle" else _LOOK_MS)
