"""Joint handling (协办): a lead department and those that cooperate, each with its own part, as a table. Pure."""

from __future__ import annotations

from enum import StrEnum

from domain.incidents import IncidentError, Move


class PartState(StrEnum):
    """Where one department is with its part."""

    ASKED = "asked"
    ANSWERED = "answered"
    DECLINED = "declined"  # not its matter, it says; the centre decides
    RELEASED = "released"  # the centre does without it


# Everything that may happen to a part; the first `ask` makes it. A pair that is not here is refused, changing nothing.
PART_MOVES: dict[tuple[PartState, Move], PartState] = {
    (PartState.ASKED, Move.REPLY): PartState.ANSWERED,
    (PartState.ASKED, Move.DECLINE): PartState.DECLINED,
    (PartState.ASKED, Move.RELEASE): PartState.RELEASED,
    (PartState.ANSWERED, Move.ASK): PartState.ASKED,
    (PartState.DECLINED, Move.ASK): PartState.ASKED,
    (PartState.DECLINED, Move.RELEASE): PartState.RELEASED,
    (PartState.RELEASED, Move.ASK): PartState.ASKED,
}
OPEN_PARTS = (PartState.ASKED, PartState.DECLINED)  # an incident is closed when there is none of these


class PartRefused(IncidentError):
    """The department is not at that point; the text says where it is."""

    def __init__(self, department: str, state: PartState | None, move: Move) -> None:
        where = f"is {state}" if state else "was not asked"
        super().__init__(f"cannot {move}: {department} {where}; ask it first, or look at what it said")
        self.department = department
        self.state = state


def move_part(department: str, state: PartState | None, move: Move) -> PartState:
    """The state of a part after a move; None: there is no part yet. Raises PartRefused."""
    if state is None and move is Move.ASK:
        return PartState.ASKED
    if state is None or (state, move) not in PART_MOVES:
        raise PartRefused(department, state, move)
    return PART_MOVES[state, move]
