"""What a transaction knows without asking the database: looked up for a whole batch at once, or true by birth.

In a storm most of what the intake would ask about each new incident has the answer "nothing". Where nobody has looked
ahead, everything here says "ask".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

_AHEAD, _BORN = "foresight", "born"


@dataclass(slots=True, kw_only=True)
class Foresight:
    """For the incidents and messages of one batch."""

    messages: set[str] = field(default_factory=set)  # ids taken in already
    incidents: set[str] = field(default_factory=set)  # ids that exist
    awaited: set[str] = field(default_factory=set)  # ids that rows of others name: orphans, reports


@dataclass(slots=True)
class _Born:
    incident_id: str
    told: set[tuple[str, str]] = field(default_factory=set)  # (step, person)


def look_ahead(session: Session, found: Foresight) -> None:
    """Keep it with the transaction."""
    session.info[_AHEAD] = found


def is_new(session: Session, incident_id: str) -> bool:
    """True where no such incident exists; False where it may."""
    ahead: Foresight | None = session.info.get(_AHEAD)
    return ahead is not None and incident_id not in ahead.incidents


def is_awaited(session: Session, incident_id: str) -> bool:
    """False where nothing in the tables waits for this incident."""
    ahead: Foresight | None = session.info.get(_AHEAD)
    return ahead is None or incident_id in ahead.awaited


def seen(session: Session, message_id: str) -> bool | None:
    """Whether a message was taken in before, None where nobody has looked; it is from now on."""
    ahead: Foresight | None = session.info.get(_AHEAD)
    if ahead is None:
        return None
    known = message_id in ahead.messages
    ahead.messages.add(message_id)
    return known


def exists(session: Session, incident_id: str) -> None:
    """It does from now on."""
    ahead: Foresight | None = session.info.get(_AHEAD)
    if ahead is not None:
        ahead.incidents.add(incident_id)


@contextmanager
def birth(session: Session, incident_id: str) -> Iterator[None]:
    """While an incident that was just made is placed: it has no members, notices, deadlines or timers."""
    session.info[_BORN] = _Born(incident_id)
    try:
        yield
    finally:
        del session.info[_BORN]


def is_born(session: Session, incident_id: str) -> bool:
    """True where nothing but what this placement makes can hang on the incident."""
    born: _Born | None = session.info.get(_BORN)
    return born is not None and born.incident_id == incident_id


def told_since_birth(session: Session, step: str, people: Iterable[str]) -> set[str]:
    """Who of them was told already in this placement; all of them are from now on."""
    born: _Born = session.info[_BORN]
    told = {person for person in people if (step, person) in born.told}
    born.told |= {(step, person) for person in people}
    return told
