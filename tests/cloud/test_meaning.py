"""What a new version of people would mean, at whatever time of the day somebody looks."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from cloud.plan import load_plan
from cloud.plan.sections import Read
from cloud.plans import meaning
from tests.cloud.conftest import START_MS

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
PLAN = load_plan()


def later(minutes: int) -> Read:
    """The plan with a night shift that begins so many minutes late."""
    people = copy.deepcopy(PLAN.read.documents["people"])
    qin_yue = next(person for person in people["people"] if person["id"] == "qin-yue")
    qin_yue["duty"] = [f"{20 + minutes // 60}:{minutes % 60:02}-08:00"]
    return meaning.read_with(PLAN, {"people": people})


@given(now_ms=st.integers(START_MS, START_MS + DAY_MS), minutes=st.sampled_from([1, 45, 90, 150]))
def test_a_hole_is_told_however_short_and_whenever_one_looks(now_ms: int, minutes: int) -> None:
    """From the minute at which it begins, or from now where it has begun."""
    eight_ms = meaning.next_at(START_MS - DAY_MS, 480, 20)
    into_ms = (now_ms - eight_ms) % DAY_MS
    begins_ms = now_ms if into_ms < minutes * 60_000 else now_ms - into_ms + DAY_MS

    new = [hole for hole in meaning.holes(PLAN.read, later(minutes), now_ms) if hole.new]
    assert [hole.at_ms for hole in new] == [begins_ms]
    assert not [hole for hole in meaning.holes(PLAN.read, PLAN.read, now_ms) if hole.new]
