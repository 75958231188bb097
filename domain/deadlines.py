"""Until when the next move is due. Clock time only, day and night; the working calendar comes with the slow kinds."""

from __future__ import annotations

from dataclasses import dataclass

from domain.dispatch import Placement
from domain.incidents import Move, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One move and its latest time."""

    move: Move
    due_ms: int

    def overdue(self, now_ms: int) -> bool:
        """True once the time has passed."""
        return now_ms > self.due_ms


def deadline(placement: Placement, stage: Stage, *, reported_ms: int, accepted_ms: int | None) -> Deadline | None:
    """What is due at this stage; None when it is over.

    `reported_ms` is when people could first know, not when the cause began: a gateway that was cut off for an hour
    does not make everybody late.
    """
    if stage is Stage.CLOSED:
        return None
    if stage is Stage.REPORTED:
        return Deadline(move=Move.ACCEPT, due_ms=reported_ms + placement.accept_s * 1000)
    if stage in (Stage.ACCEPTED, Stage.DISPATCHED):
        start_ms = reported_ms if accepted_ms is None else accepted_ms
        return Deadline(move=Move.FEED_BACK, due_ms=start_ms + placement.feed_back_s * 1000)
    move = Move.VERIFY if stage is Stage.FED_BACK else Move.CLOSE
    return Deadline(move=move, due_ms=reported_ms + placement.overall_s * 1000)
