"""Every pair of both tables, and revisions in any order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import (
    BESIDE,
    CONDITION_MOVES,
    JOINABLE,
    NEEDS_REASON,
    OVER,
    STAGE_MOVES,
    WORKED,
    Condition,
    ConditionEvent,
    IllegalMove,
    IncidentError,
    InDanger,
    Move,
    NotPaused,
    ReasonMissing,
    Revision,
    Severity,
    Stage,
    Standing,
    StillActive,
    apply_revision,
    move_condition,
    move_stage,
    moves_at,
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


STANDINGS = tuple(
    Standing(condition=condition, grave=life, paused=paused)
    for condition in Condition
    for life in (False, True)
    for paused in (False, True)
)


def refused(stage: Stage, move: Move, at: Standing) -> type[IncidentError] | None:
    """What the tables and the rules beside them refuse, written down a second time."""
    if (stage, move) not in STAGE_MOVES and (move not in BESIDE or stage not in BESIDE[move]):
        return IllegalMove
    if move is Move.CLOSE and at.condition is Condition.ACTIVE:
        return StillActive
    if move in (Move.VOID, Move.SUSPEND, Move.EXTEND) and at.grave and at.condition is Condition.ACTIVE:
        return InDanger
    wrong_pause = {Move.SUSPEND: at.paused, Move.EXTEND: at.paused, Move.RESUME: not at.paused}
    return NotPaused if wrong_pause.get(move, False) else None


@pytest.mark.parametrize("at", STANDINGS, ids=lambda at: f"{at.condition}-{at.grave}-{at.paused}")
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_pair(stage: Stage, at: Standing) -> None:
    """Every move at every stage: by the table, or refused with both sides and the legal moves named."""
    for move in Move:
        if refusal := refused(stage, move, at):
            with pytest.raises(
                refusal, match=f"cannot {str(move) if refusal is not StillActive else 'close'}"
            ) as caught:
                move_stage(stage, move, at, "why")
            if isinstance(caught.value, IllegalMove):
                assert (caught.value.state, caught.value.event) == (stage, move)
                assert caught.value.legal == moves_at(stage, at)
        else:
            assert move_stage(stage, move, at, "why") is STAGE_MOVES.get((stage, move), stage)


@pytest.mark.parametrize("at", STANDINGS, ids=lambda at: f"{at.condition}-{at.grave}-{at.paused}")
@pytest.mark.parametrize("stage", Stage)
def test_offered_moves_are_legal(stage: Stage, at: Standing) -> None:
    """What is offered is accepted, everything that is accepted is offered, and every stage leads on."""
    offered = moves_at(stage, at)

    assert set(offered) == {move for move in Move if refused(stage, move, at) is None}
    assert len(offered) == len(set(offered))
    assert any((stage, move) in STAGE_MOVES for move in offered)


@pytest.mark.parametrize("move", sorted(NEEDS_REASON))
def test_hand_overs_need_a_reason(move: Move) -> None:
    """Who passes on, puts aside or undoes says why."""
    for stage in Stage:
        if (stage, move) in STAGE_MOVES or stage in BESIDE.get(move, ()):
            with pytest.raises(ReasonMissing, match=str(move)):
                move_stage(stage, move, Standing(condition=Condition.CLEARED), "  ")


def test_every_stage_is_reached_and_left() -> None:
    """No stage without a way in, none without a way out; from each one it can still be closed or declared void."""
    reached, left = set(STAGE_MOVES.values()), {stage for stage, _ in STAGE_MOVES}
    assert reached == left == set(Stage)
    assert set(WORKED) | {Stage.REPORTED} == set(JOINABLE)
    assert not set(OVER) & set(JOINABLE)


def test_a_raise_after_the_end_reopens() -> None:
    """What was said to be over goes back to the start when the cause returns; what is being handled stays."""
    pairs = {(stage, event) for stage in Stage for event in [*ConditionEvent, None] if reopens(stage, event)}

    assert pairs == {(s, ConditionEvent.RAISED) for s in (Stage.FED_BACK, Stage.VERIFIED, *OVER)}
    assert all((stage, Move.REOPEN) in STAGE_MOVES for stage, _ in pairs)
    worse = {stage for stage in Stage if reopens(stage, ConditionEvent.CHANGED, worse=True)}
    assert worse == {stage for stage, _ in pairs}


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
