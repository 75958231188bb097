"""By which time the history forgets: a clock that is wrong for once costs nothing."""

from __future__ import annotations

from pathlib import Path

from cloud.history.belief import AHEAD_MS, Belief, measured_ms
from cloud.history.memory import NAME, Memory
from cloud.history.port import DAY_MS, HOUR_MS, Known
from tests.cloud.history.readings import NOON_MS


def known(*last_ms: int) -> list[Known]:
    """A device each, with two channels."""
    return [
        Known(device=f"fire-{number}", channel=channel, first_ms=0, last_ms=at_ms - late)
        for number, at_ms in enumerate(last_ms)
        for channel, late in (("temp", 0), ("smoke", 10 * DAY_MS))
    ]


def test_several_devices_say_what_time_it_is() -> None:
    """One board with a broken clock does not, and dead ones do not hold it up."""
    dead, broken = 5, 1 << 53
    assert measured_ms([]) is None
    assert measured_ms(known(NOON_MS)) == NOON_MS
    assert measured_ms(known(NOON_MS, dead)) == NOON_MS
    assert measured_ms(known(NOON_MS, NOON_MS, broken)) == NOON_MS
    assert measured_ms(known(NOON_MS, NOON_MS, broken, broken, dead, dead)) == NOON_MS


def test_the_clock_is_believed_as_far_as_readings_go() -> None:
    """A year ahead at the first look, and back at the next."""
    belief = Belief()
    assert belief.look(NOON_MS + 400 * DAY_MS, 0, NOON_MS) == NOON_MS + AHEAD_MS
    assert belief.ahead_ms == 399 * DAY_MS
    assert belief.look(NOON_MS + HOUR_MS, HOUR_MS, NOON_MS + HOUR_MS) == NOON_MS + HOUR_MS
    assert belief.ahead_ms == 0


def test_a_leap_that_readings_follow_waits_for_a_day() -> None:
    """A machine whose gateways go by its clock: put right within the day, nothing was forgotten."""
    leap_ms = 400 * DAY_MS
    for hours_wrong in (23, 25):
        belief = Belief()
        told = []
        for hour in range(30):
            now_ms = NOON_MS + hour * HOUR_MS + (leap_ms if 0 < hour <= hours_wrong else 0)
            told.append(belief.look(now_ms, hour * HOUR_MS, max(now_ms, NOON_MS + (leap_ms if hour else 0))) - NOON_MS)
        assert told[:25] == [hour * HOUR_MS for hour in range(25)]
        assert told[25] == 25 * HOUR_MS + (leap_ms if hours_wrong == 25 else 0)


def test_a_centre_that_was_off_catches_up() -> None:
    """At the first look by the last readings; a day after new ones came by the clock."""
    belief = Belief()
    now_ms = NOON_MS + 50 * DAY_MS
    assert belief.look(now_ms, 0, NOON_MS) == NOON_MS + AHEAD_MS
    assert belief.look(now_ms + HOUR_MS, HOUR_MS, now_ms) == NOON_MS + AHEAD_MS + HOUR_MS
    later_ms = now_ms + HOUR_MS + DAY_MS
    assert belief.look(later_ms, HOUR_MS + DAY_MS, later_ms) == later_ms


def test_a_restart_believes_no_more_than_the_process_before(tmp_path: Path) -> None:
    """However often it is restarted while clock and readings are ahead; the day of doubt goes on where it was."""
    leap_ms = 40 * DAY_MS
    assert Belief(Memory(tmp_path)).look(NOON_MS, 7, NOON_MS) == NOON_MS
    for hour in range(12):  # half an hour each, and off for the other half
        belief = Belief(Memory(tmp_path))
        ahead_ms = NOON_MS + leap_ms + hour * HOUR_MS
        for steady_ms in (5, 5 + HOUR_MS // 2):
            assert belief.look(ahead_ms, steady_ms, ahead_ms) <= NOON_MS + 6 * HOUR_MS
        assert belief.ahead_ms > 39 * DAY_MS
    believed = Memory(tmp_path).read()
    assert believed is not None
    assert believed.doubted_for_ms == 6 * HOUR_MS

    belief = Belief(Memory(tmp_path))
    later_ms = NOON_MS + leap_ms + 2 * DAY_MS
    belief.look(later_ms, 0, later_ms)
    assert belief.look(later_ms, 18 * HOUR_MS - 1, later_ms) < NOON_MS + DAY_MS
    assert belief.look(later_ms, 18 * HOUR_MS, later_ms) == later_ms
    assert Belief(Memory(tmp_path)).look(later_ms + HOUR_MS, 0, later_ms + HOUR_MS) == later_ms + HOUR_MS


def test_a_clock_behind_forgets_less(tmp_path: Path) -> None:
    """Across a restart too; put right, it is in doubt for a day."""
    assert Belief(Memory(tmp_path)).look(NOON_MS, 0, NOON_MS) == NOON_MS
    belief = Belief(Memory(tmp_path))
    behind_ms = NOON_MS - 40 * DAY_MS
    assert belief.look(behind_ms, 0, NOON_MS) == behind_ms
    assert belief.look(NOON_MS, HOUR_MS, NOON_MS) == behind_ms + HOUR_MS
    assert belief.look(NOON_MS + DAY_MS, HOUR_MS + DAY_MS, NOON_MS + DAY_MS) == NOON_MS + DAY_MS


def test_a_memory_that_makes_no_sense_is_none(tmp_path: Path) -> None:
    """Half a file after a power cut on a strange file system; a folder that cannot be written."""
    for text in ("", "[]", "{}", '{"believed_ms": "x", "doubted_for_ms": null}'):
        (tmp_path / NAME).write_text(text)
        assert Belief(Memory(tmp_path)).look(NOON_MS, 0, NOON_MS) == NOON_MS
        assert Memory(tmp_path).read() is not None
    assert Belief(Memory(tmp_path / "nowhere")).look(NOON_MS, 0, NOON_MS) == NOON_MS
