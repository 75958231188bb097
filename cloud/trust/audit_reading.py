"""Which entries of the audit log somebody wants to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cloud.store.models_trust import AuditEntry
from domain.grids import AreaTree
from domain.roster import Roster

BATCH = 1000
ACTORS_MAX = 5000  # of one question: SQLite takes 32,766 values; a district has some ten thousand people


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Nothing named: everything. Times are UTC epoch milliseconds, `until_ms` is not included."""

    actors: tuple[str, ...] | None = None
    action: str = ""
    outcome: str = ""
    from_ms: int | None = None
    until_ms: int | None = None


EVERYTHING = Wanted()


def newest(limit: int, before_seq: int | None, wanted: Wanted) -> Select[AuditEntry]:
    """The query of the newest entries that fit."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    for value, condition in (
        (before_seq, AuditEntry.seq < (before_seq or 0)),
        (wanted.actors, AuditEntry.actor.in_(wanted.actors or ())),
        (wanted.action or None, AuditEntry.action == wanted.action),
        (wanted.outcome or None, AuditEntry.outcome == wanted.outcome),
        (wanted.from_ms, AuditEntry.at_ms >= (wanted.from_ms or 0)),
        (wanted.until_ms, AuditEntry.at_ms < (wanted.until_ms or 0)),
    ):
        query = query if value is None else query.where(condition)
    return query


def actors_of(text: str, area: str, roster: Roster, areas: AreaTree) -> tuple[str, ...] | None:
    """Whom a name (or a part of it) and an area mean; None: everybody. An area means the people of the roster there."""
    if not text and not area:
        return None
    word = text.casefold()
    found = [
        person.id
        for person in roster.people
        if (word in person.name.casefold() or word in person.id)
        and (not area or any(areas.has(one) and areas.within(one, area) for one in person.areas))
    ]
    more = [text] if text and not area else []  # an account, a program, the command line: in no area
    return tuple(dict.fromkeys([*more, *found]))[:ACTORS_MAX]


def in_order(session: Session) -> Iterator[AuditEntry]:
    """Every entry in its order, a batch at a time."""
    last = None
    while True:
        query = select(AuditEntry).order_by(AuditEntry.seq).limit(BATCH)
        batch = list(session.scalars(query if last is None else query.where(AuditEntry.seq > last)))
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].seq
        session.expunge_all()
