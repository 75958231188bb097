"""Duty, patrol and SOS: what goes on while nobody looks at the screen, and after a restart."""

import json

from firmware.device import const
from firmware.device.handheld_vault import drop, load, save

_POINTS_MAX = const(10)  # of a `track` report: half a kilobyte finds room in a heap that is in pieces
_BATCH_MS = const(600_000)  # a power cut costs at most so much of a track
_M_PER_UDEG_1024 = const(114)  # 0.11132 m per microdegree of latitude, times 1024


def metres(a: tuple, b: tuple) -> int:
    """Between two (latitude, longitude) of at most some kilometres; whole metres, within 2 % below 55 degrees."""
    north = (b[0] - a[0]) * _M_PER_UDEG_1024 // 1024
    # cos(x) = 1 - x²/2 + x⁴/24, x in 1/1000: good to 0.3 % up to one radian, without floats
    x = abs(a[0]) * 1745 // 100_000_000
    cosine = 1_000_000 - x * x // 2 + x * x // 1000 * x // 24000 * x
    east = (b[1] - a[1]) * _M_PER_UDEG_1024 // 1024 * cosine // 1_000_000
    root = abs(north) + abs(east)
    while root and root * root > north * north + east * east:  # Newton, from above
        root = (root + (north * north + east * east) // root) // 2
    return root


class Shift:
    """Flags on flash, points in memory. `reports` takes what has to be told."""

    def __init__(self, path: str, reports) -> None:
        self._path = path
        self.reports = reports
        self.points: list = []  # not reported yet
        self.count = self.length = 0  # points and metres of this patrol, for the screen
        self._last = (0, 0)
        self._next_ms = self._since_ms = 0
        try:  # the id of an SOS, once its report is on flash
            self.duty, self.patrol, self.sos = json.loads(load(path))
        except ValueError:
            self.duty, self.patrol, self.sos = False, False, ""

    def turn_duty(self, on: bool) -> None:
        """A patrol ends with the duty. Nothing where it is so already. Raises OSError."""
        if on != self.duty:
            if not on:
                self.turn_patrol(on)
            self.reports.put("duty_on" if on else "duty_off")
            self.duty = on
            self._save()

    def turn_patrol(self, on: bool) -> None:
        """Start or finish. Nothing where it is so already. Raises OSError."""
        if on == self.patrol:
            return
        if on:
            self.reports.put("patrol_started")
            self.count = self.length = 0
        else:
            self._flush()
            self.reports.put("patrol_finished", points=self.count, length_m=self.length)
        self.patrol = on
        self._save()

    def call(self, position: tuple) -> None:
        """SOS, with the position where there is one. Raises OSError."""
        self.sos = self.reports.put("sos", lat_udeg=position[0], lon_udeg=position[1])
        self._save()

    def end_call(self) -> None:
        """The worker takes it back; the centre hears both. Raises OSError."""
        self.reports.put("sos_cancelled", sos=self.sos)
        self.sos = ""
        self._save()

    def moved(self, position: tuple, now_ms: int, settings: dict) -> None:
        """A look at the position: a point where it is time or far enough. Nothing without a fix. Raises OSError."""
        if not self.patrol:
            return
        if position[0] is not None:
            way_m = metres(self._last, position[:2]) if self.count else 0
            if not self.count or now_ms >= self._next_ms or way_m >= settings["track_m"]:
                if not self.points:
                    self._since_ms = now_ms
                self.points.append([position[2], position[0], position[1]])
                self._last, self._next_ms = position[:2], now_ms + settings["track_s"] * 1000
                self.count += 1
                self.length += way_m
        if len(self.points) >= _POINTS_MAX or (self.points and now_ms - self._since_ms >= _BATCH_MS):
            self._flush()

    def forget(self) -> None:
        """All of it, without a word."""
        self.duty = self.patrol = False
        self.sos = ""
        self.points = []
        drop(self._path)

    def _flush(self) -> None:
        points, self.points = self.points, []
        if points:
            self.reports.put("track", points=points)

    def _save(self) -> None:
        save(self._path, json.dumps([self.duty, self.patrol, self.sos]).encode())
