"""Flags that end, whatever happens; and what makes them rise."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import video_flags, video_rules
from firmware.device.video_flags import Flag, Judge, conditions

LIMITS = (1, 3000, 5000, 20_000)
NIGHT_MS = 1_795_290_000_000  # 2026-11-22 03:00 in China
DAY_MS = NIGHT_MS + 9 * 3_600_000


def run(said: str, rearm_ms: int = 4000) -> str:
    """A flag at one judgement per second: x bad, . good, ? unknown; what it said, X active."""
    flag = Flag(LIMITS, rearm_ms)
    bad = {"x": True, ".": False, "?": None}
    return "".join("X" if flag.feed(bad[what], second * 1000) else "-" for second, what in enumerate(said))


@pytest.mark.parametrize(
    ("condition", "active"),
    [
        ("..xx......", "----------"),  # shorter than the on-delay
        ("..xxxx.........", "-----XXXXXX----"),  # on after 3 s, off 5 s after the last
        ("xxxxx..x......xx....", "---XXXXXXXXXX-------"),  # what comes again within the off-delay holds it, once
        ("xxxx??.........", "---XXXXXXXX----"),  # not known: neither begins nor ends
        ("x???????x.", "--------X" + "X"),  # an on-delay needs its condition at the end as well
        ("x??????????", "-----------"),
    ],
)
def test_delays(condition: str, active: str) -> None:
    """On-delay and off-delay."""
    assert active == run(condition)


def test_the_longest_time_ends_it_and_what_lasts_begins_anew() -> None:
    """Active for 20 s, then off for the pause and the on-delay, then active again."""
    said = run("x" * 60)

    assert said.startswith("---" + "X" * 20 + "-")
    assert said.count("-X") == 3
    assert max(len(part) for part in said.split("-")) == 20


def test_what_cannot_be_judged_ends_as_well() -> None:
    """A camera that dies in the middle of a movement leaves no flag behind for ever."""
    assert "X" not in run("xxxxx" + "?" * 40)[30:]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(0, 8000)), max_size=200))
def test_no_flag_is_stuck(steps: list[tuple[bool | None, int]]) -> None:
    """Never active longer than its longest time and one step; never without its condition having been true."""
    flag, at_ms, since_ms, longest_step = Flag(LIMITS, 4000), 0, None, 0
    seen = False
    for bad, step_ms in steps:
        at_ms += step_ms
        longest_step = max(longest_step, step_ms)
        seen = seen or bool(bad)
        active = flag.feed(bad, at_ms)
        assert seen or not active
        since_ms = (since_ms if since_ms is not None else at_ms) if active else None
        assert since_ms is None or at_ms - since_ms <= LIMITS[3] + longest_step
        assert active == flag.active()


def test_a_flag_begins_off() -> None:
    """After a reboot nothing is active; there is nothing that could remember."""
    flag = Flag(LIMITS, 1)

    assert not flag.active()
    assert 0 == flag.state


@dataclass
class Seen:
    """Stands for a scene."""

    sharpness: int = 200
    spread: int = 150
    learnt_sharpness: int = 200
    learnt_spread: int = 150
    difference: int | None = 20
    counts: list[int] = field(default_factory=lambda: [0] * 7)


def rules(**limits: object) -> dict[str, object]:
    """With one zone at night and one at all hours."""
    zones = [{"cells": "f" * 48, "hours": [["22:00", "06:00"]]}, {"cells": "f" * 48}]
    return video_rules.parse({"zones": zones} | limits)


def test_nothing_is_wrong() -> None:
    """The usual answer."""
    found = conditions(Seen(), False, rules(), DAY_MS)

    assert {"picture_lost": False, "covered": False, "moved": False, "motion": False} == found


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Seen(difference=None), {"picture_lost": False}),
        (Seen(sharpness=20, difference=1000), {"picture_lost": False, "covered": True}),
        (Seen(spread=20), {"picture_lost": False, "covered": True}),
        (Seen(spread=20, counts=[9] * 7), {"picture_lost": False, "covered": True}),
    ],
)
def test_what_explains_the_rest_stands_alone(seen: Seen, expected: dict[str, bool]) -> None:
    """A covered lens is not moved as well, and its shadow is no intruder."""
    assert expected == conditions(seen, False, rules(), NIGHT_MS)


def test_somebody_who_stands_close_is_motion_and_a_turned_camera_is_not() -> None:
    """Much of the picture is other than it was: until that has lasted, it is somebody."""
    seen = Seen(difference=700, counts=[9] * 7)
    found = {"picture_lost": False, "covered": False, "moved": True}

    assert found | {"motion": True} == conditions(seen, False, rules(), NIGHT_MS)
    assert found == conditions(seen, False, rules(), NIGHT_MS, turned=True)


def test_a_lost_picture_says_nothing() -> None:
    """Not even that all is well."""
    assert {"picture_lost": True} == conditions(Seen(), True, rules(), NIGHT_MS)


@pytest.mark.parametrize(
    ("counts", "utc_ms", "motion"),
    [
        ([2, 0], NIGHT_MS, True),
        ([1, 0], NIGHT_MS, False),
        ([2, 0], DAY_MS, False),
        ([0, 2], DAY_MS, True),
        ([2, 0], None, None),  # nobody knows whether it is night
        ([0, 2], None, True),  # this zone needs no time
        ([2, 2], None, True),
        ([0, 0], None, False),
    ],
)
def test_motion_in_forbidden_hours(counts: list[int], utc_ms: int | None, motion: bool | None) -> None:
    """In its zone and in its hours; without UTC there is no guess."""
    found = conditions(Seen(counts=counts + [0] * 5), False, rules(), utc_ms)

    assert motion == found.get("motion")


def test_each_flag_is_raised_once() -> None:
    """The judge names what has just become active, and fills all flags in."""
    judge, seen, raised = Judge(rules(covered=[333, 2000, 1000, 60_000])), Seen(sharpness=1), []
    for second in range(10):
        values: dict[str, bool] = {}
        raised += judge.feed(seen, False, True, DAY_MS, values, second * 1000)
        assert set(video_flags.NAMES) == set(values)

    assert ["storage_fault", "covered"] == raised


def test_new_limits_keep_what_is_active() -> None:
    """A change of settings is no all-clear."""
    judge, seen, values = Judge(rules()), Seen(), {}
    judge.feed(seen, False, True, DAY_MS, values, 0)
    judge.feed(seen, False, True, DAY_MS, values, 1000)
    judge.change(rules(storage_fault=[50, 0, 2000, 60_000]))
    judge.feed(seen, False, None, DAY_MS, values, 2000)

    assert values["storage_fault"]
