"""Every pair of both tables, and revisions in any order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import (
    CONDITION_MOVES,
    NEEDS_REASON,
    STAGE_MOVES,
    Condition,
    ConditionEvent,
    IllegalMove,
    Move,
    ReasonMissing,
    Revision,
    Severity,
    Stage,
    StillActive,
    apply_revision,
    legal_moves,
    move_condition,
    move_stage,
    reopens,
)


@pytest.mark.parametrize("event", ConditionEvent)
@pytest.mark.parametrize("condition", Condition)
def test_every_condition_pair(condition: Condition, event: ConditionEvent) -> None:
    """A condition follows its table; any other pair raises and names both sides."""
    if (condition, event) in CONDITION_MOVES:
        assert move_condition(condition, event) is CONDITION_MOVES[condition, event]
    else:
        with pytest.raises(IllegalMove, match=f"cannot {event} an incident that is {condition}; legal here"):
            move_condition(condition, event)


@pytest.mark.parametrize("condition", Condition)
@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_pair(stage: Stage, move: Move, condition: Condition) -> None:
    """A stage follows its table; any other pair raises, names both sides and the legal moves."""
    if (stage, move) not in STAGE_MOVES:
        with pytest.raises(IllegalMove, match=f"cannot {move} an incident that is {stage}") as caught:
            move_stage(stage, move, condition=condition, reason="why")
        assert caught.value.legal == legal_moves(stage, condition)
    elif move is Move.CLOSE and condition is Condition.ACTIVE:
        with pytest.raises(StillActive, match="still active"):
            move_stage(stage, move, condition=condition, reason="why")
    else:
        assert move_stage(stage, move, condition=condition, reason="why") is STAGE_MOVES[stage, move]


@pytest.mark.parametrize("condition", Condition)
@pytest.mark.parametrize("stage", Stage)
def test_offered_moves_are_legal(stage: Stage, condition: Condition) -> None:
    """What is offered is accepted, and every stage but an active verified one leads on."""
    for move in legal_moves(stage, condition):
        assert move_stage(stage, move, condition=condition, reason="why")
    assert legal_moves(stage, condition)


def test_hand_overs_need_a_reason() -> None:
    """Return, rework and reopen are refused without a reason."""
    for stage, move in STAGE_MOVES:
        if move in NEEDS_REASON:
            with pytest.raises(ReasonMissing, match=str(move)):
                move_stage(stage, move, condition=Condition.CLEARED, reason="  ")


def test_a_raise_after_the_end_reopens() -> None:
    """What was said to be over goes back to the start when the cause returns; what is being handled stays."""
    pairs = {(stage, event) for stage in Stage for event in [*ConditionEvent, None] if reopens(stage, event)}

    assert pairs == {(s, ConditionEvent.RAISED) for s in (Stage.FED_BACK, Stage.VERIFIED, Stage.CLOSED)}
    assert all((stage, Move.REOPEN) in STAGE_MOVES for stage, _ in pairs)


revisions = st.builds(
    Revision, number=st.integers(1, 8), condition=st.sampled_from(Condition), severity=st.sampled_from(Severity)
)


@given(st.lists(revisions, min_size=1, unique_by=lambda r: r.number), st.data())
def test_revisions_in_any_order_and_number(sent: list[Revision], data: st.DataObject) -> None:
    """Any order and any duplication of the same messages ends in the same state."""
    arrived = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent)))))
    known: Revision | None = None
    events = 0
    for news in arrived:
        known, event = apply_revision(known, news)
        events += event is not None

    assert known == max(sent, key=lambda r: r.number)
    assert events <= len(sent)


def test_severities_rise() -> None:
    """Severity has an order."""
    assert [s.rank for s in Severity] == sorted(s.rank for s in Severity)
    assert Severity.CRITICAL.rank > Severity.WARNING.rank
