"""The GPS receiver on its UART. A position lives for a moment: an old one is never passed off as new."""

from firmware.device import const
from firmware.device.drivers import SensorError, nmea

_MAX_LINE = const(100)  # NMEA allows 82 characters
_FRESH_MS = const(5000)  # the receiver speaks once a second; after five missed ones nobody knows where we are


class Gps:
    """`position(now)` is the answer; `heard_ms` says when the receiver last spoke at all."""

    def __init__(self, uart) -> None:
        self._uart = uart
        self._rest = b""
        self._fix = nmea.NO_FIX
        self._fix_ms = 0
        self.heard_ms: int | None = None
        self.refused = 0  # broken sentences

    def poll(self, now_ms: int) -> None:
        """Take what has come over the wire."""
        data = self._uart.read()
        if data:
            self.feed(data, now_ms)

    def feed(self, data: bytes, now_ms: int) -> None:
        """Bytes of the receiver, cut anywhere."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()[-_MAX_LINE:]
        for line in lines:
            if not line.strip():
                continue
            try:
                fix = nmea.decode(line.strip())
            except SensorError:
                self.refused += 1
                continue
            self.heard_ms = now_ms
            if fix:
                self._fix, self._fix_ms = fix, now_ms

    def position(self, now_ms: int) -> tuple:
        """(latitude, longitude, UTC in ms) of not more than five seconds ago, else three times None."""
        if self._fix[0] is None or now_ms - self._fix_ms > _FRESH_MS:
            return nmea.NO_FIX
        return self._fix
