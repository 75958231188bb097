"""The table of ISA-18.2: every pair, and what always holds."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarm_states import ACTIVE, MOVES, QUIET, AlarmEvent, AlarmState, IllegalAlarmMove, move

S, E = AlarmState, AlarmEvent
# written a second time, by state, so that a slip in the table shows
LEGAL = {
    S.NORM: {E.ALARM: S.UNACK, E.SHELVE: S.SHLVD, E.SUPPRESS: S.DSUPR, E.REMOVE: S.OOSRV},
    S.UNACK: {
        E.ACK: S.ACKED,
        E.WORSE: S.UNACK,
        E.RETURN: S.RTNUN,
        E.LATCH: S.LATCH_UNACK,
        E.SHELVE: S.SHLVD,
        E.SUPPRESS: S.DSUPR,
        E.REMOVE: S.OOSRV,
    },
    S.ACKED: {
        E.UNACK: S.UNACK,
        E.WORSE: S.UNACK,
        E.RETURN: S.NORM,
        E.LATCH: S.LATCH_ACK,
        E.SHELVE: S.SHLVD,
        E.SUPPRESS: S.DSUPR,
        E.REMOVE: S.OOSRV,
    },
    S.RTNUN: {E.ACK: S.NORM, E.ALARM: S.UNACK, E.SHELVE: S.SHLVD, E.SUPPRESS: S.DSUPR, E.REMOVE: S.OOSRV},
    S.LATCH_UNACK: {
        E.ACK: S.LATCH_ACK,
        E.ALARM: S.UNACK,
        E.RESET: S.NORM,
        E.SHELVE: S.SHLVD,
        E.SUPPRESS: S.DSUPR,
        E.REMOVE: S.OOSRV,
    },
    S.LATCH_ACK: {
        E.UNACK: S.LATCH_UNACK,
        E.ALARM: S.UNACK,
        E.RESET: S.NORM,
        E.SHELVE: S.SHLVD,
        E.SUPPRESS: S.DSUPR,
        E.REMOVE: S.OOSRV,
    },
    S.SHLVD: {E.RELEASE: S.NORM, E.RELEASE_ALARM: S.UNACK, E.RELEASE_KNOWN: S.ACKED, E.REMOVE: S.OOSRV},
    S.DSUPR: {E.RELEASE: S.NORM, E.RELEASE_ALARM: S.UNACK, E.SHELVE: S.SHLVD, E.REMOVE: S.OOSRV},
    S.OOSRV: {E.RELEASE: S.NORM, E.RELEASE_ALARM: S.UNACK, E.RELEASE_KNOWN: S.ACKED},
}


@pytest.mark.parametrize(("state", "event"), list(product(AlarmState, AlarmEvent)))
def test_every_pair(state: AlarmState, event: AlarmEvent) -> None:
    """Legal pairs lead where the standard says; the others are refused, naming both sides."""
    if event in LEGAL[state]:
        assert move(state, event) is LEGAL[state][event]
        return
    with pytest.raises(IllegalAlarmMove) as refused:
        move(state, event)
    assert (refused.value.state, refused.value.event) == (state, event)
    assert f"cannot {event} an alarm that is {state}" in str(refused.value)


def test_nothing_is_a_dead_end_and_nothing_unreachable() -> None:
    """From every state an alarm can come back to normal."""
    for state in AlarmState:
        reached = {state}
        while (more := reached | {after for (at, _), after in MOVES.items() if at in reached}) != reached:
            reached = more
        assert reached == set(AlarmState)


@given(st.lists(st.sampled_from(AlarmEvent)))
def test_only_a_known_alarm_ends_unseen_by_nobody(events: list[AlarmEvent]) -> None:
    """Whatever happens, an alarm that was never acknowledged, reset or kept quiet is not simply normal again."""
    state = AlarmState.NORM
    unseen = False
    for event in events:
        try:
            state = move(state, event)
        except IllegalAlarmMove:
            continue
        if state is S.UNACK:
            unseen = True
        elif event in (E.ACK, E.RESET) or state in QUIET:
            unseen = False
        assert not (unseen and state is S.NORM)
        assert state.active is (state in ACTIVE)
        assert not (state.active and state.quiet)
