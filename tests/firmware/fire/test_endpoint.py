"""The fire endpoint as one piece, on CPython: any order of samples, commands and presses keeps its promises."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.endpoints.fire import Endpoint, checked
from hardware import pinmap
from simulators.physics import FireEnvironment
from simulators.virtual_board.parts.fire import Parts

UTC_MS = 1_795_324_297_817
DAY_MS = 86_400_000
CALM = FireEnvironment(smoke_per_m=0.001, temp_c=22.0, co_ppm=1.0)
NORMAL = {"smoke": 0.001, "temp": 22.0, "call_point": False, "battery": 90, "tamper": False}
SMOKE = {**NORMAL, "smoke": 0.4}
PRESSED = {**NORMAL, "call_point": True}


class _Net:
    """A pin or converter of the simulated parts in calm air."""

    def __init__(self, parts: Parts, net: str) -> None:
        self._parts, self._net = parts, net

    def read_u16(self) -> int:
        return self._parts.adc(self._net, CALM)

    def value(self, level: int | None = None) -> int:
        if level is not None:
            self._parts.output(self._net, level, CALM)
        return self._parts.level(self._net, CALM)

    def irq(self, handler: object, trigger: int) -> None:
        """Nothing is pressed shortly here."""


class _Bus:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def writeto(self, address: int, data: bytes) -> None:
        self._parts.i2c_write(address, data, CALM)

    def readfrom(self, address: int, count: int) -> bytes:
        return self._parts.i2c_read(address, count, CALM)


class _Board:
    FALLING, RISING = 1, 2

    def __init__(self) -> None:
        self._parts = Parts()
        self.pins = pinmap.pins("pico_w", "fire")

    def _net(self, net: str) -> _Net:
        assert net in self.pins
        return _Net(self._parts, net)

    adc = contact = output = _net

    def i2c(self) -> _Bus:
        return _Bus(self._parts)


class _Kit:
    """What main gives a kind: our own ports, filled in by hand."""

    def __init__(self) -> None:
        self.board, self.clock, self.reports, self.boot = _Board(), self, self, 1
        self.config: dict[str, Any] = {"limits": {}, "channels": {}}
        self.settings: dict[str, Any] = {}
        self.health_faults: dict[str, str] = {}
        self.told: list[dict[str, Any]] = []
        self.ms = 0

    async def sleep_ms(self, ms: int) -> None:
        self.ms += ms

    def uptime_ms(self) -> int:
        return self.ms

    def utc_ms(self, _boot: int, uptime_ms: int) -> int:
        return UTC_MS + uptime_ms

    def put(self, what: str, **fields: Any) -> None:
        self.told.append({"what": what, **fields})


class Fire:
    """An endpoint that is stepped by hand: one sample a second, after the self-test of its first power-on."""

    def __init__(self, folder: Path) -> None:
        self.kit = _Kit()
        self.endpoint = Endpoint(self.kit, str(folder / "fire.json"))
        self.endpoint.apply({})
        self.sample(NORMAL)

    def sample(self, values: dict[str, Any], ms: int = 1000) -> dict[str, Any]:
        """Judge one; the values with what the endpoint adds."""
        self.kit.ms += ms
        faults = {channel: "no_answer" for channel, value in values.items() if value is None}
        read = {channel: value for channel, value in values.items() if value is not None}
        read["self_test"] = asyncio.run(self.endpoint.drivers["self_test"].read())
        self.endpoint.judge(read, faults, self.kit.ms)
        return read

    def order(self, cmd: str, **details: Any) -> bool:
        """False where it says no."""
        try:
            self.endpoint.commands[cmd]({"cmd": cmd, **details})
        except ValueError:
            return False
        return True

    @property
    def pattern(self) -> str | None:
        """What is played."""
        return self.endpoint._sounder.name


moves = st.one_of(
    st.sampled_from([NORMAL, SMOKE, PRESSED, {**NORMAL, "smoke": None}, {**SMOKE, "call_point": None}, {}]),
    st.sampled_from([("silence", 1), ("silence", 15), ("reset_alarm", 0), ("self_test", 0), ("button", 0)]),
)


def _person(fire: Fire, move: tuple[str, int]) -> tuple[bool, int]:
    """(a latch was reset, until when the sounder may be silent) after a command or the button."""
    cmd, minutes = move
    if cmd == "button":
        done = fire.order("silence", by="button")
        reset = done and fire.kit.told[-1]["what"] == "alarm_reset"
    else:
        done = fire.order(cmd, minutes=minutes)
        reset = done and cmd == "reset_alarm"
    silent = done and cmd in ("silence", "button") and not reset
    return reset, fire.kit.ms + (minutes or 720) * 60_000 if silent else 0


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=60))
def test_whatever_happens_the_promises_hold(steps: list[Any]) -> None:
    """It sounds exactly in an alarm that nobody silenced; silence is not longer than ordered; a latch waits for us."""
    with tempfile.TemporaryDirectory() as folder:
        fire = Fire(Path(folder))
        pressed, silent_until_ms = False, 0
        for step in steps:
            if isinstance(step, tuple):
                reset, until_ms = _person(fire, step)
                pressed, silent_until_ms = pressed and not reset, until_ms or silent_until_ms
                continue
            seen = fire.sample(step)
            pressed = pressed or step.get("call_point") is True
            assert seen["local_alarm"] == fire.endpoint.led()
            assert seen["local_alarm"] or not pressed
            if not seen["local_alarm"]:
                assert fire.pattern not in ("fire", "call_point")
            elif seen["silenced"]:
                assert fire.pattern is None
                assert fire.kit.ms < silent_until_ms
            else:
                assert fire.pattern in ("fire", "call_point")
        assert Endpoint(fire.kit, str(Path(folder) / "fire.json")).led() == pressed


def test_the_self_test_comes_weekly_and_never_in_an_alarm(tmp_path: Path) -> None:
    """Due on the seventh day; where it burns just then, when the air is clear again."""
    fire = Fire(tmp_path)
    assert [("schedule", True)] == [(told["by"], told["passed"]) for told in fire.kit.told]
    for _ in range(7 * 24):
        fire.sample(NORMAL, 3_599_000)
    assert 1 == len(fire.kit.told)
    for _ in range(4):
        assert fire.sample(SMOKE)
    for _ in range(3):
        assert fire.sample(SMOKE, 3_600_000)["local_alarm"]
    assert 1 == len(fire.kit.told)
    for _ in range(3):
        fire.sample(NORMAL)
    assert 2 == len(fire.kit.told)
    assert {"what": "self_test", "by": "schedule", "passed": True, "failed": {}} == fire.kit.told[-1]


def test_flash_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """The latch holds in memory; the fault says that it would not hold over a power cut."""
    fire = Fire(tmp_path / "nowhere")
    assert {"flash": "write_failed"} == fire.kit.health_faults
    fire.sample(PRESSED)
    for _ in range(10):
        assert fire.sample(NORMAL)["local_alarm"]
    assert "call_point" == fire.pattern


def test_a_report_that_fails_comes_after_the_sound(tmp_path: Path) -> None:
    """Whatever the bookkeeping of a self-test runs into, the alarm of the same sample sounds."""
    fire = Fire(tmp_path)
    fire.sample({**NORMAL, "smoke": 0.4})
    fire.sample(SMOKE)
    assert fire.order("self_test")
    fire.kit.put = _no_room  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        fire.sample(SMOKE)
    assert "fire" == fire.pattern


def _no_room(what: str, **fields: Any) -> None:
    raise MemoryError


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"latched": 1, "tested_ms": "x", "passed": "y"}', "{}"])
def test_a_rotten_state_is_a_new_board(tmp_path: Path, content: str) -> None:
    """Nothing of it is believed, and the board tests itself."""
    (tmp_path / "fire.json").write_text(content)
    fire = Fire(tmp_path)

    assert not fire.endpoint.led()
    assert ["self_test"] == [told["what"] for told in fire.kit.told]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"limits": {"smok": [0.02, 0.01, 0]}}, "smok"),
        ({"limits": {"smoke": [0.02]}}, "smoke"),
        ({"self_test_days": 0}, "self_test_days"),
        ({"self_test_days": True}, "self_test_days"),
        ({"channels": {channel: {"enabled": False} for channel in ("smoke", "temp", "call_point")}}, "channels"),
    ],
)
def test_bad_settings_are_named_and_change_nothing(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    """Also where a part of them is good."""
    fire = Fire(tmp_path)
    with pytest.raises(ValueError, match=named):
        fire.endpoint.apply({"limits": {"smoke": [0.3, 0.2, 0]}, "self_test_days": 3} | wrong)
    for _ in range(4):
        fire.sample({**NORMAL, "smoke": 0.1})

    assert fire.endpoint.led()


def test_channels_that_raise_an_alarm_may_be_disabled_but_not_all() -> None:
    """Provisioning and settings count together."""
    record = {"limits": {}, "channels": {"smoke": {"enabled": False}, "temp": {"enabled": False}}}
    assert checked(record, {})
    with pytest.raises(ValueError, match="channels"):
        checked(record, {"channels": {"call_point": {"enabled": False}}})
    assert checked(record, {"channels": {"call_point": {"enabled": False}, "temp": {"enabled": True}}})


def test_a_channel_that_is_switched_off_holds_no_alarm(tmp_path: Path) -> None:
    """A chamber that burnt in its own fire keeps the alarm up until a person disables it; a call point too."""
    fire = Fire(tmp_path)
    for _ in range(4):
        fire.sample(SMOKE)
    dead = {**NORMAL, "smoke": None}
    assert all(fire.sample(dead)["local_alarm"] for _ in range(10))
    fire.endpoint.apply({"channels": {"smoke": {"enabled": False}}})
    assert not fire.sample(dead)["local_alarm"]
    fire.sample(PRESSED)
    cut = {**NORMAL, "call_point": None}
    fire.sample(cut)
    assert not fire.order("reset_alarm")
    fire.endpoint.apply({"channels": {"call_point": {"enabled": False}}})
    assert fire.sample(cut)["local_alarm"]
    assert fire.order("reset_alarm")
    assert not fire.sample(cut)["local_alarm"]
