"""What answers of workers do at the centre: every stage, every answer, holder or not."""

from __future__ import annotations

from itertools import product

import pytest

from cloud.site_lists import SAID
from domain.field_work import ANSWER_MOVES, ANSWERS, contradicts, moves_for
from domain.incidents import OVER, Condition, Move, Stage, Standing, move_stage
from protocol import desk

PAIRS = list(product(Stage, ANSWERS, (True, False)))


@pytest.mark.parametrize(("stage", "answer", "holds"), PAIRS)
def test_the_moves_of_an_answer_are_legal_one_after_the_other(stage: Stage, answer: str, holds: bool) -> None:
    """Whatever the table says can be done; what it does not say changes nothing."""
    at = stage
    for move in moves_for(stage, answer, holds=holds):
        at = move_stage(at, move, Standing(condition=Condition.ACTIVE), "退单")
    assert (at is stage) == ((stage, holds, answer) not in ANSWER_MOVES)


@pytest.mark.parametrize(("stage", "answer", "holds"), PAIRS)
def test_nothing_is_both_a_move_and_a_contradiction(stage: Stage, answer: str, holds: bool) -> None:
    """After the result was fed back every answer is one to be read."""
    moved = bool(moves_for(stage, answer, holds=holds))
    assert not (moved and contradicts(stage, answer, holds=holds))
    if stage in (Stage.FED_BACK, Stage.VERIFIED, *OVER):
        assert contradicts(stage, answer, holds=holds)


def test_the_rule_of_conflicts() -> None:
    """Who goes beats who accepted at a desk; the centre's own dispatch stands."""
    assert moves_for(Stage.REPORTED, "on_the_way", holds=False) == (Move.ACCEPT, Move.DISPATCH)
    assert moves_for(Stage.ACCEPTED, "accepted", holds=False) == (Move.DISPATCH,)
    assert moves_for(Stage.DISPATCHED, "on_site", holds=False) == ()
    assert contradicts(Stage.DISPATCHED, "on_site", holds=False)
    assert not contradicts(Stage.DISPATCHED, "on_site", holds=True)
    assert moves_for(Stage.DISPATCHED, "declined", holds=True) == (Move.RETURN,)


def test_the_words_of_the_wire_are_the_stages() -> None:
    """The list of the centre names stages in the same words."""
    assert {SAID.get(stage, stage) for stage in Stage} == set(desk.STAGES)
