"""Five keys to GND. A key counts once it reads the same twice; up and down repeat; two have a meaning when held."""

from firmware.device import const

NAMES = ("up", "down", "ok", "back", "sos")
SOS_MS = const(2000)
HOLD_MS = const(3000)
_REPEAT_AFTER_MS = const(700)
_REPEAT_MS = const(200)
IDLE_POLL_MS = const(60)  # a finger stays 80 ms and more
BUSY_POLL_MS = const(20)


class Keys:
    """`sos` speaks after two seconds only, `back` when it is let go, or as `hold` after three."""

    def __init__(self, pins: list) -> None:
        self._pins = pins
        self._before = [False] * 5
        self._since: list = [None] * 5  # when it went down; None while it is up
        self._next: list = [None] * 5  # when it speaks (again)
        self.busy = False

    def poll(self, now_ms: int) -> list:
        """What the keys say now."""
        return self.feed([pin.value() == 0 for pin in self._pins], now_ms)

    def feed(self, pressed: list, now_ms: int) -> list:
        """Events of one look at the five levels."""
        events: list = []
        for i, name in enumerate(NAMES):
            if pressed[i] == self._before[i]:
                self._settled(i, name, pressed[i], now_ms, events)
        self._before = pressed
        self.busy = True in pressed or any([since is not None for since in self._since])
        return events

    def _settled(self, i: int, name: str, down: bool, now_ms: int, events: list) -> None:
        if not down:
            if name == "back" and self._next[i] is not None:
                events.append(name)
            self._since[i] = self._next[i] = None
        elif self._since[i] is None:
            self._since[i] = now_ms
            self._next[i] = now_ms + {"sos": SOS_MS, "back": HOLD_MS}.get(name, _REPEAT_AFTER_MS)
            if name in ("up", "down", "ok"):
                events.append(name)
        elif self._next[i] is not None and now_ms >= self._next[i]:
            if name in ("up", "down"):
                self._next[i] = now_ms + _REPEAT_MS
                events.append(name)
                return
            self._next[i] = None
            if name != "ok":
                events.append("hold" if name == "back" else name)
