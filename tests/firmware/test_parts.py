"""Drivers against the frames of their datasheets, and the pure parts of the firmware."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import config
from firmware.device.backoff import CAP_S, delay_s
from firmware.device.clock import Clock
from firmware.device.drivers import SensorError, battery, call_point, co_cell, sht4x, smoke_chamber
from firmware.device.endpoints import fire
from firmware.device.kept import Boots
from firmware.device.sample import Records
from firmware.device.sampler import Schedule, read_all
from simulators.physics import FireEnvironment, calm
from simulators.virtual_board.parts import adc_count
from simulators.virtual_board.parts.fire import sht4x_frame, signal_mv


def test_sht4x_checksum_of_the_datasheet() -> None:
    """CRC(0xBEEF) = 0x92, the example of the datasheet's table of the checksum."""
    assert 0x92 == sht4x.crc8(b"\xbe\xef")


@pytest.mark.parametrize(("ticks", "temp_c"), [(0x0000, -45.0), (0xFFFF, 130.0), (0x6666, 25.0), (0x8000, 42.501)])
def test_sht4x_conversion(ticks: int, temp_c: float) -> None:
    """T = -45 + 175 * S / 65535."""
    word = ticks.to_bytes(2, "big")
    frame = word + bytes([sht4x.crc8(word)]) + b"\xbe\xef\x92"

    assert temp_c == pytest.approx(sht4x.decode(frame), abs=0.001)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\xbe\xef\x92\xbe\xef\x91", "bad_crc"),
        (b"\xbe\xee\x92\xbe\xef\x92", "bad_crc"),
        (b"\xbe\xef\x92", "short_frame"),
    ],
)
def test_sht4x_refuses_a_broken_frame(frame: bytes, reason: str) -> None:
    """A wrong checksum of either word, or a short frame, is an error and no temperature."""
    with pytest.raises(SensorError, match=reason):
        sht4x.decode(frame)


@given(st.floats(-40, 125), st.integers(0, 47))
def test_any_single_bit_flip_of_a_frame_is_noticed(temp_c: float, bit: int) -> None:
    """The model's frames decode to their temperature; with one bit turned they are refused."""
    frame = bytearray(sht4x_frame(temp_c))
    assert temp_c == pytest.approx(sht4x.decode(bytes(frame)), abs=0.002)
    frame[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SensorError):
        sht4x.decode(bytes(frame))


@given(st.floats(0, 2.3), st.floats(0, 4900), st.floats(0, 100))
def test_analogue_parts_say_what_their_room_holds(smoke: float, co_ppm: float, charge: float) -> None:
    """Model and driver agree within one step of the converter."""
    room = FireEnvironment(smoke_per_m=smoke, temp_c=20, co_ppm=co_ppm, battery_pct=charge)

    assert smoke == pytest.approx(smoke_chamber.decode(adc_count(signal_mv("smoke", room))), abs=0.0008)
    assert co_ppm == pytest.approx(co_cell.decode(adc_count(signal_mv("co", room))), abs=1.7)
    assert charge == pytest.approx(battery.decode(adc_count(signal_mv("battery", room))), abs=0.2)


@pytest.mark.parametrize("driver", [smoke_chamber, co_cell, battery])
def test_a_dead_analogue_part_is_an_error(driver: Any) -> None:
    """An open wire reads 0 and must not look like clean air or an empty battery."""
    with pytest.raises(SensorError):
        driver.decode(0)


def test_a_saturated_chamber_is_smoke_not_a_fault() -> None:
    """The thickest smoke the chamber can show is still a value."""
    assert 2.4 < smoke_chamber.decode(65535) < 2.5


@pytest.mark.parametrize(("levels", "pressed"), [((1, 0), False), ((0, 1), True), ((0, 0), None), ((1, 1), None)])
def test_call_point(levels: tuple[int, int], pressed: bool | None) -> None:
    """One contact closed is an answer; both or none is a broken wire."""
    if pressed is None:
        with pytest.raises(SensorError, match="contacts_disagree"):
            call_point.decode(*levels)
    else:
        assert pressed == call_point.decode(*levels)


class _Part:
    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def read(self) -> object:
        if isinstance(self._answer, str):
            raise SensorError(self._answer)
        return self._answer


async def test_a_channel_has_a_value_or_a_fault() -> None:
    """Implausible values are faults as well; what means nothing is rounded away."""
    parts = {"smoke": _Part(0.123456), "temp": _Part("bad_crc"), "co": _Part(9999.0), "call_point": _Part(True)}
    values, faults = await read_all(parts, Records(fire.CHANNELS, fire.DIGITS), {})

    assert {"smoke": 0.1235, "call_point": True} == values
    assert {"temp": "bad_crc", "co": "out_of_range"} == faults


