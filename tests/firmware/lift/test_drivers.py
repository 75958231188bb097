"""The parts of a lift endpoint against frames of their datasheets, and their models against the drivers."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.drivers import SensorError, as5600, lis3dh, ntc
from simulators.environments.lift import LiftEnvironment
from simulators.virtual_board.parts import adc_count
from simulators.virtual_board.parts.lift import Accelerometer, angle_frame, sample_frame, thermistor_mv


@pytest.mark.parametrize(
    ("frame", "angle"),
    [("200000", 0), ("200fff", 4095), ("200800", 2048), ("20f123", 0x123), ("300001", 1), ("280001", 1)],
)
def test_as5600_angle(frame: str, angle: int) -> None:
    """STATUS with the magnet detected, then 12 bits; too strong or too weak a magnet still gives an angle."""
    assert angle == as5600.decode(bytes.fromhex(frame))


@pytest.mark.parametrize(("frame", "reason"), [("000123", "no_magnet"), ("180123", "no_magnet"), ("2001", "short")])
def test_as5600_refuses(frame: str, reason: str) -> None:
    """Without MD there is no angle, whatever the register holds."""
    with pytest.raises(SensorError, match=reason):
        as5600.decode(bytes.fromhex(frame))


# 8.x of the datasheet, left-justified 12 bits at +-4 g, 2 mg per digit: 1 g = 500 digits = 0x1F4 -> F4 shifted by 4
@pytest.mark.parametrize(
    ("frame", "digits"),
    [
        ("00000000401f", [0, 0, 500]),
        ("f07f0080f0ff", [2047, -2048, -1]),
        ("10000080c0e0", [1, -2048, -500]),
    ],
)
def test_lis3dh_digits(frame: str, digits: list[int]) -> None:
    """Little endian, signed, left-justified."""
    into = array("h", [0] * 3)
    assert 1 == lis3dh.decode(bytes.fromhex(frame), into, 0)
    assert digits == list(into)


def test_lis3dh_does_not_write_past_the_buffer() -> None:
    """What has no room is not decoded."""
    into = array("h", [7] * 8)
    assert 2 == lis3dh.decode(bytes(6 * 5), into, 2)
    assert [7, 7, 0, 0, 0, 0, 0, 0] == list(into)


class _Bus:
    """Answers as recorded: (register, answer)."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.written: list[tuple[int, int, bytes]] = []

    def readfrom_mem_into(self, address: int, register: int, buffer: Any) -> None:
        assert address in (lis3dh.ADDRESS, as5600.ADDRESS)
        expected, answer = self.answers.pop(0)
        assert expected == register
        if answer == "nack":
            raise OSError(19)
        buffer[:] = bytes.fromhex(answer)

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        self.written.append((address, register, data))


def test_lis3dh_starts_once_and_reads_bursts() -> None:
    """WHO_AM_I, five registers, then FIFO_SRC and as many samples as it says in one burst."""
    bus = _Bus((0x0F, "33"), (0x2F, "02"), (0xA8, "00000000401f" * 2), (0x2F, "20"))
    part, into = lis3dh.LIS3DH(bus), array("h", [0] * 9)

    assert [2, 0] == [part.burst(into, 0), part.burst(into, 6)]
    assert [0, 0, 500, 0, 0, 500, 0, 0, 0] == list(into)
    assert [(0x24, b"\x40"), (0x2E, b"\x00"), (0x2E, b"\x80"), (0x23, b"\x98"), (0x20, b"\x57")] == [
        entry[1:] for entry in bus.written
    ]
    assert 0 == part.overruns


def test_lis3dh_counts_an_overrun() -> None:
    """The overrun bit means 32 samples, and others that nobody will see."""
    bus = _Bus((0x0F, "33"), (0x2F, "df"), (0xA8, "00000000401f" * 32))
    part = lis3dh.LIS3DH(bus)

    assert 32 == part.burst(array("h", [0] * 96), 0)
    assert 1 == part.overruns


