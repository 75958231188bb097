"""Five keys to GND. A key counts once it reads the same twice; up and down repeat; two have a meaning when held."""

from firmware.device import const

NAMES = ("up", "down", "ok", "back", "sos")
_SOS_MS = const(2000)
_HOLD_MS = const(3000)
_REPEAT_AFTER_MS = const(700)
_REPEAT_MS = const(200)
_IDLE_MS = const(60)  # a finger stays 120 ms and more
_BUSY_MS = const(20)


class Keys:
    """`sos` speaks after two seconds only, `back` when it is let go, or as `hold` after three."""

    def __init__(self, pins: list) -> None:
        self.pins = pins
        self._last = [False] * 5
        self._since_ms: list = [None] * 5  # when it went down; None while it is up
        self._next_ms: list = [None] * 5  # when it speaks (again)
        self.wait_ms = _IDLE_MS  # until the next look
        self.pending: list = []  # events nobody has taken yet

    def read(self, now_ms: int) -> None:
        """Look at the keys; what they say is added to `pending`."""
        self.pending += self.feed([pin.value() == 0 for pin in self.pins], now_ms)

    def feed(self, pressed: list, now_ms: int) -> list:
        """Events of one look at the five levels."""
        events: list = []
        for i in range(5):
            if pressed[i] == self._last[i]:
                self._settled(i, pressed[i], now_ms, events)
        self._last = pressed
        busy = True in pressed or any([since is not None for since in self._since_ms])
        self.wait_ms = _BUSY_MS if busy else _IDLE_MS
        return events

    def _settled(self, id: int, down: bool, now_ms: int, what: list) -> None:
        name, speaks_ms = NAMES[id], self._next_ms[id]
        if not down:
            if name == "back" and speaks_ms is not None:
                what.append(name)
            self._since_ms[id] = self._next_ms[id] = None
        elif self._since_ms[id] is None:
            self._since_ms[id] = now_ms
            self._next_ms[id] = now_ms + (_SOS_MS if id == 4 else _HOLD_MS if id == 3 else _REPEAT_AFTER_MS)
            if id < 3:
                what.append(name)
        elif speaks_ms is not None and now_ms >= speaks_ms:
            self._next_ms[id] = now_ms + _REPEAT_MS if id < 2 else None
            if id != 2:
                what.append("hold" if id == 3 else name)
