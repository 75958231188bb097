"""Deadlines: which run at which stage, yellow before red, what the clock does about each."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from domain.calendar import WorkCalendar
from domain.clock_steps import LAGS_MAX, STEP_MS, Lag, Look, after_step, due_until, step_between
from domain.deadlines import RUNNING, Deadline, Urge, begin, next_due, shown_as, steps
from domain.dispatch import PlacementTable
from domain.incidents import OVER, STAGE_MOVES, WORKED, Stage
from domain.limits import Due
from domain.spans import Span, seconds

FILE = Path(__file__).parents[2] / "cloud" / "config" / "dispatch.toml"
TABLE = PlacementTable.from_table(
    tomllib.loads(FILE.read_text(encoding="utf-8")), ("grid", "community", "street", "district")
)
FIRE, RUBBISH = TABLE.of("fire", "critical"), TABLE.of("environment", "minor")
CALENDAR = WorkCalendar()


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_says_what_runs(stage: Stage) -> None:
    """Whatever is open has an overall deadline, what is over has none, what somebody works on has a feedback."""
    assert (Due.OVERALL in RUNNING[stage]) is (stage not in OVER)
    assert (Due.FEED_BACK in RUNNING[stage]) is (stage in WORKED)
    assert (Due.ACCEPT in RUNNING[stage]) is (stage is Stage.REPORTED)


@pytest.mark.parametrize(("pair", "after"), STAGE_MOVES.items(), ids=str)
def test_no_move_leaves_a_deadline_running_that_its_stage_does_not_have(pair: tuple[Stage, str], after: Stage) -> None:
    """Every move: what goes on belongs to both stages."""
    goes_on = set(RUNNING[pair[0]]) & set(RUNNING[after])

    assert goes_on <= set(RUNNING[after])
    assert Due.ACCEPT not in goes_on, "an acceptance ends the calls, a transfer begins them anew"


def deadline(due: Due, due_ms: int, **more: object) -> Deadline:
    """A deadline that began at 0."""
    return replace(Deadline(due=due, started_ms=0, due_ms=due_ms, yellow_ms=due_ms * 3 // 4), **more)  # type: ignore[arg-type]


def test_yellow_then_red_then_supervised() -> None:
    """正常, 黄色预警, 红色超时, 督办."""
    found = deadline(Due.FEED_BACK, 1000)

    assert [found.urge(at) for at in (0, 749, 750, 1000, 1001)] == [
        Urge.NONE, Urge.NONE, Urge.YELLOW, Urge.YELLOW, Urge.RED,
    ]  # fmt: skip
    assert replace(found, supervised=True).urge(1001) is Urge.SUPERVISED
    assert replace(found, supervised=True).urge(100) is Urge.NONE


def test_what_comes_first_is_shown() -> None:
    """A stage's own deadline, or the overall one where that comes first; a stage without its own says its move."""
    own, whole = deadline(Due.FEED_BACK, 1000), deadline(Due.OVERALL, 5000)

    assert next_due([whole, own]) == own
    assert next_due([deadline(Due.OVERALL, 500), own]) == deadline(Due.OVERALL, 500)
    assert next_due([]) is None
    assert [shown_as(stage, whole) for stage in (Stage.HANDLING, Stage.FED_BACK, Stage.VERIFIED)] == [
        Due.OVERALL, Due.VERIFY, Due.CLOSE,
    ]  # fmt: skip


def test_what_the_clock_does_about_a_feedback() -> None:
    """Reminded before, chased when it is over and again, then supervised from above."""
    placement = replace(FIRE, remind_yellow=True, chase_times=2, chase_every=seconds(100), supervise=seconds(150))
    found = begin(placement, Due.FEED_BACK, "street", 0, CALENDAR)
    assert found is not None

    assert [(s.code, s.due_ms // 1000) for s in steps(placement, found, CALENDAR)] == [
        ("yellow:feed_back", 1350), ("chase:1", 1800), ("chase:2", 1900), ("supervise:feed_back", 1950),
    ]  # fmt: skip


def test_whoever_is_in_a_burning_house_is_not_reminded_before_the_time_is_over() -> None:
    """The board shows yellow; the holder hears of it when it is red."""
    found = begin(FIRE, Due.FEED_BACK, None, 0, CALENDAR)
    assert found is not None

    assert next(s.code for s in steps(FIRE, found, CALENDAR)) == "chase:1"


def test_the_whole_turns_red_and_is_supervised() -> None:
    """Overall: yellow, red, the tier above."""
    found = begin(RUBBISH, Due.OVERALL, None, 0, CALENDAR)
    assert found is not None

    assert [s.code for s in steps(RUBBISH, found, CALENDAR)] == ["yellow:overall", "red:overall", "supervise:overall"]


def test_a_higher_tier_has_more_time() -> None:
    """Begun at the street: two working days instead of one."""
    first = begin(RUBBISH, Due.FEED_BACK, "community", 0, CALENDAR)
    second = begin(RUBBISH, Due.FEED_BACK, "street", 0, CALENDAR)
    assert first is not None
    assert second is not None

    assert CALENDAR.day_of(first.due_ms).isoformat() == "1970-01-02", "a Friday"
    assert CALENDAR.day_of(second.due_ms).isoformat() == "1970-01-05"


def test_a_stage_without_a_time_of_its_own_has_no_deadline() -> None:
    """Only where the rule gives one."""
    assert begin(FIRE, Due.VERIFY, None, 0, CALENDAR) is None
    timed = replace(FIRE, limits=replace(FIRE.limits, verify=Span.parse("1 h")))
    found = begin(timed, Due.VERIFY, None, 0, CALENDAR)
    assert found is not None
    assert [s.code for s in steps(timed, found, CALENDAR)] == ["red:verify", "supervise:verify"]


def test_a_clock_set_back_delays_nothing_that_waited() -> None:
    """Timers from before come by the old clock, later ones by the new one; a step forward takes it back."""
    back = step_between(Look(wall_ms=10_000_000, steady_ms=50), Look(wall_ms=6_400_050, steady_ms=100))
    lags = after_step((), back, last_id=7)

    assert back == -3_600_000
    assert (due_until(lags, 7, 6_400_050), due_until(lags, 8, 6_400_050)) == (10_000_050, 6_400_050)
    assert after_step(lags, 3_600_000, last_id=9) == ()
    assert after_step(lags, -1000_000, last_id=9) == (Lag(up_to=7, ms=4_600_000), Lag(up_to=9, ms=1_000_000))


def test_the_usual_correction_of_a_clock_is_no_step() -> None:
    """Less than two seconds, either way; and steps are remembered in bounds."""
    before = Look(wall_ms=0, steady_ms=0)
    for ms in (STEP_MS - 1, 1 - STEP_MS, 0):
        assert step_between(before, Look(wall_ms=5000 + ms, steady_ms=5000)) == 0
    lags: tuple[Lag, ...] = ()
    for number in range(100):
        lags = after_step(lags, -STEP_MS, last_id=number)
    assert len(lags) == LAGS_MAX
