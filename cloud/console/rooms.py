"""The pages of the console that stand in its navigation, and what somebody must be allowed to go there."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from cloud.trust.door import Caller
from cloud.trust.rights import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One entry; `name` is its icon and its word `room.<name>`."""

    name: str
    path: str
    action: Action

    @property
    def letter(self) -> str:
        """The key that goes there, after g."""
        return LETTERS.get(self.name, self.name[0])


LETTERS = {"plan": "l", "review": "v"}  # p are the patrols, r is the report
ROOMS = (
    Room(name="board", path="/", action=Action.BOARD_READ),
    Room(name="map", path="/map", action=Action.BOARD_READ),
    Room(name="report", path="/report", action=Action.INCIDENT_CREATE),
    Room(name="equipment", path="/equipment", action=Action.GATEWAY_READ),
    Room(name="history", path="/history", action=Action.HISTORY_READ),
    Room(name="review", path="/review", action=Action.REVIEW_READ),
    Room(name="patrols", path="/patrols", action=Action.TRACK_READ),
    Room(name="areas", path="/areas", action=Action.PLAN_READ),
    Room(name="duty", path="/duty", action=Action.PEOPLE_READ),
    Room(name="plan", path="/plan", action=Action.PLAN_READ),
    Room(name="system", path="/system", action=Action.AUDIT_READ),
)


def rooms_of(request: Request) -> tuple[Room, ...]:
    """Where whoever asks may go; nowhere before the log-in."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        return ()
    return tuple(room for room in ROOMS if caller.guard.may(caller.principal, room.action))


def is_here(room: Room, path: str) -> bool:
    """True where `path` is the room or a page inside it."""
    return path == room.path or (room.path != "/" and path.startswith(room.path + "/"))
