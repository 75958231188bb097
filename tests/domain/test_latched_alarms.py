"""Entrapment and calls for help: at once, never twice, only the endpoint clears, whatever comes late."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from domain.alarms import Change
from domain.incidents import ConditionEvent, Kind, Severity
from domain.latched_alarms import CHANNELS, LatchedAlarms
from domain.readings import Reading

SAMPLES = st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), max_size=30)


class Desk:
    """Feeds samples one a second and keeps what changed; goes through its state each time, as over a restart."""

    def __init__(self) -> None:
        self.alarms = LatchedAlarms()
        self.changes: list[Change] = []
        self._ids = (f"id-{n}" for n in itertools.count())

    def feed(self, at_ms: int, value: bool | None, *, late: bool = False, channel: str = "entrapment") -> None:
        """One sample; None: the channel failed."""
        values = {} if value is None else {channel: value}
        again = LatchedAlarms()
        again.restore(json.loads(json.dumps(self.alarms.to_state())))
        self.alarms = again
        self.changes += again.feed(_reading(at_ms, values), late=late, new_id=lambda: next(self._ids))

    def told(self) -> list[tuple[str, int]]:
        """(event, time of the change)."""
        return [(change.event, change.incident.changed_at_ms) for change in self.changes]


def _reading(at_ms: int, values: dict[str, bool]) -> Reading:
    return Reading(
        device="lift-a", boot=1, seq=at_ms, at_ms=at_ms, received_ms=at_ms, told_ms=at_ms, backfill=False,
        quality="good", values=values, faults={},
    )  # fmt: skip


def test_the_first_sample_raises_and_the_first_quiet_one_clears() -> None:
    desk = Desk()
    for at_ms, value in ((1000, False), (2000, True), (3000, True), (4000, None), (5000, False), (6000, False)):
        desk.feed(at_ms, value)

    assert [(ConditionEvent.RAISED, 2000), (ConditionEvent.CLEARED, 5000)] == desk.told()
    assert (Kind.ENTRAPMENT, Severity.CRITICAL) == (desk.changes[0].incident.kind, desk.changes[0].incident.severity)
    assert all(latched.kind.life_safety for latched in CHANNELS.values())


def test_a_call_from_a_time_without_link_raises_and_the_present_clears_it() -> None:
    """Nobody had seen it: people must know, even where it is over by now."""
    desk = Desk()
    desk.feed(9000, False, channel="sos")
    desk.feed(2000, True, late=True, channel="sos")
    desk.feed(3000, True, late=True, channel="sos")
    desk.feed(4000, False, late=True, channel="sos")
    desk.feed(10_000, False, channel="sos")
    desk.feed(2500, True, late=True, channel="sos")

    assert [(ConditionEvent.RAISED, 2000), (ConditionEvent.CLEARED, 10_000)] == desk.told()


@given(SAMPLES)
def test_raised_and_cleared_take_turns(samples: list[tuple[bool | None, bool]]) -> None:
    """One incident at a time, each cleared once; a late quiet sample or a fault never clears."""
    desk = Desk()
    for second, (value, late) in enumerate(samples):
        before = len(desk.changes)
        desk.feed(second * 1000, value, late=late)
        if value is None or (late and not value):
            assert before == len(desk.changes)
    events = [change.event for change in desk.changes]

    assert events == list(
        itertools.islice(itertools.cycle([ConditionEvent.RAISED, ConditionEvent.CLEARED]), len(events))
    )
    ids = [change.incident.id for change in desk.changes]
    assert ids[1::2] == ids[: len(ids) // 2 * 2 : 2]
    assert len(set(ids)) == (len(ids) + 1) // 2
