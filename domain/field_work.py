"""What a worker's answer to a task means for the stage of its incident: the table of the centre. Pure.

Both sides may have worked while the link was cut. The rule: the centre's own dispatch stands, and who is already going
beats who has only accepted at a desk. So an answer moves the stage where this table has a line; everywhere else it is
put on record and changes nothing, and the gateway takes the task back from whoever the centre did not choose.
"""

from __future__ import annotations

from domain.incidents import Move, Stage

ANSWERS = ("accepted", "declined", "on_the_way", "on_site", "done")
_GOES = {
    "accepted": (),
    "on_the_way": (Move.DISPATCH,),
    "on_site": (Move.DISPATCH, Move.START_HANDLING),
    "done": (Move.FEED_BACK,),
}

# (stage, is the worker its holder, answer) -> moves, one after the other
ANSWER_MOVES: dict[tuple[Stage, bool, str], tuple[Move, ...]] = {
    **{(Stage.REPORTED, False, answer): (Move.ACCEPT, *moves) for answer, moves in _GOES.items()},
    (Stage.ACCEPTED, True, "on_the_way"): (Move.DISPATCH,),
    (Stage.ACCEPTED, True, "on_site"): (Move.START_HANDLING,),
    (Stage.ACCEPTED, True, "done"): (Move.FEED_BACK,),
    # somebody accepted it at a desk, this worker goes: no second one has to be sent
    (Stage.ACCEPTED, False, "accepted"): (Move.DISPATCH,),
    (Stage.ACCEPTED, False, "on_the_way"): (Move.DISPATCH,),
    (Stage.ACCEPTED, False, "on_site"): (Move.DISPATCH, Move.START_HANDLING),
    (Stage.ACCEPTED, False, "done"): (Move.DISPATCH, Move.FEED_BACK),
    (Stage.DISPATCHED, True, "on_site"): (Move.START_HANDLING,),
    (Stage.DISPATCHED, True, "done"): (Move.FEED_BACK,),
    (Stage.DISPATCHED, True, "declined"): (Move.RETURN,),
    (Stage.HANDLING, True, "done"): (Move.FEED_BACK,),
    (Stage.HANDLING, True, "declined"): (Move.RETURN,),
}

# answers that say nothing new of the stage, and contradict nobody
_EXPECTED = {
    (Stage.ACCEPTED, True, "accepted"),
    (Stage.DISPATCHED, True, "accepted"),
    (Stage.DISPATCHED, True, "on_the_way"),
    *((Stage.HANDLING, True, answer) for answer in ("accepted", "on_the_way", "on_site")),
    (Stage.REPORTED, False, "declined"),
    (Stage.ACCEPTED, False, "declined"),
    (Stage.DISPATCHED, False, "declined"),
    (Stage.HANDLING, False, "declined"),
}


def moves_for(stage: Stage, answer: str, *, holds: bool) -> tuple[Move, ...]:
    """The moves that an answer stands for; none where it changes nothing."""
    return ANSWER_MOVES.get((stage, holds, answer), ())


def contradicts(stage: Stage, answer: str, *, holds: bool) -> bool:
    """True where the answer does not fit to what the centre decided meanwhile: a person should read it."""
    key = (stage, holds, answer)
    return key not in ANSWER_MOVES and key not in _EXPECTED
