"""What a person may do with an incident now, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.incidents.condition import Condition, ConditionEvent
from domain.incidents.refusals import IllegalMove, InDanger, NotPaused, ReasonMissing, StillActive
from domain.incidents.stages import BESIDE, NEEDS_REASON, NEVER_IN_DANGER, OVER, STAGE_MOVES, Move, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides, beside the stage, what may be done."""

    condition: Condition
    grave: bool = False
    paused: bool = False

    @property
    def danger(self) -> bool:
        """True while lives may be at stake."""
        return self.grave and self.condition is Condition.ACTIVE


def move_stage(stage: Stage, move: Move, at: Standing, reason: str = "") -> Stage:
    """The stage after a person's move; the same one for a move beside the stage.

    Raises IllegalMove, StillActive, InDanger, NotPaused or ReasonMissing.
    """
    if (stage, move) not in STAGE_MOVES and stage not in BESIDE.get(move, ()):
        raise IllegalMove(stage, move, moves_at(stage, at))
    if move is Move.CLOSE and at.condition is Condition.ACTIVE:
        raise StillActive(("this incident",))
    if move in NEVER_IN_DANGER and at.danger:
        raise InDanger(move)
    if not _fits_pause(move, at):
        raise NotPaused(move, paused=at.paused)
    if move in NEEDS_REASON and not reason.strip():
        raise ReasonMissing(move)
    return STAGE_MOVES.get((stage, move), stage)


def moves_at(stage: Stage, at: Standing) -> tuple[Move, ...]:
    """What a person may do now, the sensible move first; only what would be taken."""
    moves = (
        *(move for here, move in STAGE_MOVES if here is stage),
        *(m for m, here in BESIDE.items() if stage in here),
    )
    return tuple(move for move in moves if _open_to(move, at))


def _open_to(move: Move, at: Standing) -> bool:
    if move is Move.CLOSE:
        return at.condition is not Condition.ACTIVE
    return not (move in NEVER_IN_DANGER and at.danger) and _fits_pause(move, at)


def _fits_pause(move: Move, at: Standing) -> bool:
    """Resuming needs a pause; what is paused is neither paused again nor given more time."""
    if move is Move.RESUME:
        return at.paused
    return not at.paused or move not in (Move.SUSPEND, Move.EXTEND)


def reopens(stage: Stage, event: ConditionEvent | None, *, worse: bool = False) -> bool:
    """True where it is back, or worse than ever, after people thought it was over: back to the start, never hidden."""
    return (event is ConditionEvent.RAISED or worse) and stage in (Stage.FED_BACK, Stage.VERIFIED, *OVER)
