"""The duty book as stored: read whole, put into the live roster. Every process does it for itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.store.models import FieldReport
from cloud.store.models_people import DutyMark, StandInRow
from cloud.trust.accounts import disabled
from domain.duty_book import OFF, ON, DutyBook, Mark, StandIn
from domain.incidents.log_words import HANDED_OVER
from domain.roster import Roster

TOOK_OVER = "took_over"  # a mark that a confirmed hand-over sets; HANDED_OVER is the giver's
_ON = (*ON, TOOK_OVER)


def read_book(session: Session, at_ms: int) -> DutyBook:
    """What differs from the roster from now on."""
    rows = session.scalars(select(StandInRow).where(StandInRow.ended_at_ms.is_(None), StandInRow.to_ms > at_ms))
    return DutyBook(
        stand_ins=tuple(stand_in_of(row) for row in rows.all()),
        marks={mark.person: _mark(mark) for mark in session.scalars(select(DutyMark))},
        disabled=disabled(session),
    )


def _mark(row: DutyMark) -> Mark:
    return Mark(on=row.what in _ON, at_ms=row.at_ms, by_handover=row.what in (TOOK_OVER, HANDED_OVER))


def stand_in_of(row: StandInRow) -> StandIn:
    """As the domain knows it."""
    return StandIn(absent=row.absent, by=row.stand_in, from_ms=row.from_ms, to_ms=row.to_ms)


def note_report(session: Session, roster: Roster, row: FieldReport) -> bool:
    """A handheld says on, off, logged off or wiped; False for any other report. Never later than it was taken in."""
    if row.what not in (*ON, *OFF):
        return False
    person = row.person or next((one.id for one in roster.people if one.device == row.device and one.active), None)
    if person is not None:
        set_mark(session, person, row.what, row.device, min(row.at_ms, row.taken_ms))
    return True


def set_mark(session: Session, person: str, what: str, device: str, at_ms: int) -> None:
    """The last word wins, by the time at which it was said."""
    mark = session.get(DutyMark, person, with_for_update=True)
    if mark is None:
        try:
            with session.begin_nested():
                session.add(DutyMark(person=person, what=what, device=device, at_ms=at_ms))
        except IntegrityError:  # said through another gateway in this moment
            mark = session.get_one(DutyMark, person, with_for_update=True)
    if mark is not None and at_ms >= mark.at_ms:
        mark.what, mark.device, mark.at_ms = what, device, at_ms
