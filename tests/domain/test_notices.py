"""States of a notice as a table, back-off, quiet hours, and what a storm becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import OVER, WORKED, Stage
from domain.notices import (
    NOTICE_MOVES,
    IllegalNoticeMove,
    NoticeEvent,
    NoticePolicy,
    NoticeState,
    Waiting,
    backoff_ms,
    gather,
    move_notice,
    quiet_until_ms,
    worth_saying,
)
from domain.shifts import Shift

POLICY = NoticePolicy()
MINUTE_MS = 60_000
S = NoticeState
# what each event leads to, from which states: written down a second time, as people would say it
ALLOWED = {
    NoticeEvent.SEND: ({S.OWED, S.FAILED}, S.SENT),
    NoticeEvent.DELIVER: ({S.OWED, S.FAILED, S.SENT, S.GIVEN_UP}, S.DELIVERED),
    NoticeEvent.FAIL: ({S.OWED, S.FAILED, S.SENT}, S.FAILED),
    NoticeEvent.GIVE_UP: ({S.OWED, S.FAILED, S.SENT}, S.GIVEN_UP),
    NoticeEvent.WITHDRAW: ({S.OWED, S.FAILED, S.SENT}, S.WITHDRAWN),
}


@pytest.mark.parametrize("event", list(NoticeEvent))
@pytest.mark.parametrize("state", list(NoticeState))
def test_every_pair(state: NoticeState, event: NoticeEvent) -> None:
    before, after = ALLOWED[event]
    if state in before:
        assert move_notice(state, event) is after
        return
    assert (state, event) not in NOTICE_MOVES
    with pytest.raises(IllegalNoticeMove, match=f"{event}.*{state}"):
        move_notice(state, event)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(
    ("step", "stages"),
    [
        ("placed", {Stage.REPORTED}),
        ("escalate:street", {Stage.REPORTED}),
        ("repeat:3", {Stage.REPORTED}),
        ("transfer_up:street", {Stage.REPORTED}),
        ("worse:critical", set(Stage) - set(OVER)),
        ("red:accept", {Stage.REPORTED}),
        ("chase:1", set(WORKED)),
        ("red:overall", set(Stage) - set(OVER)),
        ("joined:x", set(Stage) - set(OVER)),
        ("dispatch:4", {Stage.DISPATCHED, Stage.HANDLING}),
        ("rework:6", {Stage.DISPATCHED, Stage.HANDLING}),
        ("return:5", {Stage.ACCEPTED}),
        ("moved:close:7", set(Stage)),
    ],
)
def test_an_acknowledgement_stops_what_asks_for_one(step: str, stages: set[Stage], stage: Stage) -> None:
    assert worth_saying(step, stage) == (stage in stages)


@given(st.integers(1, 200), st.floats(0, 1), st.booleans())
def test_back_off_grows_and_is_bounded(attempts: int, draw: float, life: bool) -> None:
    wait_ms = backoff_ms(POLICY, attempts, grave=life, draw=draw)
    most_ms = 1000 * (POLICY.life_most_s if life else POLICY.most_s)

    assert 0.8 * min(most_ms, 5000 * 2 ** (attempts - 1)) - 1 <= wait_ms <= 1.2 * most_ms + 1


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 10**13), st.sampled_from([0, 480, -300]))
def test_quiet_hours_end(start: int, end: int, at_ms: int, offset_min: int) -> None:
    quiet = Shift(start_min=start, end_min=end)
    until_ms = quiet_until_ms(quiet, at_ms, offset_min)

    assert at_ms <= until_ms <= at_ms + 1440 * MINUTE_MS
    if until_ms > at_ms:
        assert (until_ms // MINUTE_MS + offset_min) % 1440 == end
        assert until_ms % MINUTE_MS == 0
    else:
        assert not quiet.covers((at_ms // MINUTE_MS + offset_min) % 1440)


def test_no_quiet_hours() -> None:
    assert quiet_until_ms(None, 7, 480) == 7


arrivals = st.lists(st.tuples(st.integers(0, 30_000), st.booleans()), min_size=1, max_size=80)


@given(arrivals)
def test_a_storm_is_at_most_some_messages_a_minute_and_loses_nothing(gaps: list[tuple[int, bool]]) -> None:
    """Notices come one after the other; whoever sends looks every second."""
    now_ms = 0
    waiting: list[Waiting] = []
    told: set[int] = set()
    coming: list[tuple[int, Waiting]] = []
    said: list[int] = []
    for number, (gap_ms, life) in enumerate(gaps):
        now_ms += gap_ms
        coming.append((now_ms, Waiting(id=number, grave=life)))
    for at_ms in range(0, now_ms + 120_000, 1000):
        waiting += [notice for came_ms, notice in coming if at_ms - 1000 < came_ms <= at_ms]
        found = gather(waiting, said, POLICY, at_ms)
        alone = [notice for notice in waiting if notice.id in found.alone]
        said += [at_ms] * (len([n for n in alone if not n.grave]) + bool(found.digest))
        told |= {*found.alone, *found.digest}
        assert not {n.id for n in waiting if n.grave} & {*found.held, *found.digest}
        waiting = [notice for notice in waiting if notice.id in found.held]
        assert not waiting or at_ms < found.held_until_ms <= at_ms + POLICY.storm_s * 1000

    assert told == {notice.id for _, notice in coming}
    for at_ms in said:
        assert len([other for other in said if at_ms - 60_000 < other <= at_ms]) <= POLICY.storm_free


@pytest.mark.parametrize("name", ["first_s", "most_s", "storm_free", "give_up_s"])
def test_a_policy_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        NoticePolicy(**{name: 0})


def test_too_much_jitter_is_refused() -> None:
    with pytest.raises(ValueError, match="jitter"):
        NoticePolicy(jitter=0.6)
