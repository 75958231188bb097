"""Until when the next move is due. Clock time only, day and night; the working calendar comes with the slow kinds."""

from __future__ import annotations

from dataclasses import dataclass

from domain.dispatch import Placement
from domain.incidents import OVER, WORKED, Move, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One move and its latest time."""

    move: Move
    due_ms: int

    def overdue(self, now_ms: int) -> bool:
        """True once the time has passed."""
        return now_ms > self.due_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From when the deadlines of one incident count.

    `reported_ms` is when people could first know, not when the cause began: a gateway that was cut off for an hour
    does not make everybody late. `handling_ms` is the acceptance, or the last rework.
    """

    reported_ms: int
    accept_due_ms: int
    handling_ms: int | None


def deadline(placement: Placement, stage: Stage, since: Since) -> Deadline | None:
    """What is due at this stage; None when it is over."""
    if stage in OVER:
        return None
    if stage is Stage.REPORTED:
        return Deadline(move=Move.ACCEPT, due_ms=since.accept_due_ms)
    if stage in WORKED:
        start_ms = since.reported_ms if since.handling_ms is None else since.handling_ms
        return Deadline(move=Move.FEED_BACK, due_ms=start_ms + placement.feed_back_s * 1000)
    move = Move.VERIFY if stage is Stage.FED_BACK else Move.CLOSE
    return Deadline(move=move, due_ms=since.reported_ms + placement.overall_s * 1000)
