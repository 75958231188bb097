"""Placement: complete, reachable, and the times of the documents."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deadlines import Since, deadline
from domain.dispatch import DispatchError, Placement, PlacementTable, chase, escalation
from domain.incidents import Kind, Move, Severity, Stage

LEVELS = ("grid", "community", "street", "district")
FILE = Path(__file__).parents[2] / "cloud" / "config" / "dispatch.toml"
RAW = tomllib.loads(FILE.read_text(encoding="utf-8"))
TABLE = PlacementTable.from_table(RAW, LEVELS)


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_and_severity_is_placed_and_reaches_the_street(kind: Kind, severity: Severity) -> None:
    """Nothing is unplaced, and what nobody accepts climbs at least to the street."""
    placement = TABLE.of(kind, severity)
    tiers = {*placement.placed, *(step.tier for step in escalation(placement, 0) if step.tier)}

    assert placement.placed
    assert "street" in tiers
    if kind.life_safety:
        assert "district" in tiers


def test_a_confirmed_fire_goes_to_three_tiers_at_once_and_to_the_district_after_a_minute() -> None:
    """确认火警: grid, community and street at once; 60 s; then the district; then everybody again, five times."""
    placement = TABLE.of("fire", "critical")

    assert placement.placed == ("grid", "community", "street")
    assert [(s.code, s.due_ms // 1000) for s in escalation(placement, 0)] == [
        ("escalate:district", 60),
        *((f"repeat:{n}", 60 + 120 * n) for n in range(1, 6)),
    ]


def test_a_suspected_fire_climbs_by_the_street() -> None:
    """疑似火警: grid and community at once; 120 s; street; district."""
    placement = TABLE.of("fire", "major")

    assert placement.placed == ("grid", "community")
    assert [(s.code, s.due_ms // 1000) for s in escalation(placement, 0)][:2] == [
        ("escalate:street", 120),
        ("escalate:district", 240),
    ]


def test_a_tier_that_has_it_is_not_called_again() -> None:
    """The chain skips tiers that were placed by a worse severity before."""
    steps = escalation(TABLE.of("fire", "major"), 0, placed=("street",))

    assert [s.tier for s in steps if s.tier] == ["district"]
    assert steps[0].due_ms == 120_000


placements = st.builds(
    Placement,
    placed=st.just(("grid",)),
    escalate=st.sampled_from([(), ("street",), ("community", "street", "district")]),
    **{
        name: st.integers(1, 10_000)
        for name in ("accept_s", "feed_back_s", "overall_s", "step_s", "repeat_s", "chase_s")
    },
    repeat_max=st.integers(0, 10),
    chase_max=st.integers(0, 10),
)


@given(placements, st.integers(0, 1 << 41))
def test_steps_come_in_order_and_once(placement: Placement, from_ms: int) -> None:
    """Codes are unique, times rise, nothing is due before the acceptance is, and chains end."""
    steps = escalation(placement, from_ms)

    assert len({s.code for s in steps}) == len(steps) == len(placement.escalate) + placement.repeat_max
    assert [s.due_ms for s in steps] == sorted({s.due_ms for s in steps})
    assert all(s.due_ms >= from_ms + placement.accept_s * 1000 for s in steps)
    assert len(chase(placement, from_ms)) == placement.chase_max


def broken(**changes: Any) -> dict[str, Any]:
    """The file with its first rule changed."""
    table = copy.deepcopy(RAW)
    table["placements"][0].update(changes)
    return table


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"placements": RAW["placements"][1:]}, "no placement for fire critical"),
        ({"placements": [*RAW["placements"], RAW["placements"][0]]}, "placed twice"),
        (broken(escalate=["street"]), "named twice or below"),
        (broken(placed=["street"], escalate=["community"]), "named twice or below"),
        (broken(placed=[]), "nobody would hear"),
        (broken(escalate=["province"]), "unknown tier province"),
        (broken(accept_s=0), "accept_s must be"),
        (broken(accept_s="1 min"), "accept_s must be"),
        (broken(repeat_max=1000), "repeat_max"),
        (broken(accept_m=1), "accept_m"),
        (broken(kind=["flood"]), "flood"),
        (broken(severity=["terrible"]), "terrible"),
        ({}, "no placement for"),
    ],
)
def test_a_wrong_table_is_refused(table: dict[str, Any], says: str) -> None:
    """A hole, a typo or a step that can never be reached stops the start."""
    with pytest.raises(DispatchError, match=says):
        PlacementTable.from_table(table, LEVELS)


def test_every_stage_but_the_last_has_a_deadline() -> None:
    """What is due follows the stage."""
    placement = TABLE.of("fire", "critical")
    since = Since(reported_ms=0, accept_due_ms=60_000, handling_ms=30_000)
    due = {stage: deadline(placement, stage, since) for stage in Stage}

    assert due.pop(Stage.CLOSED) is None
    assert {stage: (d.move, d.due_ms // 1000) for stage, d in due.items() if d} == {
        Stage.REPORTED: (Move.ACCEPT, 60),
        Stage.ACCEPTED: (Move.FEED_BACK, 1830),
        Stage.DISPATCHED: (Move.FEED_BACK, 1830),
        Stage.FED_BACK: (Move.VERIFY, 86_400),
        Stage.VERIFIED: (Move.CLOSE, 86_400),
    }
    found = due[Stage.REPORTED]
    assert found is not None
    assert not found.overdue(60_000)
    assert found.overdue(60_001)
