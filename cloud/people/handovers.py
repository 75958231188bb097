"""Handing over a shift (交接班): the giver names a receiver, who sees the open incidents and confirms each of them.

Until then the giver answers for them. Whoever receives first is responsible first (首问责任制): nothing passes on in
silence, so each incident gets its entry in the log, and a list that grew meanwhile is looked through again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.people.book import TOOK_OVER, set_mark
from cloud.people.errors import AlreadyDecided, ListChanged, NotYours, PeopleError, UnknownEntry, UnknownPerson
from cloud.people.views import HandoverItemView, HandoverView
from cloud.records import Act, write_log
from cloud.store.models import Incident
from cloud.store.models_people import HandoverItem, ShiftHandover
from domain.incidents import OVER
from domain.incidents.log_words import HANDED_OVER
from domain.roster import Roster

OFFERED, CONFIRMED, REFUSED, WITHDRAWN = "offered", "confirmed", "refused", "withdrawn"
SHOWN = 100
TEXT_MAX = 2000


def held_by(session: Session, person: str) -> list[Incident]:
    """Open incidents that somebody has, parents before their members."""
    query = select(Incident).where(Incident.holder == person, Incident.stage.not_in(OVER))
    return list(session.scalars(query.order_by(Incident.parent_id.is_not(None), Incident.id)))


def offer(session: Session, roster: Roster, giver: str, receiver: str, note: str, at_ms: int) -> int:
    """Offer a shift; its number. The same offer twice is one. Raises UnknownPerson, AlreadyDecided, PeopleError."""
    for person in (giver, receiver):
        known = roster.get(person)
        if known is None or not known.active:
            raise UnknownPerson(f"nobody called {person} is in the roster / 名册中没有 {person}")
    if giver == receiver:
        raise PeopleError("choose somebody else: a shift is not handed to oneself / 不能交给自己")
    if len(note) > TEXT_MAX:
        raise PeopleError(f"note: at most {TEXT_MAX} letters / 备注过长")
    waiting = session.scalars(
        select(ShiftHandover).where(ShiftHandover.offered_by == giver).with_for_update()
    ).one_or_none()
    if waiting is not None:
        if waiting.receiver == receiver:
            return waiting.id
        raise AlreadyDecided(f"it is offered to {waiting.receiver} already: withdraw that first / 请先撤回上一次交班")
    row = ShiftHandover(
        giver=giver, receiver=receiver, offered_by=giver, state=OFFERED, note=note.strip(), made_at_ms=at_ms,
        decided_at_ms=None, reason="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def confirm(session: Session, entry: int, actor: str, seen: Iterable[str], at_ms: int) -> set[str]:
    """The receiver has looked through `seen` and takes them; what changed. Twice is once.

    Raises UnknownEntry, NotYours, AlreadyDecided, ListChanged.
    """
    row = _row(session, entry)
    _only(actor, row.receiver, "take it over / 由接班人确认")
    if row.state == CONFIRMED:
        return set()
    _still_offered(row)
    incidents = held_by(session, row.giver)
    if {incident.id for incident in incidents} != set(seen):
        raise ListChanged(tuple(incident.id for incident in incidents))
    taken = {incident.id for incident in incidents if _pass_on(session, row, incident.id, at_ms)}
    set_mark(session, row.giver, HANDED_OVER, "", at_ms)
    set_mark(session, row.receiver, TOOK_OVER, "", at_ms)
    _decide(row, CONFIRMED, at_ms)
    return taken


def _pass_on(session: Session, row: ShiftHandover, incident_id: str, at_ms: int) -> bool:
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None or incident.holder != row.giver:
        return False
    incident.holder = row.receiver
    session.add(HandoverItem(handover_id=row.id, incident_id=incident.id, stage=incident.stage))
    act = Act(actor=row.receiver, at_ms=at_ms, reason=row.note)
    detail = {"from": row.giver, "to": row.receiver, "handover": row.id}
    write_log(session, incident, HANDED_OVER, act, detail=detail)
    return True


def refuse(session: Session, entry: int, actor: str, reason: str, at_ms: int) -> None:
    """The receiver does not take it. Raises UnknownEntry, NotYours, AlreadyDecided, PeopleError."""
    row = _row(session, entry)
    _only(actor, row.receiver, "refuse it / 由接班人拒绝")
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise PeopleError("say why you do not take it / 请填写不接班的原因")
    if row.state != REFUSED:
        _still_offered(row)
        row.reason = reason.strip()
        _decide(row, REFUSED, at_ms)


def withdraw(session: Session, entry: int, actor: str, at_ms: int) -> None:
    """The giver stays. Raises UnknownEntry, NotYours, AlreadyDecided."""
    row = _row(session, entry)
    _only(actor, row.giver, "withdraw it / 由交班人撤回")
    if row.state != WITHDRAWN:
        _still_offered(row)
        _decide(row, WITHDRAWN, at_ms)


def _row(session: Session, entry: int) -> ShiftHandover:
    row = session.get(ShiftHandover, entry, with_for_update=True)
    if row is None:
        raise UnknownEntry(f"there is no hand-over {entry} / 没有这条交接班记录")
    return row


def _only(actor: str, person: str, what: str) -> None:
    if actor != person:
        raise NotYours(f"only {person} can {what}")


def _still_offered(row: ShiftHandover) -> None:
    if row.state != OFFERED:
        raise AlreadyDecided(f"this hand-over is {row.state} / 这次交接班已处理")


def _decide(row: ShiftHandover, state: str, at_ms: int) -> None:
    row.state, row.decided_at_ms, row.offered_by = state, at_ms, None


def listed(session: Session, roster: Roster, person: str | None) -> tuple[HandoverView, ...]:
    """The last ones, of somebody or of all; those that wait first."""
    query = select(ShiftHandover)
    if person is not None:
        query = query.where(or_(ShiftHandover.giver == person, ShiftHandover.receiver == person))
    rows = session.scalars(query.order_by(ShiftHandover.offered_by.is_(None), ShiftHandover.id.desc()).limit(SHOWN))
    return tuple(_view(session, row, roster) for row in rows)


def shown(session: Session, roster: Roster, entry: int) -> HandoverView:
    """One of them. Raises UnknownEntry."""
    row = session.get(ShiftHandover, entry)
    if row is None:
        raise UnknownEntry(f"there is no hand-over {entry} / 没有这条交接班记录")
    return _view(session, row, roster)


def _view(session: Session, row: ShiftHandover, roster: Roster) -> HandoverView:
    return HandoverView(
        id=row.id,
        giver=row.giver,
        giver_name=roster.name_of(row.giver),
        receiver=row.receiver,
        receiver_name=roster.name_of(row.receiver),
        state=row.state,
        note=row.note,
        reason=row.reason,
        made_at_ms=row.made_at_ms,
        decided_at_ms=row.decided_at_ms,
        items=tuple(_items(session, row)),
    )


def _items(session: Session, row: ShiftHandover) -> list[HandoverItemView]:
    if row.state == OFFERED:
        pairs = [(incident, incident.stage) for incident in held_by(session, row.giver)]
    else:
        query = select(Incident, HandoverItem.stage).join(HandoverItem, HandoverItem.incident_id == Incident.id)
        found = session.execute(query.where(HandoverItem.handover_id == row.id).order_by(Incident.id))
        pairs = [(incident, stage) for incident, stage in found]
    return [
        HandoverItemView(
            incident_id=incident.id, kind=incident.kind, severity=incident.severity, stage=stage, place=incident.place
        )
        for incident, stage in pairs
    ]
