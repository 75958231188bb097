"""What a GPS receiver says: NMEA 0183 sentences as a u-blox M8 sends them (its protocol specification, part NMEA).

Positions are whole microdegrees of WGS 84, south and west negative: single-precision floats would be a metre off.
Chinese maps draw in GCJ-02; whoever draws converts.
"""

from firmware.device.drivers import SensorError

_NOTHING = ()  # a good sentence of no interest here
NO_FIX = (None, None, None)


def fields_of(line: bytes) -> list:
    """The fields of a whole sentence, without `$` and checksum. Raises SensorError."""
    star = line.rfind(b"*")
    if line[:1] != b"$" or star < 0 or len(line) != star + 3:
        raise SensorError("short_frame")
    total = 0
    for byte in line[1:star]:
        total ^= byte
    if ("%02X" % total).encode() != line[star + 1 :]:
        raise SensorError("bad_crc")
    return line[1:star].split(b",")


def decode(line: bytes) -> tuple:
    """(latitude, longitude, UTC in ms) of a valid RMC; NO_FIX where the receiver has none; () for the rest.

    An estimated, manual or simulated position is no fix. Raises SensorError.
    """
    fields = fields_of(line)
    try:
        if fields[0][2:] == b"GGA":
            return _NOTHING if fields[6] in (b"1", b"2", b"4", b"5") else NO_FIX
        if fields[0][2:] != b"RMC":
            return _NOTHING
        if fields[2] != b"A" or (len(fields) > 12 and fields[12][:1] in (b"E", b"M", b"S", b"N")):
            return NO_FIX
        latitude = _udeg(fields[3], fields[4] == b"S", 2)
        longitude = _udeg(fields[5], fields[6] == b"W", 3)
        return latitude, longitude, _utc_ms(fields[9], fields[1])
    except (IndexError, ValueError):
        raise SensorError("bad_fields") from None


def _udeg(text: bytes, negative: bool, degree_digits: int) -> int:
    """`ddmm.mmmmm`: a minute is 1e6/60 microdegrees."""
    whole, _, fraction = text.decode().partition(".")
    minutes_e5 = int(whole[degree_digits:]) * 100000 + int((fraction + "00000")[:5])
    udeg = int(whole[:degree_digits]) * 1000000 + (minutes_e5 + 3) // 6
    return -udeg if negative else udeg


def _utc_ms(date: bytes, clock: bytes) -> int:
    """`ddmmyy` and `hhmmss.ss`, of this century. Days are counted from March, so that the leap day comes last."""
    day, month, year = int(date[:2]), int(date[2:4]), 2000 + int(date[4:6])
    if month < 3:
        month, year = month + 12, year - 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day - 719469
    seconds = int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + int(clock[4:6])
    return (days * 86400 + seconds) * 1000
