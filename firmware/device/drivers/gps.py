"""The GPS receiver on its UART: NMEA 0183 as a u-blox M8 sends it (its protocol specification, part NMEA).

Positions are whole microdegrees of WGS 84, south and west negative: single-precision floats would be a metre off.
Chinese maps draw in GCJ-02; whoever draws converts. An old position is never passed off as new.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

NO_FIX = (None, None, None)
_MAX_LINE = const(100)  # NMEA allows 82 characters
_FRESH_MS = const(5000)  # the receiver speaks once a second; after five missed ones nobody knows where we are


def decode(line: bytes) -> tuple:
    """(latitude, longitude, UTC in ms) of a valid RMC; NO_FIX where the receiver has none; () for the rest.

    An estimated, manual or simulated position is no fix. Raises SensorError.
    """
    fields = _checked(line)
    try:
        if fields[0][2:] == b"GGA":
            return () if fields[6] in (b"1", b"2", b"4", b"5") else NO_FIX
        if fields[0][2:] != b"RMC":
            return ()
        if fields[2] != b"A" or (len(fields) > 12 and fields[12][:1] in (b"E", b"M", b"S", b"N")):
            return NO_FIX
        return _udeg(fields, 3, 2), _udeg(fields, 5, 3), _utc_ms(fields[9], fields[1])
    except (IndexError, ValueError):
        raise SensorError("bad_text") from None


def _checked(line: bytes) -> list:
    star = line.rfind(b"*")
    if line[:1] != b"$" or star < 0 or len(line) != star + 3:
        raise SensorError("short_frame")
    total = 0
    for byte in line[1:star]:
        total ^= byte
    if ("%02X" % total).encode() != line[star + 1 :]:
        raise SensorError("bad_crc")
    return line[1:star].split(b",")


def _udeg(fields: list, offset: int, digits: int) -> int:
    """`ddmm.mmmmm` and its hemisphere: a minute is 1e6/60 microdegrees."""
    whole, _, fraction = fields[offset].decode().partition(".")
    minutes_e5 = int(whole[digits:]) * 100000 + int((fraction + "00000")[:5])
    udeg = int(whole[:digits]) * 1000000 + (minutes_e5 + 3) // 6
    return -udeg if fields[offset + 1] in (b"S", b"W") else udeg


def _utc_ms(day: bytes, clock: bytes) -> int:
    """`ddmmyy` and `hhmmss.ss`, of this century. Days are counted from March, so that the leap day comes last."""
    month, year = int(day[2:4]), 2000 + int(day[4:6])
    if month < 3:
        month, year = month + 12, year - 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + int(day[:2]) - 719469
    return (days * 86400 + int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + int(clock[4:6])) * 1000


class Gps:
    """`position(now)` is the answer; `at_ms` says when the receiver last spoke at all, `rejected` how often badly."""

    def __init__(self, uart) -> None:
        self._uart = uart
        self._buffer = b""
        self._last = NO_FIX
        self._since_ms = 0
        self.at_ms: int | None = None
        self.rejected = 0

    def feed(self, data: bytes | None, now_ms: int) -> None:
        """Bytes of the receiver, cut anywhere."""
        lines = (self._buffer + (data or b"")).split(b"\n")
        self._buffer = lines.pop()[-_MAX_LINE:]
        for line in lines:
            if not line.strip():
                continue
            try:
                fix = decode(line.strip())
            except SensorError:
                self.rejected += 1
                continue
            self.at_ms = now_ms
            if fix:
                self._last, self._since_ms = fix, now_ms

    def read(self, now_ms: int) -> None:
        """Take what has come over the wire."""
        self.feed(self._uart.read(), now_ms)

    def position(self, now_ms: int) -> tuple:
        """(latitude, longitude, UTC in ms) of not more than five seconds ago, else three times None."""
        return NO_FIX if now_ms - self._since_ms > _FRESH_MS else self._last