@given(st.lists(st.integers(0, 5000), max_size=60))
def test_the_schedule_never_drifts(busy_ms: list[int]) -> None:
    """However long cycles take, samples stand on the grid of whole seconds and every missed slot is counted."""
    schedule, now_ms, slots = Schedule(500, 1000), 500, [500]
    for busy in busy_ms:
        now_ms += busy
        now_ms += schedule.wait_ms(now_ms)
        slots.append(now_ms)

    taken = [(at - 500) // 1000 for at in slots]
    assert all(0 <= (at - 500) % 1000 < 1000 for at in slots)
    assert taken[-1] == len(busy_ms) + schedule.overruns
    assert all(after > before for before, after in itertools.pairwise(taken))


class _Uptime:
    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms


def test_clock_learns_and_asks_again(tmp_path: Path) -> None:
    """Before the first answer there is an age; after it UTC, also for this boot's samples in the next boot."""
    uptime, boots = _Uptime(), Boots(str(tmp_path / "boots.json"))
    clock = Clock(uptime, boots)
    uptime.ms = 5000
    assert clock.due()
    assert (None, 4000) == (clock.utc_ms(1, 1000), clock.age_ms(1, 1000))
    assert not clock.due()
    assert not clock.answered(2, 5000, 1_795_324_297_817)
    assert clock.answered(1, 5000, 1_795_324_297_817)
    assert 1_795_324_293_817 == clock.utc_ms(1, 1000)
    uptime.ms = 604_999
    assert not clock.due()
    uptime.ms = 605_000
    assert clock.due()
    later = Clock(_Uptime(), Boots(str(tmp_path / "boots.json")))
    assert (1_795_324_293_817, None) == (later.utc_ms(1, 1000), later.utc_ms(2, 0))


@pytest.mark.parametrize("state", [None, b"", b"{", b"[]", b'{"boot": "x"}'])
def test_boot_counter_grows(tmp_path: Path, state: bytes | None) -> None:
    """One more each time; a power cut before the rename leaves the old count or the new one."""
    path = tmp_path / "boots.json"
    assert [1, 2, 3] == [Boots(str(path)).boot for _ in range(3)]
    if state is not None:
        (tmp_path / "boots.json.new").write_bytes(state)

    assert 4 == Boots(str(path)).boot


def test_flash_that_cannot_be_written_gives_a_boot_that_was_never_used(tmp_path: Path) -> None:
    """The board starts all the same, says so, and its samples are not taken for those of another boot."""
    boots = [Boots(str(tmp_path / "nowhere" / "boots.json")) for _ in range(2)]

    assert all(drawn.broken and drawn.boot >= 1 << 20 for drawn in boots)
    assert boots[0].boot != boots[1].boot
    boots[0].learn(5)
    assert boots[0].offset_ms(boots[0].boot) == 5


GOOD = {"device": "fire-a", "site": "chunfeng", "host": "127.0.0.1", "port": 1883}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"device": ""}, "device"),
        ({"device": "a b"}, "device"),
        ({"port": 0}, "port"),
        ({"port": "1883"}, "port"),
        ({"kind": "ship"}, "ship"),
        ({"hots": "x"}, "hots"),
        ({"tls": True}, "ca"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    """Every mistake of config.json is told with its field."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(GOOD | change))
    with pytest.raises(config.ConfigError, match=named):
        config.load(str(path))


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_no_configuration(tmp_path: Path, content: str | None) -> None:
    """No file, no JSON, no object: all told, none a crash."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(config.ConfigError, match=r"config\.json"):
        config.load(str(path))


def test_configuration_gets_its_defaults() -> None:
    """What is optional is there."""
    checked = config.check(GOOD)

    assert (None, False, {}, "fire") == (checked["username"], checked["tls"], checked["limits"], checked["kind"])


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_is_capped(attempt: int, random: float) -> None:
    """Never negative, never above the cap, however often it failed."""
    assert 0 <= delay_s(attempt, lambda: random) <= CAP_S


@given(st.integers(0, 2**41))
def test_a_calm_room_is_calm(sim_ms: int) -> None:
    """Far below every limit, and the same for everybody who asks."""
    room = calm(seed=3).at(sim_ms)

    assert room == calm(seed=3).at(sim_ms)
    assert 0 < room.smoke_per_m < 0.005
    assert 21 < room.temp_c < 23
    assert 0 < room.co_ppm < 3
