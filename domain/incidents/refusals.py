"""What is refused, and why. Nothing has changed then."""

from __future__ import annotations

from enum import StrEnum


class IncidentError(Exception):
    """Base of everything this module refuses; nothing has changed."""


class IllegalMove(IncidentError):
    """The pair is not in the table. Names both sides and what would be legal."""

    def __init__(self, state: StrEnum, event: StrEnum, legal: tuple[StrEnum, ...]) -> None:
        super().__init__(f"cannot {event} an incident that is {state}; legal here: {', '.join(legal) or 'nothing'}")
        self.state = state
        self.event = event
        self.legal = legal


class StillActive(IncidentError):
    """Closing would hide a cause that is still there."""

    def __init__(self, members: tuple[str, ...]) -> None:
        super().__init__(f"cannot close: the condition is still active in {', '.join(members)}; wait until it clears")
        self.members = members


class InDanger(IncidentError):
    """People may be in danger: this move waits until the cause is gone."""

    def __init__(self, move: StrEnum) -> None:
        super().__init__(f"cannot {move}: lives are at stake and the condition is still active; wait until it clears")
        self.move = move


class NotPaused(IncidentError):
    """Resuming what runs, suspending what is suspended, or extending a deadline that does not run."""

    def __init__(self, move: StrEnum, *, paused: bool) -> None:
        text = "it is suspended; resume it first" if paused else "it is not suspended"
        super().__init__(f"cannot {move}: {text}")
        self.move = move
        self.paused = paused


class ReasonMissing(IncidentError):
    """This move is only accepted with a reason."""

    def __init__(self, move: StrEnum) -> None:
        super().__init__(f"{move} needs a reason: say why in a few words")
        self.move = move
