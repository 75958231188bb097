"""Who hears his status said by somebody else knows that there are two of him; the word of a predecessor is not that."""

from __future__ import annotations

import pytest

from gateway.identity.twins import QUIET_MS, Twins, new_instance
from protocol import status


def _said(instance: str | None, why: str = status.HEARTBEAT) -> bytes:
    state = status.OFFLINE if why == status.LAST_WILL else status.ONLINE
    fields = {"state": state, "why": why, "boot": 1, "at_ms": None}
    return status.encode(fields if instance is None else {**fields, "instance": instance})


class Day:
    """A clock that is told."""

    now_ms = 0


@pytest.mark.parametrize(
    ("words", "twins"),
    [
        ([], False),
        (["old"], False),  # retained, of the process before this one
        (["old", "me"], False),
        (["me", "me"], False),
        (["old", "me", "old"], True),
        (["me", "other"], True),
        (["me", None, "no json"], False),  # an older version does not say who it is
        (["other", "me", "other", "me"], True),
    ],
)
def test_what_is_heard(words: list[str | None], twins: bool) -> None:
    """Only what comes after our own word is said now."""
    ears = Twins("gw", "me", lambda: 0)
    for word in words:
        ears.hear(b"{" if word == "no json" else _said(word))
    assert twins is bool(ears.problems())


def test_a_last_will_of_the_other_counts_too() -> None:
    """Thrown out by us, the other one's broker speaks for it."""
    ears = Twins("gw", "me", lambda: 0)
    for word in (_said("me"), _said("other", status.LAST_WILL)):
        ears.hear(word)
    (problem,) = ears.problems()
    assert ("same_id_twice", "other") == (problem.rule, problem.reason)


def test_it_ends_when_the_other_is_quiet() -> None:
    """Somebody corrected it."""
    day = Day()
    ears = Twins("gw", "me", lambda: day.now_ms)
    for word in (_said("me"), _said("other")):
        ears.hear(word)
    day.now_ms = QUIET_MS
    assert ears.problems()
    day.now_ms = QUIET_MS + 1
    assert not ears.problems()


def test_instances_differ_and_name_their_machine() -> None:
    """A restart on the same machine is another instance."""
    assert new_instance() != new_instance()
    assert new_instance().split(":")[0] == new_instance().split(":")[0]
