"""One incident for all that is wrong with the gateway, of one kind: raised, changed in place, cleared."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarms import Change
from domain.incidents import Condition, ConditionEvent, Kind, Severity
from domain.standing import Problem, Standing

A = Problem(rule="ends_soon", severity=Severity.MINOR, channel="server", value=29.0, unit="d")
B = Problem(rule="ends_soon", severity=Severity.MAJOR, channel="centre", value=3.0, unit="d")
SETS = [(), (A,), (B,), (A, B)]


def _told(standing: Standing, problems: tuple[Problem, ...], at_ms: int = 1000) -> list[Change]:
    return standing.on(problems, at_ms, lambda: "id-1")


@pytest.mark.parametrize("before", SETS)
@pytest.mark.parametrize("now", SETS)
def test_every_pair_of_what_was_and_what_is(before: tuple[Problem, ...], now: tuple[Problem, ...]) -> None:
    """Nothing and nothing, or the same again, is no news; everything else is exactly one change."""
    standing = Standing(Kind.CERTIFICATE)
    _told(standing, before)
    changes = _told(standing, now, 2000)
    if now == before:
        assert [] == changes
        return
    event = ConditionEvent.CHANGED if before and now else ConditionEvent.RAISED if now else ConditionEvent.CLEARED
    (change,) = changes
    assert event is change.event
    assert (Condition.ACTIVE if now else Condition.CLEARED) is change.incident.condition
    if now:
        assert (Severity.MAJOR if B in now else Severity.MINOR) is change.incident.severity
        assert [(p.rule, p.channel) for p in now] == [(s.rule, s.channel) for s in change.incident.signals]


@given(st.lists(st.tuples(st.sampled_from(SETS), st.booleans()), max_size=20))
def test_through_restarts(steps: list[tuple[tuple[Problem, ...], bool]]) -> None:
    """Revisions have no hole, whatever comes and however often the process starts anew between."""
    ids = count(1)
    standing, revisions = Standing(Kind.CERTIFICATE), dict[str, list[int]]()
    for at_ms, (problems, restart) in enumerate(steps):
        if restart:
            state, standing = standing.to_state(), Standing(Kind.CERTIFICATE)
            standing.restore(state)
        for change in standing.on(problems, at_ms, lambda: f"id-{next(ids)}"):
            revisions.setdefault(change.incident.id, []).append(change.incident.revision)
        assert (standing.incident is not None) is bool(problems)
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())


def test_a_number_that_moves_is_no_news() -> None:
    """Days left shrink every day; the centre hears of it when it becomes graver."""
    standing = Standing(Kind.CERTIFICATE)
    _told(standing, (A,))
    later = Problem(rule="ends_soon", severity=Severity.MINOR, channel="server", value=28.0, unit="d")
    assert [] == _told(standing, (later,))
