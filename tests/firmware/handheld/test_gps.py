"""GPS sentences against the examples of u-blox, and the rule that an old position is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.drivers import SensorError
from firmware.device.drivers.gps import NO_FIX, Gps, decode
from firmware.device.handheld_shift import metres
from simulators.environments.handheld import HandheldEnvironment
from simulators.virtual_board.parts.handheld import sentence, sentences

# u-blox 8 / M8 receiver description, UBX-13003221, part NMEA: the examples of RMC and GGA
RMC = b"$GPRMC,083559.00,A,4717.11437,N,00833.91522,E,0.004,77.52,091202,,,A*57"
GGA = b"$GPGGA,092725.00,4717.11399,N,00833.91590,E,1,08,1.01,499.6,M,48.0,M,,*5B"
LATEST_MS = 4_102_444_799_000  # 2099


def test_rmc_of_the_receiver_description() -> None:
    """47°17.11437' N, 8°33.91522' E, 9 December 2002, 08:35:59 UTC."""
    moment = datetime(2002, 12, 9, 8, 35, 59, tzinfo=UTC)

    assert (47_285_240, 8_565_254, int(moment.timestamp()) * 1000) == decode(RMC)


def test_gga_of_the_receiver_description() -> None:
    """A good one adds nothing to the RMC of the same second; one without a fix says so."""
    assert () == decode(GGA)
    assert NO_FIX == decode(sentence("GNGGA,092725.00,,,,,0,00,99.99,,,,,,").strip())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (RMC[:-1] + b"8", "bad_crc"),
        (RMC.replace(b"4717", b"4718"), "bad_crc"),
        (RMC[:-3], "short_frame"),
        (RMC[1:], "short_frame"),
        (b"", "short_frame"),
        (sentence("GPRMC,083559.00,A").strip(), "bad_text"),
        (sentence("GPRMC,xx,A,4717.11437,N,00833.91522,E,0.004,77.52,091202,,,A").strip(), "bad_text"),
    ],
)
def test_a_broken_sentence_is_refused(line: bytes, reason: str) -> None:
    """A checksum, the end, or a field that is wrong."""
    with pytest.raises(SensorError, match=reason):
        decode(line)


@pytest.mark.parametrize("mode", ["E", "M", "S", "N"])
def test_an_estimated_position_is_none(mode: str) -> None:
    """Dead reckoning, manual input and simulation are not fixes."""
    line = sentence(f"GNRMC,083559.00,A,4717.11437,N,00833.91522,E,0.004,77.52,091202,,,{mode}").strip()

    assert NO_FIX == decode(line)


@given(
    st.integers(-90_000_000, 90_000_000),
    st.integers(-180_000_000, 180_000_000),
    st.integers(946_684_800_000, LATEST_MS),
)
def test_what_the_receiver_says_is_what_is_read(lat_udeg: int, lon_udeg: int, at_ms: int) -> None:
    """Everywhere on earth in this century, to the microdegree and the second."""
    worker = HandheldEnvironment(at_ms=at_ms, lat_udeg=lat_udeg, lon_udeg=lon_udeg)
    line = sentences(worker).splitlines()[0]

    assert (lat_udeg, lon_udeg, at_ms // 1000 * 1000) == decode(line)


@given(st.integers(0, len(RMC) - 1), st.integers(0, 7))
def test_any_flipped_bit_is_noticed(at: int, bit: int) -> None:
    """A wrong position is worse than none."""
    line = bytearray(RMC)
    line[at] ^= 1 << bit
    with pytest.raises(SensorError):
        decode(bytes(line))


class _Uart:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self) -> bytes | None:
        data, self.data = self.data, b""
        return data or None


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_cut_anywhere(cuts: list[int]) -> None:
    """The UART gives bytes as they come."""
    gps, data = Gps(_Uart(b"")), b"\xff\x00noise\n" + RMC + b"\r\n" + GGA + b"\r\n"
    for cut in cuts:
        gps.feed(data[:cut], 1000)
        data = data[cut:]
    gps.feed(data, 1000)

    assert (47_285_240, 8_565_254) == gps.position(1000)[:2]
    assert 1 == gps.rejected


def test_an_old_position_is_none() -> None:
    """Five seconds, then nobody knows; at once where the receiver says so itself."""
    gps = Gps(_Uart(RMC + b"\n"))
    gps.read(1000)
    assert gps.position(6000)[0] is not None
    assert NO_FIX == gps.position(6001)
    gps.feed(RMC + b"\n", 7000)
    gps.feed(sentences(HandheldEnvironment(fix=False)), 7000)

    assert NO_FIX == gps.position(7000)
    assert 7000 == gps.at_ms


def test_noise_does_not_pile_up() -> None:
    """A receiver at another speed fills nothing."""
    gps = Gps(_Uart(b""))
    for at_ms in range(1000):
        gps.feed(bytes(range(128, 228)), at_ms)

    assert len(gps._buffer) <= 100
    assert gps.at_ms is None


@given(st.integers(-54_000_000, 54_000_000), st.integers(-20_000, 20_000), st.integers(-20_000, 20_000))
def test_metres(lat_udeg: int, north: int, east: int) -> None:
    """Whole numbers against the formula, over two kilometres."""
    import math

    here = (lat_udeg, 120_155_150)
    exact = math.hypot(north, east * math.cos(math.radians(lat_udeg / 1e6))) * 0.11132

    assert exact == pytest.approx(metres(here, (here[0] + north, here[1] + east)), rel=0.02, abs=3)
