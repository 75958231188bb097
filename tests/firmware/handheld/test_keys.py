"""Keys, buzzer and settings: small and pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import handheld_settings
from firmware.device.drivers import buzzer
from firmware.device.drivers.keys import NAMES, Keys
from tests.firmware.handheld.terminal_cases import PIN

IDLE_MS = Keys([]).wait_ms


def heard(held: dict[str, tuple[int, int]], until_ms: int = 6000, poll_ms: int = 20) -> list[tuple[int, str]]:
    """(when, event) of keys that are down from .. to."""
    keys, events = Keys([]), []
    for now_ms in range(0, until_ms, poll_ms):
        levels = [name in held and held[name][0] <= now_ms < held[name][1] for name in NAMES]
        events += [(now_ms, event) for event in keys.feed(levels, now_ms)]
    return events


@pytest.mark.parametrize("name", ["up", "down", "ok"])
def test_a_press_speaks_at_once_and_once(name: str) -> None:
    """After two equal looks."""
    assert [(120, name)] == heard({name: (100, 220)})


def test_back_speaks_when_it_is_let_go() -> None:
    """Or as another event after three seconds, and then not again."""
    assert [(220, "back")] == heard({"back": (100, 200)})
    assert [(3120, "hold")] == heard({"back": (100, 5000)})


def test_sos_needs_two_seconds() -> None:
    """A bump in the pocket calls nobody."""
    assert [] == heard({"sos": (100, 2000)})
    assert [(2120, "sos")] == heard({"sos": (100, 5000)})


def test_up_repeats_and_ok_does_not() -> None:
    """For long numbers; a second ok would be another decision."""
    assert 1 + 12 == len(heard({"up": (0, 3100)}))
    assert 1 == len(heard({"ok": (0, 3100)}))


def test_the_shortest_press_is_heard_while_idle() -> None:
    """A finger stays longer than two looks."""
    for start in range(0, 60, 7):
        assert ["ok"] == [event for _, event in heard({"ok": (start, start + 2 * IDLE_MS + 1)}, poll_ms=IDLE_MS)]


@given(st.lists(st.booleans(), max_size=30))
def test_bouncing_is_one_press(bounces: list[bool]) -> None:
    """Whatever the contact does while it closes, as long as no two looks agree on it being open again."""
    keys, events, now_ms = Keys([]), [], 0
    for down in [x for bounce in bounces for x in ((bounce, not bounce))]:
        now_ms += 1
        events += keys.feed([False, False, down and now_ms % 2 == 0, False, False], now_ms)
    for _ in range(5):
        now_ms += 20
        events += keys.feed([False, False, True, False, False], now_ms)

    assert ["ok"] == events


def test_sos_works_with_other_keys_down() -> None:
    """A hand that grips the terminal presses more than one."""
    assert (2120, "sos") in heard({"sos": (100, 5000), "ok": (0, 6000), "down": (50, 6000)})


@pytest.mark.parametrize("name", buzzer.PATTERNS)
@given(at_ms=st.integers(0, 10**7))
def test_patterns_repeat(name: str, at_ms: int) -> None:
    """And each of them sounds."""
    pattern = buzzer.PATTERNS[name]
    length = sum(pattern[1::2]) * 50

    assert buzzer.tone_hz(pattern, at_ms) == buzzer.tone_hz(pattern, at_ms + length)
    assert {0, *(100 * tone for tone in pattern[::2])} >= {
        buzzer.tone_hz(pattern, part) for part in range(0, length, 50)
    }
    assert 2000 <= max(buzzer.tone_hz(pattern, part) for part in range(0, length, 50)) <= 4000
    assert 0 == buzzer.tone_hz(b"", at_ms)


class _Pwm:
    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def freq(self, hz: int) -> None:
        self.told.append(("freq", hz))

    def duty_u16(self, duty: int) -> None:
        self.told.append(("duty", duty))


def test_the_buzzer_touches_its_pin_only_at_changes() -> None:
    """And is silent when it shall be, in the middle of a tone too."""
    pwm = _Pwm()
    player = buzzer.Buzzer(pwm)
    for now_ms in range(0, 400, 10):
        player.play("major", 1000 + now_ms)
    player.play("", 1400)

    assert [("freq", 2700), ("duty", 32768), ("duty", 0), ("freq", 2700), ("duty", 32768), ("duty", 0)] == pwm.told


def test_defaults() -> None:
    """Without settings the terminal works, in Chinese, and nobody can log on."""
    checked = handheld_settings.check({})

    assert ("zh", {}, 480) == (checked["language"], checked["pin"], checked["tz_min"])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"language": "fr"}, "language"),
        ({"track_s": 1}, "track_s"),
        ({"track_m": 5.5}, "track_m"),
        ({"lock_s": True}, "lock_s"),
        ({"tz_min": "480"}, "tz_min"),
        ({"notes": []}, "notes"),
        ({"notes": ["字" * 61]}, "notes"),
        ({"notes": [["a", "b"]]}, "notes"),
        ({"kinds": ["fire"]}, "kinds"),
        ({"kinds": [["fire"]]}, "kinds"),
        ({"kinds": [["fire", "x", "y"]]}, "kinds"),
        ({"places": [["p1", ""]]}, "places"),
        ({"pin": 1234}, "pin"),
        ({"pin": PIN | {"digits": 3}}, "pin.digits"),
        ({"pin": PIN | {"rounds": 1}}, "pin.rounds"),
        ({"pin": PIN | {"salt": "00"}}, "pin.salt"),
        ({"pin": PIN | {"hash": "zz"}}, "pin.hash"),
        ({"pin": PIN | {"hash": 5}}, "pin.hash"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], named: str) -> None:
    """The centre is told what to mend."""
    with pytest.raises(ValueError, match=named):
        handheld_settings.check(settings)