@pytest.mark.parametrize(("answers", "reason"), [([(0x0F, "32")], "wrong_part"), ([(0x0F, "nack")], "no_answer")])
def test_lis3dh_refuses(answers: list[tuple[int, str]], reason: str) -> None:
    """Another part at its address, or none."""
    with pytest.raises(SensorError, match=reason):
        lis3dh.LIS3DH(_Bus(*answers)).burst(array("h", [0] * 3), 0)


def test_lis3dh_is_set_up_again_after_it_was_away() -> None:
    """A part that lost its power has forgotten its registers."""
    bus = _Bus((0x0F, "33"), (0x2F, "nack"), (0x0F, "33"), (0x2F, "20"))
    part, into = lis3dh.LIS3DH(bus), array("h", [0] * 3)
    with pytest.raises(SensorError, match="no_answer"):
        part.burst(into, 0)

    assert 0 == part.burst(into, 0)
    assert 10 == len(bus.written)


async def test_as5600_that_does_not_answer() -> None:
    """No answer is an error and no angle."""
    with pytest.raises(SensorError, match="no_answer"):
        await as5600.AS5600(_Bus((0x0B, "nack"))).read()


# R(T) of a 10 kOhm B3950 part as its makers print it, rounded
@pytest.mark.parametrize(
    ("kohm", "temp_c"), [(33.62, 0.0), (10.0, 25.0), (3.588, 50.0), (0.697, 100.0), (0.253, 140.0)]
)
def test_ntc_table(kohm: float, temp_c: int) -> None:
    """The beta equation follows the printed table within a few tenths."""
    assert temp_c == pytest.approx(ntc.decode(round(65535 * kohm / (kohm + 10))), abs=0.5)


@pytest.mark.parametrize(("count", "reason"), [(65535, "open"), (64501, "open"), (0, "short"), (299, "short")])
def test_ntc_wires(count: int, reason: str) -> None:
    """A cut or shorted wire is no temperature."""
    with pytest.raises(SensorError, match=reason):
        ntc.decode(count)


@given(st.floats(-20, 130))
def test_models_and_drivers_agree(temp_c: float) -> None:
    """What the simulated part shows, the driver reads."""
    assert temp_c == pytest.approx(ntc.decode(adc_count(thermistor_mv(temp_c))), abs=0.8)


@given(st.floats(0, 100_000), st.tuples(*[st.floats(-39, 39)] * 3))
def test_frames_of_the_models(height_mm: float, mps2: tuple[float, float, float]) -> None:
    """Angle within a count, acceleration within half a digit."""
    turn = height_mm / 628 % 1
    into = array("h", [0] * 3)
    lis3dh.decode(sample_frame(mps2), into, 0)

    away = abs(as5600.decode(angle_frame(height_mm)) / 4096 - turn)
    assert min(away, 1 - away) < 1 / 4096
    assert all(
        math.isclose(axis * lis3dh.STEP_MPS2, real, abs_tol=0.011) for axis, real in zip(into, mps2, strict=True)
    )


@given(st.lists(st.integers(1, 900), min_size=1, max_size=40))
def test_the_fifo_loses_nothing_that_is_fetched_in_time(pauses_ms: list[int]) -> None:
    """Samples read and samples lost are all that were made; lost only after 320 ms."""
    model = Accelerometer()

    class Bus:
        now = LiftEnvironment()

        def readfrom_mem_into(self, address: int, register: int, buffer: Any) -> None:
            buffer[:] = model.read(register, len(buffer), self.now)

        def writeto_mem(self, address: int, register: int, data: bytes) -> None:
            model.write(register, data, self.now.at_ms)

    part, into, got, at_ms = lis3dh.LIS3DH(Bus()), array("h", [0] * 96), 0, 0
    got += part.burst(into, 0)
    for pause_ms in pauses_ms:
        at_ms += pause_ms
        Bus.now = LiftEnvironment(at_ms=at_ms)
        before = part.overruns
        got += part.burst(into, 0)
        assert pause_ms < 330 or part.overruns == before + 1
    assert got <= at_ms // 10
    assert part.overruns or got == at_ms // 10
