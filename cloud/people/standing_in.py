"""Stand-ins and absences: entered, ended early, never deleted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.people.book import stand_in_of
from cloud.people.errors import AlreadyDecided, PeopleError, UnknownEntry, UnknownPerson
from cloud.people.views import StandInView
from cloud.store.models_people import StandInRow
from domain.duty_book import StandIn, check_stand_in
from domain.roster import Roster

SHOWN = 200
LONGEST_DAYS = 366  # longer is no absence but another roster
DAY_MS = 86_400_000
REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody enters an absence. `by` None: nobody in particular stands in."""

    absent: str
    by: str | None
    from_ms: int
    to_ms: int
    reason: str


def enter(session: Session, roster: Roster, wish: Wish, actor: str, at_ms: int) -> int:
    """Its number in the book; the same entry twice is one. Raises UnknownPerson, StandInError, PeopleError."""
    _check(roster, wish, at_ms)
    new = StandIn(absent=wish.absent, by=wish.by, from_ms=wish.from_ms, to_ms=wish.to_ms)
    stands = select(StandInRow).where(StandInRow.ended_at_ms.is_(None), StandInRow.to_ms > at_ms)
    rows = list(session.scalars(stands.order_by(StandInRow.id).with_for_update()))
    same = next((row.id for row in rows if stand_in_of(row) == new), None)
    if same is not None:
        return same
    check_stand_in(new, map(stand_in_of, rows))
    row = StandInRow(
        absent=new.absent, stand_in=new.by, from_ms=new.from_ms, to_ms=new.to_ms, reason=wish.reason.strip(),
        made_by=actor, made_at_ms=at_ms, ended_by=None, ended_at_ms=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _check(roster: Roster, wish: Wish, at_ms: int) -> None:
    for person in filter(None, (wish.absent, wish.by)):
        known = roster.get(person)
        if known is None or not known.active:
            raise UnknownPerson(f"nobody called {person} is in the roster / 名册中没有 {person}")
    if not wish.reason.strip() or len(wish.reason) > REASON_MAX:
        raise PeopleError(f"say why in 1 to {REASON_MAX} letters; it stays on record / 请填写原因")
    if wish.to_ms <= at_ms:
        raise PeopleError("it is over before it begins: choose an end in the future / 结束时间已过，请重新选择")
    if wish.to_ms - wish.from_ms > LONGEST_DAYS * DAY_MS:
        raise PeopleError(f"at most {LONGEST_DAYS} days: for longer, change the roster / 超过一年请调整值班表")


def end(session: Session, entry: int, actor: str, at_ms: int) -> StandInRow:
    """The absent is back before the time. Raises UnknownEntry, AlreadyDecided."""
    row = session.get(StandInRow, entry, with_for_update=True)
    if row is None:
        raise UnknownEntry(f"there is no stand-in {entry} / 没有这条代班记录")
    if row.ended_at_ms is None and row.to_ms <= at_ms:
        raise AlreadyDecided("it is over already / 代班已经结束")
    if row.ended_at_ms is None:
        row.ended_by, row.ended_at_ms = actor, at_ms
    return row


def one(session: Session, roster: Roster, entry: int) -> StandInView:
    """One of them. Raises UnknownEntry."""
    row = session.get(StandInRow, entry)
    if row is None:
        raise UnknownEntry(f"there is no stand-in {entry} / 没有这条代班记录")
    return view(row, roster)


def listed(session: Session, roster: Roster, at_ms: int, *, past: bool) -> tuple[StandInView, ...]:
    """Those that hold or will hold; with the past ones too where asked. The next first."""
    query = select(StandInRow)
    if not past:
        query = query.where(StandInRow.ended_at_ms.is_(None), StandInRow.to_ms > at_ms)
    rows = session.scalars(query.order_by(StandInRow.to_ms.desc() if past else StandInRow.from_ms).limit(SHOWN))
    return tuple(view(row, roster) for row in rows)


def view(row: StandInRow, roster: Roster) -> StandInView:
    """As people see it."""
    return StandInView(
        id=row.id,
        absent=row.absent,
        absent_name=roster.name_of(row.absent),
        stand_in=row.stand_in,
        stand_in_name=roster.name_of(row.stand_in) if row.stand_in else None,
        from_ms=row.from_ms,
        to_ms=row.to_ms,
        reason=row.reason,
        made_by=row.made_by,
        made_at_ms=row.made_at_ms,
        ended_by=row.ended_by,
        ended_at_ms=row.ended_at_ms,
    )
