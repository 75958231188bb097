"""Every pair of the table of joint handling."""

from __future__ import annotations

import pytest

from domain.incidents import Move
from domain.joint import OPEN_PARTS, PART_MOVES, PartRefused, PartState, move_part


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", [None, *PartState])
def test_every_pair(state: PartState | None, move: Move) -> None:
    """By the table, or refused with the department, its state and the remedy."""
    if state is None and move is Move.ASK:
        assert move_part("water", None, move) is PartState.ASKED
    elif state is not None and (state, move) in PART_MOVES:
        assert move_part("water", state, move) is PART_MOVES[state, move]
    else:
        where = f"is {state}" if state else "was not asked"
        with pytest.raises(PartRefused, match=f"cannot {move}: water {where}; ask it first"):
            move_part("water", state, move)


def test_every_open_part_can_be_ended_by_the_centre() -> None:
    """No department can hold an incident for ever."""
    assert all((state, Move.RELEASE) in PART_MOVES for state in OPEN_PARTS)
